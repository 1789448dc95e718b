"""The `aws` command from PyPI: for each of the page's services a call that the launch role may make, and one that it
may not."""

import json
import re

import pytest
from test_page_actions import ACTIONS, CALLER, Page

from commands import AWS, environment, run
from page_calls import TAG, USE_ROLE, arn

TEMPLATE = '{"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}'
ENVIRONMENT = "type=LINUX_CONTAINER,image=i,computeType=BUILD_GENERAL1_SMALL"
DEFINITION = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'


def project(name, role):
    return (
        f"codebuild create-project --name {name} --source type=CODEPIPELINE --artifacts type=CODEPIPELINE "
        f"--environment {ENVIRONMENT} --service-role {role}"
    )


def pipeline(name, connection):
    actions = [
        {
            "name": "Code",
            "actionTypeId": {
                "category": "Source",
                "owner": "AWS",
                "provider": "CodeStarSourceConnection",
                "version": "1",
            },
            "configuration": {"ConnectionArn": connection, "FullRepositoryId": "a/b", "BranchName": "main"},
            "outputArtifacts": [{"name": "Source"}],
        }
    ]
    build = [
        {
            "name": "Build",
            "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
            "configuration": {"ProjectName": "sagemaker-x"},
            "inputArtifacts": [{"name": "Source"}],
        }
    ]
    declared = {
        "name": name,
        "roleArn": USE_ROLE,
        "artifactStore": {"type": "S3", "location": "sagemaker-artifacts"},
        "stages": [{"name": "Source", "actions": actions}, {"name": "Build", "actions": build}],
    }
    return ["codepipeline", "create-pipeline", "--pipeline", json.dumps(declared)]


