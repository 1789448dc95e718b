"""The managed policies that ship with the package."""

import json
from pathlib import Path

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


def test_every_version_of_the_launch_role_s_policy_ships_with_its_date():
    found = managed_policies.policy(NAME)
    assert [one.name for one in found.versions] == [f"v{number}" for number in range(1, 13)]
    assert all(one.ships for one in found.versions)
    assert [one.created for one in found.versions] == sorted(one.created for one in found.versions)
    assert found.newest == "v12"


def test_of_its_companions_the_newest_version_ships(bundled_policies):
    folder = Path(managed_policies.__file__).parent
    names = sorted(one.name for one in folder.iterdir() if (one / "meta.json").exists())
    assert len(names) == 10
    for name in names:
        found = managed_policies.policy(name)
        newest = next(one for one in found.versions if one.name == found.newest)
        assert newest.ships, name
        assert json.loads(managed_policies.document(name, found.newest)) == bundled_policies[name]
        assert managed_policies.arn(name).endswith(f"/{name}")


@pytest.mark.parametrize("name", ["P", "../facts"])
def test_of_others_nothing_is_known(name):
    with pytest.raises(KeyError):
        managed_policies.policy(name)
