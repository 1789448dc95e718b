"""AWS STS: temporary credentials for roles, users and federated users.

https://docs.aws.amazon.com/STS/latest/APIReference/ and IAM User Guide: id_session-tags.html, id_roles_use.html. The
door has already asked the role's trust policy; here is what else AWS checks, and what the credentials say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from launchrole.account import denials, sessions
from launchrole.account.callers import Caller
from launchrole.account.directory import Identity, Role
from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Service
from launchrole.account.sessions import Session
from launchrole.account.tags import tags_in
from launchrole.policy.document import PolicyKind, parse
from launchrole.policy.errors import PolicySyntaxError

sts = Service("sts", whole=True)

_HOUR = 3600
_MAX_TAGS = 50
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_FEDERATED_NAME = re.compile(r"[\w+=,.@-]{2,32}", re.ASCII)
_KEY_ALPHABET = re.compile(r"[A-Z0-9]{16,128}")


@sts.operation("GetCallerIdentity")
def get_caller_identity(call: Call) -> Mapping[str, Any]:
    caller = call.surroundings.caller_identity()
    return {"UserId": caller.unique_id, "Account": caller.account, "Arn": caller.arn}


@sts.operation("AssumeRole")
def assume_role(call: Call) -> Mapping[str, Any]:
    caller = call.surroundings.caller_identity()
    arn = call.params["RoleArn"]
    if caller.is_root:
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: not with the root user's credentials
        raise ServiceError("AccessDenied", "Roles may not be assumed by root accounts.", 403)
    name = call.params["RoleSessionName"]
    _matches(_SESSION_NAME, name, "roleSessionName", r"[\w+=,.@-]*")
    role = call.surroundings.role(arn)
    identity = None if role is None else call.surroundings.role_identity(role)
    if role is None or identity is None:
        raise _denied(caller, arn)
    session = _role_session(call, caller, role, identity, name)
    call.surroundings.issue(session)
    return {
        "Credentials": _credentials(session),
        "AssumedRoleUser": {"AssumedRoleId": f"{session.unique_id}:{name}", "Arn": session.arn},
        "PackedPolicySize": _packed(session) or None,
        "SourceIdentity": session.source_identity,
    }


def _role_session(call: Call, caller: Caller, role: Role, identity: Identity, name: str) -> Session:
    before = caller.session
    chained = before is not None and before.kind == "role"
    longest = _HOUR if chained else identity.max_session_duration
    duration = int(call.params.get("DurationSeconds") or _HOUR)
    if duration > longest:
        if chained:
            message = (
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
            )
        else:
            message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise ServiceError("ValidationError", message)
    _at_least(duration, 900, "durationSeconds")
    tags = tags_in(call.params.get("Tags") or [])
    inherited = {} if before is None else {key: before.tags[key] for key in before.transitive if key in before.tags}
    _check_tags(tags, inherited)
    transitive = dict.fromkeys([*(before.transitive if before else ()), *(call.params.get("TransitiveTagKeys") or ())])
    missing = [key for key in transitive if key not in tags and key not in inherited]
    if missing:
        raise ServiceError("ValidationError", f"The transitive tag key {missing[0]} is not a session tag.")
    identity_given = call.params.get("SourceIdentity")
    source_identity = None if before is None else before.source_identity
    if identity_given is not None:
        if source_identity not in (None, identity_given):
            raise _denied(caller, role.arn, "sts:SetSourceIdentity")
        source_identity = identity_given
    now = call.now.timestamp()
    return Session(
        "role",
        sessions.new_key("ASIA"),
        sessions.new_secret(),
        sessions.new_token(),
        role.arn.split(":")[4],
        call.partition,
        now,
        now + duration,
        name,
        role.arn,
        identity.unique_id,
        policies=_session_policy(call),
        policy_arns=tuple(one["arn"] for one in call.params.get("PolicyArns") or ()),
        tags={**tags, **inherited},
        transitive=tuple(transitive),
        source_identity=source_identity,
        chained=chained,
        mfa=before is not None and before.mfa,
    )


@sts.operation("GetSessionToken")
def get_session_token(call: Call) -> Mapping[str, Any]:
    caller = call.surroundings.caller_identity()
    before = caller.session
    if before is not None and before.token is not None:
        raise ServiceError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    default = _HOUR if caller.is_root else 12 * _HOUR
    duration = int(call.params.get("DurationSeconds") or default)
    _at_least(duration, 900, "durationSeconds")
    duration = min(duration, _HOUR if caller.is_root else 36 * _HOUR)
    now = call.now.timestamp()
    session = Session(
        "root" if caller.is_root else "user",
        sessions.new_key("ASIA"),
        sessions.new_secret(),
        sessions.new_token(),
        caller.account,
        call.partition,
        now,
        now + duration,
        unique_id=caller.unique_id,
        user_name=caller.user_name,
        mfa=call.params.get("TokenCode") is not None,
    )
    call.surroundings.issue(session)
    return {"Credentials": _credentials(session)}


@sts.operation("GetFederationToken")
def get_federation_token(call: Call) -> Mapping[str, Any]:
    caller = call.surroundings.caller_identity()
    before = caller.session
    if before is not None and before.token is not None:
        raise ServiceError("AccessDenied", "Cannot call GetFederationToken with session credentials", 403)
    name = call.params["Name"]
    _matches(_FEDERATED_NAME, name, "name", r"[\w+=,.@-]*")
    duration = int(call.params.get("DurationSeconds") or 12 * _HOUR)
    _at_least(duration, 900, "durationSeconds")
    duration = min(duration, _HOUR if caller.is_root else 36 * _HOUR)
    tags = tags_in(call.params.get("Tags") or [])
    _check_tags(tags, {})
    now = call.now.timestamp()
    session = Session(
        "federated",
        sessions.new_key("ASIA"),
        sessions.new_secret(),
        sessions.new_token(),
        caller.account,
        call.partition,
        now,
        now + duration,
        name,
        unique_id=caller.account,
        user_name=caller.user_name,
        policies=_session_policy(call),
        policy_arns=tuple(one["arn"] for one in call.params.get("PolicyArns") or ()),
        tags=tags,
    )
    call.surroundings.issue(session)
    return {
        "Credentials": _credentials(session),
        "FederatedUser": {"FederatedUserId": f"{caller.account}:{name}", "Arn": session.arn},
        "PackedPolicySize": _packed(session) or None,
    }


@sts.operation("GetAccessKeyInfo")
def get_access_key_info(call: Call) -> Mapping[str, Any]:
    """The account of a key; it says so of keys that exist in the accounts here."""
    key = call.params["AccessKeyId"]
    if _KEY_ALPHABET.fullmatch(key) is None:
        raise ServiceError("ValidationError", "Access key ID is not valid.")
    account = call.surroundings.account_of_key(key)
    if account is None:
        raise ServiceError("ValidationError", f"{key} is a key of none of the accounts here.")
    return {"Account": account}


@sts.operation("DecodeAuthorizationMessage")
def decode_authorization_message(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html"""
    identifier = denials.decoded(call.params["EncodedMessage"])
    stored = None if identifier is None else call.surroundings.decision(identifier)
    if stored is None:
        raise ServiceError("InvalidAuthorizationMessageException", "Message is not valid.")
    context = stored.details.get("context", {})
    told = {
        "allowed": stored.allowed,
        "explicitDeny": stored.verdict == "EXPLICITLY_DENIED",
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": context.get("aws:userid", ""), "arn": stored.principal},
            "action": stored.action,
            "resource": stored.resource,
            "conditions": {
                "items": [
                    {"key": key, "values": {"items": [{"value": one} for one in _listed(value)]}}
                    for key, value in context.items()
                ]
            },
        },
    }
    return {"DecodedMessage": json.dumps(told)}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _denied(caller: Caller, arn: str, action: str = "sts:AssumeRole") -> ServiceError:
    return ServiceError(
        "AccessDenied", f"User: {caller.arn} is not authorized to perform: {action} on resource: {arn}", 403
    )


