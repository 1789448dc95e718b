"""`launchrole stack`: the story of a denied launch in a process of its own, and the rest in this one."""

import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from endpoint import allow, trust
from launchrole.cli import main
from launchrole.cli.live import WIDEST, LiveTree, Step, short
from launchrole.sandbox import Sandbox

TEMPLATE = {
    "Parameters": {"Name": {"Type": "String", "Default": "first"}, "Other": {"Type": "String", "Default": "o"}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Name"}}}},
    "Outputs": {"Said": {"Value": {"Fn::Sub": "${Name} ${Other}"}}},
}
BUCKET = {"Type": "AWS::S3::Bucket", "DependsOn": "Topic", "Properties": {"BucketName": "artifacts"}}
WAITING = {
    "Resources": {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Condition": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "DependsOn": "Topic",
            "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": 600},
        },
    }
}


pytestmark = pytest.mark.usefixtures("state")


@pytest.fixture
def state(place):
    """The state, and a template in the current folder."""
    write("template.json", TEMPLATE)
    return place / "state"


def write(name, value):
    Path(name).write_text(value if isinstance(value, str) else json.dumps(value))


def run(line, expected=0, **further):
    done = CliRunner().invoke(main, ["stack", *line.split()], **further)
    assert done.exit_code == expected, done.output
    return done.output


def process(line, **further):
    source = Path(__file__).parents[2] / "src"
    return subprocess.Popen(
        [sys.executable, "-m", "launchrole", *line.split()],
        env={**os.environ, "PYTHONPATH": str(source)},
        text=True,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL, **further},
    )


def finished(line, expected=0):
    with process(line) as running:
        told = running.communicate(timeout=120)[0]
    assert running.returncode == expected, told
    return told


def launch_role(state, *policies):
    with Sandbox(state) as sandbox:
        iam = sandbox.client("iam")
        iam.create_role(RoleName="Launch", AssumeRolePolicyDocument=trust("cloudformation"))
        for number, policy in enumerate(policies):
            iam.put_role_policy(RoleName="Launch", PolicyName=f"p{number}", PolicyDocument=policy)


def test_a_denied_launch_and_its_fix(state):
    launch_role(state, allow("sns:*"), allow("s3:*", "arn:aws:s3:::sagemaker-*"))
    write(
        "bucket.json",
        {"Resources": {**TEMPLATE["Resources"], "Bucket": BUCKET}, **{"Parameters": TEMPLATE["Parameters"]}},
    )
    told = finished("stack create web bucket.json --role Launch", 1)
    assert re.search(r"\d\d:\d\d:\d\d CREATE_FAILED      web/Bucket  AWS::S3::Bucket  Resource handler returned", told)
    assert re.search(r"^web: ROLLBACK_COMPLETE in \d+\.\d s$", told, re.MULTILINE)
    identifier = re.search(r"^         launchrole explain (\S+)$", told, re.MULTILINE)[1]
    assert f"web/Bucket CREATE_FAILED  launchrole explain {identifier}" in told
    assert "near  p1 statement 1 came closest: the resource is `artifacts`, not `sagemaker-*`" in told
    assert "fix   name the resource `arn:aws:s3:::sagemaker-artifacts`" in told
    explained = finished(f"explain {identifier}")
    assert explained.strip() in told
    write("bucket.json", Path("bucket.json").read_text().replace('"artifacts"', '"sagemaker-artifacts"'))
    assert "is in ROLLBACK_COMPLETE state" in run("update web bucket.json", 1)
    run("delete web")
    assert "web: CREATE_COMPLETE in" in run("create web bucket.json --role Launch")


