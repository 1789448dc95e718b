"""Statements added to a policy's file: the rest of it stays as it was written."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launchrole.preflights.errors import PreflightError
from launchrole.preflights.policy_files import with_statements_added, write

ADDED = {"Sid": "S3CreateBucket", "Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "arn:aws:s3:::models"}

TWO_SPACES = """\
{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Own", "Effect": "Allow",
      "Action": ["s3:GetObject",   "s3:PutObject"], "Resource": "*"}
  ]
}
"""


def test_of_two_spaces_and_a_style_of_its_own():
    assert (
        with_statements_added(TWO_SPACES, [ADDED])
        == """\
{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Own", "Effect": "Allow",
      "Action": ["s3:GetObject",   "s3:PutObject"], "Resource": "*"},
    {
      "Sid": "S3CreateBucket",
      "Effect": "Allow",
      "Action": "s3:CreateBucket",
      "Resource": "arn:aws:s3:::models"
    }
  ]
}
"""
    )


def test_a_statement_alone_becomes_the_first_of_a_list():
    text = """\
{
    "Statement": {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": "*"
    },
    "Version": "2012-10-17"
}"""
    assert (
        with_statements_added(text, [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}])
        == """\
{
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": "*"
        },
        {
            "Effect": "Allow",
            "Action": "sqs:*",
            "Resource": "*"
        }
    ],
    "Version": "2012-10-17"
}"""
    )


def test_tabs_and_carriage_returns_stay():
    text = TWO_SPACES.replace("  ", "\t").replace("\n", "\r\n")
    found = with_statements_added(text, [ADDED])
    assert found.count("\n") == found.count("\r\n") == text.count("\n") + 6
    assert '\r\n\t\t{\r\n\t\t\t"Sid": "S3CreateBucket"' in found


def test_a_sid_that_is_taken_gets_a_number():
    found = json.loads(with_statements_added(TWO_SPACES, [{**ADDED, "Sid": "Own"}]))
    assert [one["Sid"] for one in found["Statement"]] == ["Own", "Own2"]


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("own", [[{**ADDED, "Sid": "Own"}], {**ADDED, "Sid": "Own"}])
def test_one_line_stays_one_line(separators, own):
    policy = {"Version": "2012-10-17", "Statement": own}
    found = with_statements_added(json.dumps(policy, separators=separators), [ADDED])
    first = own if isinstance(own, list) else [own]
    assert found == json.dumps({**policy, "Statement": [*first, ADDED]}, separators=separators)


def test_nothing_to_add():
    assert with_statements_added(TWO_SPACES, []) == TWO_SPACES


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
own_statements = st.lists(
    st.fixed_dictionaries({"Effect": st.just("Allow"), "Action": st.just("s3:*"), "Resource": st.just("*")}),
    min_size=1,
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(own_statements, st.sampled_from([None, 1, 2, 4, "\t"]), st.booleans(), st.booleans(), texts)
def test_what_was_there_is_there_as_it_was(own, indent, alone, statement_first, identifier):
    whole = own[0] if alone else own
    members = [("Version", "2012-10-17"), ("Id", identifier), ("Statement", whole)]
    text = json.dumps(dict(members[::-1] if statement_first else members), indent=indent, ensure_ascii=False)
    found = with_statements_added(text, [ADDED])
    before, after = json.loads(text), json.loads(found)
    listed = [before["Statement"]] if alone else before["Statement"]
    assert after == {**before, "Statement": [*listed, ADDED]}
    assert list(after) == list(before)
    assert found == json.dumps(after, indent=indent, ensure_ascii=False)


def test_a_new_file(tmp_path):
    path = tmp_path / "policy.json"
    text = write(path, None, [ADDED])
    assert path.read_text() == text
    assert text.startswith('{\n    "Version": "2012-10-17",\n    "Statement": [\n')
    assert text.endswith("]\n}\n")


def test_a_file_that_is_there(tmp_path):
    path = tmp_path / "policy.json"
    path.write_text(TWO_SPACES)
    assert write(path, None, [ADDED]) == with_statements_added(TWO_SPACES, [ADDED]) == path.read_text()


def test_another_policy_in_its_place(tmp_path):
    path = tmp_path / "copy.json"
    write(path, TWO_SPACES, [ADDED])
    assert path.read_text() == with_statements_added(TWO_SPACES, [ADDED])


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"{", "is not a policy"), (b'{"Version": "2012-10-17"}', "is not a policy"), (b"\xff\xfe", "not text in UTF-8")],
)
def test_a_file_that_is_no_policy_is_left_alone(tmp_path, content, problem):
    path = tmp_path / "policy.json"
    path.write_bytes(content)
    with pytest.raises(PreflightError, match=problem):
        write(path, None, [ADDED])
    assert path.read_bytes() == content


def test_a_directory(tmp_path):
    with pytest.raises(PreflightError, match="cannot be written"):
        write(tmp_path, TWO_SPACES, [ADDED])
