"""Access Analyzer's checks and the versions of AWS' policies, by boto3's clients of a server on a port."""

import json

import pytest
from botocore.exceptions import ClientError

from launchrole.facts import managed_policies

OPEN = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}


def refused(call, **params):
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"]


def test_the_checks(endpoint):
    client = endpoint.client("accessanalyzer", endpoint.sandbox.root())
    everybody = json.dumps({"Version": "2012-10-17", "Statement": [OPEN]})
    given = client.check_no_public_access(policyDocument=everybody, resourceType="AWS::SNS::Topic")
    assert given["reasons"][0]["statementId"] == "Open"
    [finding] = client.validate_policy(policyDocument="{", policyType="IDENTITY_POLICY")["findings"]
    assert finding["issueCode"] == "JSON_SYNTAX_ERROR"
    asked = {"policyDocument": "{", "resourceType": "AWS::SNS::Topic"}
    assert refused(client.check_no_public_access, **asked) == "InvalidParameterException"


def test_the_history_of_a_policy_of_aws(endpoint):
    name = managed_policies.LAUNCH_ROLE_POLICY
    arn = managed_policies.arn(name)
    iam = endpoint.client("iam", endpoint.sandbox.root())
    assert [one["VersionId"] for one in iam.list_policy_versions(PolicyArn=arn)["Versions"]][-1] == "v1"
    found = iam.get_policy_version(PolicyArn=arn, VersionId="v4")["PolicyVersion"]
    assert found["Document"] == json.loads(managed_policies.document(name, "v4"))
    assert refused(iam.delete_policy_version, PolicyArn=arn, VersionId="v4") == "AccessDenied"
