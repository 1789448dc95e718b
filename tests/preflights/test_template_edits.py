"""Changes of a template's text: what is meant is said, and nothing else is touched."""

import difflib
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from launchrole.preflights.template_edits import Edit, EditError, Insert, Put, Remove, changed, edited, unified_diff
from launchrole.services.cloudformation.template import TemplateError, parse
from shared_inputs import SHARED, needs_shared

PROPERTIES = ("Resources", "A", "Properties")


def _after(text: str, *edits: Edit) -> str:
    return edited(parse(text), edits).text


def _lines(old: str, new: str) -> list[str]:
    """The lines that went and came."""
    return [one for one in difflib.ndiff(old.splitlines(), new.splitlines()) if one[0] in "+-"]


BUCKET = """\
# what this is
Resources:
  A:   # the bucket
    Type: 'AWS::S3::Bucket'
    Properties:
      BucketName: data  # never rename
      Tags:
      - Key: "a"
        Value: b   # odd

  B:
    Type: AWS::SNS::Topic
"""


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            Put((*PROPERTIES, "BucketName"), "sagemaker-data"),
            ["-       BucketName: data  # never rename", "+       BucketName: sagemaker-data  # never rename"],
        ),
        (
            Put((*PROPERTIES, "BucketName"), {"Fn::Sub": "sagemaker-${AWS::StackName}"}),
            [
                "-       BucketName: data  # never rename",
                "+       BucketName: !Sub sagemaker-${AWS::StackName}  # never rename",
            ],
        ),
        (Put((*PROPERTIES, "Tags", 0, "Key"), "c"), ['-       - Key: "a"', '+       - Key: "c"']),
        (Put((*PROPERTIES, "New"), True), ["+       New: true"]),
        (
            Insert((*PROPERTIES, "Tags"), {"Key": "k", "Value": {"Ref": "B"}}),
            ["+       - Key: k", "+         Value: !Ref B"],
        ),
        (Insert((*PROPERTIES, "Tags"), {"Key": "k", "Value": "v"}, 0), ["+       - Key: k", "+         Value: v"]),
        (
            Put(("Resources", "B", "Properties", "TopicName"), "sagemaker-b"),
            ["+     Properties:", "+       TopicName: sagemaker-b"],
        ),
        (
            Insert(("Resources", "B", "Properties", "Tags"), {"Key": "k", "Value": "yes"}),
            ["+     Properties:", "+       Tags:", "+       - Key: k", '+         Value: "yes"'],
        ),
        (Remove((*PROPERTIES, "BucketName")), ["-       BucketName: data  # never rename"]),
        (
            Remove((*PROPERTIES, "Tags", 0)),
            ["-       Tags:", '-       - Key: "a"', "-         Value: b   # odd"],
        ),
        (
            Remove((*PROPERTIES, "Tags", 0, "Key")),
            ['-       - Key: "a"', "-         Value: b   # odd", "+       - Value: b   # odd"],
        ),
        (Put(("Outputs", "O", "Value"), "x: y"), ["+ Outputs:", "+   O:", '+     Value: "x: y"']),
    ],
)
def test_a_block_changes_in_the_lines_that_are_meant(edit: Edit, expected: list[str]) -> None:
    assert _lines(BUCKET, _after(BUCKET, edit)) == expected


def test_line_ends_stay_what_they_are() -> None:
    text = BUCKET.replace("\n", "\r\n")
    new = _after(text, Put(("Resources", "B", "Properties", "TopicName"), "b"), Put((*PROPERTIES, "X"), "y"))
    assert new.count("\n") == new.count("\r\n") == text.count("\n") + 3


