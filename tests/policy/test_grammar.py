"""What AWS refuses, with its code and message, and what we say about it."""

import json

import pytest

from launchrole.policy.document import (
    ConditionEntry,
    PolicyDocument,
    PolicyKind,
    PrincipalElement,
    Statement,
    parse,
)
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


def test_a_document_in_all_its_forms():
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Id": "id",
            "Statement": [
                {
                    "Sid": "One",
                    "Effect": "Deny",
                    "NotPrincipal": {"AWS": ["123456789012", "arn:aws:iam::1:root"], "Service": "sns.amazonaws.com"},
                    "NotAction": ["s3:*"],
                    "NotResource": "arn:aws:s3:::b/*",
                    "Condition": {
                        "Bool": {"k:x": True},
                        "NumericEquals": {"k:n": [1, 2.50]},
                        "StringLike": {"k:s": "a*"},
                    },
                }
            ],
        }
    )
    assert parse(text, name="p.json", arn="arn:aws:iam::1:policy/p") == PolicyDocument(
        version="2012-10-17",
        id="id",
        statements=(
            Statement(
                index=0,
                effect="Deny",
                sid="One",
                principal=PrincipalElement(
                    True,
                    (("AWS", "123456789012"), ("AWS", "arn:aws:iam::1:root"), ("Service", "sns.amazonaws.com")),
                ),
                actions=("s3:*",),
                not_action=True,
                resources=("arn:aws:s3:::b/*",),
                not_resource=True,
                conditions=(
                    ConditionEntry("Bool", "k:x", ("true",)),
                    ConditionEntry("NumericEquals", "k:n", ("1", "2.5")),
                    ConditionEntry("StringLike", "k:s", ("a*",)),
                ),
                path=("Statement", 0),
            ),
        ),
        name="p.json",
        arn="arn:aws:iam::1:policy/p",
    )


def test_a_single_statement_and_everyone():
    document = parse({"Statement": statement(Principal="*", Condition={"Bool": {"k:x": False}})})
    assert document.statements[0].path == ("Statement",)
    assert document.statements[0].principal == PrincipalElement(False, (("*", "*"),))
    assert document.statements[0].conditions[0].values == ("false",)
    assert document.place(("Statement",)) is None
    assert not document.has_variables
    assert parse(policy(statement())).has_variables
    assert parse(json.dumps(policy(statement()))).place(("Statement", 0)).column == 41


@pytest.mark.parametrize(
    ("document", "detail"),
    [
        ([], "the document is a list, not an object"),
        ("12", "the document is the number 12, not an object"),
        ({"Version": 1, "Statement": []}, "Version: Version is the number 1, not a text"),
        ({1: "x"}, "a name is the number 1, not a text"),
        ({"statement": []}, "statement: a policy has no element `statement`"),
        (policy(3), "Statement[0]: a statement is an object, not the number 3"),
        ({"Statement": None}, "Statement: Statement is null, not a statement or a list of statements"),
        (policy(statement(Action=3.5)), "Statement[0].Action: Action is the number 3.5, not a text or a list of texts"),
        (policy(statement(Action=[None])), "Statement[0].Action[0]: Action holds null, not a text"),
        (policy(statement(Principal={})), 'Statement[0].Principal: Principal is an empty object, not "*" or an object'),
        (policy(statement(Principal="x")), 'Statement[0].Principal: Principal is the text `x`, not "*" or an object'),
        (policy(statement(Principal={"User": "x"})), "Statement[0].Principal.User: a Principal has no element `User`"),
        (policy(statement(Condition={1: {}})), "Statement[0].Condition: a name is the number 1, not a text"),
        (policy(statement(Condition={"Bool": {1: "x"}})), "Statement[0].Condition.Bool: a name is the number 1"),
        (policy(statement(Condition={"Bool": {"k": None}})), "Statement[0].Condition.Bool.k: `k` has null for a value"),
        (
            policy(statement(Condition={"Bool": {"k": b""}})),
            "Statement[0].Condition.Bool.k: `k` has a value of type bytes",
        ),
        (policy(statement(Effect=True)), "Statement[0].Effect: Effect is true, not a text"),
        (policy(statement(Effect="")), "Statement[0].Effect: `` is not an effect"),
        (policy(statement(Resource={"Fn::Sub": "x"})), "Statement[0].Resource: Resource is an object, not a text"),
        (policy({"Effect": "Allow", "Action": "*"}), "Statement[0]: the statement has no Resource or NotResource"),
    ],
)
def test_the_shape_of_a_document(document, detail):
    assert refusal(document).detail.startswith(detail)


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
        ("ForAnyValues:StringLike", "did you mean `StringLike`?"),
        ("Banana", ""),
        ("", ""),
    ],
)
def test_condition_operators_that_do_not_exist(operator, help):
    error = refusal(policy(statement(Condition={operator: {"k": "x"}})))
    assert error.detail.endswith(f"`{operator}` is no condition operator")
    assert error.help == help


