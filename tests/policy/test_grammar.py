"""The shape of policies: what no kind of policy can have, where it stands, and what to write instead."""

import json

import pytest

from launchrole.policy.document import PolicyKind, parse
from launchrole.policy.errors import PolicySyntaxError
from shared_inputs import SHARED, needs_shared


def policy(*statements, **elements):
    return {"Version": "2012-10-17", "Statement": list(statements)} | elements


def statement(**elements):
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | elements


def refusal(document, kind=None):
    with pytest.raises(PolicySyntaxError) as caught:
        parse(document, kind)
    return caught.value


@needs_shared
def test_iam_s_own_answers_to_create_policy():
    cases = json.loads((SHARED / "conformance" / "policy-documents.json").read_text())["cases"]
    answers = {case["id"]: answer(case["document"]) for case in cases}
    expected = {
        case["id"]: ("valid", "") if case["valid"] else (case["aws_error"], case["aws_message"]) for case in cases
    }
    assert len(cases) == 132
    assert answers == expected


def answer(document):
    """What CreatePolicy says of a document, given as a mapping and as text."""
    answers = set()
    for form in [document] if isinstance(document, str) else [document, json.dumps(document, indent=2)]:
        try:
            parse(form, PolicyKind.MANAGED)
            answers.add(("valid", ""))
        except PolicySyntaxError as error:
            answers.add((error.code, error.message) if error.detail else ("no detail", str(error)))
    (only,) = answers
    return only


@pytest.mark.parametrize(
    ("document", "detail"),
    [
        ([], "the document is a list, not an object"),
        (b"{}", "the document is a value of type bytes, not an object"),
        ({"Version": 1, "Statement": []}, "Version: Version is the number 1, not a text"),
        ({"Version": "2012-10-18"}, "Version: `2012-10-18` is no version of the policy language"),
        ({1: "x"}, "a name is the number 1, not a text"),
        ({"statement": []}, "statement: a policy has no element `statement`"),
        ({}, "the policy has no Statement"),
        (policy(), "Statement: the list of statements is empty"),
        (policy(3), "Statement[0]: a statement is an object, not the number 3"),
        ({"Statement": None}, "Statement: Statement is null, not a statement or a list of statements"),
        (policy(statement(Action=3.5)), "Statement[0].Action: Action is the number 3.5, not a text or a list of texts"),
        (policy(statement(Action=[None])), "Statement[0].Action[0]: Action holds null, not a text"),
        (policy(statement(NotAction="*")), "Statement[0].NotAction: Action and NotAction exclude each other"),
        (policy(statement(Principal={})), 'Statement[0].Principal: Principal is an empty object, not "*" or an object'),
        (policy(statement(Principal="x")), 'Statement[0].Principal: Principal is the text `x`, not "*" or an object'),
        (policy(statement(Principal={"User": "x"})), "Statement[0].Principal.User: a Principal has no element `User`"),
        (policy(statement(Condition=[])), "Statement[0].Condition: Condition is a list, not an object"),
        (policy(statement(Condition={1: {}})), "Statement[0].Condition: a name is the number 1, not a text"),
        (policy(statement(Condition={"Bool": "x"})), "Statement[0].Condition.Bool: `Bool` holds the text `x`, not"),
        (policy(statement(Condition={"Bool": {1: "x"}})), "Statement[0].Condition.Bool: a name is the number 1"),
        (policy(statement(Condition={"Bool": {"k": None}})), "Statement[0].Condition.Bool.k: `k` has null for a value"),
        (
            policy(statement(Condition={"Bool": {"k": ["x", b""]}})),
            "Statement[0].Condition.Bool.k[1]: `k` has a value of type bytes",
        ),
        (
            policy(statement(Condition={"NumericEquals": {"k": float("nan")}})),
            "Statement[0].Condition.NumericEquals.k: `k` has the number nan for a value",
        ),
        (
            policy(statement(Condition={"NumericEquals": {"k": 10**5000}})),
            "Statement[0].Condition.NumericEquals.k: `k` has a number for a value",
        ),
        (policy({"Action": "*"}), "Statement[0]: the statement has no Effect"),
        (policy(statement(Effect=True)), "Statement[0].Effect: Effect is true, not a text"),
        (policy(statement(Effect="")), "Statement[0].Effect: an empty text is not an effect"),
        (policy(statement(Sid="")) | {"Id": ""} | {"Version": ""}, "Version: an empty text is no version"),
        (policy(statement(Sid=False)), "Statement[0].Sid: Sid is false, not a text"),
        (policy(statement(Resource={"Fn::Sub": "x"})), "Statement[0].Resource: Resource is an object, not a text"),
        (policy(statement(Resource="")) | {"Id": []}, "Id: Id is a list, not a text"),
        (policy(statement(Resource=["\ud800"])), "Statement[0].Resource: Resource holds half a character"),
        (policy(statement(**{"\ud800": 1})), "Statement[0]: a name holds half a character"),
        (policy(statement(Principal="\ud800")), "Statement[0].Principal: Principal is the text `\\ud800`"),
        (policy({"Effect": "Allow", "Action": "*"}), "Statement[0]: the statement has no Resource or NotResource"),
        (
            policy(
                {"Effect": "Allow", "Action": "*", "Principal": "*"}, {"Effect": "Allow", "Action": "*", "Resource": []}
            ),
            "Statement[1]: the statement has no Resource or NotResource",
        ),
    ],
)
def test_the_shape_of_a_document(document, detail):
    error = refusal(document)
    assert error.detail.startswith(detail)
    assert error.place is None
    str(error).encode()


