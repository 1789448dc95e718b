"""Spelling, versions, what AWS has retired.

IAM User Guide: reference_policies_elements_version.html, reference_policies_elements_action.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from launchrole.policy.validation.findings import Flaw
from launchrole.policy.validation.subject import ActionEntry, Subject
from launchrole.policy.variables import has_variables

# What AWS has retired, what to write instead, and where it says so.
_RETIRED_PREFIXES: Mapping[str, tuple[str, str]] = {
    "aws-portal": (
        "the fine-grained actions of `billing`, `account`, `payments` and their kin",
        "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/migrate-granularaccess-whatis.html",
    ),
}
_RETIRED_KEYS: Mapping[str, tuple[str, str]] = {
    "aws:sourceowner": (
        "`aws:SourceAccount`",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html",
    ),
}


def old_version(subject: Subject) -> Iterator[Flaw]:
    version = subject.document.version
    if version is None:
        yield Flaw((), "the policy has no Version, which means 2008-10-17: no policy variables", _VERSION)
    elif not subject.document.has_variables:
        yield Flaw(("Version",), f"{version} is the old version of the policy language: no policy variables", _VERSION)


_VERSION = 'write "Version": "2012-10-17"'


def variable_in_old_version(subject: Subject) -> Iterator[Flaw]:
    if subject.document.has_variables:
        return
    for view in subject.statements:
        texts = [*view.resources, *(item for condition in view.conditions for item in condition.values)]
        for path, text in texts:
            if has_variables(text):
                yield Flaw(path, f"`{text}` is plain text in this version of the policy language", _VERSION)


def action_spelling(subject: Subject) -> Iterator[Flaw]:
    """Actions ignore case, so this is about readers; one flaw a statement is enough."""
    for view in subject.statements:
        odd = [(entry, right) for entry in view.entries if (right := _spelled(entry)) != entry.written]
        if odd:
            entry, right = odd[0]
            more = f", and {len(odd) - 1} more of this statement" if len(odd) > 1 else ""
            yield Flaw(entry.path, f"AWS spells `{entry.written}` another way{more}", f"write `{right}`")


def _spelled(entry: ActionEntry) -> str:
    if len(entry.actions) == 1 and not entry.is_pattern:
        return entry.actions[0].full_name
    return entry.written.strip()


def repeated_sid(subject: Subject) -> Iterator[Flaw]:
    seen: set[str] = set()
    for view in subject.statements:
        sid = view.statement.sid
        if sid and sid in seen:
            yield Flaw(view.element("Sid"), f"`{sid}` is another statement's Sid, too", "give each its own")
        seen.add(sid or "")


def retired(subject: Subject) -> Iterator[Flaw]:
    for view in subject.statements:
        for entry in view.entries:
            if entry.prefix.lower() in _RETIRED_PREFIXES:
                instead, page = _RETIRED_PREFIXES[entry.prefix.lower()]
                yield Flaw(entry.path, f"AWS has retired the actions of `{entry.prefix}`", f"use {instead}; see {page}")
        for condition in view.conditions:
            if condition.entry.key.lower() in _RETIRED_KEYS:
                instead, page = _RETIRED_KEYS[condition.entry.key.lower()]
                yield Flaw(condition.path, f"AWS has retired `{condition.entry.key}`", f"use {instead}; see {page}")
