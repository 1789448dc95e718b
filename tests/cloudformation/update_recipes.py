"""How the recorded change sets and updates are brought about: the templates, ours, that show what was recorded.

Each recipe creates a stack by a change set from `before` and updates it by another to `after`. The recordings give the
properties of each resource before and after, and the causes of the changes; the templates follow from them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Template = dict[str, Any]


def topic(**properties: Any) -> Template:
    return {"Type": "AWS::SNS::Topic", "Properties": properties}


def parameter(value: Any, **properties: Any) -> Template:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value, **properties}}


def resources(**found: Any) -> Template:
    return {"Resources": found}


def named(number: int | str, display: Any) -> Template:
    return topic(TopicName=f"topic-name-{number}", DisplayName=display)


def ref(name: str) -> Template:
    return {"Ref": name}


def att(name: str) -> Template:
    return {"Fn::GetAtt": name.split(".")}


def joined(*items: Any, by: str = "-") -> Template:
    return {"Fn::Join": [by, list(items)]}


def split(text: Any) -> Template:
    return {"Fn::Join": ["_", {"Fn::Split": ["-", text]}]}


def select(index: int, *items: Any) -> Template:
    return {"Fn::Select": [index, list(items)]}


def found(*path: Any) -> Template:
    return {"Fn::FindInMap": list(path)}


def declared(name: str, kind: str = "String", **further: Any) -> Template:
    return {"Parameters": {name: {"Type": kind, **further}}}


def mapped(**maps: Any) -> Template:
    return {"Mappings": maps}


def depending(resource: Template, on: Any) -> Template:
    return {**resource, "DependsOn": on}


def when(resource: Template, condition: str) -> Template:
    return {**resource, "Condition": condition}


def included(text: str) -> Callable[[Any], None]:
    """Puts a piece where the template's AWS::Include looks for it."""

    def put(stacks: Any) -> None:
        s3 = stacks.aws("s3")
        s3.create_bucket(Bucket="pieces")
        s3.put_object(Bucket="pieces", Key="template", Body=text.encode())

    return put


INCLUDE = {"Name": "AWS::Include", "Parameters": {"Location": "s3://pieces/template"}}


