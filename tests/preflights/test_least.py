"""The least policy: under it a launch passes, and without any action of it the launch does not."""

from dataclasses import replace

import pytest
from of_corpus import case
from small_launch import EVERYTHING, policy, wanted

from corpus import templates
from launchrole.preflights.examination import examine
from launchrole.preflights.least import least
from launchrole.preflights.needs import made_up, needs_of
from launchrole.preflights.policy_fixes import with_statements
from launchrole.preflights.rehearsal import rehearse
from launchrole.preflights.statements import merged
from shared_inputs import needs_shared

A1 = [one["template"] for one in templates() if one["kind"].startswith("a1")]
SAMPLE = [name for name in A1 if "mlops-template-gitlab" in name]
ANOTHER = 7
"""The seed of a launch with other ids."""


def done(launch, statements, seed=ANOTHER):
    """The operations that pass under a policy of these statements."""
    role = with_statements(replace(launch.role, policies=()), statements)
    return rehearse(replace(launch, role=role), recorded=False, seed=seed).done


def removals(statements):
    """Every way to take one action out of one statement: the action, and the statements that are left."""
    for place, one in enumerate(statements):
        actions = [one["Action"]] if isinstance(one["Action"], str) else one["Action"]
        for action in actions:
            fewer = {**one, "Action": [other for other in actions if other != action]}
            yield action, [*statements[:place], *([fewer] if len(actions) > 1 else []), *statements[place + 1 :]]


def of_template(name):
    examined = examine(case(name, "nothing but stacks"))
    made = made_up(examined.wanted, examined.rehearsal)
    return examined.wanted, merged(needs_of(examined.rehearsal.decided), made).statements


def test_of_a_small_template():
    launch = wanted(policy("all", EVERYTHING))
    rehearsal = rehearse(launch)
    document = least(needs_of(rehearsal.decided), made_up(launch, rehearsal))
    assert list(document) == ["Version", "Statement"]
    assert [list(one)[:4] for one in document["Statement"]] == [["Sid", "Effect", "Action", "Resource"]] * len(
        document["Statement"]
    )
    services = [str(one["Action"]).strip("['").partition(":")[0] for one in document["Statement"]]
    assert services == sorted(services)
    assert done(launch, document["Statement"]) == launch.operations
    for action, left in list(removals(document["Statement"]))[::4]:
        assert done(launch, left) != launch.operations, action


@needs_shared
@pytest.mark.parametrize("name", SAMPLE)
def test_a_project_launches_under_its_least_policy_with_other_ids(name):
    launch, statements = of_template(name)
    assert done(launch, statements) == launch.operations
    for action, left in list(removals(statements))[::8]:
        assert done(launch, left) != launch.operations, action


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("name", A1, ids=[name.split("/")[1] for name in A1])
def test_no_action_of_a_least_policy_can_be_spared(name):
    launch, statements = of_template(name)
    assert done(launch, statements) == launch.operations
    spared = [action for action, left in removals(statements) if done(launch, left) == launch.operations]
    assert spared == []
