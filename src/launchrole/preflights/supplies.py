"""What a template takes for given: roles, objects, parameters, exports that are put into the accounts of a rehearsal,
because somebody says that they are there or because a rehearsal has failed without them.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from launchrole.account.chosen_ids import chosen_id
from launchrole.account.errors import ServiceError
from launchrole.preflights import network
from launchrole.preflights.subject import Supply
from launchrole.preflights.world import ADMINISTRATOR, Administrator

_TRUSTED = (
    "apigateway", "application-autoscaling", "autoscaling", "batch", "cloudformation", "codebuild", "codedeploy",
    "codepipeline", "cognito-idp", "config", "ec2", "ecs", "ecs-tasks", "elasticmapreduce", "events", "firehose",
    "glue", "lambda", "logs", "pipes", "rds", "s3", "sagemaker", "scheduler", "servicecatalog", "sns", "ssm", "states",
)  # fmt: skip
"""The services that an assumed role trusts."""


def put(administrator: Administrator, supply: Supply) -> None:
    """Put it where the template looks for it. Raises `ServiceError`."""
    _PUT[supply.kind](administrator, supply)


def archive() -> bytes:
    """What stands for code that is read from S3: a ZIP archive with a handler."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as one:
        info = zipfile.ZipInfo("index.py", (2020, 1, 1, 0, 0, 0))
        one.writestr(info, "def handler(event, context):\n    return event\n")
    return written.getvalue()


def _role(administrator: Administrator, supply: Supply) -> None:
    """A role that trusts the services that its value names, or all those that roles are commonly passed to. Nobody
    knows what it may do: nothing is denied to it for want of a policy."""
    resource = supply.what.partition(":role")[2]
    services = supply.value.split(",") if supply.value else [f"{name}.amazonaws.com" for name in _TRUSTED]
    statement = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    path, _, name = resource.rpartition("/")
    administrator.call(
        "iam", "CreateRole", {"RoleName": name, "Path": f"{path}/", "AssumeRolePolicyDocument": json.dumps(trust)}
    )
    everything = ADMINISTRATOR.format(supply.what.split(":")[1])
    administrator.call("iam", "AttachRolePolicy", {"RoleName": name, "PolicyArn": everything})


def _bucket(administrator: Administrator, supply: Supply) -> None:
    region = administrator.region
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        administrator.call("s3", "CreateBucket", {"Bucket": supply.what, **place})
    except ServiceError as problem:
        if problem.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise


def _object(administrator: Administrator, supply: Supply) -> None:
    bucket, _, key = supply.what.partition("/")
    _bucket(administrator, Supply(f"s3-bucket:{bucket}"))
    tagging = "&".join(f"{name}={value}" for name, value in (supply.tags or {}).items())
    body = supply.value.encode() if supply.value else archive()
    asked = {"Bucket": bucket, "Key": key, "Body": body, **({"Tagging": tagging} if tagging else {})}
    administrator.call("s3", "PutObject", asked)


def _parameter(administrator: Administrator, supply: Supply) -> None:
    asked = {"Name": supply.what, "Value": supply.held, "Type": "String", "Overwrite": True}
    administrator.call("ssm", "PutParameter", asked)


def _secret(administrator: Administrator, supply: Supply) -> None:
    asked = {"Name": supply.what, "SecretString": supply.value or "{}"}
    administrator.call("secretsmanager", "CreateSecret", asked)


def _export(administrator: Administrator, supply: Supply) -> None:
    """A stack that exports a value."""
    template = {
        "Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        "Outputs": {"Value": {"Value": supply.held, "Export": {"Name": supply.what}}},
    }
    number = len(administrator.call("cloudformation", "ListStacks")["StackSummaries"])
    asked = {"StackName": f"exports-{number}", "TemplateBody": json.dumps(template)}
    administrator.call("cloudformation", "CreateStack", asked)
    administrator.sandbox.settle()


def _of_network(administrator: Administrator, supply: Supply) -> None:
    network.make(administrator, supply.kind, supply.what, supply.value)


_MAKING: Mapping[str, tuple[str, Callable[[str], dict[str, Any]]]] = {
    "sns": ("CreateTopic", lambda name: {"Name": name}),
    "sqs": ("CreateQueue", lambda name: {"QueueName": name}),
    "ecr": ("CreateRepository", lambda name: {"repositoryName": name}),
    "codecommit": ("CreateRepository", lambda name: {"repositoryName": name}),
    "logs": ("CreateLogGroup", lambda name: {"logGroupName": name}),
    "kinesis": ("CreateStream", lambda name: {"StreamName": name, "ShardCount": 1}),
    "dynamodb": (
        "CreateTable",
        lambda name: {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    ),
}


def _named(administrator: Administrator, supply: Supply) -> None:
    operation, params = _MAKING[supply.kind]
    administrator.call(supply.kind, operation, params(supply.what))


def _portfolio(administrator: Administrator, supply: Supply) -> None:
    """A portfolio of the account's own, with nothing in it."""
    with chosen_id(supply.what):
        administrator.call("servicecatalog", "CreatePortfolio", {"DisplayName": supply.what, "ProviderName": "-"})


def _function(administrator: Administrator, supply: Supply) -> None:
    """A function whose code does nothing, under a role of its own."""
    account = supply.what.split(":")[4]
    name = supply.what.partition(":function:")[2].partition(":")[0]
    role = f"arn:{supply.what.split(':')[1]}:iam::{account}:role/{name[:50]}-stand-in"
    _role(administrator, Supply(f"role:{role}", "lambda.amazonaws.com"))
    administrator.call("lambda", "CreateFunction", {
        "FunctionName": name, "Role": role, "Runtime": "python3.12", "Handler": "index.handler",
        "Code": {"ZipFile": archive()},
    })  # fmt: skip


_PUT: Mapping[str, Callable[[Administrator, Supply], None]] = {
    "role": _role,
    "s3-bucket": _bucket,
    "s3-object": _object,
    "ssm": _parameter,
    "secret": _secret,
    "lambda": _function,
    "import": _export,
    "portfolio": _portfolio,
    **dict.fromkeys(_MAKING, _named),
    **dict.fromkeys(network.KINDS.values(), _of_network),
}
KINDS = tuple(_PUT)
