"""Real templates as cases of preflight, under the built-in launch role with a version of its policy, or another."""

from __future__ import annotations

import json
from pathlib import Path

from corpus import CORPUS, parameters_of, text_of
from launchrole import portfolio
from launchrole.facts import managed_policies
from launchrole.preflights.examination import Case
from launchrole.preflights.subject import PRODUCT, PROJECT, Policy, Role, Wanted, World
from launchrole.services.cloudformation.template import parse

ACCOUNT = "123456789012"
_ADMINISTRATOR = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
_NOTHING_BUT_STACKS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["cloudformation:*", "s3:GetObject"], "Resource": "*"}],
    }
)
ROLES = ("v4", "v12", "administrator", "nothing but stacks")


def built_in(version: str | None = None) -> dict[str, Role]:
    """The roles of the built-in portfolio by their ARNs."""
    return {one.arn(ACCOUNT): _role(one) for one in portfolio.roles(ACCOUNT, policy_version=version)}


def _role(one: portfolio.Role) -> Role:
    managed = []
    for arn in one.managed:
        known = managed_policies.policy(arn.rpartition("/")[2])
        text = managed_policies.document(known.name, known.newest)
        managed.append(Policy(f"{known.name}:{known.newest}", text, arn))
    inline = [Policy(name, text) for name, text in one.inline.items()]
    return Role(one.arn(ACCOUNT), one.trust_policy, (*managed, *inline))


def launch_role(name: str = "v4") -> tuple[Role, World]:
    """The launch role, one of `ROLES`, and the roles that it may pass."""
    version = name if name.startswith("v") else None
    roles = built_in(version)
    role = next(one for one in roles.values() if one.name == portfolio.LAUNCH_ROLE)
    document = {"administrator": _ADMINISTRATOR, "nothing but stacks": _NOTHING_BUT_STACKS}.get(name)
    if document is not None:
        role = Role(role.arn, role.trust, (Policy(name, document),))
    return role, World(roles)


def case(template: str, role: str = "v4") -> Case:
    """A template of the corpus, launched as a project where it takes a project's name and id."""
    text = text_of(template)
    declared = parse(text).section("Parameters")
    channel = PROJECT if set(portfolio.PROJECT_PARAMETERS) <= set(declared) else PRODUCT
    launch, world = launch_role(role)
    root = Path(CORPUS, template).parent
    return Case(template, Wanted(text, parameters_of(template, text), launch, world, channel=channel, root=root))
