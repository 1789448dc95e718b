"""`launchrole policies who-can|claims|impact`: what is printed, in which form, and the exit codes."""

import json
from contextlib import nullcontext
from dataclasses import replace

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from html_pages import Parsed
from launchrole.cli import main
from launchrole.facts import managed_policies
from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY as PAGE
from launchrole.policy import PolicySet, parse
from launchrole.reasoning.sides import side
from launchrole.registry import Registry
from launchrole.sandbox import Sandbox
from registry_sources import ACCOUNT, customer_arn, document, folder_of, write

PASS = "codestar-connections:PassConnection"
PIPELINE_POLICY = "AmazonSageMakerServiceCatalogProductsCodePipelineServiceRolePolicy"


@pytest.fixture(autouse=True)
def here(place):
    return place


def policies(*arguments, **more):
    return CliRunner().invoke(main, ["policies", *arguments], **more)


def as_json(*arguments, code):
    result = policies(*arguments, "--output", "json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


# who-can


def test_who_can_among_all_policies():
    told = as_json("who-can", PASS, "*", code=1)
    assert told["asked"] == {"what": "policies", "number": len(Registry().names())}
    assert told["undecided"] == []
    page = next(one for one in told["can"] if one["name"] == f"{PAGE}:v12")
    (statement,) = page["statements"]
    assert (statement["statementIndex"], statement["statementId"]) == (
        33,
        "AmazonSageMakerServiceCatalogCodeStarPermission",
    )
    assert statement["witness"]["context"] == {"codestar-connections:PassedToService": "codepipeline.amazonaws.com"}


def test_who_can_among_named_versions_and_files(here):
    result = policies("who-can", PASS, "*", "--policy", PAGE, "--all-versions")
    assert result.exit_code == 1
    assert result.output.startswith(f"{PASS} on *: 11 of 12 versions of policies allow it\n")
    write(here / "own.json", document("s3:*"))
    ours = ("who-can", "s3:GetObject", "arn:aws:s3:::b/*", "--policy", "own.json")
    result = policies(*ours)
    assert (result.exit_code, result.output.splitlines()[2:6]) == (
        1,
        ["own.json", "  by    statement 1", "  what  s3:GetObject", "  on    *"],
    )
    nobody = policies("who-can", "s3:GetObject", "*", "--policy", f"{PAGE}:v4", "--context", "s3:ExistingObjectTag/a=b")
    assert nobody.exit_code == 1  # buckets of SageMaker's, whatever the tags
    assert policies("who-can", "sqs:*", "*", "--policy", PAGE).output == "sqs:* on *: none of 1 policies allow it\n"


def test_who_can_of_imported_policies(here):
    folder_of(here / "Our-Build", document("sqs:SendMessage"), document("s3:GetObject"))
    assert policies("import", "Our-Build").exit_code == 0
    queue = ("who-can", "sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:jobs")
    assert "Our-Build" not in policies(*queue).output
    assert "\nOur-Build:v1\n" in policies(*queue, "--all-versions").output


def account(*roles):
    policy = {
        "Arn": customer_arn("Build"),
        "PolicyName": "Build",
        "DefaultVersionId": "v2",
        "PolicyVersionList": [{"VersionId": "v2", "IsDefaultVersion": True, "Document": document("iam:PassRole")}],
    }
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": list(roles), "Policies": [policy]}


def role(name, *, attached=(), inline=None, boundary=None):
    return {
        "RoleName": name,
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "a.amazonaws.com"}}],
        },
        "AttachedManagedPolicies": [{"PolicyName": one.rpartition("/")[2], "PolicyArn": one} for one in attached],
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": inline}] if inline else [],
        **({"PermissionsBoundary": {"PermissionsBoundaryArn": boundary}} if boundary else {}),
    }