def _session_policy(call: Call) -> tuple[str, ...]:
    text = call.params.get("Policy")
    if not text:
        return ()
    try:
        parse(text, PolicyKind.SESSION)
    except PolicySyntaxError as error:
        raise ServiceError(error.code, error.message or error.message) from None
    return (text,)


def _packed(session: Session) -> int:
    """The share of what a session may carry, in percent. AWS packs policies and tags in a way that it does not tell:
    this is their plain length against the 2,048 characters of a plain session policy."""
    size = sum(map(len, session.policies)) + sum(len(key) + len(value) for key, value in session.tags.items())
    return -(-size * 100 // 2048)


def _check_tags(tags: Mapping[str, str], inherited: Mapping[str, str]) -> None:
    """IAM User Guide: id_session-tags.html, "Things to know about session tags"."""
    if len(tags) > _MAX_TAGS:
        raise ServiceError(
            "ValidationError",
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less "
            "than or equal to 50",
        )
    for key in tags:
        if key.lower() in {one.lower() for one in inherited}:
            raise ServiceError(
                "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts "
                "with a transitive tag key from the calling session.",
            )  # fmt: skip
        if key.lower().startswith("aws:"):
            raise ServiceError("InvalidInput", "System tags are not allowed: tag keys may not begin with aws:.")


def _matches(pattern: re.Pattern[str], value: str, member: str, shown: str) -> None:
    if pattern.fullmatch(value) is None:
        raise ServiceError(
            "ValidationError",
            f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must "
            f"satisfy regular expression pattern: {shown}",
        )


def _at_least(value: int, least: int, member: str) -> None:
    if value < least:
        raise ServiceError(
            "ValidationError",
            f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must "
            f"have value greater than or equal to {least}",
        )


def _credentials(session: Session) -> Mapping[str, Any]:
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.expires,
    }
