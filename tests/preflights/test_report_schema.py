"""The JSON form of reports, held against its schema and against docs/preflight-json.md."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from launchrole.cli.preflight import as_json
from launchrole.preflights.preflight import preflight
from launchrole.preflights.report import SCHEMA_VERSION, Assumption, Call, Finding, Fix, FixKind, Level, Report

SCHEMA = json.loads((files("launchrole.preflights") / "report.schema.json").read_text(encoding="utf-8"))
PAGE = Path(__file__).parents[2] / "docs" / "preflight-json.md"
DENIED = """
Parameters: {Name: {Type: String}}
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "results-${Name}"}}
  Code:
    Type: AWS::CodeCommit::Repository
    Properties:
      RepositoryName: sagemaker-churn
      Code: {BranchName: main, S3: {Bucket: churn-seed, Key: seed.zip}}
"""
LAUNCHES = "Resources: {Bucket: {Type: 'AWS::S3::Bucket', Properties: {BucketName: sagemaker-churn}}}"
FAILS = "Resources: {Topic: {Type: 'AWS::SNS::Topic', Properties: {Name: wrong}}}"
NEW_TYPE = "Resources: {Thing: {Type: 'AWS::New::Thing'}}"
BOUNDARY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}]}
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
MEMBERS = {
    "report": Report("t", "arn", (), ()).to_dict(),
    "finding": Finding("LR101", Level.ERROR, "").to_dict(),
    "fix": Fix(FixKind.POLICY, "", True, "patch", (STATEMENT,)).to_dict(),
    "call": Call("create", None, "a", "b", "c", "denied").to_dict(),
    "assumption": Assumption("a", "b").to_dict(),
}


@pytest.mark.parametrize(
    ("text", "verdict", "settings"),
    [
        (DENIED, "denied", {}),
        (DENIED, "denied", {"boundary": "boundary.json"}),
        (LAUNCHES, "launches", {"operations": ["create"]}),
        (FAILS, "fails", {}),
        (NEW_TYPE, "depends", {"fixes": False}),
    ],
)
def test_real_reports_fit_the_schema(tmp_path, monkeypatch, text, verdict, settings):
    monkeypatch.chdir(tmp_path)
    Path("template.yaml").write_text(text)
    Path("boundary.json").write_text(json.dumps(BOUNDARY))
    printed = json.loads(as_json.render([preflight("template.yaml", **settings)]))
    assert [one["verdict"] for one in printed["reports"]] == [verdict]
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(printed)] == []


def test_the_schema_is_one_and_of_this_version():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["schema"]["const"] == SCHEMA_VERSION


@pytest.mark.parametrize("name", MEMBERS)
def test_the_schema_has_every_member(name):
    assert set(SCHEMA["$defs"][name]["properties"]) == set(MEMBERS[name])


@pytest.mark.parametrize("wrong", [{"verdict": "fine"}, {"findings": [{}]}, {"seconds": "1"}, {"operations": ["make"]}])
def test_the_schema_refuses_what_is_no_report(wrong):
    document = {"schema": 1, "launchrole": "0", "reports": [{**Report("t", "arn:x", (), ()).to_dict(), **wrong}]}
    assert list(Draft202012Validator(SCHEMA).iter_errors(document)) != []


@pytest.mark.parametrize("name", MEMBERS)
def test_the_page_tells_of_every_member(name):
    found = re.search(rf"^## An? {name}\n(.*?)(?=^## )", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    assert re.findall(r"^\| `(\w+)` \|", found[1], re.MULTILINE) == list(MEMBERS[name])