def test_who_can_among_the_roles_of_an_account(here):
    deny = document("iam:PassRole", Effect="Deny")
    readers = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    roles = [
        role("builder", attached=[customer_arn("Build")]),
        role("denied", attached=[customer_arn("Build")], inline=deny),
        role("bounded", attached=[customer_arn("Build")], boundary=readers),
        role("reader", attached=[readers]),
        role("lost", attached=[customer_arn("Nowhere")]),
    ]
    write(here / "account.json", account(*roles[:4]))
    admin = f"arn:aws:iam::{ACCOUNT}:role/Admin"
    told = as_json("who-can", "iam:PassRole", admin, "--exported", "account.json", code=1)
    (can,) = told["can"]
    assert (can["name"], can["statements"][0]["policy"]) == ("builder", "Build:v2")
    witness = can["statements"][0]["witness"]
    assert (witness["principal"], witness["resource"]) == (f"arn:aws:iam::{ACCOUNT}:role/builder", admin)
    assert told["asked"] == {"what": "roles", "number": 4}
    result = policies("who-can", "iam:PassRole", admin, "--exported", "account.json")
    assert result.output.startswith(
        f"iam:PassRole on {admin}: 1 of 4 roles can\n\nbuilder\n  by    Build:v2, statement 1\n"
    )
    page = policies("who-can", "iam:PassRole", admin, "--exported", "account.json", "--output", "html")
    assert page.exit_code == 1
    text = Parsed(page.output).text
    for part in ("1 of 4 roles can", "Build:v2, statement 1", f"arn:aws:iam::{ACCOUNT}:role/builder"):
        assert part in text
    write(here / "account.json", account(roles[1], roles[4]))
    result = policies("who-can", "iam:PassRole", admin, "--exported", "account.json")
    assert result.exit_code == 3
    assert f"arn:aws:iam::{ACCOUNT}:role/lost: not asked\n  why   account.json lacks the document of" in result.output
    page = policies("who-can", "iam:PassRole", admin, "--exported", "account.json", "--output", "html")
    assert page.exit_code == 3
    assert f"arn:aws:iam::{ACCOUNT}:role/lost: not asked" in Parsed(page.output).text


def test_what_is_undecided_has_its_own_exit_code(here):
    condition = {"StringNotLike": {"aws:userid": "a*"}, "NumericLessThan": {"aws:userid": "5"}}
    write(here / "odd.json", document("s3:GetObject", Condition=condition))
    asked = ("who-can", "s3:GetObject", "*", "--policy", "odd.json", "--context", "aws:userid=7")
    told = as_json(*asked, code=3)
    assert (told["can"], told["undecided"][0]["name"]) == ([], "odd.json")
    result = policies(*asked)
    assert "odd.json: undecided\n  why   " in result.output
    page = policies(
        "who-can", "s3:GetObject", "*", "--policy", "odd.json", "--context", "aws:userid=7", "--output", "html"
    )
    assert (page.exit_code, "Undecided: " in Parsed(page.output).text) == (3, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["my-bucket"], "RESOURCE my-bucket: write an ARN"),
        (["*", "--exported", "nowhere"], "nowhere does not exist"),
        (["*", "--exported", "x", "--policy", PAGE], "leave out --policy and --all-versions"),
        (["*", "--policy", "Nobody-s"], "there is no managed policy Nobody-s"),
        (["*", "--context", "aws:SourceIp"], "write it with an equals sign"),
        (["*", "--context", "aws:MultiFactorAuthAge=soon"], "soon"),
    ],
)
def test_questions_that_cannot_be_asked(arguments, message):
    result = policies("who-can", "s3:GetObject", *arguments)
    assert (result.exit_code, message in result.output) == (2, True), result.output
    assert "Traceback" not in result.output


def test_an_action_that_aws_does_not_document_is_pointed_out():
    assert policies("who-can", "PassRole", "*").exit_code == 2
    result = policies("who-can", "iam:PassRol", "*", "--policy", PAGE)
    assert (result.exit_code, result.stderr) == (0, "AWS documents no action iam:PassRol; did you mean iam:PassRole?\n")
    assert policies("who-can", "i?m:PassRol", "*", "--policy", PAGE).stderr == ""
    assert "everybody can" in policies("who-can", "sts:GetCallerIdentity", "*", "--policy", PAGE).stderr


# claims


def test_the_page_s_claims():
    result = policies("claims")
    assert result.exit_code == 1
    assert "- Amazon CloudFront: named, and v4 allows nothing of it\n" in result.output
    assert "  else  no other known version does\n" in result.output
    told = as_json("claims", f"{PAGE}:v12", code=1)
    assert told["namedInVain"][0]["services"] == ["cloudfront"]
    assert told["notMentioned"] == [{"service": "codeconnections", "actions": ["codeconnections:PassConnection"]}]


