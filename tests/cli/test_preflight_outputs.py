"""Reports as text, SARIF, JUnit, GitHub's commands and a page, hostile ones among them."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator
from sarif_schema import LOG

from html_pages import DARK, LIGHT, Parsed, in_a_browser, needs_chromium
from launchrole.cli.preflight import github, html, junit, sarif, text
from launchrole.cli.preflight.outputs import save
from launchrole.preflights.catalogue import kinds
from launchrole.preflights.report import Assumption, Call, Finding, Fix, FixKind, Level, Report
from launchrole.preflights.suppression import Baseline, fingerprint
from launchrole.preflights.template_edits import unified_diff

HOSTILE = "</title><script>alert(1)</script>&\"'\n::error::%0A,:\x00\x1b[31m"
DENIAL = Finding(
    "LR102",
    Level.ERROR,
    "User: arn:aws:sts::1:assumed-role/R/s is not authorized to perform: s3:CreateBucket on resource: arn:aws:s3:::x",
    "Bucket",
    "AWS::S3::Bucket",
    line=7,
    operation="create",
    call="s3:CreateBucket",
    action="s3:CreateBucket",
    resource="arn:aws:s3:::x",
    nearest="policy statement 2 came closest: the resource is `x`, not `sagemaker-*`",
    fixes=(
        Fix(FixKind.TEMPLATE, "name Bucket `sagemaker-x`", True, patch="--- a/t\n+++ b/t\n-x\n+sagemaker-x\n"),
        Fix(FixKind.POLICY, "allow s3:CreateBucket", True, statements=({"Effect": "Allow"},)),
    ),
)
REPORT = Report(
    "deploy/template.yaml",
    "arn:aws:iam::123456789012:role/service-role/Launch",
    ("policy.json",),
    ("create", "update", "delete"),
    (
        DENIAL,
        replace(DENIAL, operation="delete", action="s3:DeleteBucket"),
        replace(DENIAL, logical_id="Child/Topic", file="deploy/child.yaml", line=3, suppressed="known <and> accepted"),
        Finding("LR202", Level.WARNING, "will not be empty", "Bucket", "AWS::S3::Bucket", None, 7, "delete"),
        Finding("LR901", Level.NOTE, "was not tried", "Thing", "AWS::New::Thing", None, 20),
        Finding("LR109", Level.ERROR, "the launch role does not exist"),
    ),
    (Call("create", "Bucket", "s3:CreateBucket", "s3:CreateBucket", "arn:aws:s3:::x", "denied"),),
    (Assumption("role:arn", "the role exists", "--exists arn", True), Assumption("parameter:P", "P is made up")),
    statements=({"Sid": "S3", "Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "*"},),
    patch="--- a/t\n+++ b/t\n-x\n+sagemaker-x\n",
)
BAD = replace(
    REPORT,
    template=HOSTILE,
    findings=(replace(DENIAL, message=HOSTILE, logical_id=HOSTILE, nearest=HOSTILE, file=HOSTILE),),
    assumptions=(Assumption(HOSTILE, HOSTILE, HOSTILE, True),),
    patch=HOSTILE,
)
EMPTY = Report("t.yaml", REPORT.role, (), ("create",))
ALL = [[REPORT], [EMPTY], [BAD], [REPORT, EMPTY, BAD]]


@pytest.mark.parametrize("reports", ALL)
def test_sarif_is_what_the_standard_says(reports):
    log = json.loads(sarif.render(reports))
    Draft202012Validator.check_schema(LOG)
    assert [one.message for one in Draft202012Validator(LOG).iter_errors(log)] == []
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == list(kinds())
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]


def test_the_schema_of_the_test_refuses_what_is_wrong():
    log = json.loads(sarif.render([REPORT]))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    log["runs"][0]["results"][1]["levels"] = "error"
    assert len(list(Draft202012Validator(LOG).iter_errors(log))) == 2


def test_sarif_places_and_fingerprints():
    first, second, third, *_ = json.loads(sarif.render([REPORT]))["runs"][0]["results"]
    assert first["locations"][0] == {
        "physicalLocation": {"artifactLocation": {"uri": "deploy/template.yaml"}, "region": {"startLine": 7}},
        "logicalLocations": [{"fullyQualifiedName": "Bucket", "kind": "resource"}],
    }
    assert third["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "deploy/child.yaml"
    assert third["suppressions"] == [{"kind": "inSource", "justification": "known <and> accepted"}]
    assert "suppressions" not in first
    known = {(REPORT.template, REPORT.role): (tuple(fingerprint(DENIAL)),)}
    report = Baseline("known.json", known).applied(REPORT)
    accepted = json.loads(sarif.render([report]))["runs"][0]["results"][0]["suppressions"]
    assert accepted == [{"kind": "external", "justification": "known by known.json"}]
    moved = replace(REPORT, findings=tuple(replace(one, line=99, resource="other-id") for one in REPORT.findings))
    again = json.loads(sarif.render([moved]))["runs"][0]["results"]
    assert again[0]["partialFingerprints"] == first["partialFingerprints"] != second["partialFingerprints"]


OLD = "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\ng: 7\nh: 8\ni: 9\nj: 10\nk: 11\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD, OLD.replace("b: 2", "b: two\nb2: 2")),
        (OLD, OLD.replace("b: 2\n", "").replace("j: 10", "j: ten")),
        (OLD, f"first: 0\n{OLD}last: 12\n"),
        (OLD.rstrip(), OLD.rstrip() + "!"),
        (OLD.rstrip(), OLD),
        (OLD.replace("\n", "\r\n"), OLD.replace("\n", "\r\n").replace("c: 3", "-- c")),
        ("", OLD),
        (OLD, ""),
    ],
)
def test_fixes_in_sarif_make_of_the_file_what_their_patch_makes(old, new):
    fix = Fix(FixKind.TEMPLATE, "do it", True, patch=unified_diff(old, new, REPORT.template))
    log = json.loads(sarif.render([replace(REPORT, findings=(replace(DENIAL, fixes=(fix,)),))]))
    assert list(Draft202012Validator(LOG).iter_errors(log)) == []
    (told,) = log["runs"][0]["results"][0]["fixes"]
    (change,) = told["artifactChanges"]
    assert change["artifactLocation"] == {"uri": REPORT.template}
    starts = [0, *(place + 1 for place, one in enumerate(old) if one == "\n")]
    text = old
    for one in reversed(change["replacements"]):
        region = one["deletedRegion"]
        first = starts[region["startLine"] - 1] + region["startColumn"] - 1
        after = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:first] + one["insertedContent"]["text"] + text[after:]
    assert text == new


def test_a_patch_of_another_file_is_no_fix_in_sarif():
    assert all("fixes" not in one for one in json.loads(sarif.render([REPORT]))["runs"][0]["results"])


def test_files_that_are_written_keep_mode_and_link(tmp_path):
    file, link = tmp_path / "report", tmp_path / "link"
    file.write_text("old")
    file.chmod(0o600)
    link.symlink_to(file)
    save(link, "new\r\n")
    assert (file.read_bytes(), file.stat().st_mode & 0o777, link.is_symlink()) == (b"new\r\n", 0o600, True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link", "report"]


def test_a_launch_that_is_refused_at_once_counts_no_permissions():
    refused = replace(EMPTY, findings=(Finding("LR109", Level.ERROR, "the launch role does not exist"),))
    assert text.in_short(refused) == "the launch role cannot be assumed"


def test_a_launch_is_not_said_to_have_all_where_something_was_not_tried():
    notes = tuple(Finding("LR901", Level.NOTE, "was not tried", name, "AWS::New::Thing") for name in ("One", "Two"))
    assert text.in_short(replace(EMPTY, findings=notes[:1])).endswith("; 1 resource was not tried")
    assert text.in_short(replace(EMPTY, findings=notes)).endswith("; 2 resources were not tried")


@pytest.mark.parametrize("reports", ALL)
def test_junit_is_xml_that_counts_right(reports):
    root = ET.fromstring(junit.render(reports))
    suites = root.findall("testsuite")
    assert len(suites) == len(reports)
    for suite in suites:
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("failures")) == sum(case.find("failure") is not None for case in cases)


def test_junit_fails_for_what_counts():
    cases = {case.get("name"): case for case in ET.fromstring(junit.render([REPORT])).iter("testcase")}
    assert cases["Bucket create"].find("failure").get("type") == "LR102"
    assert "name Bucket `sagemaker-x`" in cases["Bucket create"].find("failure").text
    assert cases["Child/Topic create"].find("failure") is None
    assert "known <and> accepted" in cases["Child/Topic create"].find("system-out").text


def test_commands_for_github():
    lines = github.render([REPORT]).splitlines()
    assert lines[0].startswith("::error file=deploy/template.yaml,line=7,title=LR102 Bucket create::User: ")
    assert [line.split()[0] for line in lines] == [
        "::error",
        "::error",
        "::warning",
        "::notice",
        "::error",
        "launchrole",
    ]
    assert lines[-1] == "launchrole preflight: deploy/template.yaml: denied"
    (first, last) = github.render([BAD]).split("\n")
    assert last.startswith("launchrole preflight: ")
    assert re.fullmatch(r"::error [^\n]*::[^\n]*", first)
    assert "\n" not in first
    assert "%253A" not in first
    assert "%250A%2C%3A" in first


@pytest.mark.parametrize("reports", ALL)
def test_the_page_is_whole_and_needs_nothing_else(reports):
    page = html.render(reports)
    parsed = Parsed(page)
    assert "script" not in parsed.tags
    assert all(address.startswith("#report-") for address in parsed.addresses)
    assert not re.search(r"url\(|@import|https?://(?!\S*</)", page.partition("</style>")[0])


def test_text_tells_the_verdict_first_and_ends_with_what_it_rests_on():
    told = text.render([REPORT]).splitlines()
    assert told[0] == "deploy/template.yaml under Launch (policy.json)"
    assert told[1].endswith("2 of 1 permissions are lacking: 1 on create, 1 on delete")
    assert "Bucket  AWS::S3::Bucket  deploy/template.yaml:7" in [re.sub(r"\x1b\[\d+m", "", line) for line in told]
    plain = [re.sub(r"\x1b\[\d+m", "", line) for line in told]
    start = plain.index("It rests on this:")
    assert plain[start + 1 :] == [
        "- the role exists",
        "  --exists arn",
        "",
        "Assumed, and of no weight:",
        "- P is made up",
        "",
        "LR102 of Child/Topic does not count: known <and> accepted",
    ]


@needs_chromium
@pytest.mark.parametrize(("width", "dark"), [(400, False), (1280, False), (1280, True)])
def test_the_page_in_a_browser(tmp_path, width, dark):
    """Nothing is wider than the window, light and dark are what they say."""
    shown = in_a_browser(html.render([REPORT, EMPTY, BAD]), tmp_path, width, dark=dark)
    assert shown["widest"] <= shown["width"]
    assert shown["ground"] == (DARK if dark else LIGHT)