def stored(name: str, value: str) -> Callable[[Any], None]:
    """Puts a parameter into Systems Manager, outside the stack."""

    def put(stacks: Any) -> None:
        stacks.aws("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    return put


@dataclass(frozen=True)
class Update:
    """`first` and `second` are the parameters of the two change sets; `given` makes what the templates take for
    given; `reading` says what texts of the recording stand for."""

    before: Template
    after: Template
    first: dict[str, str] = field(default_factory=dict)
    second: dict[str, str] = field(default_factory=dict)
    given: Callable[[Any], None] = lambda _stacks: None
    reading: dict[str, str] = field(default_factory=dict)


def one_topic(before: Any, after: Any) -> Update:
    """A topic with a display name and no name of its own."""
    return Update(resources(Topic1=topic(DisplayName=before)), resources(Topic1=topic(DisplayName=after)))


def one_named_topic(before: Any, after: Any) -> Update:
    return Update(resources(Topic1=named(1, before)), resources(Topic1=named(1, after)))


def two_topics(before: Any, after: Any, of_second: Any) -> Update:
    """The second topic is made of the first."""
    return Update(
        resources(Topic1=topic(DisplayName=before), Topic2=topic(DisplayName=of_second)),
        resources(Topic1=topic(DisplayName=after), Topic2=topic(DisplayName=of_second)),
    )


def renamed(of_second: Template) -> Update:
    """A topic that is replaced, and one that is made of it."""
    return Update(
        resources(Topic1=topic(TopicName="topic-name-1", DisplayName="value"), Topic2=named(2, of_second)),
        resources(Topic1=topic(TopicName="updated-topic-name-1", DisplayName="new_value"), Topic2=named(2, of_second)),
    )


def depended_on(on: Any) -> Update:
    second = depending(named(2, "display-value-2"), on)
    return Update(
        resources(Topic1=named(1, "display-value-1"), Topic2=second),
        resources(Topic1=named(1, "display-value-1-updated"), Topic2=second),
    )


def named_by_parameter(before: Template, after: Template, second: dict[str, str], first: dict[str, str]) -> Update:
    foo = resources(Foo=topic(TopicName=ref("TopicName")))
    return Update({**before, **foo}, {**after, **foo}, first, second)


def foo_and_parameter(name: Any, of_parameter: str = "Foo.TopicName") -> Template:
    return resources(Foo=topic(TopicName=name), Parameter=parameter(att(of_parameter)))


_NAMES = mapped(Names={"all": {"key1": "topic-name-1", "key2": "topic-name-2"}})
_DISPLAY = "display-value-1"
_VALUE = declared("ParameterValue")
_STORED = parameter("foo", Name="topic-name-1")


def _second_mapped(of_first: Template, of_second: Template) -> Update:
    """A mapping gets more, and a topic that uses it."""
    first = named(1, found("Texts", "first", "display"))
    second = named(2, found(*_new_place(of_second)))
    return Update({**mapped(**of_first), **resources(Topic1=first)},
                  {**mapped(**of_second), **resources(Topic1=first, Topic2=second)})  # fmt: skip


def _new_place(maps: Template) -> tuple[str, str, str]:
    for name, one in maps.items():
        for key, of_key in one.items():
            for attribute, text in of_key.items():
                if text == "display-value-new":
                    return name, key, attribute
    raise KeyError("display-value-new")


RECIPES: dict[str, Update] = {
    "TestChangeSetRef::test_direct_attribute_value_change_in_ref_chain": Update(
        resources(Topic1=named(1, _DISPLAY), Topic2=named(2, ref("Topic1")), Topic3=named(3, ref("Topic2"))),
        resources(Topic1=named(1, "display-value-2"), Topic2=named(2, ref("Topic1")), Topic3=named(3, ref("Topic2"))),
    ),
    "TestChangeSetRef::test_immutable_property_update_causes_resource_replacement": renamed(ref("Topic1")),
    "TestChangeSetRef::test_resource_addition": Update(
        resources(Topic1=named(1, _DISPLAY)), resources(Topic1=named(1, _DISPLAY), Topic2=named(2, ref("Topic1")))
    ),
    "TestChangeSetFnGetAttr::test_immutable_property_update_causes_resource_replacement": renamed(
        att("Topic1.DisplayName")
    ),
    "TestChangeSetFnGetAttr::test_resource_addition": Update(
        resources(Topic1=named(1, _DISPLAY)),
        resources(Topic1=named(1, _DISPLAY), Topic2=named(2, att("Topic1.DisplayName"))),
    ),
    "TestChangeSetFnGetAttr::test_resource_deletion": Update(
        resources(Topic1=named(1, _DISPLAY), Topic2=named(2, att("Topic1.DisplayName"))),
        resources(Topic1=named(1, _DISPLAY)),
    ),
    "TestChangeSetDependsOn::test_update_depended_resource": depended_on("Topic1"),
    "TestChangeSetDependsOn::test_update_depended_resource_list": depended_on(["Topic1"]),
    "TestChangeSetDependsOn::test_multiple_dependencies_addition": Update(
        resources(Topic1=named(1, _DISPLAY), Topicn=named("n", "display-value-n")),
        resources(
            Topic1=named(1, _DISPLAY),
            Topic2=depending(named(2, "display-value-2"), ["Topic1", "Topicn"]),
            Topicn=named("n", "display-value-n"),
        ),
    ),
    "TestChangeSetDependsOn::test_multiple_dependencies_deletion": Update(
        resources(
            Topic1=named(1, _DISPLAY),
            Topic2=depending(named(2, "display-value-2"), ["Topic1", "Topicn"]),
            Topicn=named("n", "display-value-n"),
        ),
        resources(Topic1=named(1, _DISPLAY), Topicn=named("n", "display-value-n")),
    ),
    "TestChangeSetConditions::test_condition_add_new_positive_condition_to_existent_resource": Update(
        resources(SNSTopic1=topic(TopicName="topic-name-1")),
        {
            "Conditions": {"Always": {"Fn::Equals": ["true", "true"]}},
            **resources(
                SNSTopic1=when(topic(TopicName="topic-name-1"), "Always"),
                SNSTopic2=when(topic(TopicName="topic-name-2"), "Always"),
            ),
        },
    ),
    "TestChangeSetConditions::test_condition_update_removes_resource": Update(
        {
            "Conditions": {"Wanted": {"Fn::Equals": ["true", "true"]}},
            **resources(SNSTopic=when(topic(TopicName="topic-name-1"), "Wanted")),
        },
        {
            "Conditions": {"Wanted": {"Fn::Equals": ["true", "false"]}},
            **resources(
                SNSTopic=when(topic(TopicName="topic-name-1"), "Wanted"),
                TopicPlaceholder=topic(TopicName="topic-name-2"),
            ),
        },
    ),
    "TestChangeSetParameters::test_update_parameter_with_added_default_value": named_by_parameter(
        declared("TopicName"), declared("TopicName", Default="topic-name-2"), {}, {"TopicName": "topic-name-1"}
    ),
    "TestChangeSetParameters::test_update_parameter_with_removed_default_value": named_by_parameter(
        declared("TopicName", Default="topic-name-1"), declared("TopicName"), {"TopicName": "topic-name-2"}, {}
    ),
    "TestChangeSetFnBase64::test_fn_base64_add_to_static_property": one_topic(
        "topic-name-1", {"Fn::Base64": "HelloWorld"}
    ),
    "TestChangeSetFnBase64::test_fn_base64_remove_from_static_property": one_topic(
        {"Fn::Base64": "HelloWorld"}, "topic-name-1"
    ),
    "TestChangeSetFnSelect::test_fn_select_add_to_static_property": one_topic(
        "topic-name-1", select(1, "1st", "2nd", "3rd")
    ),
    "TestChangeSetFnSelect::test_fn_select_remove_from_static_property": one_topic(
        select(1, "1st", "2nd", "3rd"), "topic-name-1"
    ),
    "TestChangeSetFnSelect::test_fn_select_change_in_selection_list": one_topic(
        select(1, "1st", "2nd"), select(1, "1st", "new-2nd", "3rd")
    ),
    "TestChangeSetFnSelect::test_fn_select_change_in_selection_index_only": one_topic(
        select(1, "1st", "2nd"), select(0, "1st", "2nd")
    ),
    "TestChangeSetFnSelect::test_fn_select_change_get_att_reference": two_topics(
        "topic-name-1", "topic-name-2", select(0, att("Topic1.DisplayName"))
    ),
    "TestChangeSetFnSplit::test_fn_split_add_to_static_property": one_topic(
        "topic-name-1", split("part1-part2-part3")
    ),
    "TestChangeSetFnSplit::test_fn_split_remove_from_static_property": one_topic(
        split("part1-part2-part3"), "topic-name-1"
    ),
    "TestChangeSetFnSplit::test_fn_split_change_source_string_only": one_topic(split("a-b"), split("x-y-z")),
    "TestChangeSetFnSplit::test_fn_split_with_get_att": two_topics(
        "topic-name-1", "topic-name-2", split(att("Topic1.DisplayName"))
    ),
    "TestChangeSetFnJoin::test_update_string_literal_argument": one_named_topic(
        joined("v1", "test"), joined("v2", "test")
    ),
    "TestChangeSetFnJoin::test_update_string_literal_delimiter": one_named_topic(
        joined("v1", "test"), joined("v2", "test", by="_")
    ),
    "TestChangeSetFnJoin::test_update_string_literal_delimiter_empty": one_named_topic(
        joined("v1", "test", by=""), joined("v1", "test")
    ),
    "TestChangeSetFnJoin::test_update_refence_argument": Update(
        resources(
            Topic1=named(1, "display-name-1"), Topic2=named(2, joined("prefix", att("Topic1.DisplayName")))
        ),
        resources(
            Topic1=named(1, "display-name-2"), Topic2=named(2, joined("prefix", att("Topic1.DisplayName")))
        ),
    ),
    "TestChangeSetFnJoin::test_indirect_update_refence_argument": Update(
        resources(
            Topic1=named(1, joined("display", "name", "1")),
            Topic2=named(2, joined("prefix", att("Topic1.DisplayName"))),
        ),
        resources(
            Topic1=named(1, joined("display", "name", "2")),
            Topic2=named(2, joined("prefix", att("Topic1.DisplayName"))),
        ),
    ),
    "TestChangeSetFnSub::test_fn_sub_addition_string_pseudo": one_named_topic(
        _DISPLAY, {"Fn::Sub": "The stack name is ${AWS::StackName}"}
    ),
    "TestChangeSetFnSub::test_fn_sub_update_string_pseudo": one_named_topic(
        {"Fn::Sub": "The stack name is ${AWS::StackName}"}, {"Fn::Sub": "The region name is ${AWS::Region}"}
    ),
    "TestChangeSetFnSub::test_fn_sub_update_parameter_literal": one_named_topic(
        {"Fn::Sub": ["Parameter interpolation: ${first}", {"first": "var_value_1"}]},
        {"Fn::Sub": ["Parameter interpolation: ${first}, ${second}",
                     {"first": "var_value_1", "second": "var_value_2"}]},
    ),
    "TestChangeSetFnSub::test_fn_sub_addition_parameter_ref": Update(
        resources(Topic1=named(1, _DISPLAY)),
        {
            **declared("ParameterDisplayName"),
            **resources(Topic1=named(1, {"Fn::Sub": "Parameter interpolation: ${ParameterDisplayName}"})),
        },
        second={"ParameterDisplayName": "display-value-parameter"},
    ),
    "TestChangeSetMappings::test_mapping_key_update": Update(
        {**mapped(Texts={"first": {"display": _DISPLAY}}),
         **resources(Topic1=named(1, found("Texts", "first", "display")))},
        {**mapped(Texts={"first": {"display": "display-value-2"}}),
         **resources(Topic1=named(1, found("Texts", "first", "display")))},
    ),
    "TestChangeSetMappings::test_mapping_addition_with_resource": _second_mapped(
        {"Texts": {"first": {"display": _DISPLAY}}},
        {"Texts": {"first": {"display": _DISPLAY}}, "More": {"second": {"display": "display-value-new"}}},
    ),
    "TestChangeSetMappings::test_mapping_key_addition_with_resource": _second_mapped(
        {"Texts": {"first": {"display": _DISPLAY}}},
        {"Texts": {"first": {"display": _DISPLAY, "new": "display-value-new"}}},
    ),
    "TestChangeSetMappings::test_mapping_key_deletion_with_resource_remap": Update(
        {**mapped(Texts={"first": {"display": _DISPLAY, "second": "display-value-2"}}),
         **resources(Topic1=named(1, found("Texts", "first", "display")),
                     Topic2=named(2, found("Texts", "first", "second")))},
        {**mapped(Texts={"first": {"display": _DISPLAY}}),
         **resources(Topic1=named(1, found("Texts", "first", "display")),
                     Topic2=named(2, found("Texts", "first", "display")))},
    ),
    "TestChangeSetMappings::test_fn_find_in_map_with_nested_ref_change_mapping": Update(
        {**mapped(Texts={"us-east-1": {"display": _DISPLAY}}),
         **resources(Topic1=named(1, found("Texts", ref("AWS::Region"), "display")))},
        {**mapped(Texts={"us-east-1": {"display": "display-value-2"}}),
         **resources(Topic1=named(1, found("Texts", ref("AWS::Region"), "display")))},
    ),
    "TestCaptureUpdateProcess::test_base_dynamic_parameter_scenarios[change_dynamic]": Update(
        {**_VALUE, **resources(Parameter=parameter(ref("ParameterValue")))},
        {**_VALUE, **resources(Parameter=parameter(ref("ParameterValue")))},
        {"ParameterValue": "value-1"},
        {"ParameterValue": "value-2"},
    ),
    "TestCaptureUpdateProcess::test_base_dynamic_parameter_scenarios[change_unrelated_property]": Update(
        {**_VALUE, **resources(Parameter1=parameter(ref("ParameterValue"), Name="param-name"),
                               Parameter2=parameter(att("Parameter1.Name")))},
        {**_VALUE, **resources(Parameter1=parameter(ref("ParameterValue"), Name="param-name"),
                               Parameter2=parameter(att("Parameter1.Name")))},
        {"ParameterValue": "value-1"},
        {"ParameterValue": "value-2"},
    ),
    "TestCaptureUpdateProcess::test_base_dynamic_parameter_scenarios[change_unrelated_property_not_create_only]":
    Update(
        {**_VALUE, **resources(Parameter1=parameter(ref("ParameterValue")),
                               Parameter2=parameter(att("Parameter1.Type")))},
        {**_VALUE, **resources(Parameter1=parameter(ref("ParameterValue")),
                               Parameter2=parameter(att("Parameter1.Type")))},
        {"ParameterValue": "value-1"},
        {"ParameterValue": "value-2"},
    ),
}  # fmt: skip


def _conditional() -> Template:
    second = when(parameter("first"), "Wanted")
    wanted = {"Conditions": {"Wanted": {"Fn::Equals": [ref("ParameterValue"), "value-2"]}}}
    return {**_VALUE, **wanted, **resources(SSMParameter1=parameter("first"), SSMParameter2=second)}


def _environment() -> Template:
    """A mapping whose keys are a parameter and a pseudo parameter."""
    maps = mapped(Texts={"prod": {"aws": "display-prod"}, "dev": {"aws": "display-dev"}})
    display = found("Texts", ref("Environment"), ref("AWS::Partition"))
    return {**declared("Environment"), **maps, **resources(Topic1=named(1, display))}


def _derived(**further: Template) -> Template:
    kind = "AWS::SSM::Parameter::Value<String>"
    return {
        **declared("InputValue", kind),
        **resources(DerivedParameter=parameter(ref("InputValue")), **further),
    }


def _typed(kind: str) -> Template:
    return {**declared("MyValue", kind), **resources(MyParameter=parameter(ref("MyValue")))}


def _described(text: str) -> Template:
    first = parameter("topic-name", Description=text)
    return resources(Parameter1=first, Parameter2=parameter(att("Parameter1.Value")))


def _named_parameter(name: str) -> Template:
    return resources(Parameter1=parameter("value", Name=name), Parameter2=parameter(att("Parameter1.Value")))


_BY_PARAMETER = {**declared("TopicName"), **foo_and_parameter(ref("TopicName"))}
_BY_LOOKUP = {**declared("TopicName"), **_NAMES, **foo_and_parameter(found("Names", "all", ref("TopicName")))}
_FROM_MAPPING = resources(MySSMParameter=parameter(found("Values", "A", "value")))

_FUNCTION = {
    "Type": "AWS::Serverless::Function",
    "Properties": {
        "Handler": "index.handler",
        "Runtime": "nodejs18.x",
        "InlineCode": "exports.handler = async (event) => {\n  return {\n    statusCode: 200,\n"
        "    body: JSON.stringify({ message: 'Hello from SAM inline function!' })\n  };\n};",
        "Events": {"ApiEvent": {"Type": "Api", "Properties": {"Path": "/hello", "Method": "get"}}},
    },
}
"""Its code is as it was recorded: it is a property of the function."""

RECIPES |= {
    "TestCaptureUpdateProcess::test_base_dynamic_parameter_scenarios[change_parameter_for_condition_create_resource]":
    Update(_conditional(), _conditional(), {"ParameterValue": "value-1"}, {"ParameterValue": "value-2"}),
    "TestCaptureUpdateProcess::test_base_mapping_scenarios[update_string_referencing_resource]": Update(
        {**mapped(Values={"A": {"value": "value-1"}}), **_FROM_MAPPING},
        {**mapped(Values={"A": {"value": "value-2"}}), **_FROM_MAPPING},
    ),
    "TestCaptureUpdateProcess::test_unrelated_changes_update_propagation": Update(
        _described("original"), _described("changed")
    ),
    "TestCaptureUpdateProcess::test_unrelated_changes_requires_replacement": Update(
        _named_parameter("parameter-1-name"), _named_parameter("parameter-2-name")
    ),
    "TestCaptureUpdateProcess::test_mappings_with_static_fields": Update(
        {**_NAMES, **foo_and_parameter(found("Names", "all", "key1"))},
        {**_NAMES, **foo_and_parameter(found("Names", "all", "key2"))},
    ),
    "TestCaptureUpdateProcess::test_parameter_changes": Update(
        _BY_PARAMETER, _BY_PARAMETER, {"TopicName": "topic-1"}, {"TopicName": "topic-2"}
    ),
    "TestCaptureUpdateProcess::test_mappings_with_parameter_lookup": Update(
        _BY_LOOKUP, _BY_LOOKUP, {"TopicName": "key1"}, {"TopicName": "key2"}
    ),
    "TestChangeSetMappings::test_fn_find_in_map_with_multiple_nested_functions": Update(
        _environment(), _environment(), {"Environment": "prod"}, {"Environment": "dev"}
    ),
    "test_dynamic_ssm_parameter_lookup_no_change": Update(
        _derived(),
        _derived(AnotherParameter=parameter("new")),
        {"InputValue": "outside"},
        {"InputValue": "outside"},
        stored("outside", "kept"),
    ),
    "TestSSMParameterValues::test_change_parameter_type": Update(
        _typed("String"),
        _typed("AWS::SSM::Parameter::Value<String>"),
        {"MyValue": "outside"},
        {"MyValue": "outside"},
        stored("outside", "kept"),
    ),
    "TestChangeSetValues::test_property_empy_list": Update(
        resources(
            Role={"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "test-name", "Tags": []}},
            Topic=topic(TopicName="test-name"),
        ),
        resources(Topic=topic(TopicName="test-name")),
    ),
    "TestChangeSetFnTransform::test_embedded_fn_transform_include[yml]": Update(
        resources(Parameter=_STORED),
        {"Resources": {"Parameter": _STORED, "Fn::Transform": INCLUDE}},
        given=included(
            "Parameter2:\n  Type: AWS::SSM::Parameter\n  Properties:\n    Name: name-2-bd1e2d36\n"
            "    Type: String\n    Value: foo\n"
        ),
    ),
    "TestChangeSetFnTransform::test_embedded_fn_transform_include[json]": Update(
        resources(Parameter=_STORED),
        {"Resources": {"Parameter": _STORED, "Fn::Transform": INCLUDE}},
        given=included(json.dumps({"Parameter": parameter("foo", Name="name-2-3e00e97a")})),
    ),
    "TestChangeSetFnTransform::test_global_fn_transform_include[yml]": Update(
        resources(Parameter=_STORED),
        {"Transform": INCLUDE, **resources(Parameter=_STORED)},
        given=included("Outputs:\n  Name:\n    Value: !Ref Parameter\n"),
    ),
    "TestChangeSetFnTransform::test_global_fn_transform_include[json]": Update(
        resources(Parameter=_STORED),
        {"Transform": INCLUDE, **resources(Parameter=_STORED)},
        given=included(json.dumps({"Outputs": {"Name": {"Value": {"Ref": "Parameter"}}}})),
    ),
    "TestChangeSetFnTransform::test_serverless_fn_transform": Update(
        resources(Parameter=parameter("{Substitution}", Name="topic-name-1")),
        {"Transform": "AWS::Serverless-2016-10-31", **resources(HelloWorldFunction=_FUNCTION)},
        reading={"317w2e8pc3": "<api>", "5oj1e3": "<deployment>", "<resource:5>": "hello"},
    ),
}  # fmt: skip
