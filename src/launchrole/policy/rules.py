"""What AWS refuses in policies that have the grammar's shape, by kind of policy.

AWS looks at a document in stages and reports the first one that fails, here the rows of `_STAGES` in their order. It is
the order in which IAM's CreatePolicy answers; that of the other kinds of policy is unknown, and taken to be the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from launchrole.policy import operators
from launchrole.policy.answers import Fault
from launchrole.policy.document import ConditionEntry, PolicyDocument, PolicyKind, PrincipalElement, Statement
from launchrole.policy.pattern import glob_matches, pieces_of
from launchrole.policy.refusal import Refusals, quoted
from launchrole.policy.source import Path


def check(document: PolicyDocument, kind: PolicyKind | None, refusals: Refusals) -> None:
    """Refuse a document with what the first stage has against it that is for its kind."""
    for stage in _STAGES:
        if kind in stage.kinds:
            stage.check(document, refusals)


@dataclass(frozen=True, slots=True)
class Stage:
    """A check of what was read, and the kinds of policy it is for (None: a document of no stated kind)."""

    check: Callable[[PolicyDocument, Refusals], None]
    kinds: frozenset[PolicyKind | None]


_OTHER_CHARACTER = re.compile(r"[^\t\n\r\x20-\xff]")


def _characters(document: PolicyDocument, refusals: Refusals) -> None:
    """Documents are of tabs, line ends and U+0020 to U+00FF (reference_iam-quotas.html, "IAM name requirements")."""
    found = _OTHER_CHARACTER.search(document.text or "")
    if found:
        raise refusals.refuse_at(
            Fault.CHARACTERS,
            found.start(),
            f"policies hold no character such as {quoted(found[0])} (U+{ord(found[0]):04X})",
            f"write it as `{ascii(found[0])[1:-1]}`" if ord(found[0]) < 0x10000 else "take it away",
        )


def _no_principal(document: PolicyDocument, refusals: Refusals) -> None:
    """Identity-based policies name no principal (reference_policies_elements_principal.html)."""
    for statement in document.statements:
        if statement.principal is not None:
            advice = "take it away: the principal is the identity to which the policy is attached"
            detail = "an identity-based policy names no principal"
            raise refusals.refuse(Fault.PRINCIPAL_PROHIBITED, _principal_path(statement), detail, advice)


def _no_scp_principal(document: PolicyDocument, refusals: Refusals) -> None:
    """Organizations User Guide: orgs_manage_policies_scps_syntax.html: no Principal, no NotPrincipal."""
    for statement in document.statements:
        if statement.principal is not None:
            advice = "take it away: the policy limits everyone in the accounts to which it is attached"
            detail = "a service control policy names no principal"
            raise refusals.refuse(Fault.PRINCIPAL_PROHIBITED, _principal_path(statement), detail, advice)


def _needs_principal(document: PolicyDocument, refusals: Refusals) -> None:
    """Resource-based policies say to whom they apply (reference_policies_elements_principal.html).

    So do policies of VPC endpoints (AWS PrivateLink Guide: vpc-endpoints-access.html).
    """
    for statement in document.statements:
        if statement.principal is None:
            detail = "the statement does not say to whom it applies"
            advice = 'add "Principal": {"AWS": "arn:aws:iam::123456789012:role/name"}'
            raise refusals.refuse(Fault.NO_PRINCIPAL, statement.path, detail, advice)


def _no_allow_but(document: PolicyDocument, refusals: Refusals) -> None:
    """Nobody can allow everyone but some (reference_policies_elements_notprincipal.html)."""
    for statement in document.statements:
        if statement.principal is not None and statement.principal.negated and statement.effect == "Allow":
            path = _principal_path(statement)
            advice = "name who is allowed in Principal, or deny with conditions"
            raise refusals.refuse(Fault.ALLOW_NOT_PRINCIPAL, path, "NotPrincipal goes with Deny only", advice)


_EVERYONE = PrincipalElement(negated=False, entries=(("*", "*"),))


def _trust_principals(document: PolicyDocument, refusals: Refusals) -> None:
    """A trust policy names principals by type, and not by exclusion."""
    for statement in document.statements:
        path = _principal_path(statement)
        if path[-1] == "NotPrincipal":
            detail = "a trust policy has no NotPrincipal"
            raise refusals.refuse(Fault.NOT_PRINCIPAL, path, detail, "name who may assume the role in Principal")
        if statement.principal == _EVERYONE:
            detail = "in a trust policy a principal has a type"
            raise refusals.refuse(Fault.EVERYONE, path, detail, 'write {"AWS": "*"}, with a Condition')


# reference_policies_elements_principal.html: everyone, an account, an ARN without wildcards, or the unique id that
# takes the place of an ARN when its owner is deleted. `cloudfront` is the account of origin access identities.
_AWS_PRINCIPAL = re.compile(
    r"\*|[0-9]{12}|[A-Z0-9]{16,128}|"
    r"arn:[a-z-]+:(iam::([0-9]{12}|cloudfront):(root|(user|role)/[^*?]+)"
    r"|sts::[0-9]{12}:(assumed-role|federated-user|self)(/[^*?]+)?)"
)
_SERVICE_PRINCIPAL = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


def _principals(document: PolicyDocument, refusals: Refusals) -> None:
    """Principals have a form that can be somebody's. Whether somebody has it, only AWS knows."""
    for statement in document.statements:
        for kind, text in statement.principal.entries if statement.principal else ():
            if kind == "AWS" and not _AWS_PRINCIPAL.fullmatch(text):
                advice = "write an account, or the ARN of a user, a role or a session, without wildcards"
            elif kind == "Service" and not _SERVICE_PRINCIPAL.fullmatch(text):
                advice = "write a service as in `lambda.amazonaws.com`"
            else:
                continue
            path = refusals.item((*_principal_path(statement), kind), text)
            said = (kind if kind == "AWS" else kind.upper(), text)
            raise refusals.refuse(Fault.PRINCIPAL, path, f"{quoted(text)} can be nobody's name", advice, said)


