"""What is doubtful about a policy before anyone asks: unknown names, conditions that do nothing, wide grants.

    from launchrole.facts import actions
    from launchrole.policy import parse
    from launchrole.policy.validation import validate

    for finding in validate(parse(text), actions):
        print(finding)

A rule is a function over a `Subject` and a row in `RULES`. `docs/findings.md` has a section for each.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchrole.policy.document import PolicyDocument, PolicyKind
from launchrole.policy.errors import Place, PolicySyntaxError, printable
from launchrole.policy.reference import Reference
from launchrole.policy.source import Path, dotted, place_of, walk
from launchrole.policy.validation import conditions, names, redundancy, scope, security, style
from launchrole.policy.validation.findings import Finding, Flaw, Rule, Severity
from launchrole.policy.validation.subject import Subject

__all__ = ["REFUSED", "RULES", "Finding", "Reference", "Rule", "Severity", "refusal", "validate"]

_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
_CHECKS = f"{_GUIDE}/access-analyzer-reference-policy-checks.html"
_OPERATORS = f"{_GUIDE}/reference_policies_elements_condition_operators.html"
_MULTIVALUED = f"{_GUIDE}/reference_policies_condition-single-vs-multi-valued-context-keys.html"
_VARIABLES = f"{_GUIDE}/reference_policies_variables.html"
_VERSION = f"{_GUIDE}/reference_policies_elements_version.html"
_ACTION = f"{_GUIDE}/reference_policies_elements_action.html"
_RESOURCE = f"{_GUIDE}/reference_policies_elements_resource.html"
_KEYS = f"{_GUIDE}/reference_policies_condition-keys.html"
_SERVICES = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/"
    "reference_policies_actions-resources-contextkeys.html"
)

_ERROR, _SECURITY = Severity.ERROR, Severity.SECURITY_WARNING
_WARNING, _SUGGESTION = Severity.WARNING, Severity.SUGGESTION


def _refused(_: Subject) -> Iterator[Flaw]:
    """A document that has become a Subject was not refused: `refusal` makes this rule's findings."""
    return iter(())


REFUSED = Rule("LRP001", _ERROR, "AWS refuses the document", f"{_GUIDE}/reference_policies_grammar.html", _refused)