def test_prose_of_a_file(here):
    folder_of(here / "Our-Build", document("sqs:SendMessage"), document("s3:GetObject", "sqs:SendMessage"))
    assert policies("import", "Our-Build").exit_code == 0
    write(here / "prose.md", "Grants access to Amazon SQS.")
    result = policies("claims", "Our-Build:v1", "--text", "prose.md")
    assert (result.exit_code, result.output) == (0, "prose.md about Our-Build:v1: all of it holds\n")
    result = policies("claims", "Our-Build", "--text", "-", input="Grants access to Amazon SQS.")
    assert result.output.splitlines()[1:] == [
        "+ Amazon S3 (s3): allowed, and not mentioned",
        "  what  s3:GetObject",
    ]
    result = policies("claims", "Our-Build:v1", "--text", "-", input="Grants access to Amazon S3, Amazon SQS.")
    assert "  else  v2 allow some of it\n" in result.output
    write(here / "empty.md", "Nothing is said here.")
    for arguments, message in (
        (["Our-Build", "--text", "empty.md"], "empty.md says of no service that Our-Build allows it"),
        (["Our-Build"], "what is said of Our-Build does not ship; give it as --text FILE"),
        (["Nobody-s"], "there is no managed policy Nobody-s"),
        (["--text", "nowhere.md"], "nowhere.md"),
    ):
        refused = policies("claims", *arguments)
        assert (refused.exit_code, message in refused.output) == (2, True), refused.output


# impact


def test_versions_that_allow_the_same_need_no_launch():
    result = policies("impact", PAGE, "--from", "v11")
    assert (result.exit_code, result.output.splitlines()[1]) == (
        0,
        "No launch can differ, which is proved; nothing was tried.",
    )


def test_a_product_that_launches_under_one_version_only():
    arguments = ("impact", PAGE, "--from", "v4", "--to", "v5", "--product", "mlops-images-build-deploy")
    told = as_json(*arguments, "--operation", "create", code=1)
    (launch,) = told["launches"]
    assert (launch["from"]["verdict"], launch["to"]["verdict"]) == ("denied", "launches")
    lacking = launch["from"]["deniedHereOnly"]
    assert {(one["action"], one["operation"], one["principal"]) for one in lacking} == {
        ("ecr:TagResource", "create", None)
    }
    assert {one["logicalId"] for one in lacking} == {
        f"ContainerRepository{name}" for name in ("inference", "processing", "training")
    }
    assert launch["to"]["deniedHereOnly"] == []
    for one in lacking:  # the evaluator says the same of the call itself
        version = {name: PolicySet([parse(managed_policies.document(PAGE, name))]) for name in ("v4", "v5")}
        request = {"principal": f"arn:aws:iam::{ACCOUNT}:role/r", "action": one["action"], "resource": one["resource"]}
        assert [name for name, policy in version.items() if allows(policy, **request)] == ["v5"]


def allows(policy, principal, action, resource):
    from launchrole.policy import Request

    return side(policy).allows(Request(principal, action, resource, {}))


@pytest.mark.slow
def test_what_version_10_adds_no_built_in_product_needs():
    result = policies("impact", PAGE, "--from", "v9", "--to", "v10", "--jobs", "2")
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"{PAGE}, v10 beside v9: adds, allows more, takes nothing away\n")
    assert result.output.count("v9 launches  v10 launches") == 10


def test_a_policy_of_a_role_that_is_passed_on(here):
    text = json.loads(managed_policies.document(PIPELINE_POLICY, "v5"))
    kept = [one for one in text["Statement"] if "codebuild:StartBuild" not in one["Action"]]
    write(here / "new.json", {**text, "Statement": kept})
    arguments = ("impact", PIPELINE_POLICY, "--from", "v5", "--to", "new.json", "--operation", "create")
    result = policies(*arguments, "--product", "mlops-build")
    assert result.exit_code == 1
    assert "mlops-build  v5 launches  new.json launches\n" in result.output
    lacks = [line for line in result.output.splitlines() if "codebuild:StartBuild" in line]
    assert lacks
    assert all(line.startswith("  new.json lacks codebuild:StartBuild on ") for line in lacks)
    assert all("for AmazonSageMakerServiceCatalogProductsCodePipelineRole (" in line for line in lacks)


