"""Decision cases: policies, a request and the expected decision, as data.

The format of `conformance/` and of users' own policy unit tests; `conformance/README.md` documents it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from launchrole.policy.context import Context
from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.document import PolicyDocument, parse
from launchrole.policy.errors import PolicyError
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.policy_type import PolicyType
from launchrole.policy.request import Request
from launchrole.policy.source import Number

DECISIONS = {
    "allow": Verdict.ALLOWED,
    "implicit_deny": Verdict.IMPLICITLY_DENIED,
    "explicit_deny": Verdict.EXPLICITLY_DENIED,
    "undecided": Verdict.UNDECIDED,
}
_POLICY_TYPES = {policy_type.value: policy_type for policy_type in PolicyType}

Load = Callable[[str], PolicyDocument]
"""Reads the policy in a file that a case names."""


class CaseError(PolicyError):
    """A case is not of the format; the message names the case and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a case expects; None for what it leaves open. `denied` means either kind of denial."""

    verdicts: tuple[Verdict, ...]
    policy_type: PolicyType | None = None
    matched_sid: str | None = None
    message: str | None = None

    def misses(self, decision: Decision) -> list[str]:
        """In what a decision differs from what is expected, as sentences; empty where it does not."""
        found: list[str] = []
        if decision.verdict not in self.verdicts:
            wanted = " or ".join(verdict.value for verdict in self.verdicts)
            found.append(f"expected {wanted}, got {decision.verdict.value}")
        if self.policy_type is not None and decision.policy_type is not self.policy_type:
            got = "no policy" if decision.policy_type is None else decision.policy_type.value
            found.append(f"expected the {self.policy_type.value} to decide, and {got} did")
        sid = None if decision.matched is None else decision.matched.statement.sid
        if self.matched_sid is not None and sid != self.matched_sid:
            found.append(f"expected statement `{self.matched_sid}` to match, and {f'`{sid}`' if sid else 'none'} did")
        if self.message is not None:
            denied = decision.verdict in (Verdict.IMPLICITLY_DENIED, Verdict.EXPLICITLY_DENIED)
            message = decision.message() if denied else ""
            if message != self.message:
                found.append(f"expected the message {self.message!r}, got {message!r}")
        return found


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    policies: PolicySet
    request: Request
    expected: Expected


def cases_of(value: object) -> list[Mapping[str, object]]:
    """The cases in a file's value: a list, or an object with a list `cases`. Raises CaseError."""
    given = value.get("cases") if isinstance(value, Mapping) else value
    if not isinstance(given, list):
        raise CaseError('a file of cases holds a list, or an object with a list "cases"')
    for index, one in enumerate(given):
        if not isinstance(one, Mapping):
            raise CaseError(f"case {index + 1} is not an object")
    return given


def name_of(given: Mapping[str, object], index: int) -> str:
    """The name of a case, for reports: its id and name, or its place in the file (`index` counts from 0)."""
    words = [str(given[key]) for key in ("id", "name") if isinstance(given.get(key), str)]
    return " ".join(words) or f"case {index + 1}"


def case(given: Mapping[str, object], name: str, load: Load | None = None) -> Case:
    """Read a case. Raises CaseError; PolicySyntaxError, PrincipalError and ContextError come as CaseError, too."""
    try:
        policies = _policies(_mapping(given, "policies", name), name, load)
        request = _request(_mapping(given, "request", name), name)
    except CaseError:
        raise
    except PolicyError as error:
        raise CaseError(f"{name}: {error}") from error
    return Case(name, policies, request, _expected(_mapping(given, "expected", name), name))


def policies_of(given: Mapping[str, object], load: Load | None = None) -> PolicySet:
    """The policy set that a case's `policies` describe. Raises PolicyError."""
    return _policies(given, "case", load)


def request_of(given: Mapping[str, object]) -> Request:
    """The request that a case's `request` describes. Raises PolicyError."""
    return _request(given, "case")


