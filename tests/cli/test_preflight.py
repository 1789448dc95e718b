"""`launchrole preflight`."""

import json

import pytest
from click.testing import CliRunner

from launchrole.cli import main

LAUNCHES = "Resources: {Topic: {Type: 'AWS::SNS::Topic', Properties: {TopicName: sagemaker-one}}}"
DENIED = """\
Parameters:
  Name: {Type: String, AllowedPattern: "[a-z]{3}-[0-9]+"}
Resources:
  # where results go
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub "results-${Name}"
"""


@pytest.fixture
def preflight(place):
    """Runs the verb in a folder of one's own."""

    def run(*arguments):
        return CliRunner().invoke(main, ["preflight", *map(str, arguments)])

    run.place = place
    return run


def written(preflight, text, name="template.yaml"):
    path = preflight.place / name
    path.write_text(text)
    return name


def test_a_denied_launch_is_told_with_place_and_fix(preflight):
    ran = preflight(written(preflight, DENIED), "--policy", policy(preflight, "cloudformation:*"))
    assert ran.exit_code == 1
    assert "DENIED" in ran.output
    assert "Bucket  AWS::S3::Bucket  template.yaml:5" in ran.output
    assert "s3:CreateBucket" in ran.output
    assert "fix   name Bucket `" in ran.output
    assert "Or allow it: with these statements nothing is denied" in ran.output
    assert not (preflight.place / "state").exists()


def policy(preflight, *actions, name="policy.json"):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    (preflight.place / name).write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return name


def test_what_launches_exits_with_0_and_what_depends_with_3(preflight):
    name = written(preflight, LAUNCHES)
    allowed = policy(preflight, "*")
    ran = preflight(name, "--role", "mine", "--policy", allowed, "--direct")
    assert (ran.exit_code, "LAUNCHES" in ran.output) == (0, True)
    code = {"S3Bucket": "elsewhere", "S3Key": "code.zip"}
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Role": "arn:aws:iam::123456789012:role/mine2", "Code": code, "Handler": "i.h",
                       "Runtime": "python3.12"},
    }  # fmt: skip
    name = written(preflight, json.dumps({"Resources": {"F": function}}), "function.json")
    ran = preflight(name, "--role", "mine", "--policy", allowed)
    assert ran.exit_code == 3
    assert "It rests on this:" in ran.output
    settled = ("--exists", "arn:aws:iam::123456789012:role/mine2", "--assume", "s3-object-tag:elsewhere/code.zip=")
    ran = preflight(name, "--role", "mine", "--policy", allowed, *settled)
    assert (ran.exit_code, "LAUNCHES" in ran.output) == (0, True)


def test_json_and_several_outputs_at_once(preflight):
    name = written(preflight, DENIED)
    ran = preflight(name, "--output", "json=report.json", "--output", "text", "--operation", "create")
    assert ran.output.startswith("template.yaml under AmazonSageMakerServiceCatalogProductsLaunchRole")
    document = json.loads((preflight.place / "report.json").read_text())
    (report,) = document["reports"]
    assert (document["schema"], report["verdict"], report["operations"]) == (1, "denied", ["create"])
    finding = next(one for one in report["findings"] if one["action"] == "s3:CreateBucket")
    assert (finding["id"], finding["level"], finding["line"], finding["type"]) == (
        "LR102",
        "error",
        5,
        "AWS::S3::Bucket",
    )
    assert finding["call"] == "s3:CreateBucket"
    assert finding["fixes"][-1]["verified"] is True
    assert report["parameters"] == {"Name": "aaa-0"}
    assert any("Name" in one["text"] and "made up" in one["text"] for one in report["assumptions"])


def test_the_least_policy_lets_it_pass(preflight):
    name = written(preflight, DENIED)
    ran = preflight(name, "--least")
    assert ran.exit_code == 0
    (preflight.place / "least.json").write_text(ran.output)
    ran = preflight(name, "--role", "mine", "--policy", "least.json", "--no-fixes")
    assert (ran.exit_code, "LAUNCHES" in ran.output) == (0, True)


