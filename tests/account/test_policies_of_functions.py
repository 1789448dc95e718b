"""What AddPermission gives counts at the door: for other accounts, and for services that invoke."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from endpoint import trust
from launchrole.account.resource_policies import resource_policy
from launchrole.preflights.supplies import archive
from launchrole.sandbox import Sandbox

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


@pytest.fixture
def lambda_():
    with Sandbox() as sandbox:
        session = boto3.session.Session(botocore_session=sandbox.botocore_session())
        role = session.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust("lambda"))
        client = session.client("lambda")
        client.create_function(
            FunctionName="f",
            Role=role["Role"]["Arn"],
            Runtime="python3.12",
            Handler="index.handler",
            Code={"ZipFile": archive()},
        )
        yield client


@pytest.mark.usefixtures("lambda_")
def test_a_function_without_permissions_has_no_policy():
    assert resource_policy(ARN) is None
    assert resource_policy(f"{ARN}other") is None


@pytest.mark.parametrize(
    ("principal", "written"),
    [
        ("events.amazonaws.com", {"Service": "events.amazonaws.com"}),
        ("210987654321", {"AWS": "210987654321"}),
        ("*", "*"),
    ],
)
def test_permissions_are_statements(lambda_, principal, written):
    lambda_.add_permission(FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal=principal)
    (statement,) = json.loads(resource_policy(ARN).text)["Statement"]
    assert statement["Principal"] == written
    assert (statement["Action"], statement["Resource"], statement["Effect"]) == ("lambda:InvokeFunction", ARN, "Allow")


def test_another_account_invokes_what_it_was_permitted():
    with Sandbox(accounts=["123456789012", "210987654321"]) as sandbox:
        mine, other = (
            boto3.session.Session(botocore_session=sandbox.botocore_session(sandbox.root(account)))
            for account in ("123456789012", "210987654321")
        )
        role = mine.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust("lambda"))["Role"]["Arn"]
        code = {"ZipFile": archive()}
        mine.client("lambda").create_function(
            FunctionName="f", Role=role, Runtime="python3.12", Handler="index.handler", Code=code
        )
        asked = {"FunctionName": ARN, "InvocationType": "DryRun"}
        with pytest.raises(ClientError, match="resource-based policy"):
            other.client("lambda").invoke(**asked)
        mine.client("lambda").add_permission(
            FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="210987654321"
        )
        assert other.client("lambda").invoke(**asked)["StatusCode"] == 204