@pytest.mark.parametrize(
    ("written", "step", "value", "expected"),
    [
        ("!Sub '${P}-x'", ("Fn::Sub",), "s-${P}-x", "!Sub 's-${P}-x'"),
        ('!Sub ["${P}-x", {P: a}]', ("Fn::Sub", 0), "s-${P}-x", '!Sub ["s-${P}-x", {P: a}]'),
        ("!Join ['-', [!Ref A, x]]", ("Fn::Join", 1, 1), "y", "!Join ['-', [!Ref A, y]]"),
        ("{Fn::Sub: a}", ("Fn::Sub",), "b", "{Fn::Sub: b}"),
        ("!GetAtt A.Arn", (), {"Fn::GetAtt": ["B", "Arn"]}, "!GetAtt B.Arn"),
        ("&anchor x", (), "y", "&anchor y"),
        ("!!str 12", (), "13", '!!str "13"'),
        ("", (), "v", "v "),
        ("x", (), {"Fn::If": ["C", {"Ref": "A"}, {"Fn::Sub": "a"}]}, "!If [C, !Ref A, !Sub a]"),
        ("x", (), {"Fn::Base64": {"Fn::Sub": "a"}}, "!Base64 {Fn::Sub: a}"),
        ("x", (), {"a": "b"}, "# why\n      a: b\n"),
        ("{a: 1, b: [x]}", ("b", 0), "y", "{a: 1, b: [y]}"),
        ("{a: 1, b: [x]}", ("c",), {"d": "e"}, "{a: 1, b: [x], c: {d: e}}"),
        ("{}", ("c",), "x", "{c: x}"),
        ("[]", (0,), None, None),
    ],
)
def test_values_within_a_line(written: str, step: Any, value: Any, expected: str | None) -> None:
    text = f"Resources:\n  A:\n    Value: {written} # why\n    Type: x\n"
    edit = Put(("Resources", "A", "Value", *step), value)
    if expected is None:
        with pytest.raises(EditError):
            _after(text, edit)
    else:
        old = f"{written} # why\n" if "why" in expected else f"{written} "
        assert _after(text, edit) == text.replace(
            f"Value: {old}", f"Value: {expected} "[: -1 if "why" in expected else None]
        )


def test_a_list_in_brackets_and_over_lines_grows_as_it_is_written() -> None:
    text = "Resources:\n  A: {Tags: [\n    {Key: a, Value: b}, # first\n    {Key: c, Value: d}  # second\n  ]}\n"
    new = _after(text, Insert(("Resources", "A", "Tags"), {"Key": "e", "Value": "f"}))
    assert "{Key: c, Value: d},  # second\n    {Key: e, Value: f}\n  ]}" in new


def test_a_literal_text_keeps_its_lines() -> None:
    text = "Resources:\n  A:\n    Spec: |\n      one\n      two\n    # behind\n    Type: x\n"
    assert _lines(text, _after(text, Put(("Resources", "A", "Spec"), "one\n2\n"))) == ["-       two", "+       2"]
    assert _lines(text, _after(text, Put(("Resources", "A", "Last"), "z"))) == ["+     Last: z"]


def test_a_text_that_keeps_its_last_lines_is_not_cut() -> None:
    text = "Resources:\n  A:\n    Spec: |+\n      one\n\n\n"
    assert parse(_after(text, Put(("Resources", "A", "Last"), "z"))).resources["A"] == {
        "Spec": "one\n\n\n",
        "Last": "z",
    }


@pytest.mark.parametrize("indent", [2, 4, "\t"])
def test_json_changes_in_the_lines_that_are_meant(indent: Any) -> None:
    text = json.dumps({"Resources": {"A": {"Type": "t", "Properties": {"Tags": [{"Key": "a"}]}}}}, indent=indent)
    new = _after(text, Insert((*PROPERTIES, "Tags"), {"Key": "b", "Value": "c"}), Put((*PROPERTIES, "Name"), "x"))
    expected = {"Tags": [{"Key": "a"}, {"Key": "b", "Value": "c"}], "Name": "x"}
    body = {"Resources": {"A": {"Type": "t", "Properties": expected}}}
    assert new == json.dumps(body, indent=indent)


def test_json_of_one_line_stays_one() -> None:
    text = '{"Resources":{"A":{"Type":"t","Properties":{}}}}'
    assert _after(text, Put((*PROPERTIES, "N"), {"Ref": "P"})) == text.replace("{}", '{"N":{"Ref":"P"}}')


@pytest.mark.parametrize(
    "edit",
    [
        Remove((*PROPERTIES, "Tags", 1)),
        Put(("Resources", "A", "Type", "x"), "y"),
        Put((*PROPERTIES, "Tags", 7), "y"),
        Put((*PROPERTIES, "Tags", 0, "Key", 0), "y"),
        Insert(("Resources", "A", "Type"), "y"),
        Insert((*PROPERTIES, "Tags"), "y", 3),
        Put((*PROPERTIES, "BucketName"), "half \ud800"),
    ],
)
def test_what_cannot_be_meant_is_refused(edit: Edit) -> None:
    with pytest.raises(EditError):
        _after(BUCKET, edit)