RULES: tuple[Rule, ...] = (
    REFUSED,
    Rule("LRP101", _ERROR, "unknown service", _SERVICES, names.unknown_service),
    Rule("LRP102", _ERROR, "unknown action", _SERVICES, names.unknown_action),
    Rule("LRP103", _WARNING, "action pattern that matches no action", _ACTION, names.pattern_without_action),
    Rule("LRP104", _ERROR, "unknown condition key", _SERVICES, names.unknown_key),
    Rule("LRP105", _WARNING, "condition key that the actions do not have", _SERVICES, names.key_of_other_actions),
    Rule("LRP201", _WARNING, "action that takes no resource but *", _SERVICES, scope.action_takes_no_resource),
    Rule("LRP202", _WARNING, "action that takes other resources", _SERVICES, scope.action_takes_other_resources),
    Rule("LRP203", _WARNING, "resource that no action takes", _SERVICES, scope.resource_of_no_action),
    Rule(
        "LRP204",
        _WARNING,
        "policy variable in front of the fifth colon",
        _VARIABLES,
        scope.variable_outside_resource_part,
    ),
    Rule(
        "LRP205",
        _ERROR,
        "wildcard in a principal",
        f"{_GUIDE}/reference_policies_elements_principal.html",
        scope.wildcard_in_principal,
    ),
    Rule("LRP301", _ERROR, "operator for another type of key", _OPERATORS, conditions.operator_for_other_type),
    Rule("LRP302", _ERROR, "value of another type", _OPERATORS, conditions.value_of_other_type),
    Rule("LRP303", _WARNING, "key with several values without quantifier", _MULTIVALUED, conditions.quantifier_missing),
    Rule("LRP304", _SECURITY, "ForAllValues on a key with one value", _MULTIVALUED, conditions.all_values_of_one),
    Rule("LRP305", _WARNING, "quantifier on a key with one value", _MULTIVALUED, conditions.quantifier_of_one),
    Rule(
        "LRP306", _ERROR, "policy variable under an operator that takes none", _VARIABLES, conditions.variable_not_read
    ),
    Rule("LRP307", _WARNING, "policy variable that no request has", _VARIABLES, conditions.variable_unknown),
    Rule("LRP308", _WARNING, "empty list of values", _OPERATORS, conditions.no_values),
    Rule("LRP309", _WARNING, "star that is no wildcard", _OPERATORS, conditions.wildcard_is_literal),
    Rule("LRP310", _WARNING, "condition key in two spellings", _CHECKS, conditions.key_twice),
    Rule("LRP401", _SECURITY, "ForAllValues that is met without the key", _MULTIVALUED, security.vacuous_quantifier),
    Rule("LRP402", _SECURITY, "Allow with NotAction", _CHECKS, security.allow_not_action),
    Rule("LRP403", _SECURITY, "Allow with NotResource", _CHECKS, security.allow_not_resource),
    Rule("LRP404", _SECURITY, "Allow with NotPrincipal", _CHECKS, security.allow_not_principal),
    Rule("LRP405", _SECURITY, "every action on every resource", _CHECKS, security.everything_everywhere),
    Rule("LRP406", _SECURITY, "iam:PassRole on every role", _CHECKS, security.pass_any_role),
    Rule("LRP407", _SECURITY, "everybody is allowed", _CHECKS, security.public),
    Rule("LRP408", _SECURITY, "wildcard in a sensitive condition key", _KEYS, security.wildcard_in_sensitive_key),
    Rule("LRP409", _SECURITY, "MFA demanded only of some callers", _KEYS, security.mfa_without_if_exists),
    Rule("LRP501", _SUGGESTION, "action that another entry covers", _ACTION, redundancy.covered_action),
    Rule("LRP502", _SUGGESTION, "resource that another entry covers", _RESOURCE, redundancy.covered_resource),
    Rule("LRP503", _SUGGESTION, "statement that another one covers", _CHECKS, redundancy.covered_statement),
    Rule("LRP601", _WARNING, "old version of the policy language", _VERSION, style.old_version),
    Rule("LRP602", _WARNING, "policy variable in the old version", _VERSION, style.variable_in_old_version),
    Rule("LRP603", _SUGGESTION, "action in an unusual spelling", _ACTION, style.action_spelling),
    Rule("LRP604", _WARNING, "Sid given twice", f"{_GUIDE}/reference_policies_elements_sid.html", style.repeated_sid),
    Rule("LRP605", _WARNING, "retired by AWS", _CHECKS, style.retired),
)
"""Every rule, in the order of its id. Hundreds: names, scope, conditions, security, redundancy, style."""


def refusal(error: PolicySyntaxError) -> Finding:
    """The finding about a document that cannot be parsed."""
    answer = f"AWS says {error.code}: {printable(error.message)}" if error.message else f"AWS says {error.code}"
    advice = f"{error.help}; {answer}" if error.help else answer
    return Finding(REFUSED.id, REFUSED.severity, error.detail, (), error.place, advice, REFUSED.anchor)


def validate(document: PolicyDocument, reference: Reference, kind: PolicyKind | None = None) -> list[Finding]:
    """All findings about a policy, in the order in which it is read, the gravest first where they stand together.

    `kind` is what the document is to be; without one, rules that need to know it keep to what holds for every kind.
    `launchrole.facts.actions` is a `reference`.
    """
    subject = Subject(document, reference, kind)
    flaws = [(rule, flaw) for rule in RULES for flaw in rule.check(subject)]
    places = _places(document, {flaw.path for _, flaw in flaws})
    findings = [_finding(rule, flaw, places) for rule, flaw in flaws]
    return sorted(findings, key=_reading_order)


def _places(document: PolicyDocument, paths: set[Path]) -> dict[Path, Place]:
    """The places of all paths in the text, found in one go; a path that the text does not have is left out."""
    text = document.text
    if text is None:
        return {}
    wanted = paths | {path[:-1] for path in paths}
    starts = {path: start for found, start in walk(text) if (path := tuple(found)) in wanted}
    return {path: place_of(text, start, dotted(path)) for path, start in starts.items()}


def _finding(rule: Rule, flaw: Flaw, places: dict[Path, Place]) -> Finding:
    path = flaw.path
    if places and path not in places and isinstance(path[-1], int):
        path = path[:-1]  # one text stands where a list could be
    return Finding(rule.id, rule.severity, flaw.message, path, places.get(path), flaw.help, rule.anchor)


def _reading_order(finding: Finding) -> tuple[int, int, tuple[tuple[int, int, str], ...], int, str]:
    line, column = (finding.place.line, finding.place.column) if finding.place else (0, 0)
    path: Path = finding.path
    keys = tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in path)
    return line, column, keys, finding.severity.rank, finding.id
