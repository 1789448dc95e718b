"""A second evaluator: AWS' documentation transcribed line by line, with no index, no compilation and no cleverness.

It works on the raw JSON of a case in the format of conformance/ and imports nothing of launchrole's. It is slow and
recursive on purpose; the engine is compared with it. Pages without a name in front are of the IAM User Guide.
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
import re
from decimal import Decimal
from typing import NamedTuple

NO_VALUE = object()


class Outcome(NamedTuple):
    decision: str
    """allow, implicit_deny or explicit_deny."""
    policy_type: str | None
    """The type of policy that denies."""


# --- wildcards: reference_policies_elements_resource.html ------------------------------------------------------------
# A pattern is a list of symbols: a character as ("is", "a"), `?` as ("one",), `*` as ("many",).


def symbols(text):
    return [("many",) if c == "*" else ("one",) if c == "?" else ("is", c) for c in text]


def literal(text):
    return [("is", c) for c in text]


def glob(pattern, value, stays_inside=False):
    """Whether a pattern matches a whole value; `stays_inside`: wildcards stand for no colon."""
    places = {0}
    for symbol in pattern:
        following = set()
        if symbol == ("many",):
            for place in places:
                following.add(place)
                while place < len(value) and not (stays_inside and value[place] == ":"):
                    place += 1
                    following.add(place)
        else:
            for place in places:
                if place < len(value):
                    here = value[place]
                    if symbol == ("is", here) or (symbol == ("one",) and not (stays_inside and here == ":")):
                        following.add(place + 1)
        places = following
    return len(value) in places


def segments(pattern):
    """The parts between colons, at most six; the last one keeps its colons."""
    parts = [[]]
    for symbol in pattern:
        if symbol == ("is", ":") and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(symbol)
    return parts


def resource_matches(pattern, resource):
    if pattern == [("many",)]:
        return True
    parts = segments(pattern)
    if len(parts) == 6:
        return arn_matches(pattern, resource)
    # Fewer than six segments: "*" at the end of a segment can expand beyond the colon.
    places = {0}
    for index, symbol in enumerate(pattern):
        at_end = index + 1 == len(pattern) or pattern[index + 1] == ("is", ":")
        following = set()
        for place in places:
            if symbol == ("many",):
                following.add(place)
                while place < len(resource) and (at_end or resource[place] != ":"):
                    place += 1
                    following.add(place)
            elif place < len(resource):
                here = resource[place]
                if symbol == ("is", here) or (symbol == ("one",) and here != ":"):
                    following.add(place + 1)
        places = following
    return len(resource) in places


def arn_matches(pattern, value):
    """reference_policies_elements_condition_operators.html: the six parts are compared one by one."""
    if pattern == [("many",)]:
        return True
    wanted, parts = segments(pattern), value.split(":", 5)
    if len(wanted) != 6 or len(parts) != 6:
        return False
    return all(glob(one, other) for one, other in zip(wanted, parts, strict=True))


# --- the request's context: reference_policies_elements_condition.html (keys ignore case) ----------------------------


def value_of(context, key):
    """NO_VALUE for an absent key; a text; or a list of texts."""
    found = [value for name, value in context.items() if name.lower() == key.lower()]
    if len(found) == 1 and isinstance(found[0], str):
        return found[0]
    values = [text for value in found for text in (value if isinstance(value, list) else [value])]
    return values if values else NO_VALUE


# --- policy variables: reference_policies_variables.html ------------------------------------------------------------


def with_variables(text, context):
    """The symbols of a text whose variables are filled in; None where a variable has no value."""
    pattern, rest = [], text
    while rest:
        found = re.match(r"\$\{(\*|\?|\$)\}", rest)
        if found:
            pattern += literal(found[1])
            rest = rest[found.end() :]
            continue
        found = re.match(r"\$\{([^{},\s]+)(?:\s*,\s*'([^']*)')?\}", rest)
        if found:
            value = value_of(context, found[1])
            if isinstance(value, str):
                pattern += literal(value)
            elif found[2] is not None:
                pattern += literal(found[2])
            else:
                return None
            rest = rest[found.end() :]
            continue
        pattern += symbols(rest[0])
        rest = rest[1:]
    return pattern


def resource_pattern(text, context, version):
    """Variables are for Version 2012-10-17, and work only behind the fifth colon."""
    if version != "2012-10-17" or text.count(":") < 5:
        return symbols(text)
    head, tail = ":".join(text.split(":", 5)[:5]) + ":", text.split(":", 5)[5]
    filled = with_variables(tail, context)
    return None if filled is None else symbols(head) + filled


# --- conditions: reference_policies_elements_condition_operators.html -----------------------------------------------


def text_of(value):
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def spell(pattern):
    return "".join(symbol[1] if symbol[0] == "is" else {"many": "*", "one": "?"}[symbol[0]] for symbol in pattern)


def number(text):
    return Decimal(text) if re.fullmatch(r"[+-]?\d+(\.\d+)?", text) else None


def moment(text):
    if re.fullmatch(r"\d{4}", text):
        text += "-01-01"
    elif re.fullmatch(r"-?\d+(\.\d+)?", text):
        return Decimal(text)
    elif re.fullmatch(r"\d{4}-\d{2}", text):
        text += "-01"
    try:
        found = datetime.datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=datetime.UTC)
    return Decimal(str(found.timestamp()))


def decoded(text):
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def address_in(text, block):
    if not re.fullmatch(r"[^/]+(/\d+)?", block):  # a CIDR block or one address
        return False
    try:
        return ipaddress.ip_address(text) in ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False


ORDERS = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}


def matches(operator, wanted, value, context, version):
    """Whether one value of the request matches one value of the policy under an operator without its negation."""
    wanted = text_of(wanted)
    pattern = symbols(wanted)
    if operator.startswith(("String", "Arn")) and version == "2012-10-17":
        pattern = with_variables(wanted, context)
        if pattern is None:
            return False
    if operator == "StringEquals":
        return value == spell(pattern)
    if operator == "StringEqualsIgnoreCase":
        return value.lower() == spell(pattern).lower()
    if operator == "StringLike":
        return glob(pattern, value)
    if operator in ("ArnEquals", "ArnLike"):
        return arn_matches(pattern, value)
    if operator == "Bool":
        return wanted.lower() in ("true", "false") and wanted.lower() == value.lower()
    if operator == "BinaryEquals":
        return decoded(wanted) is not None and decoded(wanted) == decoded(value)
    if operator == "IpAddress":
        return address_in(value, wanted)
    read = number if operator.startswith("Numeric") else moment
    one, other = read(value), read(wanted)
    order = ORDERS[operator.removeprefix("Numeric").removeprefix("Date")]
    return one is not None and other is not None and order(one, other)


NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def condition_met(written, key, wanted, context, version):
    quantifier, _, operator = written.rpartition(":")
    if_exists = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    wanted = wanted if isinstance(wanted, list) else [wanted]
    value = value_of(context, key)
    if operator == "Null":
        return any(text_of(one).lower() == ("true" if value is NO_VALUE else "false") for one in wanted)
    negated = operator in NEGATED
    operator = NEGATED.get(operator, operator)
    if value is NO_VALUE and if_exists:
        return True
    if not quantifier:
        if value is NO_VALUE:
            return negated
        values = value if isinstance(value, list) else [value]
        found = any(matches(operator, one, other, context, version) for one in wanted for other in values)
        return found != negated
    values = [] if value in (NO_VALUE, "", [""]) else value if isinstance(value, list) else [value]
    results = [any(matches(operator, one, other, context, version) for one in wanted) != negated for other in values]
    return all(results) if quantifier == "ForAllValues" else any(results)


# --- principals: reference_policies_elements_principal.html ---------------------------------------------------------


class Caller(NamedTuple):
    kind: str
    account: str | None
    names: list[str]
    """The caller's own ARN first, then the role's."""


def caller_of(request):
    principal = request["principal"]
    if principal == "*anonymous*":
        return Caller("anonymous", None, [])
    if not principal.startswith("arn:"):
        web = ("cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com")
        return Caller("federated" if principal in web else "service", None, [principal])
    _, partition, _, _, account, name = principal.split(":", 5)
    if name == "root":
        return Caller("root", account, [principal])
    if name.startswith("user/"):
        return Caller("user", account, [principal])
    if name.startswith("role/"):
        return Caller("role", account, [principal])
    if name.startswith("assumed-role/"):
        role = f"arn:{partition}:iam::{account}:role/{name.split('/')[1]}"
        given = value_of(request.get("context", {}), "aws:PrincipalArn")
        if given is NO_VALUE:
            return Caller("session", account, [principal, role])
        # reference_policies_condition-keys.html: AWS sets the key, to the ARN of this very role, which has its path.
        start, _, end = role.partition(":role/")
        if not isinstance(given, str) or not re.fullmatch(re.escape(start) + ":role/(.*/)?" + re.escape(end), given):
            raise ValueError(f"{given} is not the role of {principal}")
        return Caller("session", account, [principal, given])
    if name.startswith("federated-user/"):
        return Caller("federated-user", account, [principal])
    return Caller("federated", account, [principal])


def entries_of(element):
    if element == "*":
        return [("*", "*")]
    return [(kind, one) for kind, held in element.items() for one in (held if isinstance(held, list) else [held])]


def names_account(value, caller):
    return caller.account is not None and value in (
        caller.account,
        *(f"arn:{p}:iam::{caller.account}:root" for p in ("aws", "aws-cn", "aws-us-gov")),
    )


def named_as(element, caller):
    """How directly entries name the caller: 0 its account, 1 its role, 2 the user itself, 3 the session or anyone."""
    found = []
    for kind, value in entries_of(element):
        everyone = value == "*" and kind in ("*", "AWS")
        service = kind == "Service" and caller.kind == "service" and value in caller.names
        provider = kind == "Federated" and caller.kind == "federated" and value in (*caller.names, "*")
        if everyone or service or provider:
            found.append(3)
        elif kind == "AWS" and caller.kind not in ("federated", "service", "anonymous"):
            if names_account(value, caller):
                found.append(0)
            elif value == caller.names[0]:
                found.append({"user": 2, "role": 1}.get(caller.kind, 3))
            elif value in caller.names:
                found.append(1)
    return max(found, default=None)


def principal_matches(statement, caller, bounded):
    if "Principal" in statement:
        return named_as(statement["Principal"], caller) is not None
    if "NotPrincipal" in statement:
        element = statement["NotPrincipal"]
        if statement["Effect"] == "Allow":
            return named_as(element, caller) is None
        # access_policies_boundaries.html, reference_policies_elements_notprincipal.html
        if bounded and caller.kind in ("user", "role", "session"):
            return True
        entries = entries_of(element)
        if any(value == "*" and kind in ("*", "AWS") for kind, value in entries):
            return False
        if caller.kind in ("anonymous", "service", "federated"):
            return named_as(element, caller) is None
        account = any(kind == "AWS" and names_account(value, caller) for kind, value in entries)
        if caller.kind == "root":
            return not account
        return not (account and all(("AWS", name) in entries for name in caller.names))
    return True


# --- statements ------------------------------------------------------------------------------------------------------


def listed(value):
    return value if isinstance(value, list) else [value]


def statement_matches(statement, document, request, caller, bounded):
    action, resource, context = request["action"].lower(), request["resource"], request.get("context", {})
    version = document.get("Version")
    for element in ("Action", "NotAction"):
        if element in statement:
            found = any(glob(symbols(one.lower()), action) for one in listed(statement[element]))
            if found == (element == "NotAction"):
                return False
    for element in ("Resource", "NotResource"):
        if element in statement:
            patterns = [resource_pattern(one, context, version) for one in listed(statement[element])]
            found = any(pattern is not None and resource_matches(pattern, resource) for pattern in patterns)
            if found == (element == "NotResource"):
                return False
    if not principal_matches(statement, caller, bounded):
        return False
    return all(
        condition_met(operator, key, wanted, context, version)
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )


def matching(documents, effect, request, caller, bounded):
    return [
        statement
        for document in documents
        for statement in listed(document["Statement"])
        if statement["Effect"] == effect and statement_matches(statement, document, request, caller, bounded)
    ]


# --- the order of evaluation: reference_policies_evaluation-logic_policy-eval-denyallow.html --------------------------

# AWS Organizations User Guide: orgs_manage_policies_rcps.html; those among the services that cases speak of.
WITH_RCP = ("s3", "sts", "kms", "sqs", "secretsmanager", "codebuild", "codecommit", "codepipeline", "dynamodb", "ecr")


def evaluate(policies, request):
    caller = caller_of(request)
    action, resource = request["action"].lower(), request["resource"]
    service = action.split(":")[0]
    if action == "sts:getcalleridentity":  # STS API Reference: API_GetCallerIdentity.html
        return Outcome("allow", None)
    parts = resource.split(":")
    in_arn = parts[4] if len(parts) > 5 and re.fullmatch(r"\d{12}", parts[4]) else None
    owner = request.get("resource_account") or in_arn or caller.account
    same_account = caller.account == owner
    has_identity = caller.kind in ("user", "role", "session", "federated-user")
    is_root = caller.kind == "root"
    linked = any(":role/aws-service-role/" in name for name in caller.names)

    identity = listed(policies.get("identity", []))
    of_resource = listed(policies.get("resource", []))
    boundary = listed(policies.get("permissions_boundary", []))
    session = listed(policies.get("session", []))
    endpoint = listed(policies.get("vpc_endpoint", []))
    scps = [level["policies"] for level in policies.get("scp", [])]
    rcps = [level["policies"] for level in policies.get("rcp", [])]
    bounded = bool(boundary)
    if not has_identity:
        identity, boundary, session = [], [], []
    if not (has_identity or is_root) or linked:
        scps = []
    if service not in WITH_RCP or action == "kms:retiregrant" or linked or resource == "*":
        rcps = []
    if ":role/aws-service-role/" in resource:
        rcps = []

    of_roles = ("assumerole", "assumerolewithsaml", "assumerolewithwebidentity", "tagsession", "setsourceidentity")
    trust = service == "sts" and action[4:] in (*of_roles, "setcontext") and ":role/" in resource
    of_resource_name = "role trust policy" if trust else "resource-based policy"

    def allows(documents):
        return matching(documents, "Allow", request, caller, bounded)

    def denies(documents):
        return matching(documents, "Deny", request, caller, bounded)

    # An explicit deny in any policy ends it. S3 API Reference: API_DeleteBucketPolicy.html: not for the bucket's root.
    spared = (
        is_root and same_account and action in ("s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy")
    )
    for name, documents in (
        *(("resource control policy", level) for level in rcps),
        *(("service control policy", level) for level in scps),
        (of_resource_name, [] if spared else of_resource),
        ("identity-based policy", identity),
        ("permissions boundary", boundary),
        ("session policy", session),
        ("VPC endpoint policy", endpoint),
    ):
        if denies(documents):
            return Outcome("explicit_deny", name)

    # Every level of the organization must allow; RCPFullAWSAccess is always attached.
    for level in scps:
        if not allows(level):
            return Outcome("implicit_deny", "service control policy")

    granting = allows(of_resource)
    grants = [3 if "Principal" not in statement else named_as(statement["Principal"], caller) for statement in granting]
    # A trust policy or key policy must allow; so must the policy of another account's resource, and a caller without
    # an identity has nothing else.
    # API_CreateKey.html: tagging the key that is to be created needs kms:TagResource in an IAM policy.
    must = trust or (service == "kms" and ":key/" in resource and not resource.endswith(":key/*"))
    other_account = caller.account is not None and not same_account
    if (must or other_account or not (has_identity or is_root)) and not granting:
        return Outcome("implicit_deny", of_resource_name)

    # What a direct grant makes unnecessary, in one account.
    direct = max(grants, default=-1) if not other_account else -1
    if has_identity:
        if direct < 1 and not allows(identity):
            return Outcome("implicit_deny", "identity-based policy")
        if boundary and direct < 2 and not allows(boundary):
            return Outcome("implicit_deny", "permissions boundary")
        # id_credentials_temp_control-access_getfederationtoken.html: to whom no policy was passed has no permissions
        # but those that a resource-based policy grants to the session.
        if (session or caller.kind == "federated-user") and direct < 3 and not allows(session):
            return Outcome("implicit_deny", "session policy")
    if endpoint and not allows(endpoint):
        return Outcome("implicit_deny", "VPC endpoint policy")
    return Outcome("allow", None)
