"""The grammar of policies, and what AWS refuses.

IAM User Guide: reference_policies_grammar.html. AWS looks at a document in stages and reports the first one that
fails, here the functions in `_STAGES` in their order. The order and the messages are those that IAM's CreatePolicy
answers with; the messages for other kinds of policies are those of UpdateAssumeRolePolicy and PutRolePolicy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from launchrole.policy import limits, operators
from launchrole.policy.document import ConditionEntry, PolicyDocument, PolicyKind, PrincipalElement, Statement
from launchrole.policy.errors import Place, PolicySyntaxError
from launchrole.policy.pattern import glob_matches, pieces_of
from launchrole.policy.source import MALFORMED, SYNTAX_ERRORS, Number, Path, dotted, locate, read

_VERSIONS = ("2012-10-17", "2008-10-17")
_DOCUMENT_ELEMENTS = ("Version", "Id", "Statement")
_STATEMENT_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_PRINCIPAL_TYPES = ("AWS", "Service", "Federated", "CanonicalUser")


def parse(
    document: str | Mapping[str, object], kind: PolicyKind | None, *, name: str | None, arn: str | None
) -> PolicyDocument:
    """See `document.parse`."""
    text = document if isinstance(document, str) else None
    value = read(document) if isinstance(document, str) else document
    reader = _Reader(text)
    parsed = reader.document(value, name, arn)
    for stage in _STAGES:
        if kind in stage.kinds:
            stage.check(parsed, reader)
    if kind is not None:
        limits.check(parsed, value, kind)
    return parsed


class _Reader:
    """Reads one document's values, and says where something is wrong."""

    def __init__(self, text: str | None) -> None:
        self._text = text

    def refuse(self, path: Path, detail: str, help: str = "", message: str = SYNTAX_ERRORS) -> PolicySyntaxError:
        place: Place | None = None
        if self._text is not None:
            place = locate(self._text, path)
        elif path:
            detail = f"{dotted(path)}: {detail}"
        return PolicySyntaxError(MALFORMED, message, detail, place, help)

    def document(self, value: object, name: str | None, arn: str | None) -> PolicyDocument:
        if not isinstance(value, Mapping):
            raise self.refuse(
                (), f"the document is {_a(value)}, not an object", 'begin with {"Version": "2012-10-17", ...'
            )
        self._known(value, _DOCUMENT_ELEMENTS, (), "a policy")
        version = self._text_or_none(value, "Version", ())
        if version is not None and version not in _VERSIONS:
            raise self.refuse(("Version",), f"`{version}` is no version of the policy language", "write `2012-10-17`")
        identifier = self._text_or_none(value, "Id", ())
        statements = tuple(self._statements(value))
        return PolicyDocument(version, identifier, statements, name, arn, self._text)

    def _statements(self, document: Mapping[str, object]) -> Iterator[Statement]:
        if "Statement" not in document:
            raise self.refuse((), "the policy has no Statement", 'add "Statement": [...]')
        given = document["Statement"]
        if isinstance(given, Mapping):
            yield self._statement(given, 0, ("Statement",))
            return
        if not isinstance(given, list):
            raise self.refuse(("Statement",), f"Statement is {_a(given)}, not a statement or a list of statements")
        if not given:
            raise self.refuse(("Statement",), "the list of statements is empty")
        for index, one in enumerate(given):
            path: Path = ("Statement", index)
            if not isinstance(one, Mapping):
                raise self.refuse(path, f"a statement is an object, not {_a(one)}", "write {...} with an Effect")
            yield self._statement(one, index, path)

    def _statement(self, given: Mapping[str, object], index: int, path: Path) -> Statement:
        self._known(given, _STATEMENT_ELEMENTS, path, "a statement")
        for positive in ("Principal", "Action", "Resource"):
            if positive in given and f"Not{positive}" in given:
                raise self.refuse(
                    (*path, f"Not{positive}"), f"{positive} and Not{positive} exclude each other", "keep one"
                )
        sid = self._text_or_none(given, "Sid", path)
        effect = self._text_or_none(given, "Effect", path)
        if effect is None:
            raise self.refuse(path, "the statement has no Effect", "add `Allow` or `Deny`")
        if effect.capitalize() not in ("Allow", "Deny"):
            raise self.refuse((*path, "Effect"), f"`{effect}` is not an effect", "write `Allow` or `Deny`")
        return Statement(
            index=index,
            effect=effect,
            sid=sid,
            principal=self._principal(given, path),
            actions=self._texts(given, "NotAction" if "NotAction" in given else "Action", path),
            not_action="NotAction" in given,
            resources=self._texts(given, "NotResource" if "NotResource" in given else "Resource", path),
            not_resource="NotResource" in given,
            conditions=tuple(self._conditions(given, path)),
            path=path,
        )

    def _principal(self, given: Mapping[str, object], path: Path) -> PrincipalElement | None:
        element = "NotPrincipal" if "NotPrincipal" in given else "Principal"
        if element not in given:
            return None
        value = given[element]
        path = (*path, element)
        negated = element == "NotPrincipal"
        if value == "*":
            return PrincipalElement(negated, (("*", "*"),))
        if not isinstance(value, Mapping) or not value:
            raise self.refuse(
                path, f'{element} is {_a(value)}, not "*" or an object', 'write {"AWS": "arn:..."} or "*"'
            )
        self._known(value, _PRINCIPAL_TYPES, path, f"a {element}")
        entries = tuple((kind, text) for kind in value for text in self._texts(value, kind, path))
        return PrincipalElement(negated, entries)

    def _conditions(self, given: Mapping[str, object], path: Path) -> Iterator[ConditionEntry]:
        if "Condition" not in given:
            return
        path = (*path, "Condition")
        block = given["Condition"]
        if not isinstance(block, Mapping):
            raise self.refuse(
                path, f"Condition is {_a(block)}, not an object", 'write {"StringEquals": {"key": "value"}}'
            )
        for operator, keys in block.items():
            at = (*path, operator)
            self._is_text(operator, path)
            if not isinstance(keys, Mapping):
                raise self.refuse(at, f"`{operator}` holds {_a(keys)}, not an object of keys and values")
            if keys and operators.operator(operator) is None:
                raise self.refuse(at, f"`{operator}` is no condition operator", _nearest_operator(operator))
            for key in keys:
                self._is_text(key, at)
                yield ConditionEntry(operator, key, self._condition_values(keys, key, at))

    def _condition_values(self, keys: Mapping[str, object], key: str, path: Path) -> tuple[str, ...]:
        value = keys[key]
        values = value if isinstance(value, list) else [value]
        for one in values:
            if not isinstance(one, str | bool | int | float):
                raise self.refuse(
                    (*path, key),
                    f"`{key}` has {_a(one)} for a value",
                    "write a text, a number, true or false, or a list of them",
                )
        return tuple(map(_condition_text, values))

    def _texts(self, given: Mapping[str, object], element: str, path: Path) -> tuple[str, ...]:
        """A text or a list of texts; null among resources is what AWS leaves out."""
        value = given.get(element, [])
        if isinstance(value, str) and not isinstance(value, Number):
            return (value,)
        at = (*path, element)
        if not isinstance(value, list):
            raise self.refuse(at, f"{element} is {_a(value)}, not a text or a list of texts")
        for index, one in enumerate(value):
            if one is None and element in ("Resource", "NotResource"):
                continue
            if not isinstance(one, str) or isinstance(one, Number):
                raise self.refuse((*at, index), f"{element} holds {_a(one)}, not a text")
        return tuple(one for one in value if one is not None)

    def _text_or_none(self, given: Mapping[str, object], element: str, path: Path) -> str | None:
        if element not in given:
            return None
        value = given[element]
        if not isinstance(value, str) or isinstance(value, Number):
            raise self.refuse((*path, element), f"{element} is {_a(value)}, not a text", "put it in double quotes")
        return value

    def _is_text(self, name: object, path: Path) -> None:
        if not isinstance(name, str):
            raise self.refuse(path, f"a name is {_a(name)}, not a text")

    def _known(self, given: Mapping[str, object], known: tuple[str, ...], path: Path, what: str) -> None:
        for element in given:
            self._is_text(element, path)
            if element not in known:
                alike = next((one for one in known if one.lower() == element.lower().strip()), None)
                advice = f"write `{alike}`" if alike else f"it can have {', '.join(known)}"
                raise self.refuse((*path, element), f"{what} has no element `{element}`", advice)


