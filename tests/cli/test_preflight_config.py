"""What a project says of its preflights in a file."""

import json

import pytest
from click.testing import CliRunner

from launchrole.cli import main

TEMPLATE = """\
Parameters: {Name: {Type: String, AllowedPattern: "[a-z]+"}}
Resources: {Bucket: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Ref Name}}}
"""


@pytest.fixture
def project(place):
    (place / ".git").mkdir()
    (place / "deploy").mkdir()
    (place / "deploy" / "template.yaml").write_text(TEMPLATE)
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    (place / "policy.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return place


def report(*arguments):
    ran = CliRunner().invoke(main, ["preflight", *arguments, "--output", "json"])
    return json.loads(ran.output)["reports"][0] if ran.exit_code != 2 else ran.output


def test_the_file_of_the_project(project, monkeypatch):
    (project / "launchrole.toml").write_text(
        '[preflight]\nrole = "mine"\npolicies = ["policy.json"]\n'
        'operations = ["create", "delete"]\nchannel = "direct"\n'
        '[preflight.parameters]\nName = "frommain"\n'
        '[preflight.templates."deploy/*.yaml"]\nparameters = {Name = "fromsection"}\nexists = ["arn:aws:s3:::there"]\n'
    )
    found = report("deploy/template.yaml")
    assert (found["role"], found["operations"]) == ("arn:aws:iam::123456789012:role/mine", ["create", "delete"])
    assert found["parameters"] == {"Name": "fromsection"}
    assert found["verdict"] == "launches"
    monkeypatch.chdir(project / "deploy")
    assert report("template.yaml")["policies"] == ["../policy.json"]
    assert report("template.yaml", "-p", "Name=there", "--role", "other")["parameters"] == {"Name": "there"}


def test_sections_of_templates(project):
    (project / "pyproject.toml").write_text(
        '[tool.launchrole.preflight]\nrole = "mine"\npolicies = ["policy.json"]\n'
        '[tool.launchrole.preflight.templates."deploy/*"]\nparameters = {Name = "section"}\n'
    )
    assert report("deploy/template.yaml")["parameters"] == {"Name": "section"}
    assert report("deploy/template.yaml", "-p", "Name=line")["parameters"] == {"Name": "line"}


def test_a_file_beyond_the_repository_does_not_count(project, monkeypatch):
    (project / "launchrole.toml").write_text('[preflight]\nrole = "mine"\n')
    inner = project / "inner"
    (inner / ".git").mkdir(parents=True)
    (inner / "t.yaml").write_text(TEMPLATE)
    monkeypatch.chdir(inner)
    assert report("t.yaml")["role"].endswith("AmazonSageMakerServiceCatalogProductsLaunchRole")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[preflight]\nrol = 1\n", "launchrole.toml:2: there is no setting rol; did you mean role?"),
        ("[preflght]\n", "launchrole.toml:1: there is no setting preflght; did you mean preflight?"),
        ("[preflight]\nregion = 5\n", "launchrole.toml:2: region is a text"),
        ('[preflight]\nexists = "arn"\n', "launchrole.toml:2: exists is a list of texts"),
        ('[preflight.templates."*"]\nrole = "x"\n', "launchrole.toml:2: there is no setting role; there are"),
        ("[preflight\n", "launchrole.toml: "),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_its_line(project, text, told):
    (project / "launchrole.toml").write_text(text)
    assert told in report("deploy/template.yaml")
    assert CliRunner().invoke(main, ["preflight", "--help"]).exit_code == 0


@pytest.mark.parametrize("text", ["preflight = 3", "[preflight]\ntemplates = 3", '[preflight]\ntemplates = {"*" = 3}'])
def test_what_is_no_table_is_told(project, text):
    (project / "launchrole.toml").write_text(text)
    assert "`preflight` and `templates` are tables" in report("deploy/template.yaml")