def test_a_diff_tells_of_a_missing_last_line_end() -> None:
    assert unified_diff("a\nb", "a\nc\n", "t.yaml").splitlines()[-3:] == ["-b", "\\ No newline at end of file", "+c"]
    assert unified_diff("a\r\n", "a\r\n", "t") == ""


# ---- at random

NAMES = st.text("ABCabc019-_", min_size=1, max_size=6)
TEXTS = st.one_of(
    st.text("abcXYZ019 -_:#'\"{}[],&*!|>%@`\\\t/$.~", max_size=12),
    st.sampled_from(["yes", "no", "null", "~", "012", "1e3", "2012-10-17", "${AWS::StackName}-x", "é", "=", "<<"]),
)
SCALARS = st.one_of(TEXTS, st.booleans(), st.integers(-99, 99), st.sampled_from(["one\ntwo\n", "a\n\n b\n\n", "\n"]))
FUNCTIONS = st.one_of(
    NAMES.map(lambda one: {"Ref": one}),
    TEXTS.map(lambda one: {"Fn::Sub": one}),
    st.tuples(NAMES, NAMES).map(lambda two: {"Fn::GetAtt": list(two)}),
    st.lists(TEXTS, min_size=1, max_size=3).map(lambda some: {"Fn::Join": ["-", some]}),
)
VALUES = st.recursive(
    st.one_of(SCALARS, FUNCTIONS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)
BODIES = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4).map(lambda one: {"Resources": {"A": one, "B": {}}})


class _Dumper(yaml.SafeDumper):
    """Writes functions in their short form."""


def _represent(dumper: yaml.SafeDumper, data: dict[str, Any]) -> yaml.Node:
    if len(data) == 1:
        ((name, value),) = data.items()
        tag = "!" + str(name).removeprefix("Fn::")
        if name == "Fn::GetAtt" and isinstance(value, list):
            return dumper.represent_scalar(tag, ".".join(value))
        if (name == "Ref" or str(name).startswith("Fn::")) and isinstance(value, str):
            return dumper.represent_scalar(tag, value)
        if str(name).startswith("Fn::") and isinstance(value, list):
            return dumper.represent_sequence(tag, value)
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items())


_Dumper.add_representer(dict, _represent)


@st.composite
def _texts(draw: st.DrawFn) -> str:
    body = draw(BODIES)
    manner = draw(st.sampled_from(["json", "json lines", "block", "flow", "mixed", "quoted"]))
    if manner.startswith("json"):
        indent = draw(st.sampled_from([1, 2, 4, "\t"])) if manner == "json lines" else None
        text = json.dumps(body, indent=indent, ensure_ascii=draw(st.booleans()))
    else:
        flow = {"block": False, "flow": True, "quoted": False, "mixed": None}[manner]
        text = yaml.dump(
            body,
            Dumper=draw(st.sampled_from([_Dumper, yaml.SafeDumper])),
            default_flow_style=flow,
            default_style=draw(st.sampled_from(["'", '"', "|", ">"])) if manner == "quoted" else None,
            indent=draw(st.sampled_from([2, 3, 4])),
            width=draw(st.sampled_from([20, 1000])),
            allow_unicode=True,
            sort_keys=False,
        )
    if draw(st.booleans()):
        text = text.rstrip("\n")
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    found = [(path, value)]
    if isinstance(value, dict):
        for key, one in value.items():
            found += _places(one, (*path, key))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            found += _places(one, (*path, number))
    return found


@given(_texts(), st.data())
@settings(max_examples=150, deadline=None)
def test_an_edit_says_what_is_meant_or_is_refused(text: str, data: st.DataObject) -> None:
    try:
        template = parse(text)
    except TemplateError:
        return  # what a dumper writes is not always what CloudFormation reads
    edit = _drawn(template.body, data)
    try:
        new = edited(template, [edit])
    except EditError:
        return
    assert json.dumps(parse(new.text).body, sort_keys=True) == json.dumps(changed(template.body, edit), sort_keys=True)
    assert new.text.count("\r\n") == (new.text.count("\n") if "\r\n" in text else 0)