def _needs_new_version(document: PolicyDocument, refusals: Refusals) -> None:
    """Managed policies need the newer version of the language.

    So do SCPs and RCPs (Organizations User Guide: orgs_manage_policies_scps_syntax.html, ..._rcps_syntax.html).
    """
    if document.version != "2012-10-17":
        found = "is missing" if document.version is None else f"is `{document.version}`"
        advice = 'write "Version": "2012-10-17"'
        raise refusals.refuse(Fault.OLD_VERSION, ("Version",), f"the policy's Version {found}", advice)


def _effects(document: PolicyDocument, refusals: Refusals) -> None:
    """The effect is spelled `Allow` or `Deny`, in that case (reference_policies_elements_effect.html)."""
    for statement in document.statements:
        written = statement.effect
        if written not in ("Allow", "Deny"):
            path = (*statement.path, "Effect")
            advice = f"write `{written.capitalize()}`"
            raise refusals.refuse(Fault.EFFECT_CASE, path, f"{quoted(written)} is not an effect", advice, (written,))


def _operator_case(document: PolicyDocument, refusals: Refusals) -> None:
    """The parser of resources' policies wants condition operators in AWS' spelling.

    IAM's recorded answer to a trust policy with `stringEquals`. Whether the other parsers do is unknown.
    """
    for statement in document.statements:
        for entry in statement.conditions:
            found = operators.operator(entry.operator)
            if found is not None and entry.operator != (spelled := _spelled(found)):
                path = (*statement.path, "Condition", entry.operator)
                detail = f"{quoted(entry.operator)} is not spelled as AWS does"
                raise refusals.refuse(Fault.OPERATOR, path, detail, f"write `{spelled}`", (entry.operator,))


def _spelled(operator: operators.Operator) -> str:
    quantifier = f"{operator.quantifier}:" if operator.quantifier else ""
    return f"{quantifier}{operator.base}{'IfExists' if operator.if_exists else ''}"


# Years as far as a 64-bit count of milliseconds reaches, offsets without minutes, times cut short: the parser is more
# lenient than the documentation, which knows W3C's profile of ISO 8601 and seconds since 1970.
_LEGACY_DATE = re.compile(
    r"-?[0-9]{1,9}(-(0?[1-9]|1[0-2])(-(0?[1-9]|[12][0-9]|3[01]))?)?"
    r"([Tt](([01]?[0-9]|2[0-3])(:[0-5]?[0-9](:[0-5]?[0-9](\.[0-9]{1,9})?)?)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?)?)?"
)
_INTEGER = re.compile(r"-?[0-9]{1,19}")


