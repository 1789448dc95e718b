"""Roles as the AWS CLI exports them: whole, in pieces, and with pieces missing."""

import json
from urllib.parse import quote

import pytest

from launchrole.preflights.errors import PreflightError
from launchrole.preflights.roles import RoleInput, subject

ACCOUNT = "210987654321"
LAUNCH = "arn:aws:iam::210987654321:role/launch/Launch"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/Own"
AWS = "arn:aws:iam::aws:policy/AmazonSNSFullAccess"


def trusting(service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allowing(action):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def role(name="Launch", path="/launch/", **members):
    return {
        "Role": {
            "Path": path,
            "RoleName": name,
            "Arn": f"arn:aws:iam::{ACCOUNT}:role{path}{name}",
            "AssumeRolePolicyDocument": trusting("servicecatalog.amazonaws.com"),
            "Tags": [{"Key": "team", "Value": "red"}],
            **members,
        }
    }


PIECES = {
    "role.json": role(),
    "attached.json": {
        "AttachedPolicies": [{"PolicyName": "Own", "PolicyArn": OWN}, {"PolicyName": "A", "PolicyArn": AWS}]
    },
    "inline.json": {"PolicyNames": ["in line"]},
    "in line.json": {"RoleName": "Launch", "PolicyName": "in line", "PolicyDocument": allowing("s3:GetObject")},
    "policies/Own.json": {"Policy": {"PolicyName": "Own", "Arn": OWN, "DefaultVersionId": "v3"}},
    "policies/Own-v3.json": {"PolicyVersion": {"VersionId": "v3", "Document": allowing("sns:*")}},
    "policies/Own-v2.json": {"PolicyVersion": {"VersionId": "v2", "Document": allowing("sqs:*")}},
}


@pytest.fixture
def folder(tmp_path):
    """Writes an export's files, but for some."""

    def write(pieces, *without):
        for name, content in pieces.items():
            if name not in without:
                (tmp_path / name).parent.mkdir(exist_ok=True)
                (tmp_path / name).write_text(json.dumps(content))
        return str(tmp_path)

    return write


def actions(found):
    return [json.loads(one.text)["Statement"][0]["Action"] for one in found.policies if one.arn != AWS]


def test_a_role_in_pieces(folder):
    found, world = subject(RoleInput(exported=folder(PIECES)))
    assert (found.arn, found.name, found.path, found.tags) == (LAUNCH, "Launch", "/launch/", {"team": "red"})
    assert [one.name for one in found.policies] == ["Own:v3", "AmazonSNSFullAccess:v2", "in line"]
    assert actions(found) == ["sns:*", "s3:GetObject"]
    assert not world.is_complete
    assert list(world.roles) == [LAUNCH]


def test_an_account_as_a_whole_in_pages_percent_encoded(folder):
    details = [
        {
            "RoleDetailList": [
                {
                    **role()["Role"],
                    "AssumeRolePolicyDocument": quote(json.dumps(trusting("servicecatalog.amazonaws.com"))),
                    "AttachedManagedPolicies": [{"PolicyName": "Own", "PolicyArn": OWN}],
                    "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": quote(json.dumps(allowing("s3:*")))}],
                    "PermissionsBoundary": {"PermissionsBoundaryArn": OWN, "PermissionsBoundaryType": "Policy"},
                }
            ],
            "IsTruncated": True,
        },
        {
            "RoleDetailList": [{**role("Use", "/")["Role"], "RolePolicyList": [], "AttachedManagedPolicies": []}],
            "Policies": [
                {
                    "Arn": OWN,
                    "DefaultVersionId": "v3",
                    "PolicyVersionList": [
                        {"VersionId": "v3", "Document": quote(json.dumps(allowing("sns:*"))), "IsDefaultVersion": True}
                    ],
                }
            ],
        },
    ]
    found, world = subject(RoleInput(exported=folder({"account.json": details}), role="Launch"))
    assert actions(found) == ["sns:*", "s3:*"]
    assert found.boundary.name == "Own:v3"
    assert world.is_complete
    assert sorted(one.name for one in world.roles.values()) == ["Launch", "Use"]


