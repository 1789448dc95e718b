"""How the recorded errors and status reasons are brought about, by the recorder's name of the test.

A recipe gets stacks of an account of its own and the recording; it returns what was answered: an `Answer`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from recordings import Recording
from stacks_in_process import ACCOUNT, Stacks
from update_recipes import att, declared, parameter, ref, resources, topic

Recipe = Callable[[Stacks, Recording], "Answer"]


class Answer(NamedTuple):
    """An error or a status reason. Members that a recording does not give are not compared."""

    message: str
    code: str | None = None
    http: int | None = None
    operation: str | None = None
    status: str | None = None
    resource_type: str | None = None
    logical_id: str | None = None


RECIPES: dict[str, Recipe] = {}


def recipe(*names: str) -> Callable[[Recipe], Recipe]:
    def put(one: Recipe) -> Recipe:
        RECIPES.update(dict.fromkeys(names, one))
        return one

    return put


def refusal(call: Any, **params: Any) -> Answer:
    """The error of a call that must fail."""
    try:
        call(**params)
    except ClientError as error:
        answer: Any = error.response
        return Answer(
            answer["Error"].get("Message", ""),
            answer["Error"]["Code"],
            answer["ResponseMetadata"]["HTTPStatusCode"],
            error.operation_name,
        )
    raise AssertionError("the call was not refused")


def text(template: Any) -> str:
    return template if isinstance(template, str) else json.dumps(template)


def pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def change_set(stacks: Stacks, template: Any, kind: str = "CREATE", name: str = "cs", **further: Any) -> dict[str, Any]:
    return dict(stacks.client.create_change_set(**_change_set(template, kind=kind, name=name, **further)))


def _change_set(template: Any, kind: str = "CREATE", name: str = "cs", **further: Any) -> dict[str, Any]:
    given = {"StackName": "stack", "Parameters": pairs(further.pop("parameters", {})), **further}
    return {"ChangeSetName": name, "ChangeSetType": kind, "TemplateBody": text(template), **given}


def refused_change_set(stacks: Stacks, template: Any, **further: Any) -> Answer:
    return refusal(stacks.client.create_change_set, **_change_set(template, **further))


def refused_stack(stacks: Stacks, template: Any, **further: Any) -> Answer:
    return refusal(stacks.client.create_stack, StackName="stack", TemplateBody=text(template), **further)


def by_change_set(stacks: Stacks, template: Any, **further: Any) -> dict[str, Any]:
    """Create a stack by a change set; the stack with its events."""
    made = change_set(stacks, template, **further)
    stacks.client.execute_change_set(ChangeSetName=made["Id"])
    return stacks.settled(made["StackId"])


def event(stack: dict[str, Any], logical_id: str, status: str, nth: int = 0) -> Answer:
    """The reason of an event."""
    all_of_it = [one for one in stack["events"]
                 if (one["LogicalResourceId"], one["ResourceStatus"]) == (logical_id, status)]  # fmt: skip
    one = all_of_it[nth]
    return Answer(
        one.get("ResourceStatusReason", ""),
        status=status,
        resource_type=one["ResourceType"],
        logical_id=one["LogicalResourceId"],
    )


def status(stack: dict[str, Any]) -> Answer:
    """The status and reason of a stack or a change set."""
    return Answer(stack.get("StackStatusReason", stack.get("StatusReason", "")),
                  status=stack.get("StackStatus", stack.get("Status")))  # fmt: skip


def only_template(recording: Recording) -> str:
    (body,) = recording.templates.values()
    return body


TOPIC = resources(Topic=topic())


# Change sets


@recipe("test_get_template_missing_resources_change_set_id")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    arn = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:changeSet/none/00000000-0000-0000-0000-000000000000"
    return refusal(stacks.client.get_template, ChangeSetName=arn)


@recipe("test_deleted_changeset")
def _(stacks: Stacks, recording: Recording) -> Answer:
    made = change_set(stacks, only_template(recording))
    stacks.client.delete_change_set(ChangeSetName=made["Id"])
    return refusal(stacks.client.describe_change_set, ChangeSetName=made["Id"])


@recipe("test_describe_changeset_after_delete")
def _(stacks: Stacks, recording: Recording) -> Answer:
    change_set(stacks, only_template(recording))
    stacks.client.delete_change_set(StackName="stack", ChangeSetName="cs")
    return refusal(stacks.client.describe_change_set, StackName="stack", ChangeSetName="cs")


@recipe("test_create_changeset_with_stack_id")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    stack = stacks.create(TOPIC)
    stacks.delete()
    return refused_change_set(stacks, TOPIC, StackName=stack["StackId"], name="revived-stack-changeset")


@recipe("test_create_changeset_for_deleted_stack")
def _(stacks: Stacks, recording: Recording) -> Answer:
    stack = stacks.create(TOPIC)
    stacks.delete()
    kind = recording.observed["snapshot_at"].removeprefix("ErrorFor").upper()
    return refused_change_set(stacks, TOPIC, StackName=stack["StackId"], name="test", kind=kind)


@recipe("test_empty_changeset")
def _(stacks: Stacks, recording: Recording) -> Answer:
    template = only_template(recording)
    by_change_set(stacks, template)
    made = change_set(stacks, template, kind="UPDATE", name="none")
    if recording.observed["kind"] == "status_reason":
        return status(stacks.client.describe_change_set(ChangeSetName=made["Id"]))
    return refusal(stacks.client.execute_change_set, ChangeSetName=made["Id"])


@recipe("test_delete_change_set_exception")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refusal(stacks.client.delete_change_set, ChangeSetName="cs")


@recipe("test_describe_failed_change_set")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    include = {"Name": "AWS::Include", "Parameters": {"Location": "s3://doesnotexist/piece"}}
    made = change_set(stacks, {**TOPIC, "Transform": include})
    return status(stacks.client.describe_change_set(ChangeSetName=made["Id"]))


@recipe("test_describe_change_set_import_non_existent_export")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    made = change_set(stacks, resources(MyFoo=parameter({"Fn::ImportValue": "nowhere"})))
    return status(stacks.client.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=True))


@recipe("test_fn_split_with_get_att")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    pieces = {"Fn::Join": ["_", {"Fn::Split": ["-", att("Topic1.DisplayName")]}]}
    template = resources(Topic1=topic(DisplayName="topic-name-1"), Topic2=topic(DisplayName=pieces))
    made = change_set(stacks, template)
    return status(stacks.client.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=True))


@recipe("test_using_pseudoparameters_in_places[parameter]")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refused_change_set(stacks, {**declared("AWS::NoValue"), **TOPIC})


@recipe("test_no_parameters_given")
def _(stacks: Stacks, recording: Recording) -> Answer:
    return refused_change_set(stacks, only_template(recording))


@recipe("test_invalid_logical_resource_id")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refused_change_set(stacks, {"Resources": {"my-bad-resource-id": topic()}})


@recipe("test_invalid_parameter_type")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    template = {**declared("Value", "Number"), **resources(Foo=parameter(ref("Value")))}
    return refused_change_set(stacks, template, parameters={"Value": "text"})


@recipe("test_invalid_select_index_type[non-integer-index]")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refused_change_set(stacks, resources(Foo=topic(DisplayName={"Fn::Select": ["first", ["a", "b"]]})))


@recipe("test_no_type")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refused_change_set(stacks, resources(Foo={"Properties": {}}))


@recipe("test_async_mapping_error_second_level_v2")
def _(stacks: Stacks, recording: Recording) -> Answer:
    wanted = {"TopicName": "t", "TopicNameSuffixSelector": "A", "TopicAttributeSelector": "NotValid"}
    return refused_change_set(stacks, only_template(recording), parameters=wanted)


@recipe("test_output_reference_to_skipped_resource")
def _(stacks: Stacks, recording: Recording) -> Answer:
    return refused_change_set(stacks, only_template(recording), parameters={"OptionParameter": "option-b"})


@recipe("test_resolve_ssm_missing_parameter")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    kind = "AWS::SSM::Parameter::Value<String>"
    template = {**declared("InputValue", kind), **resources(Foo=parameter(ref("InputValue")))}
    given = [{"ParameterKey": "InputValue"}]
    return refused_change_set(stacks, template, Parameters=given)


# Stacks


@recipe("test_create_stack_from_s3_template_url[http_invalid]")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refusal(stacks.client.create_stack, StackName="stack", TemplateURL="http://example.com/template.yaml")


@recipe("test_name_conflicts")
def _(stacks: Stacks, recording: Recording) -> Answer:
    stacks.create(TOPIC)
    if recording.observed["code"] == "AlreadyExistsException":
        return refused_stack(stacks, TOPIC)
    return refused_change_set(stacks, TOPIC)


@recipe("test_linting_error_during_creation")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refused_stack(stacks, {"Resources": {"Topic": "text"}})


@recipe("test_to_validate_template_limit_for_macro")
def _(stacks: Stacks, recording: Recording) -> Answer:
    template = recording.templates["transformation_global_parameter.yml"]
    return refused_stack(stacks, template + "#" * 52000, Capabilities=["CAPABILITY_AUTO_EXPAND"])


@recipe("test_create_stack_url_as_template")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refused_stack(stacks, "https://bucket.s3.amazonaws.com/template.yaml")


@recipe("test_capabilities_requirements")
def _(stacks: Stacks, recording: Recording) -> Answer:
    return refused_stack(stacks, recording.templates["transformation_add_role.yml"])


@recipe("test_error_pass_macro_as_reference")
def _(stacks: Stacks, recording: Recording) -> Answer:
    given = pairs({"MacroName": "macro"})
    return refused_stack(stacks, only_template(recording), Parameters=given, Capabilities=["CAPABILITY_AUTO_EXPAND"])


@recipe("test_blocked_stack_deletion")
def _(stacks: Stacks, recording: Recording) -> Answer:
    stack = stacks.create(only_template(recording), parameters={"Name": "broken"})
    if recording.observed["status"] == "DELETE_FAILED":
        stack = stacks.delete()
    return status(stack)


@recipe("test_invalid_stack_deploy")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    stack = by_change_set(stacks, resources(MyParameter={"Type": "AWS::SSM::Parameter", "Properties": {"Value": "a"}}))
    return event(stack, "MyParameter", "CREATE_FAILED")


@recipe("test_invalid_getatt_fails")
def _(stacks: Stacks, recording: Recording) -> Answer:
    return event(by_change_set(stacks, only_template(recording)), "stack", "ROLLBACK_IN_PROGRESS")


@recipe("test_immutable_property_update_causes_resource_replacement")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    stacks.create(resources(Topic1=topic(TopicName="one")))
    return event(stacks.update(resources(Topic1=topic(TopicName="two"))), "Topic1", "UPDATE_IN_PROGRESS")


@recipe("test_embedded_fn_transform_include[json]")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    stacks.create(resources(Parameter=parameter("foo", Name="one")))
    return event(stacks.update(resources(Parameter=parameter("foo", Name="two"))), "Parameter", "UPDATE_IN_PROGRESS")


def updatable(stacks: Stacks, recording: Recording) -> Any:
    stacks.create(only_template(recording))
    return stacks.client.update_stack


@recipe("test_no_template_error")
def _(stacks: Stacks, recording: Recording) -> Answer:
    return refusal(updatable(stacks, recording), StackName="stack")


@recipe("test_update_with_role_without_permissions")
def _(stacks: Stacks, recording: Recording) -> Answer:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = stacks.aws("iam").create_role(RoleName="role-fb405076", AssumeRolePolicyDocument=document)
    update = updatable(stacks, recording)
    answer = refusal(update, StackName="stack", UsePreviousTemplate=True, RoleARN=made["Role"]["Arn"])
    stacks.aws("iam").delete_role(RoleName="role-fb405076")
    return answer


@recipe("test_update_with_invalid_rollback_configuration_errors")
def _(stacks: Stacks, recording: Recording) -> Answer:
    trigger = {"Arn": "arn:aws:cloudwatch:us-east-1:123456789:example-name", "Type": "AWS::CloudWatch::Alarm"}
    given = {"RollbackTriggers": [trigger], "MonitoringTimeInMinutes": 10}
    update = updatable(stacks, recording)
    return refusal(update, StackName="stack", UsePreviousTemplate=True, RollbackConfiguration=given)


@recipe("test_set_policy_both_policy_and_url")
def _(stacks: Stacks, recording: Recording) -> Answer:
    stacks.create(recording.templates["sns_topic_simple.yaml"])
    body = recording.templates["stack_policy.json"]
    url = "https://bucket.s3.amazonaws.com/policy.json"
    return refusal(stacks.client.set_stack_policy, StackName="stack", StackPolicyBody=body, StackPolicyURL=url)


# Templates


@recipe("test_resources_blocks[invalid-key]")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refused_stack(stacks, resources(A={**topic(), "Invalid": {}}))


@recipe("test_resources_blocks[missing-type]")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refused_stack(stacks, resources(A={"Properties": {}}))


@recipe("test_invalid_output_structure[multiple-nones]")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refused_stack(stacks, {**TOPIC, "Outputs": {"First": None, "Second": None}})


@recipe("test_get_template_summary_non_executed_change_set")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    change_set(stacks, TOPIC)
    return refusal(stacks.client.get_template_summary, StackName="stack")


@recipe("test_get_template_summary_no_resources")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refusal(stacks.client.get_template_summary, TemplateBody=text(declared("Value")))


@recipe("test_validate_invalid_json_template_should_fail")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    """The 24th character should be a colon."""
    return refusal(stacks.client.validate_template, TemplateBody='{"twenty-one letters!!"="value"}')


# Resources


@recipe("test_describe_non_existent_resource")
def _(stacks: Stacks, recording: Recording) -> Answer:
    stack = stacks.create(only_template(recording), parameters={"Input": "value"})
    describe = stacks.client.describe_stack_resource
    return refusal(describe, StackName=stack["StackId"], LogicalResourceId="not-a-valid-resource")


@recipe("test_stack_resource_not_found")
def _(stacks: Stacks, recording: Recording) -> Answer:
    stacks.create(only_template(recording))
    describe = stacks.client.describe_stack_resource
    return refusal(describe, StackName="stack", LogicalResourceId="NonExistentResource")


@recipe("test_describe_deleted_resource_on_update")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    stacks.create(resources(Parameter=parameter("a")))
    stacks.update(resources(Parameter2=parameter("a")))
    return refusal(stacks.client.describe_stack_resource, StackName="stack", LogicalResourceId="Parameter")


@recipe("test_describe_failed_resource")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    by_change_set(stacks, resources(Parameter=parameter("a", Type="Invalid")))
    return refusal(stacks.client.describe_stack_resource, StackName="stack", LogicalResourceId="Parameter")


# What is left of resources, told by their services


@recipe("test_cfn_handle_s3_notification_configuration")
def _(stacks: Stacks, recording: Recording) -> Answer:
    bucket = stacks.create(only_template(recording))["outputs"]["BucketName"]
    stacks.delete()
    return refusal(stacks.aws("s3").get_bucket_notification_configuration, Bucket=bucket)


@recipe("test_bucketpolicy")
def _(stacks: Stacks, recording: Recording) -> Answer:
    body = only_template(recording)
    start, _, rest = body.partition("  {% if include_policy %}\n")
    stacks.create(start + rest.replace("  {% endif %}", ""), parameters={"BucketName": "bucket"})
    stacks.update(start, parameters={"BucketName": "bucket"})
    return refusal(stacks.aws("s3").get_bucket_policy, Bucket="bucket")


@recipe("test_update_standard_queue_add_properties_with_replacement")
def _(stacks: Stacks, recording: Recording) -> Answer:
    before, after = recording.templates.values()
    queue = stacks.create(before)["outputs"]["QueueUrl"]
    stacks.update(after)
    return refusal(stacks.aws("sqs").get_queue_attributes, QueueUrl=queue)


@recipe("test_extension_not_complete")
def _(stacks: Stacks, _recording: Recording) -> Answer:
    return refusal(stacks.client.describe_type, Type="HOOK", TypeName="LocalStack::Testing::TestHook")


@recipe("test_deletion_policy_with_deletion")
def _(stacks: Stacks, recording: Recording) -> Answer:
    given = {"EnvType": "dev", "ParameterValue": "value"}
    name = stacks.create(only_template(recording), parameters=given)["outputs"]["ParameterName"]
    stacks.delete()
    return refusal(stacks.aws("ssm").get_parameter, Name=name)


@recipe("test_cloudformation_query")
def _(stacks: Stacks, recording: Recording) -> Answer:
    """A group of a stack that is there is made, one of a deleted stack is not."""
    stack = stacks.create(only_template(recording), parameters={"CompanyName": "company", "MyEmail1": "me@example.com"})
    filters = {"ResourceTypeFilters": ["AWS::AllSupported"], "StackIdentifier": stack["StackId"]}
    query = {"Type": "CLOUDFORMATION_STACK_1_0", "Query": json.dumps(filters)}
    groups = stacks.aws("resource-groups")
    groups.create_group(Name="first", ResourceQuery=query)
    groups.delete_group(Group="first")
    stacks.delete()
    return refusal(groups.create_group, Name="second", ResourceQuery=query)