def _a(value: object) -> str:
    """What a value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number | int | float):
        return f"the number {str(value)[:20]}"
    if isinstance(value, str):
        return f"the text `{value[:40]}`" if value else "an empty text"
    if isinstance(value, Mapping):
        return "an object" if value else "an empty object"
    return "a list" if isinstance(value, list) else f"a value of type {type(value).__name__}"


def _condition_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _nearest_operator(written: str) -> str:
    from difflib import get_close_matches  # only errors need it

    by_name = {name.lower(): name for name in operators.BASE_OPERATORS}
    alike = get_close_matches(written.rpartition(":")[2].lower()[:80], by_name, n=1)
    return f"did you mean `{by_name[alike[0]]}`?" if alike else ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A check of what was read, and the kinds of policy it is for (None: a document of no stated kind)."""

    check: Callable[[PolicyDocument, _Reader], None]
    kinds: frozenset[PolicyKind | None]


def _no_principal(document: PolicyDocument, reader: _Reader) -> None:
    """Identity-based policies name no principal (reference_policies_elements_principal.html)."""
    for statement in document.statements:
        if statement.principal is not None:
            advice = "take it away: the principal is the identity to which the policy is attached"
            message = "Policy document should not specify a principal."
            raise reader.refuse(statement.path, "an identity-based policy names no principal", advice, message)


