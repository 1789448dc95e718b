"""The account of a decision, and the statement that came closest."""

import json

import pytest

from launchrole.policy.context import UNKNOWN, Context
from launchrole.policy.document import parse
from launchrole.policy.explanation import closeness, explain, nearest_miss
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.request import Request

ACCOUNT = "123456789012"
LAUNCH = f"arn:aws:sts::{ACCOUNT}:assumed-role/LaunchRole/servicecatalog"
PROJECT = f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/churn"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"

LAUNCH_POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Builds",
      "Effect": "Allow",
      "Action": ["codebuild:CreateProject", "codebuild:DeleteProject"],
      "Resource": ["arn:aws:codebuild:*:*:report-group/x", "arn:aws:codebuild:*:*:project/sagemaker-*"]
    },
    {
      "Effect": "Allow",
      "Action": "apigateway:GET",
      "Resource": "*",
      "Condition": {"StringLike": {"aws:ResourceTag/sagemaker:launch-source": "*"}}
    }
  ]
}"""


def launch_policies(**more):
    return PolicySet(identity=[parse(LAUNCH_POLICY, name="launch.json")], **more)


def explained(action, resource, context=None, policies=None, principal=LAUNCH, account=None):
    decision = (policies or launch_policies()).evaluate(Request(principal, action, resource, context, account))
    return explain(decision)


@pytest.mark.parametrize(
    ("action", "resource", "context", "label", "reasons"),
    [
        (
            "codebuild:CreateProject",
            PROJECT,
            None,
            "launch.json:4 statement 1 (Builds)",
            ["the resource is `project/churn`, not `project/sagemaker-*`"],
        ),
        (
            "codebuild:UpdateProject",
            PROJECT.replace("churn", "sagemaker-churn"),
            None,
            "launch.json:4 statement 1 (Builds)",
            ["`codebuild:UpdateProject` is not among its actions"],
        ),
        (
            "apigateway:GET",
            "arn:aws:apigateway:us-east-1::/restapis/a",
            None,
            "launch.json:10 statement 2",
            [
                "context key aws:ResourceTag/sagemaker:launch-source is not in the request, "
                "and the condition wants StringLike `*`"
            ],
        ),
    ],
)
def test_the_nearest_miss(action, resource, context, label, reasons):
    explanation = explained(action, resource, context)
    assert explanation.nearest.outcome.label == label
    assert [element.detail for element in explanation.nearest.failed] == reasons
    assert explanation.nearest.sentence == f"{label} came closest: {'; '.join(reasons)}"
    assert nearest_miss(explanation.decision).outcome == explanation.nearest.outcome


@pytest.mark.parametrize("action", ["iam:CreateRole", "codebuild:ListBuilds", "apigateway:G"])
def test_where_nothing_is_near(action):
    explanation = explained(action, "*")
    assert explanation.nearest is None
    assert nearest_miss(explanation.decision) is None
    assert explanation.summary == f"{action} on * is denied: no identity-based policy allows it"


def statement(effect="Allow", action="s3:*", **more):
    return {"Effect": effect, "Action": action, "Resource": "*"} | more


def document(*statements):
    return parse({"Version": "2012-10-17", "Statement": list(statements)})


ALL = document(statement(action="*"))
EC2 = document(statement(action="ec2:*"))
CONDITION = {"StringEquals": {"aws:ResourceTag/team": ["a", "b"]}}
OBJECT = "arn:aws:s3:::b/k"


@pytest.mark.parametrize(
    ("policies", "principal", "action", "resource", "account", "ending"),
    [
        (
            PolicySet(identity=[ALL]),
            LAUNCH,
            "s3:GetObject",
            OBJECT,
            None,
            "is allowed by identity-based policy statement 1",
        ),
        (PolicySet(), f"arn:aws:iam::{ACCOUNT}:root", "s3:GetObject", OBJECT, None, "own root user"),
        (PolicySet(), LAUNCH, "sts:GetCallerIdentity", "*", None, "nobody needs a permission for it"),
        (PolicySet(), LAUNCH, "s3:GetObject", OBJECT, None, "no identity-based policy was given"),
        (
            PolicySet(identity=[ALL, document(statement("Deny"))]),
            LAUNCH,
            "s3:GetObject",
            OBJECT,
            None,
            "an explicit deny wins over every allow",
        ),
        (
            PolicySet(identity=[ALL]),
            LAUNCH,
            "kms:Decrypt",
            KEY,
            None,
            "whatever other policies say, and none was given",
        ),
        (
            PolicySet(identity=[ALL], resource=document(statement(action="s3:*", Principal="*"))),
            LAUNCH,
            "kms:Decrypt",
            KEY,
            None,
            "whatever other policies say, and does not",
        ),
        (
            PolicySet(identity=[ALL]),
            LAUNCH,
            "sts:AssumeRole",
            f"arn:aws:iam::{ACCOUNT}:role/T",
            None,
            "the role's trust policy has to allow it, and does not",
        ),
        (
            PolicySet(identity=[ALL]),
            LAUNCH,
            "s3:GetObject",
            OBJECT,
            "999999999999",
            "belongs to account 999999999999, whose resource-based policy has to allow it, and none was given",
        ),
        (
            PolicySet(),
            "lambda.amazonaws.com",
            "s3:GetObject",
            OBJECT,
            None,
            "only a resource-based policy can allow it to lambda.amazonaws.com, and none was given",
        ),
        (
            PolicySet(identity=[ALL], permissions_boundary=[document(statement(action="ec2:*"))]),
            LAUNCH,
            "s3:GetObject",
            OBJECT,
            None,
            "no permissions boundary allows it",
        ),
        (
            PolicySet(identity=[ALL], scp=[[EC2]]),
            LAUNCH,
            "s3:GetObject",
            OBJECT,
            None,
            "no service control policy allows it",
        ),
        (
            PolicySet(identity=[ALL], scp=[[ALL, EC2], [EC2]]),
            LAUNCH,
            "s3:GetObject",
            OBJECT,
            None,
            "the service control policies of level 2 do not allow it",
        ),
        (
            PolicySet(identity=[ALL], scp=[[EC2], [ALL], [EC2]]),
            LAUNCH,
            "s3:GetObject",
            OBJECT,
            None,
            "the service control policies of level 1 and level 3 do not allow it",
        ),
        (
            PolicySet(identity=[ALL], session=[EC2]),
            LAUNCH,
            "s3:GetObject",
            OBJECT,
            None,
            "no session policy allows it",
        ),
        (
            PolicySet(identity=[ALL]),
            f"arn:aws:sts::{ACCOUNT}:federated-user/fred",
            "s3:GetObject",
            OBJECT,
            None,
            "no session policy was given, and a federated user has no permissions without one",
        ),
        (
            PolicySet(identity=[document(statement(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}))]),
            LAUNCH,
            "s3:GetObject",
            OBJECT,
            None,
            "cannot be decided: it hangs on aws:SourceVpc",
        ),
    ],
)
def test_summaries(policies, principal, action, resource, account, ending):
    context = Context({}, unknown=["aws:SourceVpc"])
    assert explained(action, resource, context, policies, principal, account).summary.endswith(ending)


@pytest.mark.parametrize(
    ("statement_given", "context", "element", "met", "detail"),
    [
        (statement(action="s3:Get*"), {}, 0, True, "`s3:GetObject` is among its actions"),
        (
            {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
            {},
            0,
            False,
            "`s3:GetObject` is left out by NotAction",
        ),
        (
            {"Effect": "Allow", "NotAction": "ec2:*", "Resource": "*"},
            {},
            0,
            True,
            "`s3:GetObject` is not left out by NotAction",
        ),
        (statement(Resource="arn:aws:s3:::b/*"), {}, 1, True, f"`{OBJECT}` matches"),
        (statement(Resource="arn:aws:s3*"), {}, 1, True, f"`{OBJECT}` matches"),
        (statement(Resource="arn:aws:sqs*"), {}, 1, False, f"`{OBJECT}` does not match `arn:aws:sqs*`"),
        (
            statement(Resource="arn:aws:s3:::${aws:username}/*"),
            {"aws:username": "c"},
            1,
            False,
            f"`{OBJECT}` does not match `arn:aws:s3:::${{aws:username}}/*`",
        ),
        (
            statement(Resource="arn:aws:s3:::${u:k}/*"),
            {},
            1,
            None,
            f"whether `{OBJECT}` matches Resource hangs on a policy variable of unknown value",
        ),
        (
            {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*"},
            {},
            1,
            False,
            f"`{OBJECT}` is left out by NotResource",
        ),
        (
            {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::c/*"},
            {},
            1,
            True,
            f"`{OBJECT}` is not left out by NotResource",
        ),
        (
            statement(Principal={"AWS": ACCOUNT}),
            {},
            1,
            True,
            f"Principal means {LAUNCH}",
        ),
        (
            statement(Principal={"Service": "sns.amazonaws.com"}),
            {},
            1,
            False,
            f"Principal does not mean {LAUNCH}",
        ),
        (
            statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/path/LaunchRole"}),
            {"aws:PrincipalArn": UNKNOWN},
            1,
            None,
            f"Principal may mean {LAUNCH}: nobody knows its role's ARN, aws:PrincipalArn",
        ),
        (
            statement(NotPrincipal="*"),
            {},
            1,
            False,
            f"NotPrincipal does not mean {LAUNCH}",
        ),
        (
            statement(Condition=CONDITION),
            {"aws:ResourceTag/team": "b"},
            2,
            True,
            "context key aws:ResourceTag/team is `b`, and StringEquals `a` or `b` is met",
        ),
        (
            statement(Condition=CONDITION),
            {"aws:ResourceTag/team": ["c", "d"]},
            2,
            False,
            "context key aws:ResourceTag/team is `c` and `d`, and the condition wants StringEquals `a` or `b`",
        ),
        (
            statement(Condition={"StringEquals": {"u:k": "x"}}),
            {},
            2,
            None,
            "nobody knows the value of u:k, and the condition wants StringEquals `x`",
        ),
        (
            statement(Condition={"StringEquals": {"k:x": "${u:k}"}}),
            {"k:x": "1"},
            2,
            None,
            "nobody knows the value of u:k, and the condition wants StringEquals `${u:k}`",
        ),
        (
            statement(Condition={"StringEquals": {"k:x": []}}),
            {"k:x": "1"},
            2,
            False,
            "context key k:x is `1`, and the condition wants StringEquals nothing",
        ),
    ],
)
def test_elements(statement_given, context, element, met, detail):
    named = {"resource" if "Principal" in str(statement_given) else "identity": [document(statement_given)]}
    explanation = explained("s3:GetObject", OBJECT, Context(context, unknown=["u:k"]), PolicySet(**named))
    found = explanation.statements[0].elements[element]
    assert (found.met, found.detail) == (met, detail)


def test_an_explanation_as_json():
    told = explained("codebuild:CreateProject", PROJECT).to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["verdict"] == "implicitly denied"
    assert told["decided_by"] == "identity-based policy"
    assert told["unknown_keys"] == []
    assert told["nearest_miss"]["statement"]["sid"] == "Builds"
    assert told["nearest_miss"]["failed"][0]["element"] == "Resource"
    assert [one["matched"] for one in told["statements"]] == [False, False]
    assert told["statements"][1] == {
        "policy_type": "identity-based policy",
        "policy": "launch.json",
        "statement": 1,
        "sid": None,
        "effect": "Allow",
        "line": 10,
        "matched": False,
        "elements": [
            {
                "element": "Action",
                "met": False,
                "wanted": ["apigateway:GET"],
                "got": ["codebuild:CreateProject"],
                "detail": "`codebuild:CreateProject` is not among its actions",
            },
            {
                "element": "Resource",
                "met": True,
                "wanted": ["*"],
                "got": [PROJECT],
                "detail": f"`{PROJECT}` matches",
            },
            {
                "element": "Condition",
                "met": False,
                "operator": "StringLike",
                "key": "aws:ResourceTag/sagemaker:launch-source",
                "wanted": ["*"],
                "got": None,
                "detail": "context key aws:ResourceTag/sagemaker:launch-source is not in the request, "
                "and the condition wants StringLike `*`",
            },
        ],
    }
    allowed = explained("s3:GetObject", OBJECT, policies=PolicySet()).to_dict()
    assert allowed["nearest_miss"] is None


def test_the_nearest_of_several_fails_in_the_fewest_elements():
    policies = PolicySet(
        identity=[
            document(
                statement(Resource="arn:aws:s3:::other/*", Condition=CONDITION, Sid="Two"),
                statement(Condition=CONDITION | {"Bool": {"k:x": "true"}}, Sid="TwoConditions"),
                statement(Condition=CONDITION, Sid="OneCondition"),
                statement(action="s3:GetObjectTagging", Sid="Similar"),
                statement("Deny", action="ec2:*", Sid="Deny"),
            )
        ]
    )
    assert explained("s3:GetObject", OBJECT, policies=policies).nearest.outcome.sid == "OneCondition"


def test_the_nearest_stands_in_a_level_that_does_not_allow():
    root = document(statement(action="*"), statement(action="s3:GetObject", Resource="arn:aws:s3:::c/*"))
    unit = document(statement(action="s3:GetObject", Resource="arn:aws:s3:::other/*", Sid="Unit"))
    tagged = document(statement(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}, Sid="Perhaps"))
    explanation = explained("s3:GetObject", OBJECT, policies=PolicySet(identity=[ALL], scp=[[root], [unit]]))
    assert explanation.nearest.outcome.sid == "Unit"
    assert nearest_miss(explanation.decision).outcome.sid == "Unit"
    nothing_near = PolicySet(identity=[ALL], scp=[[root], [EC2]])
    assert explained("s3:GetObject", OBJECT, policies=nothing_near).nearest is None
    # A level that may allow is not what denies.
    perhaps = PolicySet(identity=[ALL], scp=[[tagged], [unit]])
    context = Context({}, unknown=["aws:SourceVpc"])
    assert explained("s3:GetObject", OBJECT, context, perhaps).nearest.outcome.sid == "Unit"


def test_closeness_counts_whole_segments_first():
    resource = f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/churn"
    near = closeness("arn:aws:codebuild:*:*:project/sagemaker-*", resource)
    far = closeness("arn:aws:codebuild:eu-west-1:*:report/*", resource)
    assert closeness("*", resource) > near > far
