"""Calls that need the page's actions: one that conforms to the policy, and one that it denies.

Each entry of `CALLS` is for one of the 125 actions. `prepare` makes what the call needs, as the root user; `conform`
makes the call as the launch role and must succeed; `effect` looks, as the root user, whether it did something;
`refused` makes a call that the policy does not allow: with another name, without the tag, with another role. Where the
policy sets no limit (Resource `*` without condition) there is no such call: then the session's own policy leaves the
action out.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
REGION = "us-east-1"
USE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole"
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/SomebodyElse"
TAG = "sagemaker:launch-source"

TEMPLATE = json.dumps({"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}})
UPDATED = json.dumps(
    {
        "Resources": {
            "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
            "Second": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        }
    }
)
DEFINITION = json.dumps({"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}})

Clients = Callable[[str], Any]


@dataclass(frozen=True)
class PageCall:
    """`says` are the action and the resource of AWS' sentence about the refused call."""

    conform: Callable[[Clients, dict[str, Any]], Any]
    refused: Callable[[Clients, dict[str, Any]], Any]
    says: tuple[str, str] | None = None
    prepare: Callable[[Clients, dict[str, Any]], None] = lambda aws, made: None
    effect: Callable[[Clients, dict[str, Any]], bool] | None = None


def code() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return event\n")
    return buffer.getvalue()


CALLS: dict[str, PageCall] = {}