def test_two_versions_of_the_policy_compared(preflight):
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "sagemaker-f",
            "Role": "arn:aws:iam::123456789012:role/service-role/AmazonSageMakerServiceCatalogProductsLambdaRole",
            "Code": {"ZipFile": "def handler(event, context): pass"},
            "Handler": "index.handler",
            "Runtime": "python3.12",
            "Tags": [{"Key": "sagemaker:team", "Value": "red"}],
        },
    }
    name = written(preflight, json.dumps({"Resources": {"F": function}}), "function.json")
    ran = preflight(name, "--compare", "v4,v12")
    assert ran.exit_code == 1
    assert "v4 denied, v12 launches" in ran.output
    assert "v4 lacks lambda:TagResource" in ran.output
    ran = preflight(name, "--compare", "v11,v12", "--output", "json")
    assert ran.exit_code == 0
    assert json.loads(ran.output)["templates"][0]["sides"]["v11"]["denied_here_only"] == []
    assert preflight(name, "--compare", "v4").exit_code == 2
    assert "has the versions" in preflight(name, "--compare", "v4,v99").output


def test_several_templates_have_a_summary_and_go_on_past_one_that_faults(preflight):
    names = [written(preflight, LAUNCHES, f"{number}.yaml") for number in range(3)]
    ran = preflight(*names, "--jobs", 2, "--role", "mine", "--policy", policy(preflight, "*"), "--no-fixes")
    assert ran.exit_code == 0
    assert ran.output.splitlines()[-3:] == [
        f"launches  mine  {name}  all {number} permissions are there (create, update, delete)"
        for name, number in zip(names, [_permissions(ran.output)] * 3, strict=True)
    ]


def _permissions(output):
    return int(output.split("all ")[1].split()[0])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hello", "template.yaml: Template format error: unsupported structure."),
        ("Resources:\n  A:\n    Type: AWS::SNS::Topic\n   B: 1\n", "YAML not well-formed. (line 4, column 4)"),
        (
            "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: !Subb x\n",
            "template.yaml:5: there is no function Fn::Subb; did you mean Fn::Sub?",
        ),
        (
            "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    DependsOn: B\n  B:\n    Type: AWS::SNS::Topic\n"
            "    DependsOn: A\n",
            "template.yaml:2: Circular dependency between resources: [A, B]",
        ),
        ('{"Resources": {"A": {"Type": "AWS::SNS::Topic",}}}', "JSON not well-formed. (line 1, column 49)"),
    ],
)
def test_what_is_no_template_is_told_with_its_place(preflight, text, told):
    ran = preflight(written(preflight, text), "--output", "json=report.json")
    assert ran.exit_code == 2
    assert told in ran.output
    assert ran.output.count("\n") == 1
    assert sorted(one.name for one in preflight.place.iterdir()) == ["template.yaml"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("missing.yaml",), "missing.yaml: there is no such file"),
        ((".",), ".: this is a directory; name a file"),
        (("t.yaml", "--role", "mine"), "--role mine is no built-in role: give its policies"),
        (("t.yaml", "--policy", "missing.json"), "missing.json: there is no such file"),
        (("t.yaml", "--boundary", "Nothing"), "--boundary Nothing: there is no AWS managed policy of that name"),
        (("t.yaml", "--direct", "--capabilities", "IAM"), "--capabilities IAM: there are CAPABILITY_IAM, "),
        (("t.yaml", "--policy", "t.yaml"), "t.yaml:1:1: this is not JSON; a policy begins with {"),
        (("t.yaml", "--managed", "Nothing"), "there is no AWS managed policy of that name"),
        (("t.yaml", "-p", "Nam=x"), "the template has no parameter Nam: did you mean Name?"),
        (("t.yaml", "--operation", "destroy"), "--operation destroy: there are create, update, delete"),
        (("t.yaml", "--direct", "--project"), "--direct and --project are two ways to launch; choose one"),
        (("t.yaml", "--exists", "nonsense"), "--exists nonsense: write an ARN"),
        (("t.yaml", "--assume", "nonsense"), "--assume nonsense: write s3-object-tag:BUCKET/KEY=NAME=VALUE"),
        (("t.yaml", "--output", "yaml"), "--output yaml: there are text, json"),
        (("t.yaml", "--output", "json=no/where.json"), "there is no folder no"),
        (("t.yaml", "--output", "json", "--output", "text"), "both go to standard output"),
    ],
)
def test_input_that_cannot_be_used(preflight, arguments, told):
    written(preflight, DENIED, "t.yaml")
    ran = preflight(*arguments)
    assert ran.exit_code == 2
    assert told in ran.output


