"""What `launchrole validate` finds, as IAM Access Analyzer's ValidatePolicy tells it: issue codes, words, locations.

The codes and words are data (`launchrole.facts.policy_checks`); the shapes are those of the IAM Access Analyzer API
Reference: API_ValidatePolicyFinding.html, API_Location.html, API_PathElement.html, API_Position.html. Findings for
which AWS has no code are left out: AWS would not tell them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launchrole.facts import actions, policy_checks
from launchrole.facts.policy_checks import Check
from launchrole.policy import operators
from launchrole.policy.document import PolicyDocument, PolicyKind, parse
from launchrole.policy.errors import PolicySyntaxError
from launchrole.policy.limits import LIMITS
from launchrole.policy.source import Path, place_of, read, walk
from launchrole.policy.validation import Finding, validate


class NoCounterpart(Exception):
    """AWS refuses the document, and nobody knows what its validator says about it; the message tells why it does."""


@dataclass(frozen=True, slots=True)
class Issue:
    """What a check found, and where."""

    check: Check
    details: str
    paths: tuple[Path, ...]

    def to_dict(self, text: str) -> dict[str, object]:
        """As ValidatePolicyFinding has it."""
        return {
            "findingDetails": self.details,
            "findingType": self.check.type,
            "issueCode": self.check.code,
            "learnMoreLink": self.check.link,
            "locations": [_location(text, path, of_name=self.check.of_name) for path in self.paths],
        }


def issues(text: str, kind: PolicyKind) -> list[Issue]:
    """What AWS' checks find in a policy, a JSON text, in the order in which it is read.

    Where AWS refuses a document only the first thing that is wrong with it is told, with all that can be said of what
    is readable anyway. Raises NoCounterpart.
    """
    try:
        document: PolicyDocument | None = parse(text, kind)
        refusal = None
    except PolicySyntaxError as error:
        document, refusal = _readable(text), error
    found = [] if refusal is None else list(_of_refusal(refusal, text, kind))
    if document is not None:
        found += _of_size(text, kind)
        told = {(one.check.code, one.paths) for one in found}
        found += [one for one in _of_findings(document, text, kind) if (one.check.code, one.paths) not in told]
    if refusal is not None and refusal.fault is not None and not any(_concerns(one, refusal.path) for one in found):
        raise NoCounterpart(str(refusal))
    return found


def _concerns(issue: Issue, wrong: Path | None) -> bool:
    """Whether a check tells of the element that is wrong, of a part of it, or of what it is a part of."""
    if wrong is None:
        return True
    return any(path[: len(wrong)] == wrong or (path and wrong[: len(path)] == path) for path in issue.paths)


def _readable(text: str) -> PolicyDocument | None:
    try:
        return parse(text)
    except PolicySyntaxError:
        return None


@dataclass(frozen=True, slots=True)
class _Place:
    """An element of a document, which is as JSON has it."""

    document: Any
    path: Path

    @property
    def value(self) -> Any:
        found = self.document
        for part in self.path:
            found = found[part]
        return found

    @property
    def name(self) -> str:
        """The innermost name on the path."""
        return next((str(part) for part in reversed(self.path) if isinstance(part, str)), "")

    @property
    def operator(self) -> str:
        """The condition operator that the path goes through, or an empty text."""
        return self._in_condition(1)

    @property
    def key(self) -> str:
        """The condition key that the path goes through, or an empty text."""
        return self._in_condition(2)

    @property
    def statement(self) -> Mapping[str, Any]:
        whole: Mapping[str, Any] = _Place(self.document, self.path[: 2 if isinstance(self.path[1], int) else 1]).value
        return whole

    def _in_condition(self, behind: int) -> str:
        place = self.path.index("Condition") + behind if "Condition" in self.path else len(self.path)
        return str(self.path[place]) if place < len(self.path) else ""

    def issue(self, check: Check, **more: object) -> Issue:
        return Issue(check, check.details.format_map(self._words() | more), (self.path,))

    def _words(self) -> dict[str, object]:
        """What the words of checks take up."""
        value = str(self.value)
        parts = [*value.split(":"), "", ""]
        return {
            "value": value,
            "name": self.name,
            "other": self.name.removeprefix("Not"),
            "vendor": parts[0],
            "partition": parts[1],
            "service": parts[2],
            "operator": self.operator,
            "key": self.key,
            "prefix": self.key.partition(":")[0],
            "tags": self.key.rstrip("/") + "/",
            "type": "Object" if not self.path or self.name in _OBJECTS or self.operator == self.name else "String",
            "suggestion": "",
        }


_OBJECTS = ("Condition", "Statement", "Principal", "NotPrincipal")


# Refusals, and sizes.


def _of_refusal(error: PolicySyntaxError, text: str, kind: PolicyKind) -> Iterator[Issue]:
    if error.fault is None:
        return
    if error.path is None:
        place = error.place
        line, column = (place.line, place.column - 1) if place else (1, 0)
        index = sum(len(one) + 1 for one in text.split("\n")[: line - 1]) + column
        check = policy_checks.check("JSON_SYNTAX_ERROR")
        yield Issue(check, check.details.format(index=index, line=line, column=column), ((),))
        return
    given = _Place(read(text), error.path)
    found = policy_checks.of_resource_control_policy(given.name) if kind is PolicyKind.RCP else None
    if found is None:
        is_prefixed = error.fault != "PARTITION" or str(given.value).startswith("arn:")
        found = policy_checks.of_fault(error.fault if is_prefixed else "NOT_ARN", kind.name.lower())
    if found is not None:
        yield given.issue(found)


_SIZES = {
    PolicyKind.IDENTITY: (PolicyKind.MANAGED, "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"),
    PolicyKind.TRUST: (PolicyKind.TRUST, "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA"),
    PolicyKind.RESOURCE: (PolicyKind.RESOURCE, "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA"),
    PolicyKind.SCP: (PolicyKind.SCP, "POLICY_SIZE_EXCEEDS_SCP_QUOTA"),
    PolicyKind.RCP: (PolicyKind.RCP, "POLICY_SIZE_EXCEEDS_RCP_QUOTA"),
}
"""Whose limit holds for a kind of policy, and the check. Of resources' policies it is S3's."""


def _of_size(text: str, kind: PolicyKind) -> Iterator[Issue]:
    limited, code = _SIZES[kind]
    limit = LIMITS[limited]
    size = limit.measure(text)
    if size > limit.most:
        check = policy_checks.check(code)
        yield Issue(check, check.details.format(size=size, most=limit.most), ((),))


# Findings.


def _of_findings(document: PolicyDocument, text: str, kind: PolicyKind) -> Iterator[Issue]:
    value = read(text)
    redundant: dict[tuple[str, Path], list[_Place]] = {}
    for finding in validate(document, actions, kind):
        place = _Place(value, finding.path)
        if finding.id in _REDUNDANT:
            redundant.setdefault((finding.id, finding.path[:-1]), []).append(place)
            continue
        codes = policy_checks.of_rule(finding.id)
        choose = _CHOICES.get(finding.id)
        for code in codes if choose is None else choose(place, kind):
            yield _told(finding, place, policy_checks.check(code))
    for (rule, _), places in redundant.items():
        yield _together(places, policy_checks.check(policy_checks.of_rule(rule)[0]))


def _told(finding: Finding, place: _Place, check: Check) -> Issue:
    if check.code == "REDUNDANT_STATEMENT":
        return Issue(check, check.details, tuple(("Statement", index) for index in _same(place)))
    meant = re.fullmatch(r"did you mean `(.+)`\?", finding.help)
    wanted = finding.message.rpartition(" ")[2]  # LRP301 ends with the type that the key has
    return place.issue(check, suggestion=f" Did you mean {meant[1]}?" if meant else "", wanted=wanted)


def _together(places: Sequence[_Place], check: Check) -> Issue:
    """AWS tells of all entries of a list in one finding."""
    details = check.details.format(count=len(places), value=places[0].value)
    return Issue(check, details, tuple(one.path for one in places))


_REDUNDANT = ("LRP501", "LRP502")

_OF_TAGS = ("aws:requesttag", "aws:resourcetag", "aws:principaltag")


def _unknown_key(place: _Place, _: PolicyKind) -> Sequence[str]:
    prefix, colon, _rest = place.key.partition(":")
    if not colon:
        return ["INVALID_CONDITION_KEY_FORMAT"]
    if place.key.lower().rstrip("/") in _OF_TAGS:
        return ["MISSING_TAG_KEY_IN_CONDITION"]
    if prefix.lower() == "aws":
        return ["INVALID_GLOBAL_CONDITION_KEY"]
    return ["INVALID_SERVICE" if actions.service(prefix) is None else "INVALID_SERVICE_CONDITION_KEY"]


_VALUES = {
    "IpAddress": "TYPE_MISMATCH_IP_RANGE",
    "Bool": "TYPE_MISMATCH_BOOLEAN",
    "Null": "TYPE_MISMATCH_BOOLEAN",
    "Date": "TYPE_MISMATCH_DATE",
    "Numeric": "TYPE_MISMATCH_NUMBER",
    "Binary": "TYPE_MISMATCH_STRING",
}


def _value_of_other_type(place: _Place, _: PolicyKind) -> Sequence[str]:
    operator = operators.operator(place.operator)
    return [_VALUES[operator.family]] if operator is not None and operator.family in _VALUES else []


def _empty_list(place: _Place, _: PolicyKind) -> Sequence[str]:
    operator = operators.operator(place.operator)
    if operator is not None and operator.quantifier is not None:
        return [f"EMPTY_ARRAY_CONDITION_{operator.quantifier.upper()}"]
    return [
        "EMPTY_ARRAY_CONDITION_IFEXISTS" if operator is not None and operator.if_exists else "EMPTY_ARRAY_CONDITION"
    ]


def _everything(place: _Place, _: PolicyKind) -> Sequence[str]:
    keys = [key.lower() for keys in (place.statement.get("Condition") or {}).values() for key in keys]
    codes = policy_checks.of_rule("LRP405")
    return codes[1:] if "iam:passedtoservice" in keys else codes


def _pass_role(place: _Place, _: PolicyKind) -> Sequence[str]:
    is_pattern = "*" in place.value or "?" in place.value
    return ["PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE" if is_pattern else "PASS_ROLE_WITH_STAR_IN_RESOURCE"]


def _no_version(place: _Place, _: PolicyKind) -> Sequence[str]:
    """A Version that is old is no finding of AWS'."""
    return [] if "Version" in place.document else ["MISSING_VERSION"]


