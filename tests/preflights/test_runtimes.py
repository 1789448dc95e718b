"""Runtimes that Lambda no longer takes: found whatever the role may do, and told with the day."""

import dataclasses
from datetime import date

import pytest
from small_launch import EVERYTHING, policy, wanted

from launchrole.facts.lambda_runtimes import runtimes
from launchrole.preflights.examination import Case
from launchrole.preflights.passed_roles import Launched
from launchrole.preflights.places import Places
from launchrole.preflights.preflight import reported
from launchrole.preflights.report import Level, Verdict
from launchrole.preflights.runtimes import findings

NOWHERE = Places.of('{"Resources": {}}', {})


def of_runtime(name, today, made_up=None):
    function = Launched(("Function",), "AWS::Lambda::Function", "f", {"Runtime": name}, {})
    return list(findings([function], NOWHERE, date.fromisoformat(today), made_up or {}))


@pytest.mark.parametrize(
    ("name", "today", "level", "message"),
    [
        (
            "nodejs8.10",
            "2026-11-28",
            Level.ERROR,
            "Lambda creates no function with the runtime nodejs8.10 since 2020-02-04",
        ),
        ("python3.7", "2024-01-09", Level.ERROR, "since 2024-01-09: use python3.14"),
        ("python3.7", "2024-01-08", Level.WARNING, "from 2024-01-09 on Lambda creates no function with it"),
        ("dotnet9", "2027-01-01", Level.WARNING, "the runtime dotnet9 is deprecated since 2026-11-10: use dotnet10"),
    ],
)
def test_what_is_gone_and_what_is_about_to_go(name, today, level, message):
    (one,) = of_runtime(name, today)
    assert (one.id, one.level, one.logical_id) == ("LR203", level, "Function")
    assert message in one.message


@pytest.mark.parametrize("name", ["python3.7", "python3.14", "no-such-runtime", "None"])
def test_what_is_there(name):
    assert of_runtime(name, "2023-12-03") == []


def test_a_runtime_that_nobody_has_chosen_settles_nothing():
    (one,) = of_runtime("python2.7", "2026-11-28", {"Runtime": "python2.7", "Other": "value"})
    assert one.depends_on == ("parameter:Runtime",)


def test_a_launch_with_every_permission_fails_for_it():
    launch = wanted(policy("all", EVERYTHING))
    old = dataclasses.replace(launch, text=launch.text.replace("python3.12", "python2.7"))
    report = reported(Case("t.yaml", old), fixes=False)
    assert report.verdict is Verdict.FAILS
    (one,) = [found for found in report.findings if found.id == "LR203"]
    assert (one.logical_id, one.operation, report.template) == ("Function", "create", "t.yaml")
    assert one.line is not None


def test_what_is_said_of_runtimes_fits_together():
    known = runtimes()
    for name, one in known.items():
        assert one.successor is None or known[one.successor].successor is None, name
        assert one.successor is None or known[one.successor].deprecated >= one.deprecated, name
