"""What operations are authorized for: every file holds against botocore's models and AWS' reference."""

import json
from pathlib import Path

import botocore.session
import pytest

from launchrole.account import lookups
from launchrole.facts.check_operations import check, check_services
from launchrole.facts.derive import derive, members_of, print_draft
from launchrole.facts.endpoints import by_host, by_signing_name, by_target_prefix, endpoints, iam_prefix
from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY, document
from launchrole.facts.operations import Effect, _read, operation, operations, read_rows, services
from launchrole.facts.reads import is_read
from launchrole.facts.template import TemplateError, Unresolved, template, values_at
from shared_inputs import REPOSITORY

SESSION = botocore.session.get_session()

WANTED = [
    "apigateway",
    "cloudformation",
    "codebuild",
    "codecommit",
    "codepipeline",
    "codestar-connections",
    "codeconnections",
    "cognito-idp",
    "ecr",
    "events",
    "firehose",
    "glue",
    "iam",
    "lambda",
    "logs",
    "s3",
    "sagemaker",
    "stepfunctions",
    "servicecatalog",
    "sts",
    "kms",
    "ssm",
    "sns",
    "sqs",
    "ec2",
]


@pytest.mark.parametrize("service", services())
def test_a_file_is_right(service):
    assert list(check(service, SESSION.get_service_model(service))) == []


def test_the_page_s_services_and_those_of_the_corpus_have_files():
    assert set(WANTED) <= set(services())


def test_every_lookup_that_a_file_names_is_known():
    named = set()
    for service in services():
        for one in operations(service).operations.values():
            templates = [resource for row in one.checks for resource in row.resources]
            templates += [value for row in one.checks for _, value in row.context]
            templates += [effect.resource for effect in one.effects]
            named |= {placeholder.lookup for each in templates for placeholder in each.placeholders}
    assert named - {None} <= lookups.known()


def test_the_page_s_actions_are_those_of_some_operation():
    policy = json.loads(document(LAUNCH_ROLE_POLICY, "v4"))
    wanted = set()
    for statement in policy["Statement"]:
        actions = statement["Action"]
        wanted |= {actions} if isinstance(actions, str) else set(actions)
    checked = {
        row.action for service in services() for one in operations(service).operations.values() for row in one.checks
    }
    assert wanted - checked == set()


MEMBERS = {
    "name": "thing",
    "arn": "arn:aws:x:y:123456789012:thing/other",
    "list": [{"id": "a"}, {"id": "b"}],
    "map": {"k1": 1, "k2": 2},
    "flag": True,
    "region": "eu-west-1",
    "empty": "",
}


def lookup(name, value):
    return f"{name}({value})"


FILLED = {
    "thing/{name}": ["thing/thing"],
    "x": ["x"],
    "thing/{missing:*}": ["thing/*"],
    "thing/{missing,name}": ["thing/thing"],
    "thing/{list.id}": ["thing/a", "thing/b"],
    "thing/{list.id}/{name}": ["thing/a/thing", "thing/b/thing"],
    "thing/{@arn}": ["arn:aws:x:y:123456789012:thing/other"],
    "thing/{arn}": ["thing/arn:aws:x:y:123456789012:thing/other"],
    "{map.@keys}": ["k1", "k2"],
    "{flag}": ["true"],
    "{region}": ["eu-west-1"],
    "{name|lower}": ["lower(thing)"],
    "{empty:none}": ["none"],
}


@pytest.mark.parametrize("text", FILLED)
def test_templates(text):
    assert template(text).fill(MEMBERS, lookup) == FILLED[text]


def test_a_template_that_cannot_be_filled_says_what_is_missing():
    with pytest.raises(Unresolved, match=r"the request has no `a\.b`"):
        template("x/{a.b}").fill(MEMBERS, lookup)
    with pytest.raises(TemplateError, match="is not a placeholder"):
        template("x/{a b}")
    assert list(values_at([{"a": None}], ("a",))) == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"resource": "*", "nonsense": 1}, "unknown keys nonsense"),
        ({"resource": "{a b}"}, "is not a placeholder"),
    ],
)
def test_rows_that_are_wrong(row, message):
    with pytest.raises(TemplateError, match=message):
        read_rows("x", "x", "Do", [row])


def test_an_entry_is_read_when_it_is_asked_for_and_a_fault_in_it_told_with_its_place():
    rows = {"Good": "thing/{name}", "Bad": {"resource": "{a b}"}}
    found = _read("x", {"source": "here", "operations": rows}).operations
    assert (sorted(found), len(found), "Bad" in found, "Other" in found) == (["Bad", "Good"], 2, True, False)
    assert found["Good"] is found.get("Good")
    assert found.get("Other") is None
    with pytest.raises(TemplateError, match=r"operations/x\.yaml, Bad: .*is not a placeholder"):
        found.get("Bad")


def test_a_row_may_be_an_effect_only():
    one = read_rows("x", "x", "Do", [{"tag": "{@arn}", "tags": "Tags"}])
    assert one.checks == ()
    assert one.effects == (Effect("tag", one.effects[0].resource, ("Tags",)),)