def test_an_own_launch_role_and_its_template(here):
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "sagemaker-t"}}}}
    write(here / "topic.json", template)
    folder_of(here / "Our-Launch", document("cloudformation:*", "s3:GetObject"), document("*"))
    assert policies("import", "Our-Launch").exit_code == 0
    arguments = ("impact", "Our-Launch", "--from", "v1", "--decisions", "topic.json", "--role", "ours")
    with Sandbox(here / "state"):
        pass
    result = policies(*arguments)
    assert result.exit_code == 1, result.output
    assert "topic.json  v1 denied  v2 launches\n" in result.output
    assert "  v1 lacks sns:CreateTopic on " in result.output
    assert "0 recorded decisions under Our-Launch: no calls have another verdict\n" in result.output


def test_recorded_calls_are_decided_by_both_versions(here):
    """A role with the newest version attached and one with an old one inline, as accounts keep old versions."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    with Sandbox(here / "state") as sandbox:
        session = boto3.session.Session(botocore_session=sandbox.botocore_session())
        iam = session.client("iam")
        for name in ("new", "old"):
            written = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=written)
        iam.attach_role_policy(RoleName="new", PolicyArn=managed_policies.arn(PAGE))
        old = json.dumps(json.loads(managed_policies.document(PAGE, "v4")), separators=(",", ":"))
        iam.put_role_policy(RoleName="old", PolicyName="before", PolicyDocument=old)
        iam.create_user(UserName="user")
        key = iam.create_access_key(UserName="user")["AccessKey"]
        allow = json.dumps(document("sts:AssumeRole"))
        iam.put_user_policy(UserName="user", PolicyName="assume", PolicyDocument=allow)
        user = sandbox.client(
            "sts", replace(sandbox.root(ACCOUNT), access_key_id=key["AccessKeyId"], secret=key["SecretAccessKey"])
        )
        for name in ("new", "old"):
            assumed = user.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}", RoleSessionName="session")[
                "Credentials"
            ]
            ecr = session.client(
                "ecr",
                region_name="us-east-1",
                aws_access_key_id=assumed["AccessKeyId"],
                aws_secret_access_key=assumed["SecretAccessKey"],
                aws_session_token=assumed["SessionToken"],
            )
            ecr.create_repository(repositoryName=f"sagemaker-{name}")
            arn = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/sagemaker-{name}"
            for _ in range(2):
                with nullcontext() if name == "new" else pytest.raises(ClientError, match="AccessDenied"):
                    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "sagemaker:a", "Value": "b"}])
    told = as_json("impact", PAGE, "--from", "v4", "--to", "v5", "--decisions", code=1)["decisions"]
    assert (told["concerned"], told["lost"]) == (6, 0)
    assert [(one["principal"].split("/")[1], one["action"], one["times"]) for one in told["changed"]] == [
        ("new", "ecr:TagResource", 2),
        ("old", "ecr:TagResource", 2),
    ]
    assert {(one["from"], one["to"]) for one in told["changed"]} == {("denied", "allowed")}
    assert as_json("impact", PAGE, "--from", "v5", "--to", "v6", "--decisions", code=0)["decisions"]["changed"] == []
    text = policies("impact", PAGE, "--from", "v4", "--to", "v5", "--decisions").output
    assert f"6 recorded decisions under {PAGE}: 2 calls have another verdict\n" in text
    assert " v4 denied, v5 allowed\n  what  ecr:TagResource on " in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["AmazonS3FullAccess", "--from", "v2", "--to", "new.json"], "no role of the built-in products carries Amazon"),
        ([PAGE, "--from", "v4", "--to", "v44"], "has no v44; known are v1"),
        ([PAGE, "--from", "v4", "--to", "v4"], "--from and --to are both v4"),
        ([PAGE, "--from", "nowhere.json"], "nowhere.json: there is no such file"),
        ([PAGE, "--from", "v4", "--product", "mlops"], "--product mlops: there are mlops-build"),
        ([PAGE, "--from", "v4", "--operation", "make"], "--operation make: there are create, update, delete"),
        ([PAGE, "--from", "v4", "--decisions"], "holds no state"),
        ([PAGE, "--from", "v4", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_an_impact_that_cannot_be_told(here, arguments, message):
    write(here / "new.json", document())
    result = policies("impact", *arguments)
    assert (result.exit_code, message in result.output) == (2, True), result.output
    assert "Traceback" not in result.output
