"""AWS' recorded denials, made again: the call for each record, or why it is out of reach.

A call is (service, method, parameters). `{name}` in a parameter is taken from the record's resource. `deny` gives the
caller a policy that denies, `boundary` a permissions boundary that allows nothing, `other` lets another account own the
resource.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from shared_inputs import SHARED

ACCOUNT = "123456789012"
OTHER = "210987654321"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/caller/session"


class Denial(NamedTuple):
    """A record: what was called, and what AWS answered."""

    number: str
    operation: str
    code: str
    action: str | None
    resource: str | None
    reason: str
    note: str


class Made(NamedTuple):
    service: str
    method: str
    params: dict[str, Any]
    how: str = ""


def records() -> list[Denial]:
    path = SHARED / "conformance" / "real" / "denials.json"
    if not path.exists():
        return []
    data = json.loads(path.read_text())
    found = [
        Denial(
            f"trail {n}",
            row["event"].replace(".amazonaws.com", ""),
            row["error_code"].removeprefix("Client."),
            row["action_in_message"],
            row["resource_in_message"],
            _reason(row["template"]),
            "",
        )
        for n, row in enumerate(data["trail"], 1)
    ]
    found += [
        Denial(
            f"fact {n}",
            row["api_operation"],
            row["error_code"],
            row["action"],
            row["resource"],
            row["reason"],
            row["note"] or "",
        )
        for n, row in enumerate(data["facts"], 1)
    ]
    return found


def _reason(template: str) -> str:
    return "because no identity-based policy allows the <ACTION> action" if "because no" in template else ""


OUT_OF_REACH = {
    "codedeploy (service role)": "CodeDeploy is not served",
    "ce:GetCostForecast": "a setting of the account, not a policy",
    "servicecatalog:ProvisionProduct": "launching products is not served yet",
    "servicecatalog:ProvisionProduct->cloudformation:CreateStack": "launching products is not served yet",
    "servicecatalog:DescribeProvisioningParameters": "launching products is not served yet",
    "servicecatalog-appregistry:AssociateResource": "the record's ARN is that of a service linked to another account",
    "states:CreateStateMachine": "rules that a state machine's role makes are not checked yet",
    "codebuild:StartBuild(by CodePipeline)": "pipelines do not run yet",
    "codepipeline:StartPipelineExecution": "rules do not start pipelines yet",
    "cloudformation:CreateStack": "its template is not in the record",
    "cloudformation:CreateChangeSet": "its template is not in the record",
    "backup:CreateBackupSelection": "the type has no handler",
    "s3:GetObject because no VPC endpoint policy": "there are no VPC endpoints to come through",
    "ec2 without enhanced message": "AWS told less in 2023: the same denial without its reason",
    "iam:CreateServiceLinkedRole by a service": "the call is made by another service",
}

_BUCKET_READS = {
    "s3:ListObjectsV2": "list_objects_v2",
    "s3:GetBucketPolicy": "get_bucket_policy",
    "s3:GetBucketLogging": "get_bucket_logging",
    "s3:GetBucketWebsite": "get_bucket_website",
    "s3:GetBucketOwnershipControls": "get_bucket_ownership_controls",
    "s3:GetBucketTagging": "get_bucket_tagging",
    "s3:GetBucketEncryption": "get_bucket_encryption",
    "s3:GetBucketAcl": "get_bucket_acl",
    "s3:GetBucketCors": "get_bucket_cors",
}
_LISTS = {
    "iam:ListPolicies": ("iam", "list_policies"),
    "iam:ListUsers": ("iam", "list_users"),
    "iam:ListRoles": ("iam", "list_roles"),
    "events:ListEventBuses": ("events", "list_event_buses"),
    "secretsmanager:ListSecrets": ("secretsmanager", "list_secrets"),
    "cloudtrail:DescribeTrails": ("cloudtrail", "describe_trails"),
    "ecr:GetAuthorizationToken": ("ecr", "get_authorization_token"),
    "cognito-idp:ListUserPools": ("cognito-idp", "list_user_pools"),
    "ecs:ListClusters": ("ecs", "list_clusters"),
    "codebuild:ListProjects": ("codebuild", "list_projects"),
    "ecr:DescribeRepositories": ("ecr", "describe_repositories"),
    "eks:ListClusters": ("eks", "list_clusters"),
    "lambda:ListFunctions": ("lambda", "list_functions"),
    "cognito-identity:ListIdentityPools": ("cognito-identity", "list_identity_pools"),
    "apigatewayv2:GetApis": ("apigatewayv2", "get_apis"),
    "sqs:ListQueues": ("sqs", "list_queues"),
    "sns:ListTopics": ("sns", "list_topics"),
    "kms:CreateKey": ("kms", "create_key"),
    "cloudfront:ListDistributions": ("cloudfront", "list_distributions"),
    "ssm:DescribeParameters": ("ssm", "describe_parameters"),
    "ec2:CreateInternetGateway": ("ec2", "create_internet_gateway"),
}
_MAX = {"list_user_pools": {"MaxResults": 10}, "list_identity_pools": {"MaxResults": 10}}
IMAGE = {"ImageUri": "i", "Image": "i"}


def call_of(record: Denial) -> Made | str:
    """The call that makes a record again, or why there is none."""
    operation, name = record.operation, _name(record.resource)
    if "VPC endpoint policy" in record.reason:
        return OUT_OF_REACH["s3:GetObject because no VPC endpoint policy"]
    if operation.startswith("ec2:") and record.action is None:
        return OUT_OF_REACH["ec2 without enhanced message"]
    if operation == "iam:CreateServiceLinkedRole" and "service control policy" in record.reason:
        return OUT_OF_REACH["iam:CreateServiceLinkedRole by a service"]
    if operation in OUT_OF_REACH:
        return OUT_OF_REACH[operation]
    if operation in _BUCKET_READS:
        return Made("s3", _BUCKET_READS[operation], {"Bucket": "bucket"})
    if operation in _LISTS:
        service, method = _LISTS[operation]
        return Made(service, method, _MAX.get(method, {}), "boundary" if "boundary" in record.reason else "")
    if operation.startswith("ec2:Describe"):
        words = re.sub(r"(?<!^)(?=[A-Z])", "_", operation[4:]).lower()
        return Made("ec2", words, {})
    role = {"Role": f"arn:aws:iam::{ACCOUNT}:role/{name}"}
    calls: dict[str, Made] = {
        "ec2:GetPasswordData": Made("ec2", "get_password_data", {"InstanceId": "i-i2jnm5swa59p4fxg"}),
        "ec2:RunInstances": Made(
            "ec2",
            "run_instances",
            {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1},
            "deny by boundary" if "boundary" in record.reason else "",
        ),
        "sts:AssumeRole": Made(
            "sts", "assume_role", {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{name}", "RoleSessionName": "session"}
        ),
        "cloudformation:ExecuteChangeSet": Made(
            "cloudformation", "execute_change_set", {"StackName": "{arn}", "ChangeSetName": "change"}
        ),
        "cloudformation:DescribeChangeSet": Made(
            "cloudformation", "describe_change_set", {"StackName": "infrastructure-test", "ChangeSetName": "change"}
        ),
        "iam:CreateRole(with Tags)": Made(
            "iam",
            "create_role",
            {"RoleName": name, "AssumeRolePolicyDocument": "{}", "Tags": [{"Key": "a", "Value": "b"}]},
            "allow iam:CreateRole",
        ),
        "iam:CreateRole": Made("iam", "create_role", {"RoleName": name, "AssumeRolePolicyDocument": "{}"}, "deny"),
        "ssm:GetParameters": Made(
            "ssm", "get_parameters", {"Names": ["/" + (record.resource or "").partition("parameter/")[2]]}
        ),
        "sagemaker:CreateProcessingJob": Made(
            "sagemaker",
            "create_processing_job",
            {
                "ProcessingJobName": name,
                "ProcessingResources": {
                    "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
                },
                "AppSpecification": {"ImageUri": "i"},
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/caller-role",
                "Tags": [{"Key": "a", "Value": "b"}],
            },
            "allow sagemaker:CreateProcessingJob iam:PassRole",
        ),
        "sagemaker:InvokeEndpoint": Made("sagemaker-runtime", "invoke_endpoint", {"EndpointName": name, "Body": b"x"}),
        "sagemaker:ListTags": Made("sagemaker", "list_tags", {"ResourceArn": "{arn}"}),
        "sagemaker:CreateTrainingJob": Made(
            "sagemaker",
            "create_training_job",
            {
                "TrainingJobName": name,
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/caller-role",
                "OutputDataConfig": {"S3OutputPath": "s3://x"},
                "StoppingCondition": {},
                "AlgorithmSpecification": {"TrainingInputMode": "File", "TrainingImage": "i"},
                "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
            },
            "deny",
        ),
        "sagemaker:CreateEndpointConfig": Made(
            "sagemaker",
            "create_endpoint_config",
            {
                "EndpointConfigName": name,
                "ProductionVariants": [{"VariantName": "v", "ModelName": "m"}],
                "Tags": [{"Key": "a", "Value": "b"}],
            },
            "allow sagemaker:CreateEndpointConfig",
        ),
        "sagemaker:CreateNotebookInstance": Made(
            "sagemaker",
            "create_notebook_instance",
            {
                "NotebookInstanceName": "notebook",
                "InstanceType": "ml.t3.medium",
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/caller-role",
                "Tags": [{"Key": "a", "Value": "b"}],
            },
            "allow sagemaker:CreateNotebookInstance iam:PassRole",
        ),
        "sts:GetAccessKeyInfo": Made("sts", "get_access_key_info", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
        "sts:GetSessionToken": Made("sts", "get_session_token", {}),
        "lambda:CreateFunction": Made(
            "lambda",
            "create_function",
            {"FunctionName": "f", "Runtime": "python3.12", "Handler": "i.h", "Code": {"ZipFile": b"x"}, **role},
            "allow lambda:CreateFunction",
        ),
        "iam:CreateServiceLinkedRole": Made(
            "iam", "create_service_linked_role", {"AWSServiceName": "elasticloadbalancing.amazonaws.com"}
        ),
        "s3:CreateBucket": Made("s3", "create_bucket", {"Bucket": "test-eu-restriction-check"}, "deny"),
        "s3:GetObject": Made("s3", "get_object", {"Bucket": "bucket", "Key": "missing"}, "allow s3:GetObject"),
        "iam:SimulatePrincipalPolicy": Made(
            "iam",
            "simulate_principal_policy",
            {"PolicySourceArn": CALLER, "ActionNames": ["s3:GetObject"]},
            "allow iam:*",
        ),
        "iam:ListAttachedRolePolicies": Made("iam", "list_attached_role_policies", {"RoleName": name}),
        "iam:ListRolePolicies": Made("iam", "list_role_policies", {"RoleName": name}),
        "iam:GetRole": Made("iam", "get_role", {"RoleName": name}),
        "iam:GetUser": Made("iam", "get_user", {}, "boundary"),
        "iam:CreatePolicyVersion": Made(
            "iam", "create_policy_version", {"PolicyArn": "{policy}", "PolicyDocument": "{}"}, "deny by boundary"
        ),
        "sns:Subscribe": Made("sns", "subscribe", {"TopicArn": "{topic}", "Protocol": "sqs"}, "other"),
        "ecr:GetLifecyclePolicy": Made(
            "ecr", "get_lifecycle_policy", {"repositoryName": "ace-c3/caldera-dashboard", "registryId": OTHER}, "other"
        ),
        "codebuild:CreateProject": Made(
            "codebuild",
            "create_project",
            {
                "name": "project",
                "source": {"type": "NO_SOURCE"},
                "artifacts": {"type": "NO_ARTIFACTS"},
                "environment": {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
                "serviceRole": role["Role"],
            },
            "allow codebuild:CreateProject",
        ),
        "logs:CreateLogGroup": Made("logs", "create_log_group", {"logGroupName": "/ecs/tokugawa-bot"}),
        "servicecatalog:ScanProvisionedProducts": Made("servicecatalog", "scan_provisioned_products", {}, "deny"),
    }
    return calls.get(operation, "no call has been written for it")


def _name(resource: str | None) -> str:
    return re.split(r"[/ ]", (resource or "").strip('"'))[-1].replace("111122223333", ACCOUNT)