def _dates(document: PolicyDocument, refusals: Refusals) -> None:
    """The values of date operators are dates (reference_policies_elements_condition_operators.html)."""
    for statement, entry, value in _condition_values(document, "Date"):
        seconds = int(value) if _INTEGER.fullmatch(value) else None
        in_range = seconds is not None and -(2**63) <= seconds < 2**63
        if in_range or (seconds is None and _LEGACY_DATE.fullmatch(value)):
            continue
        path = refusals.item((*statement.path, "Condition", entry.operator, entry.key), value)
        raise refusals.refuse(
            Fault.LEGACY, path, f"{quoted(value)} is no date", "write it as in `2026-01-31T12:00:00Z`"
        )


def _legacy_arns(document: PolicyDocument, refusals: Refusals) -> None:
    """ARNs name a service, and those of S3 have no colon too few."""
    for path, arn in _resources(document):
        parts = arn.split(":")
        if len(parts) < 4 or not _is_partition(parts[1]):
            continue
        if not parts[2]:
            detail, advice = f"{quoted(arn)} names no service", "write as in `arn:aws:s3:::bucket`"
        elif parts[2] == "s3" and len(parts) == 5:
            detail, advice = f"{quoted(arn)} lacks a colon", f"write {quoted(f'arn:{parts[1]}:s3:::{parts[4]}')}"
        else:
            continue
        raise refusals.refuse(Fault.LEGACY, refusals.item(path, arn), detail, advice)


_SID = re.compile(r"[0-9A-Za-z_]*")


def _sids(document: PolicyDocument, refusals: Refusals) -> None:
    """A Sid is of letters and digits (reference_policies_elements_sid.html).

    Whether IAM takes underscores is unknown: its message says no, two recorded documents say yes. They pass here.
    """
    for statement in document.statements:
        if statement.sid is not None and not _SID.fullmatch(statement.sid):
            detail = f"the Sid {quoted(statement.sid)} is not of letters and digits only"
            advice = f"write `{re.sub('[^0-9A-Za-z]', '', statement.sid) or 'Statement1'}`"
            raise refusals.refuse(Fault.SID, (*statement.path, "Sid"), detail, advice)


def _unique_sids(document: PolicyDocument, refusals: Refusals) -> None:
    """Sids are unique, empty ones aside."""
    seen: set[str] = set()
    for statement in document.statements:
        if statement.sid and statement.sid in seen:
            path = (*statement.path, "Sid")
            detail = f"the Sid {quoted(statement.sid)} is taken by an earlier statement"
            raise refusals.refuse(Fault.REPEATED_SID, path, detail, "write another, or none")
        seen.add(statement.sid or "")


def _have_actions(document: PolicyDocument, refusals: Refusals) -> None:
    """Every statement is about some action."""
    for statement in document.statements:
        if not statement.actions:
            detail = "the statement has no Action or NotAction"
            raise refusals.refuse(Fault.NO_ACTION, statement.path, detail, 'add an Action, as in "s3:GetObject"')


# AWS General Reference: aws-arns-and-namespaces.html; the isolated and sovereign partitions by their SDK metadata.
_PARTITIONS = (
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
)
# As IAM's own message lists them.
_IAM_RESOURCES = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)

# Not in the message, but in AWS' own managed policies.
_MORE_IAM_RESOURCES = ("role-template/",)


def _is_partition(text: str) -> bool:
    pieces = pieces_of(text)
    return len(text) < 40 and any(glob_matches(pieces, partition) for partition in _PARTITIONS)


def _resource_formats(document: PolicyDocument, refusals: Refusals) -> None:
    """Resources are ARNs or `*` (reference_policies_elements_resource.html)."""
    for path, arn in _resources(document):
        wrong = _wrong_with_arn(arn)
        if wrong is not None:
            raise refusals.refuse(wrong.fault, refusals.item(path, arn), wrong.detail, wrong.advice, wrong.said)


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What IAM has against a resource, in our words, with what to write instead and what AWS' message takes up."""

    fault: Fault
    detail: str
    advice: str
    said: tuple[str, ...] = ()


