"""`launchrole test`: decision cases as unit tests of policies."""

import json
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from launchrole.cli import main

ALLOW = {"Version": "2012-10-17", "Statement": [{"Sid": "S", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


def case(decision="allow", action="s3:GetObject", name="a case", **expected):
    return {
        "name": name,
        "policies": {"identity": [ALLOW]},
        "request": {
            "principal": "arn:aws:iam::123456789012:user/alice",
            "action": action,
            "resource": "arn:aws:s3:::b/k",
        },
        "expected": {"decision": decision} | expected,
    }


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(value, *options, file="cases.json"):
        (tmp_path / file).write_text(json.dumps(value))
        return CliRunner().invoke(main, ["test", file, *options])

    return run


def test_all_pass(run):
    denied = (
        "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: s3:PutObject "
        'on resource: "arn:aws:s3:::b/k" '
    )
    cases = [
        case(matched_sid="S", policy_type="identity-based policy"),
        case("deny", "s3:PutObject"),
        case(
            "implicit_deny",
            "s3:PutObject",
            message=denied + "because no identity-based policy allows the s3:PutObject action",
        ),
    ]
    result = run({"cases": cases})
    assert (result.exit_code, result.output) == (0, "3 passed, 0 failed\n")
    assert run(cases).exit_code == 0


def test_failures_say_what_was_expected_and_why_it_was_not_so(run):
    cases = [
        case("explicit_deny"),
        case(action="s3:GetObjects", name="typo"),
        case(matched_sid="T", policy_type="session policy", message="Access Denied"),
        case("allow", "sqs:SendMessage", matched_sid="T"),
    ]
    result = run(cases)
    assert result.exit_code == 1
    assert "FAILED cases.json: a case\n        expected explicitly denied, got allowed\n" in result.output
    assert "expected the session policy to decide, and identity-based policy did" in result.output
    assert "expected statement `T` to match, and `S` did" in result.output
    assert "expected statement `T` to match, and none did" in result.output
    assert "expected the message 'Access Denied', got ''" in result.output
    assert "why   sqs:SendMessage on arn:aws:s3:::b/k is denied: no identity-based policy allows it" in result.output
    assert result.output.endswith("1 passed, 3 failed\n")


def test_the_nearest_miss_helps(run):
    value = case()
    value["policies"]["identity"][0] = {
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::c/*"}]
    }
    assert "statement 1 came closest: the resource is `b/k`, not `c/*`" in run([value]).output


def test_policies_in_files_beside_the_cases(run, tmp_path):
    (tmp_path / "policy.json").write_text(json.dumps(ALLOW))
    value = case()
    value["policies"]["identity"] = ["policy.json"]
    assert run([value]).exit_code == 0
    (tmp_path / "policy.json").write_text("{")
    result = run([value])
    assert result.exit_code == 2
    assert "policy.json:1:2: the document ends too early" in result.stderr


def test_unknown_keys_and_levels(run):
    value = case("undecided")
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"k:x": "1"}}}
    value["policies"] = {
        "identity": {"Statement": statement},
        "scp": [{"target": "root", "policies": [ALLOW]}],
        "rcp": [{"target": "root", "policies": []}],
    }
    value["request"] |= {"unknown": ["k:x"], "context": {"k:y": "2"}, "resource_account": "123456789012"}
    assert run([value]).exit_code == 0
    value["expected"]["decision"] = "allow"
    result = run([value], "--output", "junit")
    assert ElementTree.fromstring(result.output).find(".//failure").get("type") == "undecided"


def test_json(run):
    told = json.loads(run([case(), case("deny", name="wrong")], "--output", "json").output)
    assert (told["passed"], told["failed"]) == (1, 1)
    assert told["cases"][1]["misses"] == ["expected implicitly denied or explicitly denied, got allowed"]


def test_junit(run):
    result = run([case(), case("deny", name="wrong <&>")], "--output", "junit")
    assert result.exit_code == 1
    suite = ElementTree.fromstring(result.output)[0]
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("cases.json", "2", "1")
    assert suite[1].get("name") == "wrong <&>"
    assert suite[1][0].get("message") == "expected implicitly denied or explicitly denied, got allowed"


def test_junit_is_xml_whatever_the_names_hold(run):
    result = run([case("deny", name="a\x01b\x1bc\ufffe\tü", message="\x02")], "--output", "junit")
    suite = ElementTree.fromstring(result.output)[0]
    assert suite[0].get("name") == r"a\x01b\x1bc\ufffe" + "\tü"
    assert r"'\x02'" in suite[0][0].get("message")


def test_only_some(run):
    cases = [case(), case("deny", name="Wrong")]
    assert run(cases, "--only", "a *").output == "1 passed, 0 failed\n"
    assert run(cases, "--only", "wrong").exit_code == 1
    result = run(cases, "--only", "nothing")
    assert (result.exit_code, result.stderr) == (2, "Error: no cases match nothing\n")


def test_a_directory_and_standard_input(run, tmp_path):
    assert run([case()], file="one.json").exit_code == 0
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "two.json").write_text(json.dumps([case()]))
    assert CliRunner().invoke(main, ["test", "."]).output == "2 passed, 0 failed\n"
    (tmp_path / "empty").mkdir()
    result = CliRunner().invoke(main, ["test", "empty"])
    assert (result.exit_code, "there are no .json files" in result.stderr) == (2, True)
    assert CliRunner().invoke(main, ["test", "-"], input=json.dumps([case()])).exit_code == 0


def broken(**changes):
    value = case()
    for path, change in changes.items():
        target = value
        *parents, last = path.split("__")
        for parent in parents:
            target = target[parent]
        target[last] = change
    return [value]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("x", 'a file of cases holds a list, or an object with a list "cases"'),
        ({"cases": {}}, "a file of cases holds a list"),
        ([1], "case 1 is not an object"),
        ([], "no cases were found"),
        ([{}], "case 1: `policies` is missing or not an object"),
        (broken(policies__iam=[]), "a case: policies.iam is no type of policy; write one of identity, resource"),
        (broken(policies__identity=[1]), "a case: policies.identity holds policies or names of files that do"),
        (broken(policies__identity=[{}]), "a case: the policy has no Statement"),
        (broken(policies__scp={}), "a case: policies.scp is a list of levels"),
        (broken(policies__scp=[1]), 'a case: policies.scp: a level is an object with "policies"'),
        (broken(request__principal="alice"), "a case: `alice` is no caller"),
        (broken(request__action=None), "a case: request.action is missing or not a text"),
        (broken(request__context=[]), "a case: request.context is an object"),
        (broken(request__context={"k:x": None}), "a case: the value of context key `k:x` is text"),
        (broken(request__unknown="k:x"), "a case: request.unknown is a list of context keys"),
        (broken(expected={}), "a case: expected.decision is missing or not a text"),
        (broken(expected__decision="Allow"), "a case: expected.decision is `Allow`; write one of allow, implicit_deny"),
        (broken(expected__policy_type="scp"), "a case: expected.policy_type is `scp`; write one of resource control"),
        (broken(expected__policy_type=[]), "a case: expected.policy_type is `[]`; write one of resource control"),
        (broken(policies__identity=["a\x00b"]), r"a\x00b: no file can have this name"),
        (broken(request__action="s3:*"), "a case: `s3:*` is no action: write one as in s3:GetObject"),
        (broken(request__resource_account="1"), "a case: `1` is no account"),
    ],
)
def test_what_is_no_case(run, value, told):
    result = run(value)
    assert result.exit_code == 2
    assert told in result.stderr


def test_what_is_no_json(tmp_path):
    (tmp_path / "cases.json").write_text('{"cases": [')
    result = CliRunner().invoke(main, ["test", str(tmp_path / "cases.json")])
    assert result.exit_code == 2
    assert "cases.json:1:12: the document ends too early" in result.stderr
