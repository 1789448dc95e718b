"""`launchrole launch`, `update`, `terminate`, `status`, `products` and `projects`."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from endpoint import trust
from launchrole import portfolio
from launchrole.cli import main
from launchrole.sandbox import Sandbox

BUCKETS = {
    "Parameters": {"Name": {"Type": "String", "Default": "sagemaker-one"}},
    "Resources": {
        "Mine": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Name"}}},
        "Other": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "${Name}-logs"}}},
    },
    "Outputs": {"Bucket": {"Value": {"Ref": "Mine"}}},
}

pytestmark = pytest.mark.usefixtures("state")


@pytest.fixture
def state(place):
    """The state, and a template in the current folder."""
    Path("buckets.json").write_text(json.dumps(BUCKETS))
    return place / "state"


def run(line, expected=0):
    done = CliRunner().invoke(main, line.split())
    assert done.exit_code == expected, done.output
    return done.output


def document(line, expected=0):
    """What a command prints as JSON; several values one after the other are a list."""
    text, found = run(f"{line} --output json", expected), []
    while text.strip():
        value, end = json.JSONDecoder().raw_decode(text.lstrip())
        found.append(value)
        text = text.lstrip()[end:]
    return found if len(found) > 1 else found[0]


def buckets():
    with Sandbox(Path("state")) as sandbox:
        names = [one["Name"] for one in sandbox.client("s3").list_buckets()["Buckets"]]
    return sorted(name for name in names if "servicecatalog" not in name)


def test_a_project_is_launched_shown_updated_and_terminated():
    told = run("launch mlops-build --name churn")
    assert "launched as churn by user/launchrole" in told
    assert re.search(r"CREATE_COMPLETE    churn/ModelBuildProject  AWS::CodeBuild::Project  .*codebuild:Create", told)
    assert re.search(r"project churn \(pp-\w{13}\): CreateCompleted", told)
    assert "churn  CreateCompleted  p-" in run("projects")
    shown = run("status churn")
    assert "AVAILABLE" in shown
    assert re.search(r"CREATE_COMPLETE +ModelBuildPipeline +AWS::CodePipeline::Pipeline", shown)
    with Sandbox(Path("state")) as sandbox:
        assert sandbox.client("iam").list_access_keys(UserName="launchrole")["AccessKeyMetadata"] == []

    assert "choose another --name" in run("launch mlops-build --name churn", 1)
    assert "UpdateCompleted" in run("update churn -p BuildComputeType=BUILD_GENERAL1_LARGE")
    ended = document("terminate churn")
    assert ended["status"] == "DELETE_COMPLETE"
    assert "there are no projects" in run("projects")
    assert document("projects --deleted")[0]["status"] == "DeleteCompleted"
    assert document("status") == []
    assert "nothing is launched by the name churn" in run("terminate churn", 1)


def test_a_template_is_launched_updated_as_it_is_now_and_terminated():
    told = document("launch buckets.json --name demo --policy-version v4")
    assert told["status"] == "CREATE_COMPLETE"
    assert told["outputs"]["Bucket"] == "sagemaker-one"
    assert buckets() == ["sagemaker-one", "sagemaker-one-logs"]
    fewer = {**BUCKETS, "Resources": {"Mine": BUCKETS["Resources"]["Mine"]}}
    Path("buckets.json").write_text(json.dumps(fewer))
    assert "UPDATE_COMPLETE" in run("update demo buckets.json")
    assert buckets() == ["sagemaker-one"]
    assert "SUCCEEDED" in run("terminate demo")
    assert buckets() == []


def test_a_denial_fails_the_launch_is_explained_and_leaves_nothing():
    told = run("launch buckets.json --name demo -p Name=churn", 1)
    assert "assumed-role/AmazonSageMakerServiceCatalogProductsLaunchRole/servicecatalog is not authorized" in told
    assert "name the resource `arn:aws:s3:::sagemaker-churn`" in told
    assert re.search(r"provisioned product demo \(pp-\w+\): FAILED", told)
    assert "ERROR" in run("status")
    assert buckets() == []
    assert "SUCCEEDED" in run("terminate demo")


def test_going_on_past_denials_lists_them_all_and_keeps_nothing(state):
    ended, denied = document("launch buckets.json --keep-going -p Name=churn", 1)
    assert ended["status"] == "CREATE_COMPLETE"
    assert [(one["resource"], one["request"]["action"]) for one in denied["denied"]] == [
        ("Mine", "s3:CreateBucket"),
        ("Other", "s3:CreateBucket"),
    ]
    assert not state.exists()
    assert "nothing was denied" in run("launch buckets.json --keep-going")


def test_another_role_decides():
    run("products")
    with Sandbox(Path("state")) as sandbox:
        iam = sandbox.client("iam")
        iam.create_role(RoleName="mine", AssumeRolePolicyDocument=trust("servicecatalog"))
        iam.create_role(RoleName="closed", AssumeRolePolicyDocument=trust("lambda"))
        iam.attach_role_policy(RoleName="mine", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert "SUCCEEDED" in run("launch buckets.json --role mine -p Name=anything")
    told = run("launch buckets.json --role closed", 1)
    assert "Access denied while assuming the role" in told
    assert "there is no role nobody" in run("launch buckets.json --role nobody", 2)


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("launch mlops-bild", 2, "did you mean mlops-build?"),
        ("launch .", 2, ".: this is a directory; name a file"),
        ("launch nothere.json", 2, "nothere.json is neither a product nor a template file; `launchrole products`"),
        ("launch buckets.json -p Nam=x", 2, "buckets has no parameter Nam; it has Name"),
        ("launch mlops-build-deploy-git", 2, "asks for parameters that have no default; give -p CodeConnectionArn=..."),
        ("launch mlops-build --name under_score", 2, "a project's name"),
        ("launch mlops-build --policy-version v99", 2, "has the versions v1"),
        ("launch buckets.json --endpoint http://127.0.0.1:1 --keep-going", 2, "not let pass at an endpoint"),
        ("status", 2, "holds no state"),
        ("update churn", 2, "holds no state"),
    ],
)
def test_what_cannot_be_launched_is_told(line, code, told):
    assert told in " ".join(run(line, code).split())


def test_the_products_are_listed_before_there_is_a_state():
    told = run("products")
    for product in portfolio.products():
        assert product.id in told
    assert {one["id"] for one in document("products")} == {one.id for one in portfolio.products()}


@pytest.mark.parametrize("verb", ["launch", "update", "terminate", "status", "products", "projects"])
def test_every_verb_has_an_example(verb):
    assert f"launchrole {verb}" in run(f"{verb} --help")


def test_ctrl_c_cancels_a_launch_and_what_was_made_is_deleted():
    waiting = {
        "Resources": {
            "Mine": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "sagemaker-one"}},
            "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
            "Condition": {
                "Type": "AWS::CloudFormation::WaitCondition",
                "DependsOn": "Mine",
                "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": 600},
            },
        }
    }
    Path("waiting.json").write_text(json.dumps(waiting))
    words = [sys.executable, "-m", "launchrole", "launch", "waiting.json", "--name", "demo"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ)
    seen = []
    for line in process.stdout:
        seen.append(line)
        if "CREATE_IN_PROGRESS demo/Condition" in line:
            break
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 1, "".join(seen) + told
    assert "cancelling" in told
    assert buckets() == []