@pytest.mark.parametrize(
    ("document", "path", "line", "column"),
    [
        (policy(statement(Action=["s3:*", 1])), "Statement[0].Action[1]", 8, 9),
        (policy(statement(Effect="Permit")), "Statement[0].Effect", 5, 7),
        (policy(statement(Condition={"Bool": {"k": [True, {}]}})), "Statement[0].Condition.Bool.k[1]", 12, 13),
        (policy(statement(), {"Action": "*"}), "Statement[1]", 9, 5),
        (policy(statement(effect="Allow")), "Statement[0].effect", 8, 7),
        ({"Version": "2012-10-17"}, "", 1, 1),
        (12, "", 1, 1),
    ],
)
def test_refusals_point_at_the_cause(document, path, line, column):
    place = refusal(json.dumps(document, indent=2)).place
    assert (place.path, place.line, place.column) == (path, line, column)


@pytest.mark.parametrize(
    ("document", "help"),
    [
        ({"statement": []}, "write `Statement`"),
        ({"Statements": []}, "write `Statement`"),
        ({"Rules": []}, "it can have Version, Id, Statement"),
        ({"Effect": "Allow", "Action": "*"}, "this looks like a statement; write"),
        ({"AWSTemplateFormatVersion": "2010-09-09"}, "this looks like a CloudFormation template"),
        ({"PolicyVersion": {"Document": {}}}, "this looks like an answer of the AWS CLI"),
        ({"PolicyDocument": {}, "RoleName": "x"}, "the policy is what PolicyDocument holds"),
        (json.dumps('{"Statement": []}'), "this is JSON within a text of JSON: take off one layer of quotes"),
        (policy(statement(Sid=1)), "put it in double quotes"),
        (policy(statement(Sid=[])), "write one text"),
    ],
)
def test_what_people_give_instead_of_a_policy(document, help):
    assert refusal(document).help.startswith(help)


def test_a_cycle_or_a_tower_of_mappings_does_no_harm():
    cycle = {}
    cycle["Statement"] = cycle
    assert "has no element `Statement`" in refusal(cycle).detail
    tower = {}
    for _ in range(100_000):
        tower = {"Statement": tower}
    assert "has no element `Statement`" in refusal(tower).detail
    while tower:  # taken down by hand: Python's own destruction of it would recurse
        tower = tower.get("Statement", {})


@pytest.mark.parametrize(
    ("operator", "help"),
    [
        ("StringEqual", "did you mean `StringEquals`?"),
        ("StringEqualsIfExist", "did you mean `StringEqualsIfExists`?"),
        ("NullIfExists", "write `Null`, which has no IfExists"),
        ("ForAnyValues:StringLike", "did you mean `ForAnyValue:StringLike`?"),
        ("ForAnyValue::StringLike", "did you mean `ForAnyValue:StringLike`?"),
        ("Some:StringLike", ""),
        ("Banana", ""),
        ("x" * 100_000, ""),
    ],
)
def test_condition_operators_that_do_not_exist(operator, help):
    error = refusal(policy(statement(Condition={operator: {"k": "x"}})))
    assert error.detail.endswith("` is no condition operator")
    assert len(error.detail) < 500
    assert error.help == help


def test_an_error_tells_what_where_and_what_to_do():
    error = refusal(json.dumps(policy(statement(Effect="allow")), indent=2))
    assert str(error) == (
        "line 5, column 7 (Statement[0].Effect): `allow` is not an effect; write `Allow` "
        "[MalformedPolicyDocument: The policy failed legacy parsing]"
    )
    assert error.answer == "MalformedPolicyDocument: The policy failed legacy parsing"
    assert str(refusal([])).startswith("the document is a list, not an object; begin with")


def test_nothing_in_an_error_moves_a_terminal():
    error = refusal(json.dumps(policy(statement(Resource="x\x1b[2J\ny"))), PolicyKind.MANAGED)
    assert error.detail == "`x\\x1b[2J\\ny` is no ARN"
    assert error.message == 'Resource x\x1b[2J\ny must be in ARN format or "*".'
    assert str(error).isprintable()