@pytest.mark.parametrize(
    ("without", "told"),
    [
        ("role.json", "holds no role: save the answer of `aws iam get-role --role-name NAME`"),
        (
            "attached.json",
            "lacks the list of policies attached to Launch: save the answer of `aws iam list-attached-role",
        ),
        ("inline.json", "lacks the list of inline policies of Launch: save the answer of `aws iam list-role-policies"),
        ("in line.json", "lacks the inline policy in line of Launch: save the answer of `aws iam get-role-policy"),
        (
            "policies/Own-v3.json",
            f"lacks the document of {OWN}, which is attached: save the answer of `aws iam get-policy-version "
            f"--policy-arn {OWN} --version-id v3`",
        ),
    ],
)
def test_half_an_export_is_told_with_the_command_that_gets_the_rest(folder, without, told):
    with pytest.raises(PreflightError) as problem:
        subject(RoleInput(exported=folder(PIECES, without)))
    assert told in str(problem.value)


def test_a_boundary_without_a_document(folder):
    bound = role(PermissionsBoundary={"PermissionsBoundaryArn": f"{OWN}Boundary", "PermissionsBoundaryType": "Policy"})
    with pytest.raises(PreflightError, match=r"lacks the document of .*:policy/OwnBoundary"):
        subject(RoleInput(exported=folder({**PIECES, "role.json": bound})))


def test_files_that_cannot_be_used(folder, tmp_path):
    for path, told in (
        (str(tmp_path / "no"), "does not exist"),
        (folder({}), "holds no .json file"),
    ):
        with pytest.raises(PreflightError, match=told):
            subject(RoleInput(exported=path))
    (tmp_path / "cut.json").write_text('{"Role": ')
    with pytest.raises(PreflightError, match=r"cut\.json is not JSON"):
        subject(RoleInput(exported=str(tmp_path)))


def test_several_roles_have_to_be_told_apart(folder):
    two = folder({**PIECES, "use.json": role("Use", "/")})
    with pytest.raises(PreflightError, match="holds 2 roles: say which one by --role NAME"):
        subject(RoleInput(exported=two))
    with pytest.raises(PreflightError, match="holds no role Lunch; it has Launch, Use"):
        subject(RoleInput(exported=two, role="Lunch"))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", {"RoleDetailList": [{"RoleName": "Launch"}]}, "it lacks Arn"),
        ("a.json", {"RoleDetailList": "Launch"}, "another type"),
        ("a.json", {"Role": {"RoleName": "Launch", "Arn": "Launch", "AssumeRolePolicyDocument": {}}}, "another type"),
        ("a.json", {"Role": {"RoleName": "Launch", "Arn": "arn:aws:iam::123456789012:role/Launch"}}, "it lacks Assume"),
        ("a.json", {"AttachedPolicies": [{"PolicyName": "x"}]}, "it lacks PolicyArn"),
        ("a.json", {"AttachedPolicies": 3}, "another type"),
        ("a.json", role(PermissionsBoundary="x"), "another type"),
        ("a.json", role(Tags=[{"Key": "team"}]), "it lacks Value"),
    ],
)
def test_an_answer_that_is_none_is_told_with_its_file(folder, name, text, told):
    with pytest.raises(PreflightError, match=rf"a\.json is no answer of IAM's as the AWS CLI writes it: .*{told}"):
        subject(RoleInput(exported=folder({**PIECES, name: text})))


def test_what_is_missing_of_other_roles_of_an_account_does_not_stand_in_the_way(tmp_path):
    linked = {
        "RoleName": "AWSServiceRoleForNew",
        "Arn": "arn:aws:iam::123456789012:role/aws-service-role/new.amazonaws.com/AWSServiceRoleForNew",
        "AssumeRolePolicyDocument": trusting("new.amazonaws.com"),
        "RolePolicyList": [],
        "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/aws-service-role/TooNew"}],
    }
    launch = {**linked, "RoleName": "Launch", "Arn": "arn:aws:iam::123456789012:role/Launch"}
    both = [{**launch, "AttachedManagedPolicies": []}, linked]
    (tmp_path / "account.json").write_text(json.dumps({"RoleDetailList": both, "Policies": []}))
    found, world = subject(RoleInput(exported=str(tmp_path / "account.json"), role="Launch"))
    assert (found.name, len(world.roles)) == ("Launch", 2)
    with pytest.raises(PreflightError, match=r"lacks the document of .*TooNew"):
        subject(RoleInput(exported=str(tmp_path / "account.json"), role="AWSServiceRoleForNew"))