def _wrong_with_arn(arn: str) -> _Wrong | None:
    """What is wrong with a resource; None for one that IAM takes, whatever it starts with."""
    if arn == "*":
        return None
    parts = arn.split(":")
    if len(parts) == 1:
        advice = "write an ARN such as `arn:aws:s3:::bucket/*`, or `*`"
        return _Wrong(Fault.NOT_ARN, f"{quoted(arn)} is no ARN", advice, (arn,))
    if not _is_partition(parts[1]):
        completed = ":".join(["arn", *parts[1:], *["*"] * (6 - len(parts))])
        if parts[0] in _PARTITIONS:
            detail, advice = f"{quoted(arn)} does not begin with `arn:`", f"write {quoted('arn:' + arn)}"
        else:
            detail, advice = (
                f"{quoted(arn)} names no partition of AWS: {quoted(parts[1])}",
                "write as in `arn:aws:s3:::bucket`",
            )
        return _Wrong(Fault.PARTITION, detail, advice, (parts[1], completed))
    service = parts[2] if len(parts) > 2 else ""
    if not service or "*" in service or "?" in service:
        advice = "write the service in full, as in `arn:aws:s3:::bucket`"
        return _Wrong(Fault.RESOURCE_VENDOR, f"{quoted(arn)} does not name its service", advice)
    if len(parts) < 6:
        return None
    region, account, resource = parts[3], parts[4], ":".join(parts[5:])
    without_region = f"write {quoted(':'.join([*parts[:3], '', *parts[4:]]))}"
    if service == "iam" and region:
        return _Wrong(Fault.IAM_REGION, f"{quoted(arn)} has a region, and IAM has none", without_region, (arn,))
    if service == "s3" and region and not account:
        return _Wrong(Fault.REGION, f"{quoted(arn)} has a region, and S3 buckets have none", without_region, (arn,))
    if service == "iam" and not _is_iam_resource(resource):
        detail = f"IAM has no kind of resource that is named {quoted(resource)}"
        advice = "write as in `arn:aws:iam::123456789012:role/name`"
        return _Wrong(Fault.IAM_PATH, detail, advice, (", ".join(_IAM_RESOURCES),))
    return None


def _is_iam_resource(resource: str) -> bool:
    kind = resource.partition("/")[0]
    is_pattern = "*" in kind or "?" in kind
    return is_pattern or kind == "root" or resource.startswith((*_IAM_RESOURCES, *_MORE_IAM_RESOURCES))


_VENDOR = re.compile(r"[A-Za-z0-9.-]+")


def _action_prefixes(document: PolicyDocument, refusals: Refusals) -> None:
    """Actions are `service:Name`, or `*` (reference_policies_elements_action.html)."""
    for path, action in _actions(document):
        if action == "*":
            continue
        vendor, colon, name = action.partition(":")
        if not colon:
            fault, detail = Fault.ACTION_WITHOUT_VENDOR, f"{quoted(action)} does not name its service"
        elif ":" in name:
            fault, detail = Fault.ACTION_COLONS, f"{quoted(action)} has more than one colon"
        elif not _VENDOR.fullmatch(vendor):
            fault, detail = Fault.VENDOR, f"{quoted(vendor)} can be no service, in the action {quoted(action)}"
        else:
            continue
        raise refusals.refuse(fault, refusals.item(path, action), detail, "write as in `s3:GetObject`", (vendor,))


def _have_resources(document: PolicyDocument, refusals: Refusals) -> None:
    """Every statement is about some resource."""
    for statement in document.statements:
        _has_resource(statement, refusals)


def _have_resources_or_principal(document: PolicyDocument, refusals: Refusals) -> None:
    """Only a trust policy, which says to whom it applies, can be silent about resources."""
    for statement in document.statements:
        if statement.principal is None:
            _has_resource(statement, refusals)


def _has_resource(statement: Statement, refusals: Refusals) -> None:
    if not statement.resources:
        detail = "the statement has no Resource or NotResource"
        raise refusals.refuse(Fault.NO_RESOURCE, statement.path, detail, "add a Resource: ARNs, or `*`")


def _trust_actions(document: PolicyDocument, refusals: Refusals) -> None:
    """A trust policy is about assuming its role.

    Whether IAM takes `sts:*` is unknown; it passes here.
    """
    for path, action in _actions(document):
        if not action.lower().startswith("sts:"):
            advice = "write `sts:AssumeRole`; what the role may do stands in the policies attached to it"
            raise refusals.refuse(
                Fault.NOT_STS, refusals.item(path, action), f"{quoted(action)} is no action of STS", advice
            )


def _trust_resources(document: PolicyDocument, refusals: Refusals) -> None:
    """The resource of a trust policy is its role, without being named."""
    for statement in document.statements:
        if statement.resources:
            element = "NotResource" if statement.not_resource else "Resource"
            fault = Fault.NOT_RESOURCE_PROHIBITED if statement.not_resource else Fault.RESOURCE_PROHIBITED
            advice = "take it away: the resource is the role that has the policy"
            raise refusals.refuse(fault, (*statement.path, element), f"a trust policy has no {element}", advice)


