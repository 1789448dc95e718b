"""`launchrole validate`: what is printed, in which form, and the exit codes."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from launchrole.cli import main
from launchrole.policy.validation import RULES

DOUBTFUL = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["s3:GetObjct", "s3:ListBucket"],
      "Resource": "arn:aws:s3:::b"
    }
  ]
}
"""
FINE = DOUBTFUL.replace("s3:GetObjct", "s3:GetBucketLocation")
CUT = DOUBTFUL.partition('"Resource"')[0]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in {"doubtful.json": DOUBTFUL, "fine.json": FINE, "cut.json": CUT}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def validate(*arguments, **more):
    return CliRunner().invoke(main, ["validate", *arguments], **more)


def test_a_policy_without_flaws():
    result = validate("fine.json")
    assert (result.exit_code, result.output) == (0, "no findings in 1 file\n")


def test_a_finding_with_its_place_and_its_help():
    result = validate("doubtful.json")
    assert result.exit_code == 1
    assert result.output == (
        "doubtful.json:6:18: LRP102 error: Amazon S3 has no action `GetObjct`\n"
        '  6 |       "Action": ["s3:GetObjct", "s3:ListBucket"],\n'
        "    |                  ^^^^^^^^^^^^^\n"
        "  help  did you mean `s3:GetObject`?\n"
        "\n"
        "1 error in 1 file\n"
    )


def test_a_file_that_cannot_be_parsed_is_a_finding_and_the_others_are_looked_at():
    result = validate("cut.json", "fine.json", "doubtful.json")
    assert result.exit_code == 1
    assert "cut.json:7:7: LRP001 error: the document ends too early\n" in result.output
    assert "AWS says MalformedPolicyDocument: Syntax errors in policy.\n" in result.output
    assert result.output.endswith("\n2 errors in 3 files\n")


def test_a_file_that_cannot_be_read():
    result = validate("nowhere.json", "doubtful.json", ".")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "Error: nowhere.json: there is no such file",
        "Error: .: this is a directory; name a file",
    ]
    assert result.stdout.endswith("1 error in 1 file\n")


def test_standard_input():
    result = validate("-", input=DOUBTFUL)
    assert result.output.startswith("standard input:6:18: LRP102 error")


def test_a_document_that_is_refused_without_a_place():
    result = validate("-", input="{" + " " * 1_100_000 + "}")
    assert result.exit_code == 1
    assert result.output.startswith("standard input: LRP001 error: the document has 1,100,002 characters")


FAIL_ON = {
    "suggestion": ('{"Effect": "Allow", "Action": "s3:getobject", "Resource": "*"}', 0, 1),
    "warning": ('{"Effect": "Allow", "Action": "s3:Fetch*", "Resource": "*"}', 1, 1),
    "security-warning": ('{"Effect": "Allow", "Action": "*", "Resource": "*"}', 1, 1),
}


@pytest.mark.parametrize(("severity", "case"), FAIL_ON.items(), ids=FAIL_ON)
def test_how_grave_a_finding_has_to_be(severity, case):
    statement, by_default, on_its_severity = case
    text = f'{{"Version": "2012-10-17", "Statement": {statement}}}'
    assert validate("-", input=text).exit_code == by_default
    assert validate("-", "--fail-on", severity, input=text).exit_code == on_its_severity
    assert validate("-", "--fail-on", "error", input=text).exit_code == 0
    assert validate("-", "--fail-on", "never", input=DOUBTFUL).exit_code == 0


def test_rules_can_be_left_out():
    assert validate("doubtful.json", "--ignore", "lrp102").exit_code == 0
    result = validate("doubtful.json", "--ignore", "LRP999")
    assert result.exit_code == 2
    assert "--ignore LRP999: there is no such rule; docs/findings.md lists them" in result.output


def test_a_kind_refuses_more():
    result = validate("fine.json", "--kind", "trust")
    assert result.exit_code == 1
    assert "LRP001 error" in result.output


def test_the_forms_of_a_count():
    statement = '{"Effect": "Allow", "NotAction": "s3:Fetch", "Resource": "*"}'
    result = validate("-", input=f'{{"Statement": [{statement}, {statement}]}}')
    assert result.output.endswith("2 errors, 2 security warnings, 1 warning, 1 suggestion in 1 file\n")


def test_json():
    result = validate("doubtful.json", "cut.json", "--output", "json")
    report = json.loads(result.output)
    assert report["files"] == ["doubtful.json", "cut.json"]
    assert report["counts"] == {"error": 2, "security-warning": 0, "warning": 0, "suggestion": 0}
    assert report["findings"][0] == {
        "file": "doubtful.json",
        "line": 6,
        "column": 18,
        "path": "Statement[0].Action[0]",
        "id": "LRP102",
        "severity": "error",
        "message": "Amazon S3 has no action `GetObjct`",
        "help": "did you mean `s3:GetObject`?",
        "docs": "docs/findings.md#lrp102",
    }
    huge = json.loads(validate("-", "--output", "json", input=" " * 1_100_000).output)
    assert (huge["findings"][0]["line"], huge["findings"][0]["path"]) == (None, "")


