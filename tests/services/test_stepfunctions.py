"""What Step Functions asks of a role before it takes a definition, through boto3 in process."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from endpoint import trust
from launchrole.sandbox import Sandbox
from launchrole.services.state_machines import rules_of

ROLE = "arn:aws:iam::123456789012:role/machines"
RULE = "arn:aws:events:us-east-1:123456789012:rule/"
TRAINING = "StepFunctionsGetEventsForSageMakerTrainingJobsRule"


@pytest.fixture
def aws():
    with Sandbox() as sandbox:
        session = boto3.session.Session(botocore_session=sandbox.botocore_session())
        session.client("iam").create_role(RoleName="machines", AssumeRolePolicyDocument=trust("states"))
        yield session.client


def allow(aws, *actions, resource):
    statement = {"Effect": "Allow", "Action": [f"events:{one}" for one in actions], "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws("iam").put_role_policy(RoleName="machines", PolicyName="rules", PolicyDocument=document)


def definition(*integrations):
    tasks = [{"Type": "Task", "End": True, "Resource": f"arn:aws:states:::{one}"} for one in integrations]
    return {"StartAt": "S0", "States": {f"S{number}": one for number, one in enumerate(tasks)}}


def create(aws, *integrations):
    text = json.dumps(definition(*integrations))
    return aws("stepfunctions").create_state_machine(name="m", definition=text, roleArn=ROLE)["stateMachineArn"]


def test_a_job_that_is_waited_for_needs_a_rule(aws):
    with pytest.raises(ClientError) as caught:
        create(aws, "sagemaker:createTrainingJob.sync")
    assert caught.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": f"'{ROLE}' is not authorized to create managed-rule.",
    }
    assert aws("stepfunctions").list_state_machines()["stateMachines"] == []
    allow(aws, "PutRule", "PutTargets", resource=RULE + TRAINING)
    with pytest.raises(ClientError, match="managed-rule"):
        create(aws, "sagemaker:createTrainingJob.sync")
    allow(aws, "PutRule", "PutTargets", "DescribeRule", resource=RULE + TRAINING)
    assert create(aws, "sagemaker:createTrainingJob.sync")
    assert aws("events").list_rules()["Rules"] == []


def test_the_rule_is_that_of_the_integration(aws):
    allow(aws, "*", resource=RULE + TRAINING)
    with pytest.raises(ClientError, match="managed-rule"):
        create(aws, "states:startExecution.sync:2")


@pytest.mark.parametrize("integration", ["sagemaker:createTrainingJob", "glue:startJobRun.sync", "sns:publish"])
def test_nothing_is_asked_where_no_rule_tells_of_the_end(aws, integration):
    assert create(aws, integration)


def test_an_update_is_asked_as_a_creation_is(aws):
    arn = create(aws, "sns:publish")
    text = json.dumps(definition("codebuild:startBuild.sync"))
    with pytest.raises(ClientError, match="managed-rule"):
        aws("stepfunctions").update_state_machine(stateMachineArn=arn, definition=text)
    described = aws("stepfunctions").describe_state_machine(stateMachineArn=arn)
    assert json.loads(described["definition"]) == definition("sns:publish")


def test_jobs_within_branches_and_maps_count():
    inside = definition("batch:submitJob.sync")
    for within in ({"Branches": [inside]}, {"Iterator": inside}, {"ItemProcessor": inside}):
        assert rules_of({"States": {"P": {"Type": "Parallel", **within}}}) == ["StepFunctionsGetEventsForBatchJobsRule"]
    assert rules_of(inside | {"States": None}) == []
