"""Each of the 125 actions of the page's policy, called through boto3 as a session of the launch role: once as the
policy wants it, once not."""

import copy
import json
import re

import pytest
from botocore.exceptions import ClientError

from endpoint import ACCOUNT, trust
from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY, document
from page_calls import CALLS, OTHER_ROLE, USE_ROLE

LAUNCH_ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/AmazonSageMakerServiceCatalogProductsLaunchRole"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/AmazonSageMakerServiceCatalogProductsLaunchRole/servicecatalog"
TRUSTED = "codepipeline cloudformation firehose codebuild sagemaker states lambda events apigateway glue".split()  # noqa: SIM905
POLICY = json.loads(document(LAUNCH_ROLE_POLICY, "v4"))


def actions_of(statement):
    found = statement["Action"]
    return [found] if isinstance(found, str) else found


ROWS = [(number, action) for number, statement in enumerate(POLICY["Statement"]) for action in actions_of(statement)]
ACTIONS = list(dict.fromkeys(action for _, action in ROWS))


class Page:
    """The page's roles in an account: the launch role with the policy, the use role that it may pass, and another."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.sandbox = endpoint.sandbox
        self.root = self.sandbox.root()
        iam = self.admin("iam")
        for arn, services in ((LAUNCH_ROLE, ["servicecatalog"]), (USE_ROLE, TRUSTED), (OTHER_ROLE, TRUSTED)):
            path, _, name = arn.split(":role")[1].rpartition("/")
            iam.create_role(RoleName=name, Path=path + "/", AssumeRolePolicyDocument=trust(*services))
        self.grant(POLICY)
        self.admin("s3").create_bucket(Bucket="sagemaker-artifacts")

    def admin(self, service):
        return self.endpoint.client(service, self.root)

    def grant(self, policy):
        self.admin("iam").put_role_policy(
            RoleName=LAUNCH_ROLE.rpartition("/")[2], PolicyName="page", PolicyDocument=json.dumps(policy)
        )

    def launch(self, service):
        session = self.sandbox.assume(LAUNCH_ROLE, "servicecatalog.amazonaws.com", "servicecatalog")
        return self.endpoint.client(service, session)


def without(action):
    """The page's policy without an action."""
    policy = copy.deepcopy(POLICY)
    for statement in policy["Statement"]:
        kept = [one for one in actions_of(statement) if one != action]
        statement["Action"] = kept or ["launchrole:Nothing"]
    return policy


@pytest.fixture
def page(endpoint):
    return Page(endpoint)


def test_every_action_of_the_policy_has_its_calls():
    assert len(ACTIONS) == 125
    assert set(ACTIONS) == set(CALLS)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_conforming_call_is_allowed_and_does_something(page, action):
    call = CALLS[action]
    made = {}
    call.prepare(page.admin, made)
    assert call.conform(page.launch, made) is not None or call.effect is not None
    if call.effect is not None:
        assert call.effect(page.admin, made)


@pytest.mark.parametrize("action", ACTIONS)
def test_another_call_is_denied_in_aws_words(page, action):
    call = CALLS[action]
    made = {}
    call.prepare(page.admin, made)
    if call.says is None:
        page.grant(without(action))
    with pytest.raises(ClientError) as denied:
        call.refused(page.launch, made)
    error = denied.value.response["Error"]
    assert error["Code"] in ("AccessDenied", "AccessDeniedException")
    if call.says is None:
        opening = rf"User: {CALLER} is not authorized to perform: {action}( on resource: \S+)?"
        assert re.fullmatch(rf"{opening} because no identity-based policy allows the {action} action", error["Message"])
    else:
        said, resource = call.says[0], call.says[1].format(**made) if "{" in call.says[1] else call.says[1]
        assert error["Message"] == (
            f"User: {CALLER} is not authorized to perform: {said} on resource: {resource} because no identity-based "
            f"policy allows the {said} action"
        )
