"""Documents as values: what parse() gives, whatever the form in which a policy comes."""

import json

import pytest

from launchrole.policy.document import ConditionEntry, PolicyDocument, PrincipalElement, Statement, parse
from launchrole.policy.errors import Place
from shared_inputs import SHARED, needs_shared


def policy(*statements, **elements):
    return {"Version": "2012-10-17", "Statement": list(statements)} | elements


def statement(**elements):
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | elements


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


@pytest.mark.parametrize(
    ("written", "entries"),
    [
        ("*", (("*", "*"),)),
        ({"AWS": "*"}, (("AWS", "*"),)),
        (
            {"Service": ["a.amazonaws.com", "b.amazonaws.com"]},
            (("Service", "a.amazonaws.com"), ("Service", "b.amazonaws.com")),
        ),
        (
            {"Federated": "accounts.google.com", "CanonicalUser": "79a5"},
            (("Federated", "accounts.google.com"), ("CanonicalUser", "79a5")),
        ),
    ],
)
def test_principals(written, entries):
    for element, negated in (("Principal", False), ("NotPrincipal", True)):
        document = parse(policy(statement(**{element: written})))
        assert document.statements[0].principal == PrincipalElement(negated, entries)


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("a", ("a",)),
        (["a", "b"], ("a", "b")),
        ([], ()),
        (False, ("false",)),
        ([True, 7], ("true", "7")),
        (1.5, ("1.5",)),
    ],
)
def test_condition_values(written, values):
    document = parse(policy(statement(Condition={"StringEquals": {"k:x": written}})))
    assert document.statements[0].conditions == (ConditionEntry("StringEquals", "k:x", values),)


def test_numbers_in_a_text_keep_their_digits():
    text = json.dumps(policy(statement(Condition={"NumericEquals": {"k:x": [0]}}))).replace("[0]", "[1.50, 1e3, -0]")
    assert parse(text).statements[0].conditions[0].values == ("1.50", "1e3", "-0")


def test_a_null_among_resources_is_left_out():
    assert parse(policy(statement(Resource=["*", None]))).statements[0].resources == ("*",)


def test_a_single_statement_is_a_statement():
    document = parse({"Statement": statement()})
    assert document.statements[0].path == ("Statement",)
    assert (document.version, document.id, document.name, document.arn) == (None, None, None, None)


def test_variables_need_the_newer_version():
    assert parse(policy(statement())).has_variables
    assert not parse(policy(statement(), Version="2008-10-17")).has_variables
    assert not parse({"Statement": statement()}).has_variables


def test_places_are_those_of_the_text():
    document = parse(json.dumps(policy(statement())))
    assert document.place(("Statement", 0)) == Place(1, 41, "Statement[0]")
    assert document.place(("Id",)) is None
    assert parse(policy(statement())).place(("Statement", 0)) is None


@needs_shared
def test_the_documents_of_the_recorded_decisions_are_read():
    cases = json.loads((SHARED / "conformance" / "decisions.json").read_text())["cases"]
    documents = [one for case in cases for one in documents_in(case)]
    assert (len(cases), len(documents)) == (140, 177)
    for document in documents:
        assert parse(document).statements == parse(json.dumps(document)).statements


def documents_in(value):
    if isinstance(value, dict) and "Statement" in value:
        return [value]
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for member in members for one in documents_in(member)]
