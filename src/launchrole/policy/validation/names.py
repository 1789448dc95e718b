"""Names that nobody knows: services, actions, condition keys.

IAM User Guide: access-analyzer-reference-policy-checks.html. The names are those of the Service Authorization Reference
and of AWS' own managed policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from launchrole.policy.reference import PLACEHOLDER, Action, Service, nearest
from launchrole.policy.validation.findings import Flaw
from launchrole.policy.validation.subject import ActionEntry, StatementView, Subject


def unknown_service(subject: Subject) -> Iterator[Flaw]:
    for entry in _named_entries(subject):
        if entry.service is None:
            alike = nearest(entry.prefix, subject.reference.services())
            yield Flaw(
                entry.path,
                f"there is no service `{entry.prefix}`",
                f"did you mean `{alike}`?" if alike else "",
            )


def unknown_action(subject: Subject) -> Iterator[Flaw]:
    for entry, service in _unmatched(subject):
        if not entry.is_pattern:
            alike = nearest(entry.name, [action.name for action in service.actions.values()])
            yield Flaw(
                entry.path,
                f"{service.name} has no action `{entry.name}`",
                f"did you mean `{entry.prefix}:{alike}`?" if alike else f"see {service.source}",
            )


def pattern_without_action(subject: Subject) -> Iterator[Flaw]:
    for entry, service in _unmatched(subject):
        if entry.is_pattern:
            stem = entry.name.replace("*", "").replace("?", "")
            alike = nearest(stem, [action.name for action in service.actions.values()])
            yield Flaw(
                entry.path,
                f"no action of {service.name} matches `{entry.name}`",
                f"did you mean `{entry.prefix}:{alike}`?" if alike else f"see {service.source}",
            )


def _unmatched(subject: Subject) -> Iterator[tuple[ActionEntry, Service]]:
    """The entries that name no action of a service whose actions are known."""
    for entry in _named_entries(subject):
        service = entry.service
        if service is not None and service.actions and not entry.actions and not entry.is_undocumented:
            yield entry, service


def unknown_key(subject: Subject) -> Iterator[Flaw]:
    for view in subject.statements:
        for condition in view.conditions:
            if condition.key is None:
                alike = _nearest_key(subject, view, condition.entry.key)
                yield Flaw(
                    condition.path,
                    f"there is no condition key `{condition.entry.key}`",
                    f"did you mean `{alike}`?" if alike else "",
                )


def key_of_other_actions(subject: Subject) -> Iterator[Flaw]:
    """A key of a service that other actions have, but none of the statement's.

    Keys that the reference lists with no action at all are left alone, and so are global keys: which requests carry
    them stands nowhere. Negated operators are met by a request without the key.
    """
    for view in subject.statements:
        if not view.is_understood:
            continue
        actions = tuple(view.actions())
        for condition in view.conditions:
            name = condition.entry.key
            if condition.key is None or condition.key.type is None or not condition.is_required:
                continue
            if name.lower() in subject.reference.global_keys() or name.lower().startswith("aws:"):
                continue
            if any(subject.has_key(action, name) for action in actions):
                continue
            if any(subject.has_key(other, name) for action in actions for other in _siblings(subject, action)):
                yield Flaw(
                    condition.path,
                    f"by AWS' reference no request for {_listed([action.full_name for action in actions])} has the "
                    f"condition key `{name}`: the statement matches nothing",
                    _keys_there_are(actions[0].all_condition_keys()),
                )


def _named_entries(subject: Subject) -> Iterator[ActionEntry]:
    for view in subject.statements:
        for entry in view.entries:
            if entry.prefix != "*":
                yield entry


def _siblings(subject: Subject, action: Action) -> Iterable[Action]:
    service = subject.reference.service(action.service)
    return () if service is None else service.actions.values()


def _nearest_key(subject: Subject, view: StatementView, name: str) -> str | None:
    """A key that may be meant; where it is one of a tag, the tag that the policy names stands behind the slash."""
    known = [key.name for key in subject.reference.global_keys().values()]
    for entry in view.entries:
        if entry.service is not None:
            known += [key.name for key in entry.service.condition_keys.values()]
    of_tags = {PLACEHOLDER.sub("", key): key for key in known if PLACEHOLDER.sub("", key).endswith("/")}
    head, slash, tag = name.partition("/")
    if not slash and (whole := next((of_tags[one] for one in of_tags if one.lower() == f"{head}/".lower()), None)):
        return whole
    alike = nearest(head + slash, of_tags) if tag else None
    return f"{alike}{tag}" if alike else nearest(name, known)


_MOST_LISTED = 3


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_MOST_LISTED])
    return shown if len(names) <= _MOST_LISTED else f"{shown} and {len(names) - _MOST_LISTED} more"


def _keys_there_are(keys: frozenset[str]) -> str:
    if not keys or len(keys) > 12:
        return ""
    return f"the keys there are: {', '.join(sorted(keys))}"
