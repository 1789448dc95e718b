"""Statements that allow more than they look like.

IAM User Guide: access-analyzer-reference-policy-checks.html ("Security warning"), and the pages that the rules name.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchrole.policy.document import PolicyKind
from launchrole.policy.overlap import meets
from launchrole.policy.validation.findings import Flaw
from launchrole.policy.validation.subject import Condition, StatementView, Subject

# IAM User Guide: reference_policies_condition-keys.html ("Sensitive condition keys"): a wildcard has no good use there.
_SENSITIVE_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
    }
)

# Keys that limit who may be meant by `*` in a resource-based policy: any of them is a limit worth trusting
# (S3 User Guide: access-control-block-public-access.html, "The meaning of public").
_CALLER_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalisawsservice",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:userid",
        "aws:username",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "kms:calleraccount",
        "kms:viaservice",
        "lambda:functionurlauthtype",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)


def vacuous_quantifier(subject: Subject) -> Iterator[Flaw]:
    """ForAllValues is true of a key that is not there (reference_policies_condition-single-vs-multi-valued-...html)."""
    for view in _allows(subject):
        for condition in view.conditions:
            key = condition.key
            if condition.operator.quantifier != "ForAllValues" or key is None or not key.multivalued:
                continue
            if not _is_there(view, condition):
                name = condition.entry.key
                yield Flaw(
                    condition.path,
                    f"a request without `{name}` is allowed as well: ForAllValues is true of a key that is not there",
                    f'if that is not wanted, add "Null": {{"{name}": "false"}}',
                )


def allow_not_action(subject: Subject) -> Iterator[Flaw]:
    for view in _allows(subject):
        if view.statement.not_action and subject.grants:
            yield Flaw(
                view.element("NotAction"),
                "Allow with NotAction allows every action but these, in all services, future ones too",
                "list what is allowed in Action",
            )


def allow_not_resource(subject: Subject) -> Iterator[Flaw]:
    for view in _allows(subject):
        if view.statement.not_resource and subject.grants:
            yield Flaw(
                view.element("NotResource"),
                "Allow with NotResource allows the actions on everything but these, future resources too",
                "list what is allowed in Resource",
            )


def allow_not_principal(subject: Subject) -> Iterator[Flaw]:
    for view in _allows(subject):
        principal = view.statement.principal
        if principal is not None and principal.negated:
            yield Flaw(
                view.element("NotPrincipal"),
                "Allow with NotPrincipal allows everybody but these, anonymous callers too",
                "list who is allowed in Principal",
            )


def everything_everywhere(subject: Subject) -> Iterator[Flaw]:
    for view in _allows(subject):
        statement = view.statement
        if subject.grants and view.everything and not statement.not_action and _any_resource(view):
            yield Flaw(
                view.element("Action"),
                "this allows every action on every resource",
                "list the actions that are needed",
            )


def pass_any_role(subject: Subject) -> Iterator[Flaw]:
    """reference_policies_actions-resources-contextkeys: iam:PassRole; IAM User Guide: id_roles_use_passrole.html."""
    for view in _allows(subject):
        if view.statement.not_action or not _any_resource(view) or not subject.grants:
            continue
        if any(condition.entry.key.lower() == "iam:passedtoservice" for condition in view.conditions):
            continue
        for entry in view.entries:
            if not view.everything and entry.prefix.lower() == "iam" and meets(entry.name.lower(), "passrole"):
                yield Flaw(
                    entry.path,
                    f"`{entry.written}` on `*` lets the caller hand every role to every service",
                    "name the roles in Resource, and the service in a Condition on `iam:PassedToService`",
                )


def public(subject: Subject) -> Iterator[Flaw]:
    """A principal of `*` with nothing that limits who that is; an endpoint's policy is about its network's callers."""
    if subject.kind in (PolicyKind.VPC_ENDPOINT, PolicyKind.SCP, PolicyKind.RCP):
        return
    for view in _allows(subject):
        principal = view.statement.principal
        if principal is None or principal.negated or not any(text == "*" for _, text in principal.entries):
            continue
        if not any(condition.entry.key.lower() in _CALLER_KEYS for condition in view.conditions):
            yield Flaw(
                view.element("Principal"),
                "everybody is allowed, anonymous callers too",
                "name principals, or limit them as in StringEquals on `aws:PrincipalOrgID`",
            )


def wildcard_in_sensitive_key(subject: Subject) -> Iterator[Flaw]:
    for view in subject.statements:
        for condition in view.conditions:
            if condition.operator.base in ("StringLike", "StringNotLike") and _is_sensitive(condition):
                for path, value in condition.values:
                    if "*" in value or "?" in value:
                        yield Flaw(
                            path,
                            f"`{value}` may be met by somebody else's `{condition.entry.key}`",
                            "write the whole value; a wildcard has no good use in this key",
                        )


def mfa_without_if_exists(subject: Subject) -> Iterator[Flaw]:
    """Calls with access keys do not carry the key (reference_policies_condition-keys.html)."""
    for view in subject.statements:
        if view.is_allow:
            continue
        for condition in view.conditions:
            is_mfa = condition.entry.key.lower() == "aws:multifactorauthpresent"
            if is_mfa and condition.operator.family == "Bool" and condition.is_required:
                yield Flaw(
                    condition.path,
                    "calls with long-term access keys do not carry the key, so this Deny does not reach them",
                    "write `BoolIfExists`",
                )


def _allows(subject: Subject) -> Iterator[StatementView]:
    return (view for view in subject.statements if view.is_allow)


def _any_resource(view: StatementView) -> bool:
    return not view.statement.not_resource and any(set(arn) == {"*"} for arn in view.statement.resources)


def _is_sensitive(condition: Condition) -> bool:
    return condition.entry.key.lower() in _SENSITIVE_KEYS


def _is_there(view: StatementView, condition: Condition) -> bool:
    """Whether another condition of the statement makes sure that the key has a value.

    A request that has a tag (aws:RequestTag/...) has aws:TagKeys as well.
    """
    name = condition.entry.key.lower()
    for other in view.conditions:
        other_name = other.entry.key.lower()
        is_same = other_name == name or (name == "aws:tagkeys" and other_name.startswith("aws:requesttag/"))
        if other is not condition and other.is_required and is_same:
            return True
    return False