# service: the conforming call, the denied one, and the action and resource of AWS' sentence
CALLS = {
    "apigateway": (
        f"apigateway create-rest-api --name api --tags {TAG}=x",
        "apigateway create-rest-api --name api",
        ("apigateway:POST", "arn:aws:apigateway:us-east-1::/restapis"),
    ),
    "cloudformation": (
        ["cloudformation", "create-stack", "--stack-name", "SC-x", "--template-body", TEMPLATE],
        ["cloudformation", "create-stack", "--stack-name", "x", "--template-body", TEMPLATE],
        ("cloudformation:CreateStack", arn("cloudformation", "stack/x/*")),
    ),
    "codebuild": (
        project("sagemaker-x", USE_ROLE),
        project("xx", USE_ROLE),
        ("codebuild:CreateProject", arn("codebuild", "project/xx")),
    ),
    "codecommit": (
        "codecommit create-repository --repository-name sagemaker-x",
        "codecommit create-repository --repository-name x",
        ("codecommit:CreateRepository", arn("codecommit", "x")),
    ),
    "codepipeline": (
        "codepipeline delete-pipeline --name sagemaker-x",
        "codepipeline delete-pipeline --name x",
        ("codepipeline:DeletePipeline", arn("codepipeline", "x")),
    ),
    "cognito-idp": (
        f"cognito-idp create-user-pool --pool-name x --user-pool-tags {TAG}=x",
        "cognito-idp create-user-pool --pool-name x",
        ("cognito-idp:CreateUserPool", "*"),
    ),
    "ecr": (
        "ecr create-repository --repository-name sagemaker-x",
        "ecr create-repository --repository-name xx",
        ("ecr:CreateRepository", arn("ecr", "repository/xx")),
    ),
    "events": (
        ["events", "put-rule", "--name", "sagemaker-x", "--schedule-expression", "rate(1 day)"],
        ["events", "put-rule", "--name", "x", "--schedule-expression", "rate(1 day)"],
        ("events:PutRule", arn("events", "rule/x")),
    ),
    "firehose": (
        "firehose create-delivery-stream --delivery-stream-name sagemaker-x "
        f"--s3-destination-configuration RoleARN={USE_ROLE},BucketARN=arn:aws:s3:::sagemaker-x",
        "firehose create-delivery-stream --delivery-stream-name x "
        f"--s3-destination-configuration RoleARN={USE_ROLE},BucketARN=arn:aws:s3:::sagemaker-x",
        ("firehose:CreateDeliveryStream", arn("firehose", "deliverystream/x")),
    ),
    "glue": (
        "glue create-workflow --name sagemaker-x",
        "glue create-workflow --name x",
        ("glue:CreateWorkflow", arn("glue", "workflow/x")),
    ),
    "iam": (
        project("sagemaker-y", USE_ROLE),
        project("sagemaker-z", "arn:aws:iam::123456789012:role/SomebodyElse"),
        ("iam:PassRole", "arn:aws:iam::123456789012:role/SomebodyElse"),
    ),
    "lambda": (
        "lambda create-function --function-name sagemaker-x --runtime python3.12 --handler index.handler "
        f"--role {USE_ROLE} --zip-file fileb://CODE",
        "lambda create-function --function-name x --runtime python3.12 --handler index.handler "
        f"--role {USE_ROLE} --zip-file fileb://CODE",
        ("lambda:CreateFunction", arn("lambda", "function:x")),
    ),
    "logs": (
        "logs create-log-group --log-group-name /aws/apigateway/AccessLogs/x",
        "logs create-log-group --log-group-name /x",
        ("logs:CreateLogGroup", arn("logs", "log-group:/x:log-stream:")),
    ),
    "s3": (
        "s3api create-bucket --bucket sagemaker-x",
        "s3api create-bucket --bucket xxx",
        ("s3:CreateBucket", '"arn:aws:s3:::xxx"'),
    ),
    "sagemaker": (
        f"sagemaker create-image --image-name x --role-arn {USE_ROLE}",
        "sagemaker list-images",
        ("sagemaker:ListImages", "*"),
    ),
    "states": (
        [
            "stepfunctions",
            "create-state-machine",
            "--name",
            "sagemaker-x",
            "--definition",
            DEFINITION,
            "--role-arn",
            USE_ROLE,
        ],
        ["stepfunctions", "create-state-machine", "--name", "x", "--definition", DEFINITION, "--role-arn", USE_ROLE],
        ("states:CreateStateMachine", arn("states", "stateMachine:x")),
    ),
    "codestar-connections": (
        pipeline("sagemaker-x", arn("codestar-connections", "connection/1")),
        pipeline("sagemaker-x", arn("codeconnections", "connection/1")),
        ("codeconnections:PassConnection", arn("codeconnections", "connection/1")),
    ),
}


class Command:
    """The command, with the launch role's session in its environment."""

    def __init__(self, page, directory):
        self.page = page
        self.directory = directory
        session = page.sandbox.assume(
            CALLER.replace(":sts:", ":iam:").replace("assumed-role/", "role/service-role/").rpartition("/")[0],
            "servicecatalog.amazonaws.com",
            "servicecatalog",
        )
        self.environment = environment(page.endpoint.url, session, directory)

    def run(self, words):
        words = words.split() if isinstance(words, str) else words
        words = [word.replace("CODE", str(self.directory / "code.zip")) for word in words]
        return run([AWS, *words], self.environment, self.directory)


@pytest.fixture
def command(endpoint, tmp_path):
    from page_calls import code

    (tmp_path / "code.zip").write_bytes(code())
    return Command(Page(endpoint), tmp_path)


def test_there_is_a_call_for_each_service_of_the_page():
    assert set(CALLS) == {action.partition(":")[0] for action in ACTIONS}


@pytest.mark.parametrize("service", CALLS)
def test_a_service(command, service):
    conforming, denied, (action, resource) = CALLS[service]
    done = command.run(conforming)
    assert done.returncode == 0, done.stderr
    refused = command.run(denied)
    assert refused.returncode in (254, 255)  # the first and the second version of the command differ
    assert re.search(r"An error occurred \(AccessDenied(Exception)?\) when calling the \w+ operation", refused.stderr)
    target = f" on resource: {resource}" if resource else ""
    assert (
        f"User: {CALLER} is not authorized to perform: {action}{target} because no identity-based policy allows the "
        f"{action} action" in refused.stderr
    )
