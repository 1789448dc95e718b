"""Findings that do not count: by the template's word, and by a baseline."""

import json
from dataclasses import replace

import pytest

from launchrole.preflights.errors import PreflightError
from launchrole.preflights.report import Finding, Level, Report, Verdict
from launchrole.preflights.suppression import Baseline, baseline, suppressed
from launchrole.services.cloudformation.template import parse

DENIED = Finding("LR103", Level.ERROR, "denied", "Bucket", "AWS::S3::Bucket", None, 4, "create", None, "s3:PutX", "arn")
REPORT = Report("t.yaml", "arn:aws:iam::1:role/R", (), ("create",), (DENIED, replace(DENIED, id="LR202", action=None)))
TEMPLATE = """\
{top}Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Metadata:
      launchrole:
        ignore:
        - {{id: LR103, reason: {reason}}}
  Topic: {{Type: AWS::SNS::Topic}}
"""


def looked_at(reason="the platform's team owns it", top=""):
    return suppressed(REPORT, parse(TEMPLATE.format(reason=json.dumps(reason), top=top)))


def test_a_finding_with_a_reason_does_not_count():
    assert REPORT.verdict is Verdict.DENIED
    report = looked_at()
    assert [one.suppressed for one in report.findings] == ["the platform's team owns it", None]
    assert [one.id for one in report.counted] == ["LR202"]
    assert report.verdict is Verdict.FAILS


def test_for_the_whole_template():
    report = looked_at(top="Metadata: {launchrole: {ignore: [{id: LR202, reason: emptied by hand}]}}\n")
    assert report.counted == ()
    assert report.verdict is Verdict.LAUNCHES


@pytest.mark.parametrize(
    ("reason", "top", "told", "line"),
    [
        ("", "", "`ignore` of LR103 has no reason", 7),
        ("x", "Metadata: {launchrole: {ignore: [{id: LR204, reason: y}]}}\n", "LR204 has nothing to ignore", 1),
        ("x", "Metadata: {launchrole: {ignore: [{id: LR999, reason: y}]}}\n", "there is no finding LR999", 1),
        ("x", "Metadata: {launchrole: {ignore: everything}}\n", "is a list of entries with `id` and `reason`", 1),
    ],
)
def test_entries_that_are_of_no_use_are_told(reason, top, told, line):
    found = [one for one in looked_at(reason, top).findings if one.id == "LR907"]
    assert [one.line for one in found] == [line]
    assert told in found[0].message
    assert found[0].level is Level.NOTE


def test_a_baseline_knows_findings_wherever_they_have_moved(tmp_path):
    path = tmp_path / "baseline.json"
    path.write_text(baseline([REPORT]))
    known = Baseline.read(str(path))
    moved = replace(REPORT, findings=tuple(replace(one, line=99, resource="arn:other") for one in REPORT.findings))
    assert known.applied(moved).counted == ()
    new = replace(DENIED, action="s3:PutY")
    report = known.applied(replace(REPORT, findings=(DENIED, new)))
    assert [(one.id, one.action) for one in report.counted] == [("LR103", "s3:PutY"), ("LR907", None)]
    assert "LR202 (no action) is in" in report.findings[-1].message
    assert report.verdict is Verdict.DENIED
    assert known.applied(replace(REPORT, template="other.yaml")).counted == REPORT.findings


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is no baseline"),
        ("[]", "is no baseline"),
        ('{"launchrole-baseline": 99, "known": []}', "of another version"),
        ('{"launchrole-baseline": 1, "known": [1]}', "is no baseline"),
    ],
)
def test_files_that_are_no_baseline(tmp_path, text, told):
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(PreflightError, match=told):
        Baseline.read(str(path))
    with pytest.raises(PreflightError, match="there is no such file"):
        Baseline.read(str(tmp_path / "missing"))
