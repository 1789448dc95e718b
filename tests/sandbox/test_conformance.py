"""The conformance cases through the endpoint: SimulateCustomPolicy gives the verdicts that the engine gives."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from shared_inputs import REPOSITORY

CASES = json.loads((Path(REPOSITORY) / "conformance" / "decisions.json").read_text())["cases"]
VERDICTS = {"allow": "allowed", "implicit_deny": "implicitDeny", "explicit_deny": "explicitDeny"}


def expressible(case):
    """Can the simulator be asked? It knows identity-based policies, a boundary and a resource-based policy, users and
    roles as callers, and contexts without unknown keys."""
    policies, request = case["policies"], case["request"]
    if set(policies) - {"identity", "permissions_boundary", "resource"} or not policies.get("identity"):
        return False
    principal = request["principal"]
    if ":iam::" not in principal or not ("user/" in principal or "role/" in principal):
        return False
    context = request.get("context", {})
    account = principal.split(":")[4]
    return (
        case["kind"] == "decision"
        and not request.get("unknown")
        and all(isinstance(value, str | int | float | bool | list) for value in context.values())
        and all(value != [] for value in context.values())
        and all(len(name) >= 5 for name in context)  # the API's own limit
        and all("Statement" in json.dumps(policy) for policy in policies["identity"])
        and request.get("resource_account", account) is not None
        and case["expected"]["decision"] in VERDICTS
    )


ASKED = [case for case in CASES if expressible(case)]


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.fixture(scope="module")
def iam():
    from launchrole.sandbox import Sandbox

    with Sandbox() as sandbox:
        yield sandbox.client("iam")


def test_most_cases_can_be_asked():
    assert len(ASKED) > 120


@pytest.mark.parametrize("case", ASKED, ids=lambda case: case["id"])
def test_a_case(iam, case):
    policies, request = case["policies"], case["request"]
    entries = [
        {
            "ContextKeyName": name,
            "ContextKeyValues": [text(one) for one in value] if isinstance(value, list) else [text(value)],
            "ContextKeyType": "stringList" if isinstance(value, list) else "string",
        }
        for name, value in request.get("context", {}).items()
    ]
    params = {
        "PolicyInputList": [json.dumps(policy) for policy in policies["identity"]],
        "ActionNames": [request["action"]],
        "ResourceArns": [request["resource"]],
        "CallerArn": request["principal"],
        "ContextEntries": entries,
    }
    if policies.get("permissions_boundary"):
        params["PermissionsBoundaryPolicyInputList"] = [json.dumps(one) for one in policies["permissions_boundary"]]
    resource = policies.get("resource")
    if resource:
        params["ResourcePolicy"] = json.dumps(resource[0] if isinstance(resource, list) else resource)
    if request.get("resource_account"):
        params["ResourceOwner"] = request["resource_account"]
    result = iam.simulate_custom_policy(**params)["EvaluationResults"][0]
    assert result["EvalDecision"] == VERDICTS[case["expected"]["decision"]]
    if result["EvalDecision"] == "explicitDeny":
        assert result["MatchedStatements"]


POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:username}-*",
     "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}
  ]
}"""


def test_what_matched_and_what_is_missing(iam):
    result = iam.simulate_custom_policy(
        PolicyInputList=[POLICY],
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::alice-x/key"],
        ContextEntries=[
            {"ContextKeyName": "aws:username", "ContextKeyValues": ["alice"], "ContextKeyType": "string"},
        ],
    )["EvaluationResults"][0]
    assert result["EvalDecision"] == "implicitDeny"
    assert result["MissingContextValues"] == ["aws:RequestedRegion"]
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=[POLICY])["ContextKeyNames"]
    assert sorted(keys) == ["aws:RequestedRegion", "aws:username"]


def test_a_principal_is_simulated_with_what_is_attached(iam):
    iam.create_user(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="mine", PolicyDocument=POLICY.replace("${aws:username}", "alice"))
    arn = "arn:aws:iam::123456789012:user/alice"
    region = {"ContextKeyName": "aws:RequestedRegion", "ContextKeyValues": ["us-east-1"], "ContextKeyType": "string"}
    found = iam.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=["s3:GetObject", "s3:PutObject"],
        ResourceArns=["arn:aws:s3:::alice-x/key", "arn:aws:s3:::other/key"],
        ContextEntries=[region],
        MaxItems=3,
    )
    assert [one["EvalDecision"] for one in found["EvaluationResults"]] == ["allowed", "implicitDeny", "allowed"]
    assert found["EvaluationResults"][0]["MatchedStatements"] == [
        {
            "SourcePolicyId": "mine",
            "SourcePolicyType": "IAM Policy",
            "StartPosition": {"Line": 4, "Column": 5},
            "EndPosition": {"Line": 5, "Column": 74},
        }
    ]
    assert found["IsTruncated"]
    rest = iam.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=["s3:GetObject", "s3:PutObject"],
        ResourceArns=["arn:aws:s3:::alice-x/key", "arn:aws:s3:::other/key"],
        ContextEntries=[region],
        Marker=found["Marker"],
    )
    assert len(rest["EvaluationResults"]) == 1
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"] == ["aws:RequestedRegion"]


REFUSED = {
    "a session as the source": ({"PolicySourceArn": "arn:aws:sts::123456789012:assumed-role/r/s"}, "Invalid ARN"),
    "a user that is not there": ({"PolicySourceArn": "arn:aws:iam::123456789012:user/nobody"}, "cannot be found"),
    "a group that is not there": ({"PolicySourceArn": "arn:aws:iam::123456789012:group/nobody"}, "cannot be found"),
    "an action with a wildcard": ({"ActionNames": ["s3:*"]}, "Invalid Action"),
    "a caller that is no user": ({"CallerArn": "arn:aws:iam::123456789012:root"}, "Invalid ARN"),
    "a caller that is nothing": ({"CallerArn": "somebody that I know"}, "Invalid ARN"),
    "a marker of nobody's": ({"Marker": "x"}, "Invalid Marker"),
    "a policy that is none": ({"PolicyInputList": ["{}"]}, "Invalid policy"),
    "an owner who is not": (
        {"ResourceOwner": "111111111111", "ResourceArns": ["arn:aws:sqs:us-east-1:222222222222:q"]},
        "cannot be made",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_simulator_refuses(iam, name):
    changed, message = REFUSED[name]
    if "carol" not in {user["UserName"] for user in iam.list_users()["Users"]}:
        iam.create_user(UserName="carol")
    params = {"PolicySourceArn": "arn:aws:iam::123456789012:user/carol", "ActionNames": ["s3:GetObject"]}
    with pytest.raises(ClientError, match=message):
        iam.simulate_principal_policy(**{**params, **changed})


def test_a_resource_policy_needs_a_caller_and_a_boundary_is_told(iam):
    policy = POLICY.replace('"Action"', '"Principal": "*", "Action"')
    with pytest.raises(ClientError, match="CallerArn is required"):
        iam.simulate_custom_policy(PolicyInputList=[POLICY], ActionNames=["s3:GetObject"], ResourcePolicy=policy)
    iam.create_group(GroupName="g")
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=POLICY.replace("${aws:username}", "x"))
    found = iam.simulate_principal_policy(
        PolicySourceArn="arn:aws:iam::123456789012:group/g",
        ActionNames=["s3:GetObject"],
        PermissionsBoundaryPolicyInputList=[POLICY],
    )["EvaluationResults"][0]
    assert found["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