def _no_scp_principal(document: PolicyDocument, reader: _Reader) -> None:
    """Organizations User Guide: orgs_manage_policies_scps_syntax.html: no Principal, no NotPrincipal."""
    for statement in document.statements:
        if statement.principal is not None:
            raise reader.refuse(statement.path, "a service control policy names no principal", "take it away")


def _needs_principal(document: PolicyDocument, reader: _Reader) -> None:
    """Resource-based policies, trust policies among them, say to whom they apply."""
    for statement in document.statements:
        if statement.principal is None:
            detail = "the policy of a resource or a role says to whom it applies"
            advice = 'add "Principal": {"AWS": "arn:aws:iam::123456789012:role/name"}'
            raise reader.refuse(statement.path, detail, advice, "Missing required field Principal")


def _needs_new_version(document: PolicyDocument, reader: _Reader) -> None:
    """Managed policies need the newer version of the language."""
    if document.version != "2012-10-17":
        found = "is missing" if document.version is None else f"is `{document.version}`"
        message = "Policy document must be version 2012-10-17 or greater."
        raise reader.refuse(("Version",), f"the policy's Version {found}", 'write "Version": "2012-10-17"', message)


_LEGACY = "The policy failed legacy parsing"


def _effects(document: PolicyDocument, reader: _Reader) -> None:
    """The effect is spelled `Allow` or `Deny`, in that case (reference_policies_elements_effect.html)."""
    for statement in document.statements:
        if statement.effect not in ("Allow", "Deny"):
            written = statement.effect
            raise reader.refuse(
                (*statement.path, "Effect"),
                f"`{written}` is not an effect",
                f"write `{written.capitalize()}`",
                _LEGACY,
            )


# Years as far as a 64-bit count of milliseconds reaches, offsets without minutes, times cut short: the parser is more
# lenient than the documentation, which knows W3C's profile of ISO 8601 and seconds since 1970.
_LEGACY_DATE = re.compile(
    r"-?[0-9]{1,9}(-(0?[1-9]|1[0-2])(-(0?[1-9]|[12][0-9]|3[01]))?)?"
    r"([Tt](([01]?[0-9]|2[0-3])(:[0-5]?[0-9](:[0-5]?[0-9](\.[0-9]{1,9})?)?)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?)?)?"
)
_INTEGER = re.compile(r"-?[0-9]{1,19}")


def _dates(document: PolicyDocument, reader: _Reader) -> None:
    """The values of date operators are dates."""
    for statement, entry, value in _condition_values(document, "Date"):
        seconds = int(value) if _INTEGER.fullmatch(value) else None
        in_range = seconds is not None and -(2**63) <= seconds < 2**63
        if in_range or (seconds is None and _LEGACY_DATE.fullmatch(value)):
            continue
        path = (*statement.path, "Condition", entry.operator, entry.key)
        raise reader.refuse(path, f"`{value}` is no date", "write it as in `2026-01-31T12:00:00Z`", _LEGACY)


