"""The managed policies that ship with the package."""

import json

import pytest

from launchrole.facts import managed_policies
from launchrole.policy import PolicyKind, parse
from shared_inputs import SHARED, needs_shared


def test_the_launch_role_s_policy():
    read = parse(managed_policies.document(managed_policies.LAUNCH_ROLE_POLICY, "v4"), PolicyKind.AWS_MANAGED)
    assert len(read.statements) == 31
    assert len({action for statement in read.statements for action in statement.actions}) == 125
    assert managed_policies.arn("P") == "arn:aws:iam::aws:policy/P"


@needs_shared
def test_it_is_the_page_s():
    page = json.loads((SHARED / "spec" / "seed-policy-v4.json").read_text())
    assert json.loads(managed_policies.document(managed_policies.LAUNCH_ROLE_POLICY, "v4")) == page


NAME = managed_policies.LAUNCH_ROLE_POLICY


@pytest.mark.parametrize(("name", "version"), [("P", "v1"), (NAME, "v99"), ("../x", "v1")])
def test_others_do_not_ship(name, version):
    with pytest.raises(KeyError):
        managed_policies.document(name, version)
