"""Look-ups: from what requests say to what ARNs need."""

import json

import pytest

from launchrole.account.authorizer import Place
from launchrole.sandbox import Sandbox

PLACE = Place("aws", "us-east-1", "123456789012")
HERE = "arn:aws:{}:us-east-1:123456789012:"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as made:
        iam, trust = made.client("iam"), json.dumps({"Version": "2012-10-17", "Statement": []})
        backend = made.gateway.directory._iam("123456789012")
        backend.create_role("r", trust, "/p/", None, "", [], "3600")
        iam.create_instance_profile(InstanceProfileName="profile")
        iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="r")
        iam.create_user(UserName="u", Path="/p/")
        iam.create_group(GroupName="g")
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        iam.create_policy(PolicyName="mine", PolicyDocument=json.dumps(policy))
        made.key = made.client("kms").create_key()["KeyMetadata"]["Arn"]
        made.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=made.key)
        made.cipher = made.client("kms").encrypt(KeyId=made.key, Plaintext=b"x")["CiphertextBlob"]
        made.secret = made.client("secretsmanager").create_secret(Name="secret", SecretString="x")["ARN"]
        made.stack = made.client("cloudformation").create_stack(
            StackName="stack", TemplateBody='{"Resources": {"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}'
        )["StackId"]
        yield made


ROWS = [
    ("role_arn", "r", "arn:aws:iam::123456789012:role/p/r"),
    ("role_arn", "none", "arn:aws:iam::123456789012:role/none"),
    ("role_arn", "arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x"),
    ("user_arn", "u", "arn:aws:iam::123456789012:user/p/u"),
    ("group_arn", "g", "arn:aws:iam::123456789012:group/g"),
    ("policy_arn", "mine", "arn:aws:iam::123456789012:policy/mine"),
    ("instance_profile_arn", "profile", "arn:aws:iam::123456789012:instance-profile/profile"),
    ("role_of_profile", "profile", "arn:aws:iam::123456789012:role/p/r"),
    ("instance_profile_role", "none", "arn:aws:iam::123456789012:role/*"),
    ("service_linked_role", "ecs.amazonaws.com", "AWSServiceRoleForECS"),
    ("service_linked_role", "x.amazonaws.com", "*"),
    ("kms_key", "1234", HERE.format("kms") + "key/1234"),
    ("kms_key", "alias/none", HERE.format("kms") + "alias/none"),
    ("kms_key", "arn:aws:kms:eu-west-1:1:key/x", "arn:aws:kms:eu-west-1:1:key/x"),
    ("ciphertext_key", "nothing", HERE.format("kms") + "key/*"),
    ("queue_name", "https://sqs.us-east-1.amazonaws.com/123456789012/q", "q"),
    ("queue_name", "https://x/210987654321/q", "arn:aws:sqs:us-east-1:210987654321:q"),
    ("queue_name", "q", "q"),
    ("queue_name", "/", "/"),
    ("secret_arn", "none", HERE.format("secretsmanager") + "secret:none"),
    ("secret_arn", "arn:aws:x", "arn:aws:x"),
    ("before_colon", "project:uuid", "project"),
    ("last_part", "a/b:c", "c"),
    ("lower", "Name", "name"),
    ("lower", "arn:aws:X", "arn:aws:X"),
    ("sagemaker_arn", "arn:aws:sagemaker:x:y:endpoint/My", "arn:aws:sagemaker:x:y:endpoint/my"),
    ("sagemaker_arn", "arn:aws:sagemaker:x:y:domain/My", "arn:aws:sagemaker:x:y:domain/My"),
    ("schema_registry", "arn:aws:glue:x:y:schema/reg/sch", "reg"),
    ("schema_registry", "reg", "reg"),
    ("product_id", "prod-x", "prod-x"),
    ("launch_role", '{"LocalRoleName": "r"}', "arn:aws:iam::123456789012:role/p/r"),
    ("launch_role", '{"RoleArn": "arn:aws:iam::1:role/x"}', "arn:aws:iam::1:role/x"),
    ("launch_role", "[", "arn:aws:iam::123456789012:role/*"),
    ("copy_source", "/bucket/a%20key?versionId=1", "bucket/a key"),
    ("url_encoded", "arn:a/b", "arn%3Aa%2Fb"),
    ("function", "f", "f"),
    ("function", "f:1", "f:1"),
    ("function", "123456789012:function:f:1", "f:1"),
    ("function", "210987654321:function:f", "arn:aws:lambda:us-east-1:210987654321:function:f"),
    ("function", "arn:aws:lambda:us-east-1:123456789012:function:f:1", "f:1"),
    (
        "function",
        "arn:aws:lambda:eu-west-1:123456789012:function:f",
        "arn:aws:lambda:eu-west-1:123456789012:function:f",
    ),
    ("log_group", "/a", "/a"),
    ("log_group", "arn:aws:logs:us-east-1:123456789012:log-group:/a:*", "/a"),
    ("ssm_parameter", "a", "/a"),
    ("ssm_parameter", "/a/b:3", "/a/b"),
    ("ssm_parameter", "arn:aws:ssm:us-east-1:123456789012:parameter/a", "/a"),
    ("report_group", "arn:aws:codebuild:x:y:report/group:1", "group"),
    ("report_group", "group", "group"),
    ("bus_of_rule", "default", ""),
    ("bus_of_rule", "arn:aws:events:x:y:event-bus/own", "own/"),
    ("event_source", '{"source": ["aws.s3"]}', "aws.s3"),
    ("event_detail_type", '{"detail-type": [{"prefix": "x"}]}', ""),
    ("event_source", "[]", ""),
    ("ec2_resource", "vpc-1", "vpc/vpc-1"),
    ("ec2_resource", "x-1", "*/x-1"),
    ("stack_id", "none", "none/*"),
    ("stack_id", "arn:x", "arn:x"),
]


@pytest.mark.parametrize(("name", "value", "expected"), ROWS)
def test_a_lookup(sandbox, name, value, expected):
    assert sandbox.gateway.authorizer.lookups.at(PLACE)(name, value) == expected


def test_lookups_of_what_is_there(sandbox):
    lookup = sandbox.gateway.authorizer.lookups.at(PLACE)
    assert lookup("kms_key", "alias/mine") == sandbox.key
    assert lookup("kms_key", HERE.format("kms") + "alias/mine") == sandbox.key
    assert lookup("ciphertext_key", sandbox.cipher.decode("latin-1")) == sandbox.key
    assert lookup("secret_arn", "secret") == sandbox.secret
    assert lookup("secret_arn", sandbox.secret[:-7]) == sandbox.secret
    assert f"{HERE.format('cloudformation')}stack/{lookup('stack_id', 'stack')}" == sandbox.stack
