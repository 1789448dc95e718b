"""Other roles to be passed: ones that may be, and that trust the service that is to have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from launchrole.policy.change import RenameResource
from launchrole.policy.document import parse
from launchrole.policy.errors import PolicyError
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.principal import Principal
from launchrole.policy.request import Request
from launchrole.preflights.expressions import Change, bound, pieces, rewritten
from launchrole.preflights.proposals import Denial, Proposal, properties_path, walked
from launchrole.preflights.subject import Role
from launchrole.preflights.template_edits import Edit, Put
from launchrole.services.cloudformation.template import Path

_MOST = 3
"""How many other roles are proposed."""


def role_fixes(denial: Denial) -> Iterator[Proposal]:
    """Edits that pass another role in the place of the one that may not be passed: those that most services may take
    first, as they are made to be passed by templates."""
    places = list(_places(denial))
    service = denial.decision.request.values.get("iam:passedtoservice")
    if not places or not isinstance(service, str):
        return
    fitting = [one for one in denial.world.roles.values() if _may_be_passed(denial, one) and trusts(one, service)]
    fitting.sort(key=lambda one: (-one.trust.count(".amazonaws.com"), one.name))
    for role in fitting[:_MOST]:
        edits = tuple(_edit(denial, path, value, role) for path, value in places)
        text = f"pass {role.arn.partition(':role')[2].lstrip('/')} to {denial.logical_id} in place of "
        old = denial.decision.request.resource.partition(":role/")[2]
        yield Proposal(f"role {role.name}", text + old, edits, RenameResource(role.arn, role.arn, "the world's roles"))


def _may_be_passed(denial: Denial, role: Role) -> bool:
    request = denial.decision.request
    if role.arn == request.resource or role.account != request.resource.split(":")[4]:
        return False
    return denial.decision.policies.evaluate(request.evolve(resource=role.arn)).allowed


def trusts(role: Role, service: str) -> bool:
    """Does a role's trust policy let a service assume it?"""
    try:
        document = parse(role.trust, name=f"trust policy of {role.name}")
    except PolicyError:
        return False
    context = {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": service,
        "aws:PrincipalServiceNamesList": (service,),
        "aws:SourceAccount": role.account,
    }
    request = Request(Principal.parse(service), "sts:AssumeRole", role.arn, context, role.account)
    return PolicySet(resource=[document]).evaluate(request).allowed


def _places(denial: Denial) -> Iterator[tuple[Path, Any]]:
    """Where the resource's properties say the role: by ARN, by name, or as a role of the template."""
    arn = denial.decision.request.resource
    done: list[Path] = []
    for path, value in walked(denial.properties(denial.logical_id)):
        if (
            not path
            or (isinstance(value, Mapping) and "Fn::If" in value)
            or any(path[: len(one)] == one for one in done)
        ):
            continue
        key = next((one for one in reversed(path) if isinstance(one, str) and one != "Fn::If"), "")
        parts = pieces(value, denial.scope) if isinstance(value, (str, Mapping)) else None
        if parts is None or "role" not in key.lower():
            continue
        done.append(path)
        if _is_role(denial, value, arn):
            yield properties_path(denial.logical_id, *path), value


def _is_role(denial: Denial, value: Any, arn: str) -> bool:
    """Does a value stand for a role; where it is not known what for, can it?"""
    names = {arn, arn.partition(":role/")[2], arn.rpartition("/")[2]}
    text = denial.scope.text(value)
    if text is not None:
        return text in names
    parts = pieces(value, denial.scope) or ()
    if any(denial.scope.rests_on_resources(one) for one in parts):
        return _is_of_template(denial, value, arn)
    return any(bound(parts, one) for one in names)


def _is_of_template(denial: Denial, value: Any, arn: str) -> bool:
    """Does a value stand for the role of the template that has the ARN?"""
    for one in pieces(value, denial.scope) or ():
        logical_id = one.name.partition(".")[0]
        if denial.resource(logical_id).get("Type") == "AWS::IAM::Role":
            name = denial.scope.text(denial.properties(logical_id).get("RoleName", {"Ref": "AWS::NoValue"}))
            own = arn.rpartition("/")[2]
            if own == name or (name is None and f"-{logical_id[:3]}" in own):
                return True
    return False


def _edit(denial: Denial, path: Path, value: Any, role: Role) -> Edit:
    if isinstance(value, str) and value.startswith("arn:"):
        return Put(path, role.arn)
    parts = pieces(value, denial.scope)
    known = None if parts is None else bound(parts, denial.decision.request.resource)
    if known is not None and len(known) > 1:
        change = Change.between(denial.decision.request.resource, role.arn)
        edit = rewritten(value, path, known, change)
        if edit is not None:
            return edit
    name = role.arn.partition(":role")[2]
    return Put(path, {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role" + name})
