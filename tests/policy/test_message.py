"""AWS' AccessDenied sentence, in every documented variant."""

import pytest

from launchrole.policy.message import denial_message
from launchrole.policy.policy_type import PolicyType

JOHN = "arn:aws:iam::123456789012:user/John"
LIST = "codedeploy:ListDeployments"
GROUP = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:*"
START = f"User: {JOHN} is not authorized to perform: {LIST} on resource: {GROUP} "


def sentence(policy_type, *, explicit, caller=JOHN, action=LIST, resource=GROUP, policy_arn=None):
    return denial_message(
        caller=caller,
        action=action,
        resource=resource,
        policy_type=policy_type,
        explicit=explicit,
        policy_arn=policy_arn,
    )


@pytest.mark.parametrize(
    ("policy_type", "ending"),
    [
        (PolicyType.SCP, f"because no service control policy allows the {LIST} action"),
        (PolicyType.RESOURCE, f"because no resource-based policy allows the {LIST} action"),
        (PolicyType.TRUST, f"because no role trust policy allows the {LIST} action"),
        (PolicyType.IDENTITY, f"because no identity-based policy allows the {LIST} action"),
        (PolicyType.BOUNDARY, f"because no permissions boundary allows the {LIST} action"),
        (PolicyType.SESSION, f"because no session policy allows the {LIST} action"),
        (PolicyType.VPC_ENDPOINT, f"because no VPC endpoint policy allows the {LIST} action"),
    ],
)
def test_implicit_denials(policy_type, ending):
    assert sentence(policy_type, explicit=False) == START + ending


@pytest.mark.parametrize(
    ("policy_type", "ending"),
    [
        (PolicyType.SCP, "with an explicit deny in a service control policy"),
        (PolicyType.RCP, "with an explicit deny in a resource control policy"),
        (PolicyType.RESOURCE, "with an explicit deny in a resource-based policy"),
        (PolicyType.TRUST, "with an explicit deny in the role trust policy"),
        (PolicyType.IDENTITY, "with an explicit deny in an identity-based policy"),
        (PolicyType.BOUNDARY, "with an explicit deny in a permissions boundary"),
        (PolicyType.SESSION, "with an explicit deny in a session policy"),
        (PolicyType.VPC_ENDPOINT, "with an explicit deny in a VPC endpoint policy"),
    ],
)
def test_explicit_denials(policy_type, ending):
    assert sentence(policy_type, explicit=True) == START + ending


def test_an_explicit_deny_names_its_policy_where_the_arn_is_known():
    arn = "arn:aws:organizations::111122223333:policy/o-exampleorgid/service_control_policy/p-examplepolicyid123"
    told = sentence(PolicyType.SCP, explicit=True, policy_arn=arn)
    assert told == f"{START}with an explicit deny in a service control policy: {arn}"


@pytest.mark.parametrize(
    "caller",
    [
        "arn:aws:sts::111122223333:assumed-role/AmazonSageMakerServiceCatalogProductsLaunchRole/servicecatalog",
        "arn:aws:sts::111122223333:federated-user/fred",
        "arn:aws:iam::111122223333:root",
        "lambda.amazonaws.com",
        "anonymous",
    ],
)
def test_callers(caller):
    told = sentence(PolicyType.IDENTITY, explicit=False, caller=caller, resource="*")
    assert told.startswith(f"User: {caller} is not authorized to perform: {LIST} on resource: * because no ")


@pytest.mark.parametrize(
    ("action", "resource", "start"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/k", 's3:GetObject on resource: "arn:aws:s3:::b/k" because'),
        ("s3:ListAllMyBuckets", "*", "s3:ListAllMyBuckets on resource: * because"),
        ("iam:GetRole", "role R", "iam:GetRole on resource: role R because"),
        ("codebuild:ListProjects", "", "codebuild:ListProjects because"),
    ],
)
def test_resources(action, resource, start):
    told = sentence(PolicyType.IDENTITY, explicit=False, action=action, resource=resource)
    assert told.startswith(f"User: {JOHN} is not authorized to perform: {start}")


def test_ec2_opens_with_a_sentence_of_its_own():
    told = sentence(PolicyType.IDENTITY, explicit=False, action="ec2:DescribeVpcs", resource="")
    assert told == (
        f"You are not authorized to perform this operation. User: {JOHN} is not authorized to perform: "
        "ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action"
    )