def arn(service: str, resource: str, region: str = REGION, account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def missing(call: Callable[[], Any], *codes: str) -> bool:
    """Does a call say that the thing is not there?"""
    try:
        call()
    except Exception as error:
        found = getattr(error, "response", {}).get("Error", {}).get("Code", "")
        return any(code in found for code in codes or ("NotFound", "NoSuch", "DoesNotExist", "EntityNotFound", "404"))
    return False


# API Gateway: the REST API carries the tag that the page's statements turn on.


def rest_api(aws: Clients, made: dict[str, Any]) -> None:
    made["api"] = aws("apigateway").create_rest_api(name="sagemaker-api", tags={TAG: "x"})["id"]
    made["plain"] = aws("apigateway").create_rest_api(name="plain")["id"]


CALLS["apigateway:GET"] = PageCall(
    prepare=rest_api,
    conform=lambda aws, made: aws("apigateway").get_rest_api(restApiId=made["api"]),
    refused=lambda aws, made: aws("apigateway").get_rest_api(restApiId=made["plain"]),
    says=("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/{plain}"),
)
CALLS["apigateway:POST"] = PageCall(
    prepare=rest_api,
    conform=lambda aws, made: aws("apigateway").create_rest_api(name="sagemaker-new", tags={TAG: "x"}),
    effect=lambda aws, made: any(one["name"] == "sagemaker-new" for one in aws("apigateway").get_rest_apis()["items"]),
    refused=lambda aws, made: aws("apigateway").create_rest_api(name="untagged"),
    says=("apigateway:POST", "arn:aws:apigateway:us-east-1::/restapis"),
)


def resource(aws: Clients, made: dict[str, Any]) -> None:
    rest_api(aws, made)
    for name in ("api", "plain"):
        made[f"{name}_root"] = aws("apigateway").get_resources(restApiId=made[name])["items"][0]["id"]


CALLS["apigateway:PUT"] = PageCall(
    prepare=resource,
    conform=lambda aws, made: aws("apigateway").put_method(
        restApiId=made["api"], resourceId=made["api_root"], httpMethod="GET", authorizationType="NONE"
    ),
    effect=lambda aws, made: (
        aws("apigateway").get_method(restApiId=made["api"], resourceId=made["api_root"], httpMethod="GET")[
            "authorizationType"
        ]
        == "NONE"
    ),
    refused=lambda aws, made: aws("apigateway").put_method(
        restApiId=made["plain"], resourceId=made["plain_root"], httpMethod="GET", authorizationType="NONE"
    ),
    says=("apigateway:PUT", "arn:aws:apigateway:us-east-1::/restapis/{plain}/resources/{plain_root}/methods/GET"),
)
CALLS["apigateway:PATCH"] = PageCall(
    prepare=rest_api,
    conform=lambda aws, made: aws("apigateway").update_rest_api(
        restApiId=made["api"], patchOperations=[{"op": "replace", "path": "/description", "value": "new"}]
    ),
    effect=lambda aws, made: aws("apigateway").get_rest_api(restApiId=made["api"])["description"] == "new",
    refused=lambda aws, made: aws("apigateway").update_rest_api(
        restApiId=made["plain"], patchOperations=[{"op": "replace", "path": "/description", "value": "new"}]
    ),
    says=("apigateway:PATCH", "arn:aws:apigateway:us-east-1::/restapis/{plain}"),
)
CALLS["apigateway:DELETE"] = PageCall(
    prepare=rest_api,
    conform=lambda aws, made: aws("apigateway").delete_rest_api(restApiId=made["api"]),
    effect=lambda aws, made: missing(lambda: aws("apigateway").get_rest_api(restApiId=made["api"])),
    refused=lambda aws, made: aws("apigateway").delete_rest_api(restApiId=made["plain"]),
    says=("apigateway:DELETE", "arn:aws:apigateway:us-east-1::/restapis/{plain}"),
)

# CloudFormation: stacks that Service Catalog names.


def stacks(aws: Clients, made: dict[str, Any]) -> None:
    for name in ("SC-1", "other"):
        made[name] = aws("cloudformation").create_stack(StackName=name, TemplateBody=TEMPLATE)["StackId"]
        settled(aws, name)


def settled(aws: Clients, name: str) -> str:
    """A stack's status once nothing is being done to it; empty for one that is gone."""
    for _ in range(200):
        try:
            status = aws("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        except ClientError:
            return ""
        if not status.endswith("_IN_PROGRESS"):
            return str(status)
        time.sleep(0.05)
    raise AssertionError(f"{name} is still in progress")


CALLS["cloudformation:CreateStack"] = PageCall(
    conform=lambda aws, made: aws("cloudformation").create_stack(StackName="SC-new", TemplateBody=TEMPLATE),
    effect=lambda aws, made: settled(aws, "SC-new") == "CREATE_COMPLETE",
    refused=lambda aws, made: aws("cloudformation").create_stack(StackName="mine", TemplateBody=TEMPLATE),
    says=("cloudformation:CreateStack", arn("cloudformation", "stack/mine/*")),
)
CALLS["cloudformation:UpdateStack"] = PageCall(
    prepare=stacks,
    conform=lambda aws, made: aws("cloudformation").update_stack(StackName="SC-1", TemplateBody=UPDATED),
    effect=lambda aws, made: settled(aws, "SC-1") == "UPDATE_COMPLETE",
    refused=lambda aws, made: aws("cloudformation").update_stack(StackName="other", TemplateBody=UPDATED),
    says=("cloudformation:UpdateStack", "{other}"),
)
CALLS["cloudformation:DeleteStack"] = PageCall(
    prepare=stacks,
    conform=lambda aws, made: aws("cloudformation").delete_stack(StackName="SC-1"),
    effect=lambda aws, made: settled(aws, "SC-1") == "",
    refused=lambda aws, made: aws("cloudformation").delete_stack(StackName="other"),
    says=("cloudformation:DeleteStack", "{other}"),
)
CALLS["cloudformation:DescribeStackEvents"] = PageCall(
    prepare=stacks,
    conform=lambda aws, made: aws("cloudformation").describe_stack_events(StackName="SC-1")["StackEvents"][0],
    refused=lambda aws, made: aws("cloudformation").describe_stack_events(StackName="other"),
    says=("cloudformation:DescribeStackEvents", "{other}"),
)
CALLS["cloudformation:DescribeStacks"] = PageCall(
    prepare=stacks,
    conform=lambda aws, made: aws("cloudformation").describe_stacks(StackName="SC-1")["Stacks"][0],
    refused=lambda aws, made: aws("cloudformation").describe_stacks(StackName="other"),
    says=("cloudformation:DescribeStacks", "{other}"),
)
for name, operation in (("GetTemplateSummary", "get_template_summary"), ("ValidateTemplate", "validate_template")):
    CALLS[f"cloudformation:{name}"] = PageCall(
        conform=lambda aws, made, operation=operation: getattr(aws("cloudformation"), operation)(TemplateBody=TEMPLATE),
        refused=lambda aws, made, operation=operation: getattr(aws("cloudformation"), operation)(TemplateBody=TEMPLATE),
    )

# CodeBuild, CodeCommit, CodePipeline.


def project(name: str, role: str = USE_ROLE) -> dict[str, Any]:
    return {
        "name": name,
        "source": {"type": "CODEPIPELINE", "buildspec": "buildspec.yml"},
        "artifacts": {"type": "CODEPIPELINE"},
        "environment": {
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        "serviceRole": role,
    }


def projects(aws: Clients, made: dict[str, Any]) -> None:
    for name in ("sagemaker-build", "build"):
        aws("codebuild").create_project(**project(name))


def build_project(aws: Clients, name: str) -> list[Any]:
    return aws("codebuild").batch_get_projects(names=[name])["projects"]


CALLS["codebuild:CreateProject"] = PageCall(
    conform=lambda aws, made: aws("codebuild").create_project(**project("sagemaker-new")),
    effect=lambda aws, made: bool(build_project(aws, "sagemaker-new")),
    refused=lambda aws, made: aws("codebuild").create_project(**project("new")),
    says=("codebuild:CreateProject", arn("codebuild", "project/new")),
)
CALLS["codebuild:UpdateProject"] = PageCall(
    prepare=projects,
    conform=lambda aws, made: aws("codebuild").update_project(name="sagemaker-build", description="changed"),
    effect=lambda aws, made: build_project(aws, "sagemaker-build")[0]["description"] == "changed",
    refused=lambda aws, made: aws("codebuild").update_project(name="build", description="changed"),
    says=("codebuild:UpdateProject", arn("codebuild", "project/build")),
)
CALLS["codebuild:DeleteProject"] = PageCall(
    prepare=projects,
    conform=lambda aws, made: aws("codebuild").delete_project(name="sagemaker-build"),
    effect=lambda aws, made: not build_project(aws, "sagemaker-build"),
    refused=lambda aws, made: aws("codebuild").delete_project(name="build"),
    says=("codebuild:DeleteProject", arn("codebuild", "project/build")),
)


def repositories(aws: Clients, made: dict[str, Any]) -> None:
    for name in ("sagemaker-code", "code"):
        aws("codecommit").create_repository(repositoryName=name)


def commit(aws: Clients, repository: str) -> Any:
    return aws("codecommit").create_commit(
        repositoryName=repository, branchName="main", putFiles=[{"filePath": "a.txt", "fileContent": b"text"}]
    )


CALLS["codecommit:CreateCommit"] = PageCall(
    prepare=repositories,
    conform=lambda aws, made: commit(aws, "sagemaker-code"),
    effect=lambda aws, made: (
        aws("codecommit").get_file(repositoryName="sagemaker-code", filePath="a.txt")["fileContent"] == b"text"
    ),
    refused=lambda aws, made: commit(aws, "code"),
    says=("codecommit:CreateCommit", arn("codecommit", "code")),
)
CALLS["codecommit:CreateRepository"] = PageCall(
    conform=lambda aws, made: aws("codecommit").create_repository(repositoryName="sagemaker-new"),
    effect=lambda aws, made: aws("codecommit").get_repository(repositoryName="sagemaker-new") is not None,
    refused=lambda aws, made: aws("codecommit").create_repository(repositoryName="new"),
    says=("codecommit:CreateRepository", arn("codecommit", "new")),
)
CALLS["codecommit:DeleteRepository"] = PageCall(
    prepare=repositories,
    conform=lambda aws, made: aws("codecommit").delete_repository(repositoryName="sagemaker-code"),
    effect=lambda aws, made: missing(lambda: aws("codecommit").get_repository(repositoryName="sagemaker-code")),
    refused=lambda aws, made: aws("codecommit").delete_repository(repositoryName="code"),
    says=("codecommit:DeleteRepository", arn("codecommit", "code")),
)
CALLS["codecommit:GetRepository"] = PageCall(
    prepare=repositories,
    conform=lambda aws, made: aws("codecommit").get_repository(repositoryName="sagemaker-code"),
    refused=lambda aws, made: aws("codecommit").get_repository(repositoryName="code"),
    says=("codecommit:GetRepository", arn("codecommit", "code")),
)
CALLS["codecommit:TagResource"] = PageCall(
    prepare=repositories,
    conform=lambda aws, made: aws("codecommit").tag_resource(
        resourceArn=arn("codecommit", "sagemaker-code"), tags={"a": "b"}
    ),
    effect=lambda aws, made: (
        aws("codecommit").list_tags_for_resource(resourceArn=arn("codecommit", "sagemaker-code"))["tags"] == {"a": "b"}
    ),
    refused=lambda aws, made: aws("codecommit").tag_resource(resourceArn=arn("codecommit", "code"), tags={"a": "b"}),
    says=("codecommit:TagResource", arn("codecommit", "code")),
)
CALLS["codecommit:ListRepositories"] = PageCall(
    prepare=repositories,
    conform=lambda aws, made: aws("codecommit").list_repositories()["repositories"][1],
    refused=lambda aws, made: aws("codecommit").list_repositories(),
)


def pipeline(name: str, role: str = USE_ROLE) -> dict[str, Any]:
    return {
        "name": name,
        "roleArn": role,
        "artifactStore": {"type": "S3", "location": "sagemaker-artifacts"},
        "version": 1,
        "stages": [
            {
                "name": "Source",
                "actions": [
                    {
                        "name": "Code",
                        "actionTypeId": {
                            "category": "Source",
                            "owner": "AWS",
                            "provider": "CodeCommit",
                            "version": "1",
                        },
                        "configuration": {"RepositoryName": "sagemaker-code", "BranchName": "main"},
                        "outputArtifacts": [{"name": "Source"}],
                    }
                ],
            },
            {
                "name": "Build",
                "actions": [
                    {
                        "name": "Build",
                        "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
                        "configuration": {"ProjectName": "sagemaker-build"},
                        "inputArtifacts": [{"name": "Source"}],
                    }
                ],
            },
        ],
    }


def pipelines(aws: Clients, made: dict[str, Any]) -> None:
    for name in ("sagemaker-pipe", "pipe"):
        aws("codepipeline").create_pipeline(pipeline=pipeline(name))


CALLS["codepipeline:CreatePipeline"] = PageCall(
    conform=lambda aws, made: aws("codepipeline").create_pipeline(pipeline=pipeline("sagemaker-new")),
    effect=lambda aws, made: aws("codepipeline").get_pipeline(name="sagemaker-new")["pipeline"]["version"] == 1,
    refused=lambda aws, made: aws("codepipeline").create_pipeline(pipeline=pipeline("new")),
    says=("codepipeline:CreatePipeline", arn("codepipeline", "new")),
)
CALLS["codepipeline:UpdatePipeline"] = PageCall(
    prepare=pipelines,
    conform=lambda aws, made: aws("codepipeline").update_pipeline(pipeline=pipeline("sagemaker-pipe")),
    effect=lambda aws, made: aws("codepipeline").get_pipeline(name="sagemaker-pipe")["pipeline"]["version"] == 2,
    refused=lambda aws, made: aws("codepipeline").update_pipeline(pipeline=pipeline("pipe")),
    says=("codepipeline:UpdatePipeline", arn("codepipeline", "pipe")),
)
for name, operation in (("GetPipeline", "get_pipeline"), ("GetPipelineState", "get_pipeline_state")):
    CALLS[f"codepipeline:{name}"] = PageCall(
        prepare=pipelines,
        conform=lambda aws, made, operation=operation: getattr(aws("codepipeline"), operation)(name="sagemaker-pipe"),
        refused=lambda aws, made, operation=operation: getattr(aws("codepipeline"), operation)(name="pipe"),
        says=(f"codepipeline:{name}", arn("codepipeline", "pipe")),
    )
CALLS["codepipeline:DeletePipeline"] = PageCall(
    prepare=pipelines,
    conform=lambda aws, made: aws("codepipeline").delete_pipeline(name="sagemaker-pipe"),
    effect=lambda aws, made: missing(lambda: aws("codepipeline").get_pipeline(name="sagemaker-pipe")),
    refused=lambda aws, made: aws("codepipeline").delete_pipeline(name="pipe"),
    says=("codepipeline:DeletePipeline", arn("codepipeline", "pipe")),
)
CALLS["codepipeline:StartPipelineExecution"] = PageCall(
    prepare=pipelines,
    conform=lambda aws, made: aws("codepipeline").start_pipeline_execution(name="sagemaker-pipe"),
    effect=lambda aws, made: bool(
        aws("codepipeline").list_pipeline_executions(pipelineName="sagemaker-pipe")["pipelineExecutionSummaries"]
    ),
    refused=lambda aws, made: aws("codepipeline").start_pipeline_execution(name="pipe"),
    says=("codepipeline:StartPipelineExecution", arn("codepipeline", "pipe")),
)
CALLS["codepipeline:TagResource"] = PageCall(
    prepare=pipelines,
    conform=lambda aws, made: aws("codepipeline").tag_resource(
        resourceArn=arn("codepipeline", "sagemaker-pipe"), tags=[{"key": "a", "value": "b"}]
    ),
    effect=lambda aws, made: (
        aws("codepipeline").list_tags_for_resource(resourceArn=arn("codepipeline", "sagemaker-pipe"))["tags"]
        == [{"key": "a", "value": "b"}]
    ),
    refused=lambda aws, made: aws("codepipeline").tag_resource(
        resourceArn=arn("codepipeline", "pipe"), tags=[{"key": "a", "value": "b"}]
    ),
    says=("codepipeline:TagResource", arn("codepipeline", "pipe")),
)

# Cognito: pools with the tag.


def pools(aws: Clients, made: dict[str, Any]) -> None:
    for name, tags in (("tagged", {TAG: "x"}), ("plain", {})):
        made[name] = aws("cognito-idp").create_user_pool(PoolName=name, UserPoolTags=tags)["UserPool"]["Id"]


def pool_arn(name: str) -> str:
    return arn("cognito-idp", f"userpool/{{{name}}}")


CALLS["cognito-idp:CreateUserPool"] = PageCall(
    conform=lambda aws, made: made.update(
        new=aws("cognito-idp").create_user_pool(PoolName="new", UserPoolTags={TAG: "x"})["UserPool"]["Id"]
    ),
    effect=lambda aws, made: aws("cognito-idp").describe_user_pool(UserPoolId=made["new"])["UserPool"]["Name"] == "new",
    refused=lambda aws, made: aws("cognito-idp").create_user_pool(PoolName="untagged"),
    says=("cognito-idp:CreateUserPool", "*"),
)
CALLS["cognito-idp:TagResource"] = PageCall(
    prepare=pools,
    conform=lambda aws, made: aws("cognito-idp").tag_resource(
        ResourceArn=arn("cognito-idp", f"userpool/{made['plain']}"), Tags={TAG: "y"}
    ),
    effect=lambda aws, made: (
        aws("cognito-idp").list_tags_for_resource(ResourceArn=arn("cognito-idp", f"userpool/{made['plain']}"))["Tags"]
        == {TAG: "y"}
    ),
    refused=lambda aws, made: aws("cognito-idp").tag_resource(
        ResourceArn=arn("cognito-idp", f"userpool/{made['plain']}"), Tags={"another": "y"}
    ),
    says=("cognito-idp:TagResource", pool_arn("plain")),
)


def on_pool(
    action: str,
    operation: str,
    effect: Callable[[Clients, dict[str, Any]], bool] | None = None,
    before: Callable[[Clients, str, dict[str, Any]], None] | None = None,
    **params: Any,
) -> None:
    """A call on the tagged pool, and the same on the one without the tag."""

    def prepare(aws: Clients, made: dict[str, Any]) -> None:
        pools(aws, made)
        for name in ("tagged", "plain") if before else ():
            before(aws, name, made)

    def call(aws: Clients, made: dict[str, Any], name: str) -> Any:
        given = {key: value(made, name) if callable(value) else value for key, value in params.items()}
        return getattr(aws("cognito-idp"), operation)(UserPoolId=made[name], **given)

    CALLS[f"cognito-idp:{action}"] = PageCall(
        prepare=prepare,
        conform=lambda aws, made: call(aws, made, "tagged"),
        effect=effect,
        refused=lambda aws, made: call(aws, made, "plain"),
        says=(f"cognito-idp:{action}", pool_arn("plain")),
    )


def group(aws: Clients, name: str, made: dict[str, Any]) -> None:
    aws("cognito-idp").create_group(UserPoolId=made[name], GroupName="group")


def domain(aws: Clients, name: str, made: dict[str, Any]) -> None:
    aws("cognito-idp").create_user_pool_domain(UserPoolId=made[name], Domain=f"domain-{name}")


def pool_client(aws: Clients, name: str, made: dict[str, Any]) -> None:
    made[f"{name}_client"] = aws("cognito-idp").create_user_pool_client(UserPoolId=made[name], ClientName="c")[
        "UserPoolClient"
    ]["ClientId"]


on_pool(
    "CreateGroup",
    "create_group",
    lambda aws, made: bool(aws("cognito-idp").list_groups(UserPoolId=made["tagged"])["Groups"]),
    GroupName="group",
)
on_pool(
    "DeleteGroup",
    "delete_group",
    lambda aws, made: not aws("cognito-idp").list_groups(UserPoolId=made["tagged"])["Groups"],
    group,
    GroupName="group",
)
on_pool(
    "CreateUserPoolDomain",
    "create_user_pool_domain",
    lambda aws, made: (
        aws("cognito-idp").describe_user_pool_domain(Domain="domain-tagged")["DomainDescription"]["UserPoolId"]
        == made["tagged"]
    ),
    Domain=lambda made, name: f"domain-{name}",
)
on_pool(
    "DeleteUserPoolDomain",
    "delete_user_pool_domain",
    lambda aws, made: (
        not aws("cognito-idp").describe_user_pool_domain(Domain="domain-tagged")["DomainDescription"].get("UserPoolId")
    ),
    domain,
    Domain=lambda made, name: f"domain-{name}",
)
on_pool(
    "CreateUserPoolClient",
    "create_user_pool_client",
    lambda aws, made: bool(aws("cognito-idp").list_user_pool_clients(UserPoolId=made["tagged"])["UserPoolClients"]),
    ClientName="client",
)
on_pool(
    "UpdateUserPoolClient",
    "update_user_pool_client",
    lambda aws, made: (
        aws("cognito-idp").describe_user_pool_client(UserPoolId=made["tagged"], ClientId=made["tagged_client"])[
            "UserPoolClient"
        ]["ClientName"]
        == "renamed"
    ),
    pool_client,
    ClientId=lambda made, name: made[f"{name}_client"],
    ClientName="renamed",
)
on_pool(
    "DescribeUserPoolClient",
    "describe_user_pool_client",
    None,
    pool_client,
    ClientId=lambda made, name: made[f"{name}_client"],
)
on_pool(
    "DeleteUserPoolClient",
    "delete_user_pool_client",
    lambda aws, made: not aws("cognito-idp").list_user_pool_clients(UserPoolId=made["tagged"])["UserPoolClients"],
    pool_client,
    ClientId=lambda made, name: made[f"{name}_client"],
)
on_pool("DescribeUserPool", "describe_user_pool")
on_pool(
    "UpdateUserPool",
    "update_user_pool",
    lambda aws, made: (
        aws("cognito-idp").describe_user_pool(UserPoolId=made["tagged"])["UserPool"]["MfaConfiguration"] == "OFF"
    ),
    MfaConfiguration="OFF",
)
on_pool(
    "DeleteUserPool",
    "delete_user_pool",
    lambda aws, made: missing(lambda: aws("cognito-idp").describe_user_pool(UserPoolId=made["tagged"])),
)


def named(
    service: str,
    action: str,
    operation: str,
    member: str,
    kind: str,
    *,
    make: str | None = None,
    effect: Callable[[Clients, dict[str, Any]], bool] | None = None,
    prefix: str | None = None,
    also: dict[str, Any] | None = None,
    made_with: dict[str, Any] | None = None,
    says: str | None = None,
    good: str = "sagemaker-thing",
    bad: str = "thing",
) -> None:
    """A call on a resource whose name conforms, and the same on one whose name does not."""

    def prepare(aws: Clients, made: dict[str, Any]) -> None:
        for name in (good, bad) if make else ():
            getattr(aws(service), make)(**{member: name}, **(made_with or {}))

    CALLS[f"{prefix or service}:{action}"] = PageCall(
        prepare=prepare,
        conform=lambda aws, made: getattr(aws(service), operation)(**{member: good}, **(also or {})),
        effect=effect,
        refused=lambda aws, made: getattr(aws(service), operation)(**{member: bad}, **(also or {})),
        says=(f"{prefix or service}:{action}", says or arn(prefix or service, f"{kind}{bad}")),
    )


# ECR, EventBridge, Firehose.

named(
    "ecr",
    "CreateRepository",
    "create_repository",
    "repositoryName",
    "repository/",
    effect=lambda aws, made: bool(aws("ecr").describe_repositories(repositoryNames=["sagemaker-thing"])),
)
named(
    "ecr",
    "DeleteRepository",
    "delete_repository",
    "repositoryName",
    "repository/",
    make="create_repository",
    effect=lambda aws, made: missing(lambda: aws("ecr").describe_repositories(repositoryNames=["sagemaker-thing"])),
)

SCHEDULE = {"ScheduleExpression": "rate(1 day)"}
TARGETS = {"Targets": [{"Id": "one", "Arn": arn("sqs", "queue")}]}
for action, operation, effect in (
    ("PutRule", "put_rule", lambda aws, made: bool(aws("events").describe_rule(Name="sagemaker-thing"))),
    ("DescribeRule", "describe_rule", None),
    (
        "DeleteRule",
        "delete_rule",
        lambda aws, made: missing(lambda: aws("events").describe_rule(Name="sagemaker-thing")),
    ),
    (
        "DisableRule",
        "disable_rule",
        lambda aws, made: aws("events").describe_rule(Name="sagemaker-thing")["State"] == "DISABLED",
    ),
    (
        "EnableRule",
        "enable_rule",
        lambda aws, made: aws("events").describe_rule(Name="sagemaker-thing")["State"] == "ENABLED",
    ),
):
    named(
        "events",
        action,
        operation,
        "Name",
        "rule/",
        make=None if action == "PutRule" else "put_rule",
        made_with=SCHEDULE,
        also=SCHEDULE if action == "PutRule" else None,
        effect=effect,
    )
named(
    "events",
    "PutTargets",
    "put_targets",
    "Rule",
    "rule/",
    also=TARGETS,
    effect=lambda aws, made: len(aws("events").list_targets_by_rule(Rule="sagemaker-thing")["Targets"]) == 1,
)
named(
    "events",
    "RemoveTargets",
    "remove_targets",
    "Rule",
    "rule/",
    also={"Ids": ["one"]},
    effect=lambda aws, made: not aws("events").list_targets_by_rule(Rule="sagemaker-thing")["Targets"],
)


def rules(aws: Clients, made: dict[str, Any]) -> None:
    for name in ("sagemaker-thing", "thing"):
        aws("events").put_rule(Name=name, **SCHEDULE)


def rules_with_targets(aws: Clients, made: dict[str, Any]) -> None:
    rules(aws, made)
    for name in ("sagemaker-thing", "thing"):
        aws("events").put_targets(Rule=name, **TARGETS)


CALLS["events:PutTargets"] = PageCall(**{**vars(CALLS["events:PutTargets"]), "prepare": rules})
CALLS["events:RemoveTargets"] = PageCall(**{**vars(CALLS["events:RemoveTargets"]), "prepare": rules_with_targets})

DESTINATION = {"RoleARN": USE_ROLE, "BucketARN": "arn:aws:s3:::sagemaker-stream"}
DELIVERY = {"S3DestinationConfiguration": DESTINATION}


def stream(aws: Clients, made: dict[str, Any] | None = None) -> Any:
    return aws("firehose").describe_delivery_stream(DeliveryStreamName="sagemaker-thing")["DeliveryStreamDescription"]


for action, operation, also, effect in (
    ("CreateDeliveryStream", "create_delivery_stream", DELIVERY, lambda aws, made: bool(stream(aws))),
    ("DeleteDeliveryStream", "delete_delivery_stream", None, lambda aws, made: missing(lambda: stream(aws))),
    ("DescribeDeliveryStream", "describe_delivery_stream", None, None),
    (
        "StartDeliveryStreamEncryption",
        "start_delivery_stream_encryption",
        {"DeliveryStreamEncryptionConfigurationInput": {"KeyType": "AWS_OWNED_CMK"}},
        lambda aws, made: stream(aws)["DeliveryStreamEncryptionConfiguration"]["Status"] == "ENABLED",
    ),
    ("StopDeliveryStreamEncryption", "stop_delivery_stream_encryption", None, None),
    (
        "UpdateDestination",
        "update_destination",
        {
            "CurrentDeliveryStreamVersionId": "1",
            "DestinationId": "destinationId-000000000001",
            "S3DestinationUpdate": {"Prefix": "changed/"},
        },
        lambda aws, made: stream(aws)["Destinations"][0]["S3DestinationDescription"]["Prefix"] == "changed/",
    ),
):
    named(
        "firehose",
        action,
        operation,
        "DeliveryStreamName",
        "deliverystream/",
        make=None if action == "CreateDeliveryStream" else "create_delivery_stream",
        made_with=DELIVERY,
        also=also,
        effect=effect,
    )


def encrypted_streams(aws: Clients, made: dict[str, Any]) -> None:
    for name in ("sagemaker-thing", "thing"):
        aws("firehose").create_delivery_stream(DeliveryStreamName=name, **DELIVERY)
        aws("firehose").start_delivery_stream_encryption(
            DeliveryStreamName=name, DeliveryStreamEncryptionConfigurationInput={"KeyType": "AWS_OWNED_CMK"}
        )


CALLS["firehose:StopDeliveryStreamEncryption"] = PageCall(
    **{
        **vars(CALLS["firehose:StopDeliveryStreamEncryption"]),
        "prepare": encrypted_streams,
        "effect": lambda aws, made: stream(aws)["DeliveryStreamEncryptionConfiguration"]["Status"] == "DISABLED",
    }
)

# Glue.


def gone(call: Callable[[], Any]) -> bool:
    return missing(call, "EntityNotFound")


CALLS["glue:CreateDatabase"] = PageCall(
    conform=lambda aws, made: aws("glue").create_database(DatabaseInput={"Name": "sagemaker-thing"}),
    effect=lambda aws, made: bool(aws("glue").get_database(Name="sagemaker-thing")),
    refused=lambda aws, made: aws("glue").create_database(DatabaseInput={"Name": "thing"}),
    says=("glue:CreateDatabase", arn("glue", "database/thing")),
)


def databases(aws: Clients, made: dict[str, Any]) -> None:
    for name in ("sagemaker-thing", "thing"):
        aws("glue").create_database(DatabaseInput={"Name": name})


CALLS["glue:DeleteDatabase"] = PageCall(
    prepare=databases,
    conform=lambda aws, made: aws("glue").delete_database(Name="sagemaker-thing"),
    effect=lambda aws, made: gone(lambda: aws("glue").get_database(Name="sagemaker-thing")),
    refused=lambda aws, made: aws("glue").delete_database(Name="thing"),
    says=("glue:DeleteDatabase", arn("glue", "database/thing")),
)

JOB = {"Role": USE_ROLE, "Command": {"Name": "glueetl", "ScriptLocation": "s3://sagemaker-code/job.py"}}
CRAWLER = {
    "Role": USE_ROLE,
    "DatabaseName": "sagemaker-thing",
    "Targets": {"S3Targets": [{"Path": "s3://sagemaker-data"}]},
}
TRIGGER = {"Type": "ON_DEMAND", "Actions": [{"JobName": "sagemaker-thing"}]}

named(
    "glue",
    "CreateWorkflow",
    "create_workflow",
    "Name",
    "workflow/",
    effect=lambda aws, made: bool(aws("glue").get_workflow(Name="sagemaker-thing")),
)
named(
    "glue",
    "CreateJob",
    "create_job",
    "Name",
    "job/",
    also=JOB,
    effect=lambda aws, made: bool(aws("glue").get_job(JobName="sagemaker-thing")),
)
named(
    "glue",
    "CreateCrawler",
    "create_crawler",
    "Name",
    "crawler/",
    also=CRAWLER,
    effect=lambda aws, made: bool(aws("glue").get_crawler(Name="sagemaker-thing")),
)
named("glue", "GetCrawler", "get_crawler", "Name", "crawler/", make="create_crawler", made_with=CRAWLER)
named(
    "glue",
    "CreateTrigger",
    "create_trigger",
    "Name",
    "trigger/",
    also=TRIGGER,
    effect=lambda aws, made: bool(aws("glue").get_trigger(Name="sagemaker-thing")),
)
named("glue", "GetTrigger", "get_trigger", "Name", "trigger/", make="create_trigger", made_with=TRIGGER)


def unlimited(
    service: str,
    action: str,
    conform: Callable[[Clients, dict[str, Any]], Any],
    effect: Callable[[Clients, dict[str, Any]], bool] | None,
    prepare: Callable[[Clients, dict[str, Any]], None] = lambda aws, made: None,
) -> None:
    """A call to which the policy sets no limit."""
    CALLS[f"{service}:{action}"] = PageCall(prepare=prepare, conform=conform, effect=effect, refused=conform)


GROK = {"GrokClassifier": {"Name": "lines", "Classification": "lines", "GrokPattern": "%{GREEDYDATA:line}"}}
unlimited(
    "glue",
    "CreateClassifier",
    lambda aws, made: aws("glue").create_classifier(**GROK),
    lambda aws, made: aws("glue").get_classifier(Name="lines")["Classifier"]["GrokClassifier"]["Name"] == "lines",
)
unlimited(
    "glue",
    "DeleteClassifier",
    lambda aws, made: aws("glue").delete_classifier(Name="lines"),
    lambda aws, made: gone(lambda: aws("glue").get_classifier(Name="lines")),
    lambda aws, made: aws("glue").create_classifier(**GROK),
)
unlimited(
    "glue",
    "DeleteCrawler",
    lambda aws, made: aws("glue").delete_crawler(Name="any"),
    lambda aws, made: gone(lambda: aws("glue").get_crawler(Name="any")),
    lambda aws, made: aws("glue").create_crawler(Name="any", **CRAWLER),
)
unlimited(
    "glue",
    "DeleteJob",
    lambda aws, made: aws("glue").delete_job(JobName="any"),
    lambda aws, made: gone(lambda: aws("glue").get_job(JobName="any")),
    lambda aws, made: aws("glue").create_job(Name="any", **JOB),
)
unlimited(
    "glue",
    "DeleteTrigger",
    lambda aws, made: aws("glue").delete_trigger(Name="any"),
    lambda aws, made: gone(lambda: aws("glue").get_trigger(Name="any")),
    lambda aws, made: aws("glue").create_trigger(Name="any", **TRIGGER),
)
unlimited(
    "glue",
    "DeleteWorkflow",
    lambda aws, made: aws("glue").delete_workflow(Name="any"),
    lambda aws, made: gone(lambda: aws("glue").get_workflow(Name="any")),
    lambda aws, made: aws("glue").create_workflow(Name="any"),
)


def running_crawler(aws: Clients, made: dict[str, Any]) -> None:
    aws("glue").create_crawler(Name="any", **CRAWLER)
    aws("glue").start_crawler(Name="any")


unlimited(
    "glue",
    "StopCrawler",
    lambda aws, made: aws("glue").stop_crawler(Name="any"),
    lambda aws, made: aws("glue").get_crawler(Name="any")["Crawler"]["State"] != "RUNNING",
    running_crawler,
)

# Passing a role and a connection: permissions without an operation of their own.

CALLS["iam:PassRole"] = PageCall(
    conform=lambda aws, made: aws("codebuild").create_project(**project("sagemaker-passing")),
    effect=lambda aws, made: build_project(aws, "sagemaker-passing")[0]["serviceRole"] == USE_ROLE,
    refused=lambda aws, made: aws("codebuild").create_project(**project("sagemaker-passing-2", OTHER_ROLE)),
    says=("iam:PassRole", OTHER_ROLE),
)


def connection_pipeline(name: str, connection: str) -> dict[str, Any]:
    found = pipeline(name)
    found["stages"][0]["actions"][0] |= {
        "actionTypeId": {
            "category": "Source",
            "owner": "AWS",
            "provider": "CodeStarSourceConnection",
            "version": "1",
        },
        "configuration": {"ConnectionArn": connection, "FullRepositoryId": "me/code", "BranchName": "main"},
    }
    return found


def connection(aws: Clients, made: dict[str, Any]) -> None:
    made["connection"] = aws("codestar-connections").create_connection(ConnectionName="git", ProviderType="GitHub")[
        "ConnectionArn"
    ]


CALLS["codestar-connections:PassConnection"] = PageCall(
    prepare=connection,
    conform=lambda aws, made: aws("codepipeline").create_pipeline(
        pipeline=connection_pipeline("sagemaker-git", made["connection"])
    ),
    effect=lambda aws, made: (
        aws("codepipeline").get_pipeline(name="sagemaker-git")["pipeline"]["stages"][0]["actions"][0]["configuration"][
            "ConnectionArn"
        ]
        == made["connection"]
    ),
    refused=lambda aws, made: aws("codepipeline").create_pipeline(
        pipeline=connection_pipeline("sagemaker-git-2", made["connection"])
    ),
)

# Lambda, Logs.

FUNCTION = {
    "Runtime": "python3.12",
    "Role": USE_ROLE,
    "Handler": "index.handler",
    "Code": {"ZipFile": code()},
}
PERMISSION = {"StatementId": "one", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}


def statements(aws: Clients) -> list[Any]:
    try:
        policy = aws("lambda").get_policy(FunctionName="sagemaker-thing")["Policy"]
    except aws("lambda").exceptions.ResourceNotFoundException:
        return []
    found: list[Any] = json.loads(policy)["Statement"]
    return found


def functions(aws: Clients, made: dict[str, Any]) -> None:
    for name in ("sagemaker-thing", "thing"):
        aws("lambda").create_function(FunctionName=name, **FUNCTION)


def functions_with_permission(aws: Clients, made: dict[str, Any]) -> None:
    functions(aws, made)
    for name in ("sagemaker-thing", "thing"):
        aws("lambda").add_permission(FunctionName=name, **PERMISSION)


for action, operation, also, prepare, effect in (
    (
        "CreateFunction",
        "create_function",
        FUNCTION,
        None,
        lambda aws, made: bool(aws("lambda").get_function(FunctionName="sagemaker-thing")),
    ),
    (
        "DeleteFunction",
        "delete_function",
        {},
        functions,
        lambda aws, made: missing(lambda: aws("lambda").get_function(FunctionName="sagemaker-thing")),
    ),
    ("GetFunction", "get_function", {}, functions, None),
    ("GetFunctionConfiguration", "get_function_configuration", {}, functions, None),
    ("InvokeFunction", "invoke", {"InvocationType": "DryRun"}, functions, None),
    ("AddPermission", "add_permission", PERMISSION, functions, lambda aws, made: len(statements(aws)) == 1),
    (
        "RemovePermission",
        "remove_permission",
        {"StatementId": "one"},
        functions_with_permission,
        lambda aws, made: not statements(aws),
    ),
):
    named("lambda", action, operation, "FunctionName", "function:", also=also, effect=effect)
    if prepare is not None:
        CALLS[f"lambda:{action}"] = PageCall(**{**vars(CALLS[f"lambda:{action}"]), "prepare": prepare})

GOOD_GROUP = "/aws/apigateway/AccessLogs/api"
BAD_GROUP = "/aws/lambda/function"


def log_groups(aws: Clients, made: dict[str, Any]) -> None:
    for name in (GOOD_GROUP, BAD_GROUP):
        aws("logs").create_log_group(logGroupName=name)
        aws("logs").create_log_stream(logGroupName=name, logStreamName="old")


def groups(aws: Clients) -> list[Any]:
    found: list[Any] = aws("logs").describe_log_groups(logGroupNamePrefix=GOOD_GROUP)["logGroups"]
    return found


def streams(aws: Clients) -> list[str]:
    return [one["logStreamName"] for one in aws("logs").describe_log_streams(logGroupName=GOOD_GROUP)["logStreams"]]


def on_log_group(
    action: str,
    operation: str,
    resource: str,
    effect: Callable[[Clients, dict[str, Any]], bool] | None = None,
    prepare: Callable[[Clients, dict[str, Any]], None] = log_groups,
    **also: Any,
) -> None:
    CALLS[f"logs:{action}"] = PageCall(
        prepare=prepare,
        conform=lambda aws, made: getattr(aws("logs"), operation)(logGroupName=GOOD_GROUP, **also),
        effect=effect,
        refused=lambda aws, made: getattr(aws("logs"), operation)(logGroupName=BAD_GROUP, **also),
        says=(f"logs:{action}", arn("logs", resource)),
    )


on_log_group(
    "CreateLogGroup",
    "create_log_group",
    f"log-group:{BAD_GROUP}:log-stream:",
    lambda aws, made: bool(groups(aws)),
    lambda aws, made: None,
)
on_log_group(
    "DeleteLogGroup", "delete_log_group", f"log-group:{BAD_GROUP}:log-stream:", lambda aws, made: not groups(aws)
)
on_log_group(
    "CreateLogStream",
    "create_log_stream",
    f"log-group:{BAD_GROUP}:log-stream:new",
    lambda aws, made: "new" in streams(aws),
    logStreamName="new",
)
on_log_group(
    "DeleteLogStream",
    "delete_log_stream",
    f"log-group:{BAD_GROUP}:log-stream:old",
    lambda aws, made: "old" not in streams(aws),
    logStreamName="old",
)
on_log_group("DescribeLogStreams", "describe_log_streams", f"log-group:{BAD_GROUP}:log-stream:")
on_log_group(
    "PutRetentionPolicy",
    "put_retention_policy",
    f"log-group:{BAD_GROUP}:log-stream:",
    lambda aws, made: groups(aws)[0]["retentionInDays"] == 7,
    retentionInDays=7,
)
CALLS["logs:DescribeLogGroups"] = PageCall(
    prepare=log_groups,
    conform=lambda aws, made: aws("logs").describe_log_groups()["logGroups"][0],
    refused=lambda aws, made: aws("logs").describe_log_groups(),
)

# S3.


def buckets(aws: Clients, made: dict[str, Any]) -> None:
    for name in ("sagemaker-bucket", "my-bucket"):
        aws("s3").create_bucket(Bucket=name)


def buckets_and_queue(aws: Clients, made: dict[str, Any]) -> None:
    buckets(aws, made)
    aws("sqs").create_queue(QueueName="queue")


def objects(aws: Clients, made: dict[str, Any]) -> None:
    buckets(aws, made)
    for name in ("sagemaker-bucket", "my-bucket"):
        aws("s3").put_object(Bucket=name, Key="key", Body=b"data")
    aws("s3").put_object(
        Bucket="my-bucket", Key="product", Body=b"template", Tagging="servicecatalog:provisioning=true"
    )


CALLS["s3:GetObject"] = PageCall(
    prepare=objects,
    conform=lambda aws, made: (
        aws("s3").get_object(Bucket="sagemaker-bucket", Key="key"),
        aws("s3").get_object(Bucket="my-bucket", Key="product"),
    ),
    refused=lambda aws, made: aws("s3").get_object(Bucket="my-bucket", Key="key"),
    says=("s3:GetObject", '"arn:aws:s3:::my-bucket/key"'),
)

BUCKET_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::sagemaker-bucket/secret/*",
            }
        ],
    }
)


def on_bucket(
    action: str,
    operation: str,
    effect: Callable[[Clients, dict[str, Any]], bool] | None = None,
    prepare: Callable[[Clients, dict[str, Any]], None] = buckets,
    **also: Any,
) -> None:
    CALLS[f"s3:{action}"] = PageCall(
        prepare=prepare,
        conform=lambda aws, made: getattr(aws("s3"), operation)(Bucket="sagemaker-bucket", **also),
        effect=effect,
        refused=lambda aws, made: getattr(aws("s3"), operation)(Bucket="my-bucket", **also),
        says=(f"s3:{action}", '"arn:aws:s3:::my-bucket"'),
    )


def with_policy(aws: Clients, made: dict[str, Any]) -> None:
    buckets(aws, made)
    aws("s3").put_bucket_policy(Bucket="sagemaker-bucket", Policy=BUCKET_POLICY)


def empty_and_logs(aws: Clients, made: dict[str, Any]) -> None:
    buckets(aws, made)
    aws("s3").create_bucket(Bucket="sagemaker-logs")
    aws("s3").put_bucket_ownership_controls(
        Bucket="sagemaker-logs", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    aws("s3").put_bucket_acl(Bucket="sagemaker-logs", ACL="log-delivery-write")


def first_rule(aws: Clients, operation: str, *path: str) -> Any:
    found = getattr(aws("s3"), operation)(Bucket="sagemaker-bucket")
    for step in path:
        found = found[step][0] if isinstance(found[step], list) else found[step]
    return found


on_bucket(
    "CreateBucket",
    "create_bucket",
    lambda aws, made: bool(aws("s3").head_bucket(Bucket="sagemaker-bucket")),
    lambda aws, made: None,
)
on_bucket(
    "DeleteBucket", "delete_bucket", lambda aws, made: missing(lambda: aws("s3").head_bucket(Bucket="sagemaker-bucket"))
)
on_bucket(
    "PutBucketPolicy",
    "put_bucket_policy",
    lambda aws, made: "secret" in aws("s3").get_bucket_policy(Bucket="sagemaker-bucket")["Policy"],
    Policy=BUCKET_POLICY,
)
on_bucket("GetBucketPolicy", "get_bucket_policy", None, with_policy)
on_bucket(
    "DeleteBucketPolicy",
    "delete_bucket_policy",
    lambda aws, made: missing(lambda: aws("s3").get_bucket_policy(Bucket="sagemaker-bucket")),
    with_policy,
)
on_bucket(
    "PutBucketAcl",
    "put_bucket_acl",
    lambda aws, made: bool(aws("s3").get_bucket_acl(Bucket="sagemaker-bucket")["Grants"]),
    ACL="private",
)
on_bucket(
    "PutBucketNotification",
    "put_bucket_notification_configuration",
    lambda aws, made: bool(
        aws("s3").get_bucket_notification_configuration(Bucket="sagemaker-bucket").get("QueueConfigurations")
    ),
    buckets_and_queue,
    NotificationConfiguration={
        "QueueConfigurations": [{"QueueArn": arn("sqs", "queue"), "Events": ["s3:ObjectCreated:*"]}]
    },
)
on_bucket(
    "PutBucketPublicAccessBlock",
    "put_public_access_block",
    lambda aws, made: first_rule(aws, "get_public_access_block", "PublicAccessBlockConfiguration", "BlockPublicAcls"),
    PublicAccessBlockConfiguration={"BlockPublicAcls": True},
)
on_bucket(
    "PutBucketLogging",
    "put_bucket_logging",
    lambda aws, made: first_rule(aws, "get_bucket_logging", "LoggingEnabled", "TargetBucket") == "sagemaker-logs",
    empty_and_logs,
    BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "sagemaker-logs", "TargetPrefix": "log/"}},
)
on_bucket(
    "PutEncryptionConfiguration",
    "put_bucket_encryption",
    lambda aws, made: (
        first_rule(
            aws,
            "get_bucket_encryption",
            "ServerSideEncryptionConfiguration",
            "Rules",
            "ApplyServerSideEncryptionByDefault",
            "SSEAlgorithm",
        )
        == "aws:kms"
    ),
    ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]},
)
on_bucket(
    "PutBucketTagging",
    "put_bucket_tagging",
    lambda aws, made: first_rule(aws, "get_bucket_tagging", "TagSet") == {"Key": "a", "Value": "b"},
    Tagging={"TagSet": [{"Key": "a", "Value": "b"}]},
)
on_bucket(
    "PutBucketCORS",
    "put_bucket_cors",
    lambda aws, made: first_rule(aws, "get_bucket_cors", "CORSRules", "AllowedMethods") == "GET",
    CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
)
TAGGING = {"Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}
CALLS["s3:PutObjectTagging"] = PageCall(
    prepare=objects,
    conform=lambda aws, made: aws("s3").put_object_tagging(Bucket="sagemaker-bucket", Key="key", **TAGGING),
    effect=lambda aws, made: (
        aws("s3").get_object_tagging(Bucket="sagemaker-bucket", Key="key")["TagSet"] == [{"Key": "a", "Value": "b"}]
    ),
    refused=lambda aws, made: aws("s3").put_object_tagging(Bucket="my-bucket", Key="key", **TAGGING),
    says=("s3:PutObjectTagging", '"arn:aws:s3:::my-bucket/key"'),
)

# SageMaker: every resource of the account is allowed; images are images.

MODEL = {
    "ExecutionRoleArn": USE_ROLE,
    "PrimaryContainer": {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1"},
}
VARIANTS = {
    "ProductionVariants": [
        {"VariantName": "one", "ModelName": "model", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    ]
}
MEMBERS = {
    "MemberDefinitions": [
        {"CognitoMemberDefinition": {"UserPool": "us-east-1_abcdefghi", "UserGroup": "g", "ClientId": "c"}}
    ],
    "Description": "who labels",
}
GIT = {"GitConfig": {"RepositoryUrl": "https://github.com/aws/example", "Branch": "main"}}


def sm(operation: str, **params: Any) -> Callable[[Clients, dict[str, Any]], Any]:
    return lambda aws, made: getattr(aws("sagemaker"), operation)(**params)


def there(operation: str, **params: Any) -> Callable[[Clients, dict[str, Any]], bool]:
    return lambda aws, made: bool(getattr(aws("sagemaker"), operation)(**params))


def not_there(operation: str, **params: Any) -> Callable[[Clients, dict[str, Any]], bool]:
    return lambda aws, made: missing(
        lambda: getattr(aws("sagemaker"), operation)(**params), "ValidationException", "ResourceNotFound"
    )


def steps(*calls: Callable[[Clients, dict[str, Any]], Any]) -> Callable[[Clients, dict[str, Any]], None]:
    def run(aws: Clients, made: dict[str, Any]) -> None:
        for call in calls:
            call(aws, made)

    return run


make_model = sm("create_model", ModelName="model", **MODEL)
make_config = sm("create_endpoint_config", EndpointConfigName="config", **VARIANTS)
make_endpoint = sm("create_endpoint", EndpointName="endpoint", EndpointConfigName="config")
make_team = sm("create_workteam", WorkteamName="team", **MEMBERS)
make_code = sm("create_code_repository", CodeRepositoryName="code", **GIT)
make_image = sm("create_image", ImageName="image", RoleArn=USE_ROLE)

for kind, member, name, make, before in (
    ("Model", "ModelName", "model", make_model, ()),
    ("EndpointConfig", "EndpointConfigName", "config", make_config, (make_model,)),
    ("Endpoint", "EndpointName", "endpoint", make_endpoint, (make_model, make_config)),
    ("Workteam", "WorkteamName", "team", make_team, ()),
    ("CodeRepository", "CodeRepositoryName", "code", make_code, ()),
    ("Image", "ImageName", "image", make_image, ()),
):
    words = {"EndpointConfig": "endpoint_config", "CodeRepository": "code_repository"}.get(kind, kind.lower())
    one = {member: name}
    unlimited("sagemaker", f"Create{kind}", make, there(f"describe_{words}", **one), steps(*before))
    unlimited("sagemaker", f"Describe{kind}", sm(f"describe_{words}", **one), None, steps(*before, make))
    unlimited(
        "sagemaker",
        f"Delete{kind}",
        sm(f"delete_{words}", **one),
        not_there(f"describe_{words}", **one),
        steps(*before, make),
    )

unlimited(
    "sagemaker",
    "UpdateCodeRepository",
    sm(
        "update_code_repository",
        CodeRepositoryName="code",
        GitConfig={"SecretArn": arn("secretsmanager", "secret:git-abcdef")},
    ),
    lambda aws, made: "SecretArn" in aws("sagemaker").describe_code_repository(CodeRepositoryName="code")["GitConfig"],
    steps(make_code),
)
unlimited(
    "sagemaker",
    "UpdateImage",
    sm("update_image", ImageName="image", DisplayName="shown"),
    lambda aws, made: aws("sagemaker").describe_image(ImageName="image")["DisplayName"] == "shown",
    steps(make_image),
)
CALLS["sagemaker:ListTags"] = PageCall(
    prepare=steps(make_image, make_model),
    conform=sm("list_tags", ResourceArn=arn("sagemaker", "image/image")),
    refused=sm("list_tags", ResourceArn=arn("sagemaker", "model/model")),
    says=("sagemaker:ListTags", arn("sagemaker", "model/model")),
)

# Step Functions.

MACHINE = {"definition": DEFINITION, "roleArn": USE_ROLE}


def machines(aws: Clients, made: dict[str, Any]) -> None:
    for name in ("sagemaker-machine", "machine"):
        aws("stepfunctions").create_state_machine(name=name, **MACHINE)


def machine(name: str) -> str:
    return arn("states", f"stateMachine:{name}")


CALLS["states:CreateStateMachine"] = PageCall(
    conform=lambda aws, made: aws("stepfunctions").create_state_machine(name="sagemaker-machine", **MACHINE),
    effect=lambda aws, made: bool(
        aws("stepfunctions").describe_state_machine(stateMachineArn=machine("sagemaker-machine"))
    ),
    refused=lambda aws, made: aws("stepfunctions").create_state_machine(name="machine", **MACHINE),
    says=("states:CreateStateMachine", machine("machine")),
)
CALLS["states:UpdateStateMachine"] = PageCall(
    prepare=machines,
    conform=lambda aws, made: aws("stepfunctions").update_state_machine(
        stateMachineArn=machine("sagemaker-machine"),
        definition=DEFINITION.replace("Pass", "Done", 1).replace('"States": {"Pass"', '"States": {"Done"'),
    ),
    effect=lambda aws, made: (
        "Done"
        in aws("stepfunctions").describe_state_machine(stateMachineArn=machine("sagemaker-machine"))["definition"]
    ),
    refused=lambda aws, made: aws("stepfunctions").update_state_machine(
        stateMachineArn=machine("machine"), definition=DEFINITION
    ),
    says=("states:UpdateStateMachine", machine("machine")),
)
CALLS["states:DeleteStateMachine"] = PageCall(
    prepare=machines,
    conform=lambda aws, made: aws("stepfunctions").delete_state_machine(stateMachineArn=machine("sagemaker-machine")),
    effect=lambda aws, made: (
        not any(
            one["name"] == "sagemaker-machine" for one in aws("stepfunctions").list_state_machines()["stateMachines"]
        )
    ),
    refused=lambda aws, made: aws("stepfunctions").delete_state_machine(stateMachineArn=machine("machine")),
    says=("states:DeleteStateMachine", machine("machine")),
)