def _repeated_sid(_: _Place, kind: PolicyKind) -> Sequence[str]:
    """In identity-based policies it is a refusal; of what it is in SCPs and RCPs nothing is known."""
    return ["UNIQUE_SIDS_RECOMMENDED"] if kind in (PolicyKind.RESOURCE, PolicyKind.TRUST) else []


def _same_statement(place: _Place, _: PolicyKind) -> Sequence[str]:
    """AWS' check is about statements that say the same; ours knows those that cover others, too."""
    return ["REDUNDANT_STATEMENT"] if len(_same(place)) > 1 else []


def _same(place: _Place) -> list[int]:
    """The statements that differ in nothing but their Sid from the one at a place, itself among them."""
    listed = place.document["Statement"]
    own = _without_sid(place.value)
    return [n for n, one in enumerate(listed) if _without_sid(one) == own] if isinstance(listed, list) else []


def _without_sid(statement: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name != "Sid"}


_CHOICES: Mapping[str, Callable[[_Place, PolicyKind], Sequence[str]]] = {
    "LRP104": _unknown_key,
    "LRP302": _value_of_other_type,
    "LRP308": _empty_list,
    "LRP405": _everything,
    "LRP406": _pass_role,
    "LRP503": _same_statement,
    "LRP601": _no_version,
    "LRP604": _repeated_sid,
}
"""Which of a rule's checks a finding is, where that is not plain."""