def _legacy_arns(document: PolicyDocument, reader: _Reader) -> None:
    """ARNs that name no service, and S3 ARNs with a colon too few."""
    for path, arn in _resources(document):
        parts = arn.split(":")
        if len(parts) < 4 or not _is_partition(parts[1]):
            continue
        if not parts[2]:
            raise reader.refuse(path, f"`{arn}` names no service", "write as in `arn:aws:s3:::bucket`", _LEGACY)
        if parts[2] == "s3" and len(parts) == 5:
            raise reader.refuse(path, f"`{arn}` lacks a colon", f"write `arn:{parts[1]}:s3:::{parts[4]}`", _LEGACY)


def _sids(document: PolicyDocument, reader: _Reader) -> None:
    """Sids are unique, empty ones aside."""
    seen: set[str] = set()
    for statement in document.statements:
        if statement.sid and statement.sid in seen:
            message = "Statement IDs (SID) in a single policy must be unique."
            raise reader.refuse((*statement.path, "Sid"), f"the Sid `{statement.sid}` is taken", "", message)
        seen.add(statement.sid or "")


def _have_actions(document: PolicyDocument, reader: _Reader) -> None:
    """Every statement is about some action."""
    for statement in document.statements:
        if not statement.actions:
            message = "Policy statement must contain actions."
            raise reader.refuse(statement.path, "the statement has no Action or NotAction", "", message)


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
    return any(glob_matches(pieces, partition) for partition in _PARTITIONS)


def _resource_formats(document: PolicyDocument, reader: _Reader) -> None:
    """Resources are ARNs or `*`."""
    for path, arn in _resources(document):
        message, detail = _wrong_with_arn(arn)
        if message:
            raise reader.refuse(path, detail, "write an ARN such as `arn:aws:s3:::bucket/*`, or `*`", message)


def _wrong_with_arn(arn: str) -> tuple[str, str]:
    """AWS' message about a resource and what is wrong with it; empty for one that AWS takes."""
    if arn == "*":
        return "", ""
    parts = arn.split(":")
    if len(parts) == 1:
        return f'Resource {arn} must be in ARN format or "*".', f"`{arn}` is no ARN"
    if not _is_partition(parts[1]):
        completed = ":".join(["arn", *parts[1:], *["*"] * (6 - len(parts))])
        message = f'Partition "{parts[1]}" is not valid for resource "{completed}".'
        return message, f"`{arn}` has no valid partition: `{parts[1]}`"
    service = parts[2] if len(parts) > 2 else ""
    if not service or "*" in service or "?" in service:
        message = "Resource vendor must be fully qualified and cannot contain regexes."
        return message, f"`{arn}` does not name its service"
    if len(parts) < 6:
        return "", ""
    region, account, resource = parts[3], parts[4], ":".join(parts[5:])
    if service == "iam" and region:
        return (
            f"IAM resource {arn} cannot contain region information.",
            f"`{arn}` has a region, and IAM has none",
        )
    if service == "s3" and region and not account:
        return (
            f"Resource {arn} can not contain region information.",
            f"`{arn}` has a region, and S3 buckets have none",
        )
    if service == "iam" and not _is_iam_resource(resource):
        known = ", ".join(_IAM_RESOURCES)
        message = f'IAM resource path must either be "*" or start with {known}.'
        return message, f"IAM has no kind of resource that is named `{resource}`"
    return "", ""


def _is_iam_resource(resource: str) -> bool:
    kind = resource.partition("/")[0]
    is_pattern = "*" in kind or "?" in kind
    return is_pattern or kind == "root" or resource.startswith((*_IAM_RESOURCES, *_MORE_IAM_RESOURCES))


_VENDOR = re.compile(r"[A-Za-z0-9.-]+")