def _rcp(document: PolicyDocument, refusals: Refusals) -> None:
    """Organizations User Guide: orgs_manage_policies_rcps_syntax.html: customers' RCPs deny, and concern everyone."""
    for statement in document.statements:
        if statement.effect != "Deny":
            path = (*statement.path, "Effect")
            detail = "a resource control policy can only deny"
            raise refusals.refuse(Fault.SHAPE, path, detail, "write `Deny`")
        if statement.principal != _EVERYONE:
            path = _principal_path(statement)
            detail = "the principal of a resource control policy is everyone"
            raise refusals.refuse(Fault.SHAPE, path, detail, 'write "Principal": "*", and limit it with a Condition')
        if statement.not_action or "*" in statement.actions:
            path = (*statement.path, "NotAction" if statement.not_action else "Action")
            detail = "a resource control policy lists the actions of its services"
            raise refusals.refuse(Fault.SHAPE, path, detail, "write as in `s3:*`")


def _principal_path(statement: Statement) -> Path:
    negated = statement.principal is not None and statement.principal.negated
    return (*statement.path, "NotPrincipal" if negated else "Principal")


def _actions(document: PolicyDocument) -> Iterator[tuple[Path, str]]:
    for statement in document.statements:
        element = "NotAction" if statement.not_action else "Action"
        for action in statement.actions:
            yield (*statement.path, element), action


def _resources(document: PolicyDocument) -> Iterator[tuple[Path, str]]:
    for statement in document.statements:
        element = "NotResource" if statement.not_resource else "Resource"
        for arn in statement.resources:
            yield (*statement.path, element), arn


def _condition_values(document: PolicyDocument, family: str) -> Iterator[tuple[Statement, ConditionEntry, str]]:
    for statement in document.statements:
        for entry in statement.conditions:
            found = operators.operator(entry.operator)
            if found is not None and found.family == family:
                for value in entry.values:
                    yield statement, entry, value


_Kinds = frozenset[PolicyKind | None]

_KINDS: _Kinds = frozenset(PolicyKind)
_ALL = _KINDS | {None}
_MANAGED: _Kinds = frozenset({PolicyKind.MANAGED, PolicyKind.AWS_MANAGED})
_WRITTEN_IDENTITY: _Kinds = frozenset({PolicyKind.MANAGED, PolicyKind.INLINE, PolicyKind.SESSION})
_IDENTITY = _WRITTEN_IDENTITY | _MANAGED | {PolicyKind.IDENTITY}
_SCP: _Kinds = frozenset({PolicyKind.SCP})
_RCP: _Kinds = frozenset({PolicyKind.RCP})
_TRUST: _Kinds = frozenset({PolicyKind.TRUST})
_KEY: _Kinds = frozenset({PolicyKind.KEY})
_BUCKET: _Kinds = frozenset({PolicyKind.RESOURCE})
_ENDPOINT: _Kinds = frozenset({PolicyKind.VPC_ENDPOINT})

_STAGES: tuple[Stage, ...] = (
    Stage(_characters, _WRITTEN_IDENTITY | _TRUST | _KEY),
    Stage(_no_principal, _IDENTITY),
    Stage(_no_scp_principal, _SCP),
    Stage(_needs_principal, _TRUST | _BUCKET | _KEY | _ENDPOINT),
    Stage(_no_allow_but, _TRUST | _BUCKET),
    Stage(_trust_principals, _TRUST),
    Stage(_principals, _TRUST | _BUCKET | _KEY),
    Stage(_needs_new_version, _MANAGED | _SCP | _RCP),
    Stage(_effects, _ALL),
    Stage(_operator_case, _TRUST | _BUCKET),
    Stage(_dates, _KINDS),
    Stage(_legacy_arns, _KINDS - _TRUST),
    Stage(_sids, _WRITTEN_IDENTITY),
    Stage(_unique_sids, _KINDS),
    Stage(_have_actions, _ALL),
    Stage(_trust_actions, _TRUST),
    Stage(_trust_resources, _TRUST),
    Stage(_resource_formats, _KINDS - _TRUST),
    Stage(_action_prefixes, _KINDS),
    Stage(_have_resources, _KINDS - _TRUST),
    Stage(_have_resources_or_principal, frozenset({None})),
    Stage(_rcp, _RCP),
)