# Locations.


def _location(text: str, path: Path, *, of_name: bool) -> dict[str, object]:
    """Lines count from 1, columns and offsets from 0; the end is the first character behind."""
    start, end = _span(text, path, of_name=of_name)
    elements: list[dict[str, object]] = [{"index": part} if isinstance(part, int) else {"value": part} for part in path]
    if of_name and elements and isinstance(path[-1], str):
        elements[-1] = {"key": path[-1]}
    return {"path": elements, "span": {"start": _position(text, start), "end": _position(text, end)}}


_BETWEEN = re.compile(r"[ \t\r\n]*:[ \t\r\n]*")


def _span(text: str, path: Path, *, of_name: bool) -> tuple[int, int]:
    """Where an element begins and ends; the whole of a text that is no JSON."""
    wanted = list(path)
    decoder = json.JSONDecoder()
    try:
        start = next((start for found, start in walk(text) if found == wanted), 0)
        _, end = decoder.raw_decode(text, start)
        if path and isinstance(path[-1], str) and not of_name:
            colon = _BETWEEN.match(text, end)
            start = colon.end() if colon else end
            _, end = decoder.raw_decode(text, start)
    except (ValueError, LookupError, TypeError, RecursionError):
        return 0, len(text)
    return start, end


def _position(text: str, offset: int) -> dict[str, int]:
    place = place_of(text, offset)
    return {"line": place.line, "column": place.column - 1, "offset": offset}