def test_types_that_nobody_knows_are_told_with_their_line(preflight):
    text = "Resources:\n  Topic: {Type: 'AWS::SNS::Topic'}\n  Thing:\n    Type: AWS::Foo::Bar\n"
    ran = preflight(written(preflight, text), "--role", "mine", "--policy", policy(preflight, "*"))
    assert ran.exit_code == 3
    assert "Thing  AWS::Foo::Bar  template.yaml:3" in ran.output
    assert "LR902" in ran.output


def test_fixes_are_written_and_hold(preflight):
    """The template's, after a diff; the policy's, which keeps its form."""
    name = written(preflight, DENIED)
    policy(preflight, "cloudformation:*")
    given = ("--managed", "AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy:v4")
    ran = preflight(name, *given, "--fix", "--yes", "--write-policy", "mended.json")
    assert ran.exit_code == 1
    assert '-      BucketName: !Sub "results-${Name}"' in ran.output
    assert "  # where results go\n" in (preflight.place / name).read_text()
    assert "sagemaker-" in (preflight.place / name).read_text()
    ran = preflight(name, *given)
    assert (ran.exit_code, "LAUNCHES" in ran.output) == (0, True)
    (preflight.place / name).write_text(DENIED)
    ran = preflight(name, *given, "--policy", "mended.json")
    assert (ran.exit_code, "LAUNCHES" in ran.output) == (0, True)
    ran = preflight(
        name, *given, "--policy", "policy.json", "--write-policy", "policy.json", "--write-template", "t.yaml"
    )
    document = json.loads((preflight.place / "policy.json").read_text())
    assert [one["Action"] for one in document["Statement"]] == [
        ["cloudformation:*"],
        ["s3:CreateBucket", "s3:DeleteBucket"],
    ]
    assert "sagemaker-" in (preflight.place / "t.yaml").read_text()


def test_fixes_are_not_written_where_nobody_can_say_yes(preflight):
    name = written(preflight, DENIED)
    ran = preflight(name, "--fix")
    assert ran.exit_code == 2
    assert "add --yes where nobody can answer" in ran.output
    assert (preflight.place / name).read_text() == DENIED
    assert preflight(name, name, "--fix").exit_code == 2


def test_what_is_in_the_baseline_does_not_count(preflight):
    name = written(preflight, DENIED)
    assert preflight(name, "--no-fixes", "--write-baseline", "known.json").exit_code == 1
    ran = preflight(name, "--no-fixes", "--baseline", "known.json")
    assert (ran.exit_code, "LAUNCHES" in ran.output) == (0, True)
    assert "does not count: known by known.json" in ran.output
    assert preflight(name, "--baseline", name).exit_code == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.json", '[{"ParameterKey": "Name", "ParameterValue": "abc-1"}]'),
        ("pipeline.json", '{"Parameters": {"Name": "abc-1"}}'),
        ("plain.json", '{"Name": "abc-1"}'),
        ("texts.json", '["Name=abc-1"]'),
        ("samconfig.toml", '[default.deploy.parameters]\nparameter_overrides = "Name=\\"abc-1\\""\n'),
        ("sam.toml", '[dev.deploy.parameters]\nparameter_overrides = ["Name=abc-1"]\n'),
    ],
)
def test_parameters_in_every_form(preflight, name, text):
    (preflight.place / name).write_text(text)
    given = ("--no-fixes", "--operation", "create", "--output", "json")
    ran = preflight(written(preflight, DENIED), "--parameters", name, *given)
    assert json.loads(ran.output)["reports"][0]["parameters"] == {"Name": "abc-1"}