_ONE_LAYER = ("identity", "resource", "permissions_boundary", "session", "vpc_endpoint")
_LEVELS = ("scp", "rcp")


def _policies(given: Mapping[str, object], name: str, load: Load | None) -> PolicySet:
    for key in given:
        if key not in (*_ONE_LAYER, *_LEVELS):
            raise CaseError(
                f"{name}: policies.{key} is no type of policy; write one of {', '.join(_ONE_LAYER + _LEVELS)}"
            )
    layers = {key: _documents(given.get(key, []), f"{name}: policies.{key}", load) for key in _ONE_LAYER}
    levels = {key: _levels(given.get(key, []), f"{name}: policies.{key}", load) for key in _LEVELS}
    return PolicySet(**layers, **levels)  # type: ignore[arg-type] # the keys are the parameters


def _levels(given: object, where: str, load: Load | None) -> list[list[PolicyDocument]]:
    if not isinstance(given, list):
        raise CaseError(f'{where} is a list of levels such as {{"target": "root", "policies": [...]}}')
    levels: list[list[PolicyDocument]] = []
    for level in given:
        if not isinstance(level, Mapping) or "policies" not in level:
            raise CaseError(f'{where}: a level is an object with "policies"')
        levels.append(_documents(level["policies"], where, load))
    return levels


def _documents(given: object, where: str, load: Load | None) -> list[PolicyDocument]:
    documents: list[PolicyDocument] = []
    for one in given if isinstance(given, list) else [given]:
        if load is not None and isinstance(one, str) and not isinstance(one, Number):
            documents.append(load(one))
        elif isinstance(one, Mapping):
            documents.append(parse(one))
        else:
            raise CaseError(f"{where} holds policies{' or names of files that do' if load else ''}")
    return documents


def _request(given: Mapping[str, object], name: str) -> Request:
    texts = {key: _text(given, key, f"{name}: request") for key in ("principal", "action", "resource")}
    account = _text(given, "resource_account", f"{name}: request") if given.get("resource_account") else None
    context = given.get("context", {})
    unknown = given.get("unknown", [])
    if not isinstance(context, Mapping):
        raise CaseError(f"{name}: request.context is an object of keys and values")
    if not isinstance(unknown, list) or not all(isinstance(key, str) for key in unknown):
        raise CaseError(f"{name}: request.unknown is a list of context keys")
    return Request(**texts, context=Context(context, unknown), resource_account=account)


def _expected(given: Mapping[str, object], name: str) -> Expected:
    decision = _text(given, "decision", f"{name}: expected")
    if decision == "deny":
        verdicts: tuple[Verdict, ...] = (Verdict.IMPLICITLY_DENIED, Verdict.EXPLICITLY_DENIED)
    elif decision in DECISIONS:
        verdicts = (DECISIONS[decision],)
    else:
        raise CaseError(f"{name}: expected.decision is `{decision}`; write one of {', '.join([*DECISIONS, 'deny'])}")
    policy_type = given.get("policy_type")
    if policy_type is not None and not (isinstance(policy_type, str) and policy_type in _POLICY_TYPES):
        raise CaseError(f"{name}: expected.policy_type is `{policy_type}`; write one of {', '.join(_POLICY_TYPES)}")
    return Expected(
        verdicts,
        _POLICY_TYPES[str(policy_type)] if policy_type is not None else None,
        _text(given, "matched_sid", f"{name}: expected") if "matched_sid" in given else None,
        _text(given, "message", f"{name}: expected") if "message" in given else None,
    )


def _mapping(given: Mapping[str, object], key: str, name: str) -> Mapping[str, object]:
    value = given.get(key)
    if not isinstance(value, Mapping):
        raise CaseError(f"{name}: `{key}` is missing or not an object")
    return value


def _text(given: Mapping[str, object], key: str, where: str) -> str:
    value = given.get(key)
    if not isinstance(value, str) or isinstance(value, Number):
        raise CaseError(f"{where}.{key} is missing or not a text")
    return value