ALLOW_ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
RCP = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (None, ALLOW_ASSUME),
        (PolicyKind.TRUST, ALLOW_ASSUME),
        (PolicyKind.INLINE, statement()),
        (PolicyKind.SESSION, statement()),
        (PolicyKind.SCP, statement(Effect="Deny", Action="*")),
        (PolicyKind.RCP, RCP),
        (PolicyKind.RESOURCE, statement(Principal="*")),
        (PolicyKind.KEY, statement(Action="kms:*", Principal="*")),
        (PolicyKind.VPC_ENDPOINT, statement()),
        (PolicyKind.VPC_ENDPOINT, statement(Principal="*")),
        (PolicyKind.AWS_MANAGED, statement(Resource="arn:aws:waf:*")),
        (PolicyKind.AWS_MANAGED, statement(Resource="arn:*:iam::*:root")),
    ],
)
def test_what_each_kind_takes(kind, given):
    assert parse(policy(given), kind).statements[0].effect == given["Effect"]


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (PolicyKind.INLINE, statement(Principal="*"), "Policy document should not specify a principal."),
        (PolicyKind.MANAGED, statement(Principal="*"), "Policy document should not specify a principal."),
        (PolicyKind.SCP, statement(Principal="*"), "Syntax errors in policy."),
        (PolicyKind.RESOURCE, statement(), "Missing required field Principal"),
        (PolicyKind.TRUST, statement(Action="sts:AssumeRole"), "Missing required field Principal"),
        (PolicyKind.TRUST, ALLOW_ASSUME | {"Resource": "*"}, "Has prohibited field Resource"),
        (PolicyKind.TRUST, ALLOW_ASSUME | {"NotResource": []}, "Has prohibited field Resource"),
        (
            PolicyKind.TRUST,
            ALLOW_ASSUME | {"Action": "s3:GetObject"},
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (PolicyKind.RCP, RCP | {"Effect": "Allow"}, "Syntax errors in policy."),
        (PolicyKind.RCP, RCP | {"Principal": {"AWS": "*"}}, "Syntax errors in policy."),
        (PolicyKind.RCP, RCP | {"Action": "*"}, "Syntax errors in policy."),
        (PolicyKind.INLINE, statement(Action="*:Get*"), "Vendor * is not valid"),
        (
            PolicyKind.INLINE,
            statement(Resource="arn:aws:*:::x"),
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
    ],
)
def test_what_each_kind_refuses(kind, given, message):
    error = refusal(policy(given), kind)
    assert (error.code, error.message) == ("MalformedPolicyDocument", message)


@pytest.mark.parametrize(
    ("kind", "characters", "code", "message"),
    [
        (PolicyKind.MANAGED, 6144, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144"),
        (PolicyKind.INLINE, 10240, "LimitExceeded", "Cannot exceed quota for PolicySize: 10240"),
        (PolicyKind.SESSION, 2048, "PackedPolicyTooLarge", "Packed size of session policy is too large"),
        (PolicyKind.SCP, 10240, "PolicyTooLarge", "You have exceeded the maximum policy size"),
    ],
)
def test_length(kind, characters, code, message):
    def document(length):
        empty = json.dumps(policy(statement(Resource="arn:aws:s3:::")), separators=(",", ":"))
        return empty.replace("s3:::", "s3:::" + "x" * (length - len(empty)))

    parse(document(characters), kind)
    error = refusal(document(characters + 1), kind)
    assert (error.code, error.message) == (code, message)
    assert f"{characters + 1:,} characters" in error.detail
    assert refusal(json.loads(document(characters + 1)), kind).code == code


def test_white_space_does_not_count_where_iam_says_so():
    spaced = json.dumps(policy(statement(Resource="arn:aws:s3:::" + "x" * 6000)), indent=200)
    parse(spaced, PolicyKind.MANAGED)
    parse(spaced, PolicyKind.AWS_MANAGED)


def test_an_error_tells_what_where_and_what_to_do():
    error = refusal(json.dumps(policy(statement(Effect="allow")), indent=2))
    assert str(error) == (
        "line 5, column 7 (Statement[0].Effect): `allow` is not an effect; write `Allow` "
        "[MalformedPolicyDocument: The policy failed legacy parsing]"
    )
    assert str(refusal([])).startswith("the document is a list, not an object; begin with")