def test_sarif(folder):
    (folder / "a b.json").write_text(DOUBTFUL)
    result = validate("a b.json", str(folder / "doubtful.json"), "cut.json", "--output", "sarif")
    log = json.loads(result.output)
    assert (result.exit_code, log["version"]) == (1, "2.1.0")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in RULES]
    assert all(rule["helpUri"].startswith("https://") for rule in rules)
    first, second, third = run["results"]
    assert first == {
        "ruleId": "LRP102",
        "ruleIndex": [rule["id"] for rule in rules].index("LRP102"),
        "level": "error",
        "message": {"text": "Amazon S3 has no action `GetObjct`; did you mean `s3:GetObject`?"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a%20b.json"},
                    "region": {"startLine": 6, "startColumn": 18},
                },
                "logicalLocations": [{"fullyQualifiedName": "Statement[0].Action[0]", "kind": "value"}],
            }
        ],
    }
    assert second["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "doubtful.json"}
    assert third["ruleId"] == "LRP001"
    assert "logicalLocations" not in third["locations"][0]
    assert run["artifacts"][0] == {"location": {"uri": "a%20b.json"}}


def test_sarif_of_a_file_elsewhere(folder, monkeypatch):
    (folder / "inside").mkdir()
    monkeypatch.chdir(folder / "inside")
    log = json.loads(validate(str(folder / "doubtful.json"), "--output", "sarif").output)
    physical = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == (folder / "doubtful.json").as_uri()
    huge = json.loads(validate("-", "--output", "sarif", input=" " * 1_100_000).output)
    assert "region" not in huge["runs"][0]["results"][0]["locations"][0]["physicalLocation"]


def on_a_terminal(*arguments, columns, **environment):
    """What the command prints on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    command = [str(Path(sys.executable).parent / "launchrole"), "validate", *arguments]
    given = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    ran = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=given | {"COLUMNS": str(columns)} | environment)
    os.close(theirs)
    printed = b""
    while block := _read(ours):
        printed += block
    ran.wait()
    os.close(ours)
    return printed.decode().replace("\r\n", "\n")


def _read(descriptor):
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # Linux' way to say that the other end is closed
        return b""


LONG = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Sid": "A" * 150,
            "Effect": "Allow",
            "Action": ["codebuild:BatchGetProjekt", "codebuild:StartBuild" + "*" * 60],
            "Resource": "*",
        },
    }
)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_lines_fit_the_terminal(folder, columns):
    (folder / "long.json").write_text(LONG)
    lines = on_a_terminal("long.json", columns=columns, NO_COLOR="1").splitlines()
    assert max(map(len, lines)) <= columns
    excerpt = next(index for index, line in enumerate(lines) if line.startswith("  1 | "))
    marks = lines[excerpt + 1]
    shown = lines[excerpt][marks.index("^") : marks.rindex("^") + 1]
    assert shown.startswith('"codebuild:BatchGet')


def test_colors_on_a_terminal_only():
    assert "\x1b[31m\x1b[1mLRP102 error\x1b[0m" in on_a_terminal("doubtful.json", columns=80)
    assert "\x1b" not in on_a_terminal("doubtful.json", columns=80, NO_COLOR="1")
    command = [str(Path(sys.executable).parent / "launchrole"), "validate", "doubtful.json"]
    assert b"\x1b" not in subprocess.run(command, capture_output=True, check=False).stdout


def test_a_message_is_wrapped_where_there_is_a_width(monkeypatch):
    monkeypatch.setattr("launchrole.cli.validate.width", lambda: 50)
    lines = validate("doubtful.json").output.splitlines()
    assert lines[:2] == ["doubtful.json:6:18: LRP102 error: Amazon S3 has no", "    action `GetObjct`"]


def test_a_finding_without_help():
    statement = '{"Effect": "Allow", "Action": "qqqqqq:Get", "Resource": "*"}'
    result = validate("-", input=f'{{"Version": "2012-10-17", "Statement": {statement}}}')
    assert "help" not in result.output


def test_marks_stand_under_a_value_behind_a_character_that_is_shown_as_its_escape(folder):
    (folder / "odd.json").write_text(DOUBTFUL.replace('["s3:GetObjct"', '["s3:\u200bX", "s3:GetObjct"'), "utf-8")
    lines = validate("odd.json").output.splitlines()
    at = lines.index("odd.json:6:27: LRP102 error: Amazon S3 has no action `GetObjct`")
    assert lines[at + 2].index("^") == lines[at + 1].index('"s3:GetObjct"')


def test_control_characters_are_not_printed_as_they_are(folder):
    (folder / "evil.json").write_text(DOUBTFUL.replace("s3:GetObjct", "s3:\\u001b[31mGet"))
    result = validate("evil.json")
    assert "\x1b" not in result.output
    assert "`\\x1b[31mGet`" in result.output
