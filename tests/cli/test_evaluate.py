"""`launchrole evaluate`: verdicts, explanations, exit codes, and input that is no good."""

import json

import pytest
from click.testing import CliRunner

from launchrole.cli import main, output

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Builds",
            "Effect": "Allow",
            "Action": "codebuild:CreateProject",
            "Resource": "arn:aws:codebuild:*:*:project/sagemaker-*",
        },
        {
            "Sid": "Seeds",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "*",
            "Condition": {"StringEquals": {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}},
        },
        {
            "Effect": "Allow",
            "Action": "sqs:*",
            "Resource": "*",
            "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}},
        },
    ],
}
ROLE = "arn:aws:iam::123456789012:role/R"
PROJECT = "arn:aws:codebuild:us-east-1:123456789012:project"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.json").write_text(json.dumps(POLICY, indent=2))
    return tmp_path


def evaluate(*options, action="codebuild:CreateProject", resource=f"{PROJECT}/sagemaker-churn", principal=ROLE, **more):
    request = ["--principal", principal, "--action", action, "--resource", resource]
    return CliRunner().invoke(main, ["evaluate", *options, *request], **more)


def write(folder, name, *statements, text=None):
    (folder / name).write_text(text or json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    return name


ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.mark.usefixtures("folder")
def test_allowed():
    result = evaluate("--policy", "policy.json")
    assert result.exit_code == 0
    assert result.output == (
        "ALLOWED\n"
        f"  why   codebuild:CreateProject on {PROJECT}/sagemaker-churn is allowed by "
        "policy.json:4 statement 1 (Builds)\n"
    )


@pytest.mark.usefixtures("folder")
def test_denied_with_the_nearest_miss_and_the_fixes():
    result = evaluate("--policy", "policy.json", resource=f"{PROJECT}/churn")
    assert result.exit_code == 1
    lines = [line.strip() for line in result.output.splitlines()]
    assert lines[0] == "IMPLICITLY DENIED"
    assert lines[2].startswith(
        f"AWS   User: {ROLE} is not authorized to perform: codebuild:CreateProject on resource: "
    )
    assert lines[3] == (
        "near  policy.json:4 statement 1 (Builds) came closest: the resource is `project/churn`, "
        "not `project/sagemaker-*`"
    )
    assert any(line.startswith("fix") and f"{PROJECT}/sagemaker-churn" in line for line in lines)
    assert any(line.startswith("fix   allow `codebuild:CreateProject`") for line in lines)


@pytest.mark.usefixtures("folder")
def test_every_statement_explained():
    result = evaluate("--policy", "policy.json", "--explain", resource=f"{PROJECT}/churn")
    assert "Allow in policy.json:4 statement 1 (Builds) does not match\n" in result.output
    assert "  met     `codebuild:CreateProject` is among its actions\n" in result.output
    assert "  not met the resource is `project/churn`, not `project/sagemaker-*`\n" in result.output
    allowed = evaluate("--policy", "policy.json", "--explain")
    assert "Allow in policy.json:4 statement 1 (Builds) matches\n" in allowed.output


@pytest.mark.usefixtures("folder")
def test_what_nobody_knows():
    seed = {"action": "s3:GetObject", "resource": "arn:aws:s3:::seeds/code.zip"}
    result = evaluate("--policy", "policy.json", "--unknown", "s3:ExistingObjectTag/*", "--explain", **seed)
    assert result.exit_code == 3
    assert result.output.startswith("UNDECIDED\n")
    assert "hangs on s3:ExistingObjectTag/servicecatalog:provisioning\n" in result.output
    assert "  unknown nobody knows the value" in result.output
    assert (
        evaluate("--policy", "policy.json", "--unknown", "s3:ExistingObjectTag/*", "--expect", "deny", **seed).exit_code
        == 3
    )
    tagged = "s3:ExistingObjectTag/servicecatalog:provisioning=true"
    assert evaluate("--policy", "policy.json", "--context", tagged, **seed).exit_code == 0


@pytest.mark.parametrize(
    "given",
    [
        ["aws:TagKeys=a"],
        ["aws:TagKeys=b", "aws:TagKeys=a"],
        ['aws:TagKeys=["b", "a"]'],
        ['aws:TagKeys=["b"]', "aws:TagKeys=a"],
    ],
)
@pytest.mark.usefixtures("folder")
def test_context_keys_with_several_values(given):
    options = [part for pair in given for part in ("--context", pair)]
    queue = "arn:aws:sqs:us-east-1:123456789012:q"
    assert evaluate("--policy", "policy.json", *options, action="sqs:CreateQueue", resource=queue).exit_code == 0


@pytest.mark.parametrize(
    ("options", "exit_code"),
    [
        (["--expect", "allow"], 0),
        (["--expect", "deny"], 1),
        (["--boundary", "none.json"], 1),
        (["--boundary", "none.json", "--expect", "deny"], 0),
        (["--session-policy", "none.json"], 1),
        (["--scp", "all.json", "--scp", "none.json"], 1),
        (["--scp", "all.json", "--scp", "all.json"], 0),
        (["--rcp", "rcp.json"], 1),
        (["--vpc-endpoint-policy", "endpoint.json"], 1),
        (["--resource-policy", "denies.json"], 1),
    ],
)
def test_types_of_policies(folder, options, exit_code):
    write(folder, "all.json", ALL)
    write(folder, "none.json", ALL | {"Action": "ec2:*"})
    write(folder, "endpoint.json", ALL | {"Action": "ec2:*", "Principal": "*"})
    write(folder, "rcp.json", {"Effect": "Deny", "Principal": "*", "Action": "codebuild:*", "Resource": "*"})
    write(folder, "denies.json", ALL | {"Effect": "Deny", "Principal": "*"})
    assert evaluate("--policy", "policy.json", *options).exit_code == exit_code


def test_another_account_s_resource(folder):
    write(folder, "all.json", ALL)
    write(folder, "grants.json", ALL | {"Principal": {"AWS": "123456789012"}})
    theirs = ["--policy", "all.json", "--resource-account", "999999999999"]
    seed = {"action": "s3:GetObject", "resource": "arn:aws:s3:::seeds/code.zip"}
    assert evaluate(*theirs, **seed).exit_code == 1
    assert evaluate(*theirs, "--resource-policy", "grants.json", **seed).exit_code == 0


@pytest.mark.usefixtures("folder")
def test_json():
    told = json.loads(evaluate("--policy", "policy.json", "--output", "json", resource=f"{PROJECT}/churn").output)
    assert told["verdict"] == "implicitly denied"
    assert told["request"]["resource_account"] == "123456789012"
    assert told["nearest_miss"]["statement"]["sid"] == "Builds"
    assert told["repairs"]["request"]
    assert "statements" not in told
    allowed = json.loads(evaluate("--policy", "policy.json", "--output", "json", "--explain").output)
    assert allowed["message"] is None
    assert allowed["matched"] == {"policy": "policy.json", "statement": 0}
    assert len(allowed["statements"]) == 3


def test_a_policy_from_standard_input():
    result = evaluate("--policy", "-", input=json.dumps(POLICY))
    assert result.exit_code == 0
    assert "standard input statement 1 (Builds)" in result.output


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'{"Version": "2012-10-17", "Statment": []}', "bad.json:1:27: Statment: a policy has no element `Statment`"),
        (json.dumps(POLICY, indent=2).encode()[:-30], "the document ends too early; was the file cut off?"),
        (b'{"a": "' + b"x" * 6_000_000 + b'"}', "bad.json: the file has more than 4 MiB; no more is read"),
        (b"Version: '2012-10-17'\n", "bad.json:1:1: this looks like YAML; IAM policies are JSON"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "bad.json: this is not a text in UTF-8 (byte 1)"),
        (b"MZ\x00\x01\x02", "bad.json:1:3: the document is not text: it holds a zero byte"),
        (b"", "bad.json: the document is empty"),
        (b'{"Version": "2012-10-17", "Statement": [3]}', "Statement[0]: a statement is an object, not the number 3"),
        (json.dumps({"Statement": [ALL | {"Principal": "*"}]}).encode(), "an identity-based policy names no principal"),
    ],
    ids=["typo", "truncated", "6 MB", "YAML", "binary", "binary text", "empty", "a number", "a principal"],
)
def test_input_that_is_no_good(folder, data, told):
    (folder / "bad.json").write_bytes(data)
    result = evaluate("--policy", "bad.json")
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--policy", "absent.json"], "absent.json: there is no such file"),
        (["--policy", "."], ".: this is a directory; name a file"),
        (["--policy", "policy.json/x"], "policy.json/x: cannot be read: not a directory"),
        (["--policy", "policy.json", "--context", "novalue"], "write KEY=VALUE"),
        (["--policy", "policy.json", "--context", "k:x=[1"], "is not a JSON list"),
        (["--policy", "policy.json", "--context", "k:x=[1]"], "something other than texts"),
        (["--policy", "policy.json", "--context", "k:x=" + "[" * 100_000], "is not a JSON list"),
        (["--policy", "policy.json", "--context", f"k:x=[{'1' * 5000}]"], "is not a JSON list"),
        (["--policy", "a\x00b"], r"a\x00b: no file can have this name"),
        (["--policy", "policy.json", "--expect", "maybe"], "is not one of 'allow', 'deny'"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_usage(options, told):
    result = evaluate(*options)
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize(
    ("asked", "options", "told"),
    [
        ({"principal": "alice"}, [], "`alice` is no caller"),
        ({"action": ""}, [], "an empty text is no action"),
        ({"action": "codebuild:*"}, [], "`codebuild:*` is no action: write one as in s3:GetObject"),
        ({}, ["--resource-account", "999999999999"], "is a resource of account 123456789012, not of account 99999999"),
        ({}, ["--resource-account", "mine"], "`mine` is no account"),
        (
            {"principal": "arn:aws:sts::123456789012:assumed-role/R/s"},
            ["--context", "aws:PrincipalArn=arn:aws:iam::123456789012:role/Other"],
            "aws:PrincipalArn is `arn:aws:iam::123456789012:role/Other`, and that is no ARN, with its path, of",
        ),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_request_that_is_none(asked, options, told):
    result = evaluate("--policy", "policy.json", *options, **asked)
    assert result.exit_code == 2
    assert told in result.stderr


def test_lines_are_wrapped_for_a_terminal_and_arns_stay_whole(monkeypatch):
    monkeypatch.setattr(output.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    long_arn = "arn:aws:iam::123456789012:role/" + "x" * 50
    wrapped = output.labelled("why", f"some words and more words to fill the line, and then {long_arn} after all")
    assert wrapped.splitlines()[0] == "  why   some words and more words to fill the line, and then"
    assert all(line.startswith("        ") for line in wrapped.splitlines()[1:])
    assert long_arn in wrapped.split()


@pytest.mark.parametrize(("no_color", "plain"), [("1", True), ("", False)])
def test_no_color(monkeypatch, no_color, plain):
    monkeypatch.setenv("NO_COLOR", no_color)
    assert (output.styled("x", "red") == "x") is plain