def test_an_operation_and_a_service_without_entries():
    assert operation("no-such-service", "Do") is None
    assert operation("s3", "NoSuchOperation") is None
    assert list(check("no-such-service", None)) == ["no-such-service: no file"]


DERIVED = {
    ("backup", "CreateBackupVault"): ["arn:{partition}:backup:{region}:{account}:backup-vault:{BackupVaultName}"],
    ("batch", "DescribeJobs"): ["*"],
    ("route53", "ListHostedZones"): ["*"],
    ("athena", "GetWorkGroup"): ["arn:{partition}:athena:{region}:{account}:workgroup/{@WorkGroup}"],
}


@pytest.mark.parametrize("name", DERIVED, ids=":".join)
def test_what_the_reference_tells(name):
    shape = SESSION.get_service_model(name[0]).operation_model(name[1]).input_shape
    rows = derive(iam_prefix(name[0]), name[1], members_of(shape), frozenset(shape.required_members))
    assert rows[0]["resource"] in (DERIVED[name], DERIVED[name][0])


def test_roles_are_passed_where_the_reference_says_so():
    shape = SESSION.get_service_model("batch").operation_model("CreateComputeEnvironment").input_shape
    rows = derive("batch", "CreateComputeEnvironment", members_of(shape), frozenset(shape.required_members))
    assert {"pass_role": "serviceRole", "to": "batch.amazonaws.com"} in rows
    assert rows[0]["tags"] == "tags"


@pytest.mark.parametrize(
    ("operation_name", "members", "message"),
    [("NoSuchThing", {}, "has no action"), ("DescribeComputeEnvironmentX", {}, "has no action")],
)
def test_what_the_reference_does_not_tell(operation_name, members, message):
    with pytest.raises(LookupError, match=message):
        derive("batch", operation_name, members, frozenset())
    with pytest.raises(LookupError, match="no member of the request names"):
        derive("codecommit", "GetComment", {"commentId": None}, frozenset(["commentId"]))


def test_services_are_found_by_what_requests_carry():
    assert endpoints()["stepfunctions"].prefix == "states"
    assert {one.service for one in by_signing_name()["s3"]} == {"s3", "s3control"}
    assert by_target_prefix()["CodeBuild_20161006"][0].service == "codebuild"
    assert by_host()["api.sagemaker"][0].service == "sagemaker"
    assert endpoints()["codebuild"].protocol == "json"


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("GetObject", True),
        ("ListBuckets", True),
        ("CreateBucket", False),
        ("GetSessionToken", False),
        ("Invoke", False),
    ],
)
def test_reads(name, reads):
    assert is_read(name) is reads


def test_the_documents_say_how_the_files_are_written():
    text = (Path(REPOSITORY) / "docs" / "operations.md").read_text()
    for key in ("resource_tags", "pass_role", "says", "refused", "partial"):
        assert key in text


def test_the_draft_and_the_check_can_be_run(capsys):
    print_draft("codestar-notifications")
    print_draft("batch")
    print_draft("apigateway")
    printed = capsys.readouterr().out
    assert "prefix: codestar-notifications" in printed
    assert "UNRESOLVED" in printed
    assert "pass_role: serviceRole" in printed
    assert check_services(["sts"]) == 0
    assert "nothing is wrong" in capsys.readouterr().out


def test_the_endpoints_are_those_of_botocore():
    """Rebuilt, the file of services is what is in the repository, for the botocore that it was made from."""
    import importlib.metadata

    from launchrole.facts import build_endpoints

    kept = json.loads((Path(build_endpoints.__file__).parent / "endpoints.json").read_text())
    if kept["source"]["version"] == importlib.metadata.version("botocore"):
        assert build_endpoints.build() == kept


WRONG_ROWS = {
    "no such member": ({"resource": "x/{nope}"}, "no member nope"),
    "an optional member": ({"resource": "arn:aws:codebuild:x:y:project/{description}"}, "optional and has no default"),
    "no such action": ({"action": "DoNothing", "resource": "*"}, "has no action"),
    "another ARN": ({"resource": "arn:aws:s3:::{name}"}, "is not an ARN that"),
    "nothing where something is needed": ({"resource": "*"}, "is not an ARN that"),
    "tags that are not there": ({"resource": "project/{name}", "tags": "nope"}, "no member nope"),
    "an effect on nothing": ({"tag": "x/{nope}", "tags": "tags"}, "no member nope"),
}


@pytest.mark.parametrize("name", WRONG_ROWS)
def test_what_the_check_finds(name, monkeypatch):
    from launchrole.facts import check_operations
    from launchrole.facts.operations import ServiceOperations

    row, message = WRONG_ROWS[name]
    entry = read_rows("codebuild", "codebuild", "UpdateProject", [row])
    extra = read_rows("codebuild", "codebuild", "Nonsense", [{"resource": "*"}])
    found = ServiceOperations("codebuild", "codebuild", "", {"UpdateProject": entry, "Nonsense": extra}, {}, {}, True)
    monkeypatch.setattr(check_operations, "operations", lambda _service: found)
    problems = list(check("codebuild", SESSION.get_service_model("codebuild")))
    assert "codebuild:Nonsense: there is no such operation" in problems
    assert any(message in problem for problem in problems), problems
