"""Reading JSON: what is no policy text is refused with one clear message and its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchrole.policy.errors import Place, PolicySyntaxError
from launchrole.policy.source import MOST_CHARACTERS, Number, dotted, locate, read

POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"},
    {
      "Effect": "Deny",
      "Action": "*", "Resource": "*",
      "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"s3:max-keys": 10}}
    }
  ]
}"""


def test_values_are_json_s_and_numbers_keep_their_digits():
    document = read(POLICY)
    assert document["Version"] == "2012-10-17"
    condition = document["Statement"][1]["Condition"]
    assert condition["Bool"] == {"aws:SecureTransport": False}
    assert condition["NumericLessThan"]["s3:max-keys"] == "10"
    assert isinstance(condition["NumericLessThan"]["s3:max-keys"], Number)
    assert read("[1.50, -2e3, null]") == ["1.50", "-2e3", None]
    assert read("9" * 6000) == "9" * 6000


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ((), 1, 1),
        (("Version",), 2, 3),
        (("Statement",), 3, 3),
        (("Statement", 0), 4, 5),
        (("Statement", 0, "Action"), 4, 25),
        (("Statement", 0, "Action", 1), 4, 52),
        (("Statement", 1), 5, 5),
        (("Statement", 1, "Resource"), 7, 22),
        (("Statement", 1, "Condition", "NumericLessThan", "s3:max-keys"), 8, 81),
    ],
)
def test_places(path, line, column):
    assert locate(POLICY, path) == Place(line, column, dotted(path))


@pytest.mark.parametrize("path", [("Id",), ("Statement", 2), ("Statement", 0, "Action", 1, "x")])
def test_what_is_not_there_has_no_place(path):
    assert locate(POLICY, path) is None


def test_a_place_as_text():
    assert str(Place(4, 7, "Statement[0].Effect")) == "line 4, column 7 (Statement[0].Effect)"
    assert str(Place(4, 7, "")) == "line 4, column 7"


@pytest.mark.parametrize(
    ("text", "detail", "line", "column"),
    [
        ("", "the document is empty", None, None),
        (" \n\t", "the document is empty", None, None),
        ("\ufeff{}", "the document begins with a byte order mark", 1, 1),
        ("PK\x03\x00\x01", "the document is not text: it holds a zero byte", 1, 4),
        ("Version: '2012-10-17'\nStatement:\n  - Effect: Allow\n", "this looks like YAML", 1, 1),
        ("---\n# a comment\nfoo: 1\n", "this looks like YAML", 1, 1),
        (POLICY[:60], "the document ends too early", 4, 15),
        (POLICY[:-1], "the document ends too early", 11, 1),
        ('{"Version": "2012-10-17}', "this is not JSON: the text that begins here has no closing quote", 1, 13),
        ('{"a": 1,}', "a comma stands before the end", 1, 8),
        ('{"a": [1,\n ]}', "a comma stands before the end", 1, 9),
        ("],", "this is not JSON", 1, 1),
        ("{'a': 1}", "texts stand in double quotes in JSON", 1, 2),
        ('{"a" 1}', "this is not JSON: a colon is missing after the name", 1, 6),
        ('{"a": 1 "b": 2}', "this is not JSON: a comma or a closing bracket is missing here", 1, 9),
        ("{} {}", "this is not JSON: the document goes on after its end", 1, 4),
        ("{a: 1}", "this is not JSON: a name in double quotes is missing here", 1, 2),
        ('{"a": "\x01"}', "this is not JSON: a text holds a line break or another control character", 1, 8),
        ('{"a": "\\q"}', 'this is not JSON: after a backslash comes one of " \\ / b f n r t u', 1, 8),
        ('{"a": "\\u12"}', "this is not JSON: after \\u come four digits", 1, 9),
        ("[1 2]", "this is not JSON: a comma or a closing bracket is missing here", 1, 4),
        ("\nhello", "this is not JSON", 2, 1),
        ("file://policy.json", "this is the name of a file, not a policy", 1, 1),
        ("%7B%22Version%22", "the document is URL-encoded", 1, 1),
        ("- Effect: Allow\n", "this looks like YAML", 1, 1),
        ("// a policy\n{}", "JSON has no comments", 1, 1),
        ('{"a": 1, # one\n"b": 2}', "JSON has no comments", 1, 10),
        ('{"a": NaN}', "`NaN` is not JSON", 1, 7),
        ('{"NaN": "NaN",\n"b": [NaN]}', "`NaN` is not JSON", 2, 7),
        ('{"a": -Infinity}', "`-Infinity` is not JSON", 1, 7),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "`c` is given twice", 1, 24),
        ('{"a": [{"b": 1}, {"b": 1}], "b": 2,\n"b": 3}', "`b` is given twice", 2, 1),
        ('{"a": "\\ud83d\\ude00 \\\\ud83d",\n"b": "\\uD83D"}', "half a character", 2, 7),
        ('{"a": "\ude00"}', "half a character", 1, 8),
        ("[" * 100_000, "the document is nested too deep to be a policy", None, None),
        (" " * MOST_CHARACTERS + "{}", "the document has 1,048,578 characters; 1,048,576 is more than any", None, None),
    ],
)
def test_refusals(text, detail, line, column):
    with pytest.raises(PolicySyntaxError) as caught:
        read(text)
    error = caught.value
    assert (error.code, error.message) == ("MalformedPolicyDocument", "Syntax errors in policy.")
    assert error.detail.startswith(detail)
    place = None if error.place is None else (error.place.line, error.place.column)
    assert place == (None if line is None else (line, column))


def test_a_caller_can_say_how_long_a_text_may_be():
    assert read("[]" + " " * MOST_CHARACTERS, 2 * MOST_CHARACTERS) == []


@pytest.mark.parametrize("text", ['{"a": "\\ud83d\\ude00"}', '{"a": "\\\\ud83d"}', '{"a": "\\ud7ff"}', '{"a": "é😀"}'])
def test_whole_characters_are_taken(text):
    assert read(text) == json.loads(text)


def test_paths_are_written_for_people():
    assert dotted(("Statement", 0, "Condition", "Bool")) == "Statement[0].Condition.Bool"
    assert dotted((0, "a")) == "[0].a"
    assert dotted(("a\n",)) == "a\\n"
    assert dotted(("x" * 1000,)) == "x" * 99 + "…"


values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(values, st.sampled_from([None, 1]))
def test_every_value_has_the_place_where_it_stands(value, indent):
    text = json.dumps(value, indent=indent)
    read(text if text.strip() else "{}")
    for path, found in walk(value):
        place = locate(text, path)
        assert place is not None
        start = sum(len(line) + 1 for line in text.split("\n")[: place.line - 1]) + place.column - 1
        first = json.dumps(path[-1]) if path and isinstance(path[-1], str) else json.dumps(found)[0]
        assert text.startswith(first, start)


def walk(value, path=()):
    yield path, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from walk(member, (*path, key))
