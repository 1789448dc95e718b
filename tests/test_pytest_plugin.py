"""The fixtures and assertions for other people's tests, in runs of pytest."""

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from launchrole import testing
from launchrole.account.authorizer import Authorizer

pytest_plugins = ["pytester"]

TOPIC = "Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}}\n"
ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
NONE = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'

USES = """
import pytest
from botocore.exceptions import ClientError

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}

def test_documents(as_role):
    role = as_role(policies=[ALLOW])
    role.client("s3").create_bucket(Bucket="mine-of-this-test")
    with pytest.raises(ClientError, match="AccessDenied"):
        role.client("iam").list_users()
    with pytest.raises(ValueError, match="another `name`"):
        as_role(policies=[ALLOW])

def test_arn_and_empty_accounts(as_role, launchrole_sandbox):
    assert launchrole_sandbox.client("iam").list_roles()["Roles"] == []
    assert launchrole_sandbox.client("s3").list_buckets()["Buckets"] == []
    arn = as_role(policies=[ALLOW]).arn
    assert as_role(arn).client("s3").list_buckets()["Buckets"] == []

def test_built_in(as_role):
    name = "AmazonSageMakerServiceCatalogProductsLaunchRole"
    for _ in range(2):
        with pytest.raises(ClientError, match="AccessDenied"):
            as_role(name).client("iam").list_users()

def test_arguments(as_role):
    with pytest.raises(ValueError, match="takes a role, or"):
        as_role()
"""

TAMPERED = (
    """
import pytest
from launchrole.account.gateway import Gateway

@pytest.fixture(autouse=True)
def open_door(monkeypatch):
    monkeypatch.setattr(Gateway, "_records", lambda self, caller: True)
"""
    + USES
)


def run(pytester, *arguments):
    """Without the entry points of what is installed: launchrole may be, and a plugin is not loaded twice."""
    plugins = ["-p", "launchrole.pytest_plugin", "-p", "xdist.plugin", "-p", "no:cacheprovider"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        return pytester.runpytest_subprocess(*plugins, *arguments)


def test_the_entry_point_names_the_plugin():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert importlib.import_module(project["entry-points"]["pytest11"]["launchrole"]).as_role


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_the_fixtures(pytester, arguments):
    pytester.makepyfile(USES)
    run(pytester, *arguments).assert_outcomes(passed=4)


def test_a_door_that_lets_pass_fails_every_test(pytester):
    pytester.makepyfile(TAMPERED)
    result = run(pytester)
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(["*EnforcementOff: a role without any policy was let call iam:ListUsers*"])


def test_loading_it_imports_nothing_of_aws():
    code = "import sys, launchrole.pytest_plugin; print([n for n in ('moto', 'botocore', 'yaml') if n in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.fixture
def template(tmp_path):
    for name, text in (("t.yaml", TOPIC), ("all.json", ALL), ("none.json", NONE)):
        Path(tmp_path, name).write_text(text)
    return tmp_path / "t.yaml"


def test_launches(template):
    options = {"role": "mine", "policies": [template.with_name("all.json")]}
    assert testing.assert_launches(template, **options).verdict == "launches"
    with pytest.raises(AssertionError, match="is not denied sns:"):
        testing.assert_denied(template, action="sns:CreateTopic", **options)


def test_denials(template):
    options = {"role": "mine", "policies": [template.with_name("none.json")]}
    found = testing.assert_denied(template, action="sns:create*", resource="arn:aws:sns:*:*:news", **options)
    assert found.logical_id == "Topic"
    assert testing.assert_denied(template, id=found.id, **options).id == found.id
    for other in ({"action": "sqs:*"}, {"resource": "arn:aws:sns:*:*:olds"}, {"id": "LR999"}):
        with pytest.raises(AssertionError, match="is not denied"):
            testing.assert_denied(template, **other, **options)
    with pytest.raises(AssertionError, match=r"(?s): denied\n.*sns:CreateTopic"):
        testing.assert_launches(template, **options)


def test_assertions_fail_where_the_door_decides_nothing(template, monkeypatch):
    monkeypatch.setattr(Authorizer, "questions", lambda *_arguments: iter(()))
    for asserted in (testing.assert_launches, testing.assert_denied):
        with pytest.raises(testing.EnforcementOff, match="must be denied"):
            asserted(template, role="mine", policies=[template.with_name("all.json")])
