"""What moto's IAM is too loose about: policies that AWS refuses, and users' permissions boundaries.

The rest of IAM's API is moto's. https://docs.aws.amazon.com/IAM/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, PassOn, Service
from launchrole.policy.document import PolicyDocument, PolicyKind, parse
from launchrole.policy.errors import PolicySyntaxError

iam = Service("iam")

_POLICIES = {
    "CreatePolicy": ("PolicyDocument", PolicyKind.MANAGED),
    "CreateRole": ("AssumeRolePolicyDocument", PolicyKind.TRUST),
    "UpdateAssumeRolePolicy": ("PolicyDocument", PolicyKind.TRUST),
}
"""Which member of which operation holds a policy of which kind."""


def checked(text: str, kind: PolicyKind) -> PolicyDocument:
    """The policy that a text holds. Refuses what AWS refuses, with its code and message."""
    try:
        return parse(text, kind)
    except PolicySyntaxError as error:
        status = 409 if error.code == "LimitExceeded" else 400  # API_CreatePolicyVersion.html, "Errors"
        raise ServiceError(error.code, error.message or str(error), status) from None


def _check_policy(call: Call) -> NoReturn:
    member, kind = _POLICIES[call.operation]
    checked(call.params[member], kind)
    raise PassOn


for _name in _POLICIES:
    iam.operation(_name)(_check_policy)

_OWNERS = {
    "PutRolePolicy": ("RoleName", "roles"),
    "PutUserPolicy": ("UserName", "users"),
    "PutGroupPolicy": ("GroupName", "groups"),
}
"""Which member names the owner of an inline policy, and where moto keeps owners."""


def _put_inline_policy(call: Call) -> None:
    """moto refuses inline policies without Version, which AWS takes for 2008-10-17
    (reference_policies_elements_version.html): those of AWS SAM's policy templates have none."""
    text = call.params["PolicyDocument"]
    document = checked(text, PolicyKind.INLINE)
    member, kept = _OWNERS[call.operation]
    owners = getattr(call.surroundings.memory("iam"), kept).values()
    owner = next((one for one in owners if one.name == call.params[member]), None)
    if document.version == "2012-10-17" or owner is None:
        raise PassOn
    owner.put_policy(call.params["PolicyName"], text)


for _name in _OWNERS:
    iam.operation(_name, in_memory=True)(_put_inline_policy)


@iam.operation("CreateUser", in_memory=True)
def create_user(call: Call) -> Mapping[str, Any]:
    """moto's users have no permissions boundary; a new user with one is passed on unless it is given."""
    boundary = call.params.get("PermissionsBoundary")
    if boundary is None:
        raise PassOn
    backend = call.surroundings.memory("iam")
    _existing_policy(call, boundary)
    try:
        user = backend.create_user(
            "us-east-1",
            call.params["UserName"],
            path=call.params.get("Path", "/"),
            tags=call.params.get("Tags") or [],
        )
    except Exception as error:
        raise _of_moto(error) from error
    user.permissions_boundary_arn = boundary
    return {
        "User": {
            "Path": user.path,
            "UserName": user.name,
            "UserId": user.id,
            "Arn": user.arn,
            "CreateDate": user.create_date,
            "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary},
        }
    }


@iam.operation("PutUserPermissionsBoundary", in_memory=True)
def put_user_permissions_boundary(call: Call) -> None:
    boundary = call.params["PermissionsBoundary"]
    _existing_policy(call, boundary)
    _user(call).permissions_boundary_arn = boundary


@iam.operation("DeleteUserPermissionsBoundary", in_memory=True)
def delete_user_permissions_boundary(call: Call) -> None:
    user = _user(call)
    if getattr(user, "permissions_boundary_arn", None) is None:
        raise ServiceError("NoSuchEntity", f"User {user.name} does not have a permissions boundary.", 404)
    user.permissions_boundary_arn = None


def _user(call: Call) -> Any:
    name = call.params["UserName"]
    user = call.surroundings.memory("iam").users.get(name)
    if user is None:
        raise ServiceError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return user


def _existing_policy(call: Call, arn: str) -> None:
    if call.surroundings.directory.managed_policy(call.account, arn) is None:
        raise ServiceError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404)


def _of_moto(error: Exception) -> ServiceError:
    """moto's own error as the door answers it."""
    code = getattr(error, "code", None) or getattr(error, "error_type", None)
    message = getattr(error, "message", None)
    status = 409 if code == "EntityAlreadyExists" else 400
    return ServiceError(str(code or "InternalFailure"), str(message or error), status)
