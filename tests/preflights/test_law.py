"""Preflight and launch agree: what preflight says is denied is what real launches are denied, one after the other."""

import pytest
from mending import denials_of, mended
from of_corpus import ROLES, case

from corpus import templates
from launchrole.preflights.examination import examine
from shared_inputs import needs_shared

pytestmark = needs_shared

SAMPLE = ("batch-inference/project", "mlops-template-gitlab", "build-train-deploy-codepipeline")
MOST = 400


def agree(name, role):
    """One rehearsal foresees what the loop of launches finds out, and nothing else."""
    examined = examine(case(name, role))
    foreseen = denials_of(examined.rehearsal)
    met, last = mended(examined.wanted, MOST)
    assert [one for one in met if one not in foreseen] == []
    allowed_by_then = {(one.action, one.resource) for one in met}
    assert [one for one in foreseen if (one.action, one.resource) not in allowed_by_then] == []
    return examined, last


@pytest.mark.parametrize("part", SAMPLE)
def test_denials_are_those_of_launches_mended_one_at_a_time(part):
    name = next(one["template"] for one in templates() if part in one["template"])
    _, last = agree(name, "v4")
    assert last.failures == ()
    assert last.done == ("create", "update", "delete")


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", [one["template"] for one in templates()])
def test_denials_are_those_of_every_launch(name, role):
    examined, last = agree(name, role)
    assert {(one.path, one.operation) for one in last.failures} == {
        (one.path, one.operation) for one in examined.rehearsal.failures
    }