@pytest.mark.usefixtures("preflight")
def test_a_template_on_standard_input():
    ran = CliRunner().invoke(main, ["preflight", "-", "--no-fixes"], input=DENIED)
    assert ran.exit_code == 1
    assert "Bucket  AWS::S3::Bucket  -:5" in ran.output


def test_what_is_not_to_be_echoed_is_in_no_output(preflight):
    text = DENIED.replace("Resources:", "  Token: {Type: String, NoEcho: true}\nResources:")
    outputs = [f"--output={name}=out.{name}" for name in ("json", "sarif", "junit", "github", "html")]
    ran = preflight(written(preflight, text), "-p", "Token=hush-hush", "-p", "Name=abc-1", *outputs, "--output", "text")
    assert ran.exit_code == 1
    told = [ran.output, *((preflight.place / f"out.{name}").read_text() for name in ("json", "sarif", "junit", "html"))]
    assert not [one for one in told if "hush-hush" in one]
    assert json.loads(told[1])["reports"][0]["parameters"] == {"Name": "abc-1", "Token": "****"}


def test_fixes_that_are_not_looked_for_are_not_written(preflight):
    name = written(preflight, DENIED)
    for wish in (["--write-policy", "new.json"], ["--write-template", "new.yaml"], ["--fix", "--yes"]):
        ran = preflight(name, "--no-fixes", *wish)
        assert (ran.exit_code, "with --no-fixes" in ran.output) == (2, True)
    assert not list(preflight.place.glob("new.*"))


def test_what_is_read_is_not_written_over(preflight):
    name = written(preflight, DENIED)
    allowed = policy(preflight, "cloudformation:*")
    for option in (f"--output=json={name}", f"--output=html=./{name}", f"--write-baseline={name}",
                   f"--write-policy={name}", f"--output=sarif={allowed}"):  # fmt: skip
        ran = preflight(name, "--policy", allowed, option)
        assert (ran.exit_code, "would write over" in ran.output) == (2, True), option
    assert (preflight.place / name).read_text() == DENIED
    assert preflight(name, "--policy", allowed, "--write-policy", allowed, "--operation", "create").exit_code == 1
    assert "s3:CreateBucket" in (preflight.place / allowed).read_text()


@pytest.mark.parametrize(
    "option", ["--write-policy=new.json", "--write-template=new.yaml", "--write-baseline=b", "--fix"]
)
@pytest.mark.parametrize("question", [["--least"], ["--compare", "v4,v12"]])
def test_what_least_and_compare_would_not_write_is_refused(preflight, option, question):
    ran = preflight(written(preflight, LAUNCHES), *question, option)
    assert (ran.exit_code, "to standard output only" in ran.output) == (2, True)
    assert preflight(written(preflight, LAUNCHES), "--least", "--compare", "v4,v12").exit_code == 2


def test_the_least_policy_has_one_form(preflight):
    ran = preflight(written(preflight, LAUNCHES), "--least", "--output=sarif")
    assert (ran.exit_code, "leave out --output" in ran.output) == (2, True)


def test_a_file_without_an_end_is_refused(preflight):
    for arguments in (["/dev/zero"], [written(preflight, LAUNCHES), "--policy", "/dev/zero"]):
        assert preflight(*arguments).exit_code == 2