@given(_texts(), st.data())
@settings(max_examples=100, deadline=None)
def test_several_edits_say_what_they_say_one_after_another(text: str, data: st.DataObject) -> None:
    try:
        template = parse(text)
    except TemplateError:
        return
    edits: list[Edit] = []
    wanted: Any = template.body
    alone = template
    for _ in range(data.draw(st.integers(2, 4))):
        if not isinstance(wanted, dict) or not wanted:
            break
        edits.append(_drawn(wanted, data))
        try:
            wanted = changed(wanted, edits[-1])
            alone = edited(alone, edits[-1:])
        except EditError:
            return
    assert json.dumps(edited(template, edits).body, sort_keys=True) == json.dumps(wanted, sort_keys=True)
    assert json.dumps(alone.body, sort_keys=True) == json.dumps(wanted, sort_keys=True)


def test_several_entries_of_a_mapping_come_in_their_order() -> None:
    puts = [Put((*PROPERTIES, name), name.lower()) for name in ("Zebra", "Ant", "Mole")]
    assert _lines(BUCKET, _after(BUCKET, *puts)) == ["+       Zebra: zebra", "+       Ant: ant", "+       Mole: mole"]


def _drawn(body: Any, data: st.DataObject) -> Edit:
    places = [one for one in _places(body) if one[0]]
    path, value = data.draw(st.sampled_from(places))
    if data.draw(st.integers(0, 4)) == 0:
        return Remove(path)
    new = data.draw(VALUES)
    if isinstance(value, list) and data.draw(st.booleans()):
        return Insert(path, new, data.draw(st.one_of(st.none(), st.integers(0, len(value)))))
    if isinstance(value, dict) and data.draw(st.booleans()):
        return Put((*path, data.draw(NAMES)), new)
    return Put(path, new)


@pytest.mark.parametrize("flow", [False, True, None])
def test_what_is_asked_for_most_is_never_refused(flow: bool | None) -> None:
    """Names and tags of resources, in texts of all manners: refusals would pass the test at random above."""
    refused = []

    @given(st.dictionaries(NAMES, st.one_of(SCALARS, FUNCTIONS), min_size=1, max_size=4), st.booleans())
    @settings(max_examples=60, deadline=None)
    def each(properties: dict[str, Any], crlf: bool) -> None:
        body = {"Resources": {"A": {"Type": "T", "Properties": properties}}}
        text = yaml.dump(body, Dumper=_Dumper, default_flow_style=flow, sort_keys=False)
        try:
            template = parse(text.replace("\n", "\r\n") if crlf else text)
        except TemplateError:
            return
        name = next(iter(properties))
        for edit in (
            Put((*PROPERTIES, "TheName"), {"Fn::Sub": "sagemaker-${AWS::StackName}"}),
            Put((*PROPERTIES, name), "sagemaker-x"),
            Insert((*PROPERTIES, "TheTags"), {"Key": "sagemaker:a", "Value": "b"}),
        ):
            try:
                edited(template, [edit])
            except EditError as problem:
                refused.append((text, problem))

    each()
    assert refused == []


CORPUS = sorted(
    one
    for one in (SHARED / "corpus").rglob("*")
    if one.suffix in (".yaml", ".yml", ".json", ".template") and one.is_file()
)


@needs_shared
@pytest.mark.parametrize("file", CORPUS, ids=lambda one: one.stem)
def test_real_templates_change_where_they_are_meant_to(file: Any) -> None:
    text = file.read_bytes().decode()
    try:
        template = parse(text)
    except TemplateError:
        return  # no template: a file beside one
    for name, resource in list(template.resources.items())[:8]:
        path = ("Resources", name, "Properties")
        new = edited(template, [Put((*path, "ANewName"), {"Fn::Sub": "sagemaker-${AWS::StackName}"})])
        lines = _lines(text, new.text)
        assert sum(one.startswith("+") for one in lines) <= 2 + ("Properties" not in resource)
        assert sum(one.startswith("-") for one in lines) <= 1
        assert text.count("#") <= new.text.count("#")
        for key, value in (resource.get("Properties") or {}).items():
            if isinstance(value, list) and value:
                grown = edited(template, [Insert((*path, key), {"Key": "k", "Value": "v"})])
                assert sum(one.startswith("-") for one in _lines(text, grown.text)) <= 1
            elif isinstance(value, str) and "\n" not in value:
                put = _lines(text, edited(template, [Put((*path, key), "sagemaker-x")]).text)
                assert [one[0] for one in put if one[0] == "+"] in (["+"], [])