def test_from_creation_to_deletion(state):
    told = run("create web template.json --tag team=x -p Other=x")
    lines = [line.split()[1:3] for line in told.splitlines() if line[2:3] == ":"]
    assert lines == [
        ["CREATE_IN_PROGRESS", "web"],
        ["CREATE_IN_PROGRESS", "web/Topic"],
        ["CREATE_IN_PROGRESS", "web/Topic"],
        ["CREATE_COMPLETE", "web/Topic"],
        ["CREATE_COMPLETE", "web"],
    ]
    assert "Said  first x" in told
    assert "already exists" in run("create web template.json", 1).lower()
    assert "Said  second x" in run("update web template.json -p Name=second")
    assert "Said  third x" in run("update web -p Name=third")
    assert run("update web") == "web: nothing to do, the stack is what is asked for\n"
    with Sandbox(state) as sandbox:
        (stack,) = sandbox.client("cloudformation").describe_stacks(StackName="web")["Stacks"]
    assert stack["Tags"] == [{"Key": "team", "Value": "x"}]
    assert "web: DELETE_COMPLETE in" in run("delete web")
    assert run("delete web") == "there is no stack web\n"
    assert "there is no stack web; create it with" in run("update web -p Name=b", 1)
    events = [json.loads(line) for line in run("events web --output json").splitlines()]
    assert [one["status"] for one in events if one["resource"] == "web"][:2] == [
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
    ]
    assert events[-1]["status"] == "DELETE_COMPLETE"


def test_for_programs(state):
    launch_role(state, allow("sns:CreateTopic", "arn:aws:sns:*:*:x"))
    told = json.loads(run("create web template.json --role Launch --output json --on-failure delete", 1))
    assert (told["stack"], told["status"], told["outputs"]) == ("web", "DELETE_COMPLETE", {})
    (denial,) = told["denials"]
    assert (denial["resource"], denial["verdict"]) == ("web/Topic", "implicitly denied")
    assert denial["repairs"]["policy"]
    assert denial["decision"] in {one["decision"] for one in told["events"] if one["denied"]}
    told = json.loads(run("create web template.json --output json"))
    assert (told["status"], told["outputs"], told["denials"]) == ("CREATE_COMPLETE", {"Said": "first o"}, [])


PARAMETER_FILES = {
    "CloudFormation's list": [{"ParameterKey": "Name", "ParameterValue": "n"}],
    "texts": ["Name=n", "Other=o"],
    "CodePipeline's object": {"Parameters": {"Name": "n"}, "Tags": {"team": "x"}},
    "an object": {"Name": "n", "Other": "o"},
}


@pytest.mark.parametrize("form", PARAMETER_FILES)
def test_files_of_parameters(form):
    write("parameters.json", PARAMETER_FILES[form])
    assert "Said  n two" in run("create web template.json --parameters parameters.json -p Other=two")