def _action_prefixes(document: PolicyDocument, reader: _Reader) -> None:
    """Actions are `service:Name`, or `*`."""
    for statement in document.statements:
        element = "NotAction" if statement.not_action else "Action"
        for action in statement.actions:
            if action == "*":
                continue
            vendor, colon, name = action.partition(":")
            if not colon:
                message = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
            elif ":" in name:
                message = "Actions/Condition can contain only one colon."
            elif not _VENDOR.fullmatch(vendor):
                message = f"Vendor {vendor} is not valid"
            else:
                continue
            detail = f"`{action}` does not have the form `service:Name`"
            raise reader.refuse((*statement.path, element), detail, "write as in `s3:GetObject`", message)


def _have_resources(document: PolicyDocument, reader: _Reader) -> None:
    """Every statement is about some resource."""
    for statement in document.statements:
        if not statement.resources:
            message = "Policy statement must contain resources."
            advice = 'add "Resource": "*"'
            raise reader.refuse(statement.path, "the statement has no Resource or NotResource", advice, message)


def _have_resources_or_principal(document: PolicyDocument, reader: _Reader) -> None:
    """Only a trust policy, which says to whom it applies, can be silent about resources."""
    for statement in document.statements:
        if statement.principal is None and not statement.resources:
            _have_resources(document, reader)


def _trust(document: PolicyDocument, reader: _Reader) -> None:
    """A trust policy is about its own role, and about STS' actions."""
    for statement in document.statements:
        if statement.resources or statement.not_resource:
            advice = "take it away: the resource is the role that has the policy"
            raise reader.refuse(
                statement.path, "a trust policy names no resource", advice, "Has prohibited field Resource"
            )
        for action in statement.actions:
            if action.partition(":")[0].lower() not in ("sts", "*"):
                message = "AssumeRole policy may only specify STS AssumeRole actions."
                raise reader.refuse(
                    statement.path, f"`{action}` is no action of STS", "write `sts:AssumeRole`", message
                )


def _rcp(document: PolicyDocument, reader: _Reader) -> None:
    """Organizations User Guide: orgs_manage_policies_rcps_syntax.html: customers' RCPs deny, and concern everyone."""
    for statement in document.statements:
        if statement.effect != "Deny":
            raise reader.refuse((*statement.path, "Effect"), "a resource control policy can only deny", "write `Deny`")
        if statement.principal != PrincipalElement(negated=False, entries=(("*", "*"),)):
            raise reader.refuse(
                statement.path,
                "the principal of a resource control policy is everyone",
                'write "Principal": "*"',
            )
        if statement.not_action or statement.actions == ("*",):
            raise reader.refuse(
                statement.path,
                "a resource control policy lists the actions of its services",
                "write as in `s3:*`",
            )


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


_KINDS: frozenset[PolicyKind | None] = frozenset(PolicyKind)
_ALL = _KINDS | {None}
_MANAGED: frozenset[PolicyKind | None] = frozenset({PolicyKind.MANAGED, PolicyKind.AWS_MANAGED})
_IDENTITY = _MANAGED | {PolicyKind.INLINE, PolicyKind.SESSION}
_OF_RESOURCES: frozenset[PolicyKind | None] = frozenset({PolicyKind.RESOURCE, PolicyKind.KEY, PolicyKind.TRUST})
_TRUST: frozenset[PolicyKind | None] = frozenset({PolicyKind.TRUST})
_SCP: frozenset[PolicyKind | None] = frozenset({PolicyKind.SCP})
_RCP: frozenset[PolicyKind | None] = frozenset({PolicyKind.RCP})

_STAGES: tuple[Stage, ...] = (
    Stage(_no_principal, _IDENTITY),
    Stage(_no_scp_principal, _SCP),
    Stage(_needs_principal, _OF_RESOURCES),
    Stage(_needs_new_version, _MANAGED),
    Stage(_effects, _ALL),
    Stage(_dates, _KINDS),
    Stage(_legacy_arns, _KINDS - _TRUST),
    Stage(_sids, _KINDS),
    Stage(_have_actions, _ALL),
    Stage(_resource_formats, _KINDS - _TRUST),
    Stage(_action_prefixes, _KINDS),
    Stage(_have_resources, _KINDS - _TRUST),
    Stage(_have_resources_or_principal, frozenset({None})),
    Stage(_trust, _TRUST),
    Stage(_rcp, _RCP),
)