def test_stacks_nested_in_stacks_are_followed(state):
    with Sandbox(state) as sandbox:
        s3 = sandbox.client("s3")
        s3.create_bucket(Bucket="templates")
        bad = {"Resources": {"Bad": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": "v"}}}}
        s3.put_object(Bucket="templates", Key="child.json", Body=json.dumps(bad).encode())
    url = "https://templates.s3.us-east-1.amazonaws.com/child.json"
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    write("parent.json", {"Resources": {"Child": nested}})
    told = run("create web parent.json", 1)
    assert "CREATE_FAILED      web/Child/Bad  AWS::SSM::Parameter" in told
    assert told.count("CREATE_IN_PROGRESS web/Child  ") == 2  # the parent's events: the child says no more of itself
    assert "web/Child/Bad" in run("events web")


def test_ctrl_c_has_a_new_stack_deleted():
    write("waiting.json", WAITING)
    with process("stack create web waiting.json") as running:
        for line in running.stdout:
            if "CREATE_IN_PROGRESS web/Condition" in line:
                running.send_signal(signal.SIGINT)
                break
        told = running.communicate(timeout=60)[0]
    assert running.returncode == 1
    assert "cancelling" in told
    assert re.search(r"^web: DELETE_COMPLETE in", told, re.MULTILINE), told


def test_ctrl_c_has_an_update_rolled_back():
    write("waiting.json", WAITING)
    run("create web template.json")
    with process("stack update web waiting.json") as running:
        for line in running.stdout:
            if "CREATE_IN_PROGRESS web/Condition" in line:
                os.kill(running.pid, signal.SIGINT)
                break
        told = running.communicate(timeout=60)[0]
    assert running.returncode == 1
    assert re.search(r"^web: UPDATE_ROLLBACK_COMPLETE in", told, re.MULTILINE), told


def test_at_an_endpoint(endpoint, monkeypatch):
    keys = endpoint.sandbox.root()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret)
    assert "Said  first o" in run(f"create web template.json --endpoint {endpoint.url}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    assert "Said  b o" in run("update web -p Name=b")
    assert "web/Topic" in run("events web")
    iam = endpoint.client("iam", keys)
    iam.create_role(RoleName="Launch", AssumeRolePolicyDocument=trust("cloudformation"))
    denied = run("create other template.json --role Launch", 1)
    assert 'fix   add to the identity-based policy: {"Effect": "Allow", "Action": "SNS:CreateTopic"' in denied
    assert "web: DELETE_COMPLETE" in run("delete web")
    write("answer.json", {"Data": {}})
    assert "give --custom-resource to `launchrole up`" in run("update web --custom-resource Custom::A=answer.json", 2)
    assert "no stack web in us-east-1" in run("events web", 2)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    assert "the keys are not of this endpoint" in run("delete web", 1)
    assert "nothing answers at the endpoint" in run("delete web --endpoint http://127.0.0.1:9", 2)


def test_a_state_in_use_is_named_with_its_endpoint(state):
    from launchrole.account.store import Store

    store = Store.open(state)
    store.announce({"endpoint": "http://127.0.0.1:4566"})
    told = run("create web template.json", 2)
    store.close()
    assert "is in use by `launchrole up`; add --endpoint http://127.0.0.1:4566 to work through it" in told


def test_answers_of_custom_resources():
    write("answer.json", {"Data": {"Url": "https://x"}})
    thing = {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Ref": "Topic"}}}
    outputs = {"Url": {"Value": {"Fn::GetAtt": ["Thing", "Url"]}}}
    write("custom.json", {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}, "Thing": thing}, "Outputs": outputs})
    assert "Url   https://x" in run("create web custom.json --custom-resource Custom::Thing=answer.json")
    write("answer.json", {"Status": "MAYBE"})
    told = run("create two custom.json --custom-resource Custom::Thing=answer.json", 2)
    assert "answer.json: the Status of Custom::Thing is neither SUCCESS nor FAILED" in told


def test_capabilities_are_acknowledged_as_on_aws():
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": json.loads(trust("lambda"))}}
    write("role.json", {"Resources": {"Role": role}})
    assert "acknowledge it with --capabilities" in run("create web role.json", 1)
    run("create web role.json --capabilities CAPABILITY_IAM,CAPABILITY_AUTO_EXPAND")


def test_large_templates_go_through_a_bucket(state):
    write("large.json", {**TEMPLATE, "Metadata": {"Filler": "x" * 52_000}})
    assert "put it into a bucket with --s3-bucket" in run("create web large.json", 1)
    with Sandbox(state) as sandbox:
        sandbox.client("s3").create_bucket(Bucket="templates")
    assert "Said  first o" in run("create web large.json --s3-bucket templates")


NESTED = {"Resources": {"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "./c.json"}}}}


@pytest.mark.parametrize(
    ("line", "content", "code", "said"),
    [
        ("create web nothere.json", "", 2, "nothere.json: there is no such file"),
        ("create web file.json", NESTED, 2, "TemplateURL of Child is ./c.json, a file"),
        ("create web file.json", "{", 1, "CreateStack was refused: ValidationError: Template format error: JSON not"),
        ("create web template.json -p Name", "", 2, "--parameter Name: write it with an equals sign"),
        ("create web template.json --parameters file.json", "[1]", 2, "file.json: entry 1 is neither an object"),
        ("create web template.json --parameters file.json", "{]", 2, "file.json:1:2: this is no JSON"),
        ("create web template.json --parameters file.json", {"A": {}}, 2, "A is neither a text nor a number"),
        ("create web template.json --capabilities ALL", "", 2, "--capabilities ALL: there are CAPABILITY_IAM"),
        ("create web template.json --role Nobody", "", 2, "there is no role Nobody"),
        ("create web template.json --endpoint here", "", 2, "--endpoint here: write a URL"),
        ("create web template.json --endpoint http://a --account 1", "", 2, "credentials name the account"),
        ("create web template.json --account 1", "", 2, "twelve digits"),
        ("delete web", "", 2, "holds no state; make one with"),
        ("events web", "", 2, "holds no state"),
    ],
)
def test_what_cannot_be(line, content, code, said):
    write("file.json", content)
    assert said in run(line, code)


STEPS = [
    Step(("web",), "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", 100.0),
    Step(("web", "Bucket"), "AWS::S3::Bucket", "CREATE_IN_PROGRESS", 101.0),
    Step(
        ("web", "Bucket"),
        "AWS::S3::Bucket",
        "CREATE_FAILED",
        102.5,
        'Resource handler returned message: "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: '
        's3:CreateBucket on resource: "arn:aws:s3:::b" because of this (Service: S3, Status Code: 403)"',
        True,
        "1234abcd-1",
    ),
    Step(("web", "Bucket"), "AWS::S3::Bucket", "DELETE_COMPLETE", 103.0),
    Step(("web",), "AWS::CloudFormation::Stack", "ROLLBACK_COMPLETE", 104.0),
]


def without_escapes(text):
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).replace("\r", "")


def drawn(steps, width, height=24):
    from rich.console import Console

    written = io.StringIO()
    console = Console(
        file=written, force_terminal=True, width=width, height=height, color_system=None, legacy_windows=False
    )
    with LiveTree(console) as tree:
        tree.tell(steps)
        before_the_end = tree._drawn()
    whole = without_escapes(written.getvalue())
    frame = io.StringIO()
    Console(file=frame, width=width, color_system=None).print(before_the_end)
    return whole, frame.getvalue()


@pytest.mark.parametrize("width", [80, 200])
def test_a_tree_keeps_what_failed_when_a_rollback_follows(width):
    told, _ = drawn(STEPS, width)
    lines = told.splitlines()
    assert max(map(len, lines)) <= min(width, WIDEST)
    assert re.search(r"└── Bucket +(AWS::S3::Bucket +)?DELETE_COMPLETE +\d\.\d s", told)
    assert ("AWS::S3::Bucket" in told) is (width == 200)
    joined = " ".join(told.split())
    assert "CREATE_FAILED User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: s3:CreateBucket" in joined
    assert "because of this launchrole explain 1234abcd-1" in joined


def test_a_tree_fits_the_terminal_until_it_is_over():
    many = [
        Step(("web", f"Topic{number}"), "AWS::SNS::Topic", status, 100.0 + number)
        for number in range(50)
        for status in ("CREATE_IN_PROGRESS", "CREATE_COMPLETE")
    ]
    going_on = Step(("web", "Last"), "AWS::SNS::Topic", "CREATE_IN_PROGRESS", 160.0)
    whole, frame = drawn([STEPS[0], *many, going_on], 80, height=20)
    assert len(frame.splitlines()) <= 20
    assert "Last" in frame
    assert re.search(r"and \d+ more that are done", frame)
    assert "Topic0 " in whole.rpartition("web ")[2]


@pytest.mark.parametrize("setting", ["", "1"])
def test_no_color_is_respected(setting, monkeypatch):
    from rich.console import Console

    monkeypatch.setenv("NO_COLOR", setting)
    written = io.StringIO()
    with LiveTree(Console(file=written, force_terminal=True, width=80, color_system="standard")) as tree:
        tree.tell(STEPS)
    assert ("\x1b[31m" in written.getvalue()) is (setting == "")


def test_a_reason_without_its_wrapping():
    assert short(STEPS[2].reason).endswith("because of this")
    assert short("something else (Service: S3)") == "something else (Service: S3)"


def test_on_a_terminal(monkeypatch):
    import fcntl
    import termios

    monkeypatch.setenv("TERM", "xterm-256color")
    main_side, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with process("stack create web template.json", stdout=terminal, stderr=terminal, stdin=terminal) as running:
        os.close(terminal)
        told = b""
        while True:
            try:
                told += os.read(main_side, 65536)
            except OSError:  # Linux: the process has closed its side
                break
        assert running.wait(60) == 0
    os.close(main_side)
    text = told.decode()
    assert "\x1b[32mCREATE_COMPLETE" in text
    assert "└── Topic" in without_escapes(text)
    assert re.search(r"web: .*CREATE_COMPLETE.* in \d", text)


@pytest.mark.parametrize("verb", ["", "create", "update", "delete", "events"])
def test_help_shows_what_can_be_typed(verb):
    told = run(f"{verb} --help")
    assert f"launchrole stack {verb or 'create'} web" in told
