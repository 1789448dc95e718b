"""Laws of stacks, on random templates: what comes of an operation does not depend on the order in which resources are
declared, an update ends where a creation would, what fails is undone, and what is deleted is gone.

A sample of each law is checked every time, many more examples with `-m slow`.
"""

from __future__ import annotations

import json
from itertools import count

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from random_templates import KINDS, Account, of_one, templates, with_failing

from launchrole.sandbox import Sandbox

_numbers = count()
NO_UPDATES = "No updates are to be performed"
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


class Stacks(Account):
    """Stacks of one account; `nothing` is the census of the account without any."""

    def __init__(self, sandbox):
        super().__init__(sandbox)
        self.nothing = self.census()

    def do(self, operation, name, **params):
        """Make a call about a stack, wait, and return the stack's status (None where it is gone)."""
        self.call("cloudformation", operation, {"StackName": name, **params})
        assert self.sandbox.settle(60)
        try:
            return self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        except ClientError:
            return None

    def put(self, operation, name, template, switch="on", **params):
        parameters = [{"ParameterKey": "Switch", "ParameterValue": switch}]
        given = {"TemplateBody": json.dumps(template), "Parameters": parameters, **params}
        return self.do(operation, name, Capabilities=["CAPABILITY_NAMED_IAM"], **given)

    def create(self, name, template, switch="on", **params):
        return self.put("CreateStack", name, template, switch, **params)

    def update(self, name, template, switch="on"):
        """The status after an update; that there was nothing to update is a success, too."""
        try:
            return self.put("UpdateStack", name, template, switch)
        except ClientError as error:
            if NO_UPDATES not in str(error):
                raise
            return "UPDATE_COMPLETE"

    def delete(self, name, **params):
        return self.do("DeleteStack", name, **params)

    def sweep(self):
        """Delete every stack of an example that failed; what is left even then is none of the next one's."""
        for one in self.client("cloudformation").describe_stacks()["Stacks"]:
            self.delete(one["StackName"])
        self.nothing = self.census()

    def same(self, one, other):
        """Assert that two states are the same; what differs is told in full."""
        assert {
            name: (one.get(name), other.get(name)) for name in {**one, **other} if one.get(name) != other.get(name)
        } == {}

    def why(self, name):
        events = self.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return [
            (one["LogicalResourceId"], one["ResourceType"], one.get("ResourceStatusReason"))
            for one in events
            if one["ResourceStatus"].endswith("FAILED")
        ]


@pytest.fixture(scope="module")
def stacks():
    """One account for all examples: each leaves it as it was."""
    with Sandbox() as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        yield Stacks(sandbox)
        assert faults == []


def new_name():
    return f"web{next(_numbers)}"


def reversed_resources(template):
    return {**template, "Resources": dict(reversed(template["Resources"].items()))}


def updated_and_deleted(stacks, data):
    """An update to whatever other template ends where a creation of that would, and a deletion leaves nothing."""
    first = data.draw(templates())
    second = data.draw(templates(first))
    switches = data.draw(st.tuples(st.sampled_from(["on", "off"]), st.sampled_from(["on", "off"])))
    name, other = new_name(), new_name()
    assert stacks.create(name, first, switches[0]) == "CREATE_COMPLETE", stacks.why(name)
    was = stacks.state(name)
    ended = stacks.update(name, second, switches[1])
    event(ended)
    if ended == "UPDATE_COMPLETE":
        assert stacks.create(other, second, switches[1]) == "CREATE_COMPLETE", stacks.why(other)
        stacks.same(stacks.state(name), stacks.state(other))
        assert stacks.delete(other) is None
    else:  # what keeps its name, or its addresses, cannot be replaced
        assert ended == "UPDATE_ROLLBACK_COMPLETE", stacks.why(name)
        taken = ("exist", "conflicts with another subnet")
        assert any(one in str(why) for _, _, why in stacks.why(name) for one in taken), stacks.why(name)
        stacks.same(stacks.state(name), was)
    assert stacks.delete(name) is None, stacks.why(name)
    assert stacks.census() == stacks.nothing


def declared_in_whatever_order(stacks, data):
    """The order in which resources are declared changes nothing of the end."""
    template = data.draw(templates())
    one, other = new_name(), new_name()
    assert stacks.create(one, template) == "CREATE_COMPLETE", stacks.why(one)
    assert stacks.create(other, reversed_resources(template)) == "CREATE_COMPLETE", stacks.why(other)
    stacks.same(stacks.state(one), stacks.state(other))
    assert stacks.delete(one) is None
    assert stacks.delete(other) is None
    assert stacks.census() == stacks.nothing


def failing_resources(stacks, data):
    """A creation that fails leaves nothing, an update that fails changes nothing."""
    template = data.draw(templates())
    after = data.draw(st.lists(st.sampled_from(sorted(template["Resources"])), max_size=3, unique=True))
    failing = with_failing(template, after)
    name = new_name()
    assert stacks.create(name, failing) == "ROLLBACK_COMPLETE", stacks.why(name)
    assert stacks.census() == stacks.nothing
    assert stacks.delete(name) is None
    assert stacks.create(name, template) == "CREATE_COMPLETE"
    there, was = stacks.census(), stacks.state(name)
    other = data.draw(templates(template))
    after = data.draw(st.lists(st.sampled_from(sorted(other["Resources"])), max_size=3, unique=True))
    assert stacks.update(name, with_failing(other, after)) == "UPDATE_ROLLBACK_COMPLETE", stacks.why(name)
    stacks.same(stacks.state(name), was)
    assert stacks.census() == there
    assert stacks.delete(name) is None
    assert stacks.census() == stacks.nothing


def denied_actions(stacks, data):
    """Under a role that is denied an action, what was made is undone; what could not be is told, and is gone once the
    action is allowed."""
    template = data.draw(templates())
    iam = stacks.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    name = new_name()
    role = iam.create_role(RoleName=f"for-{name}", AssumeRolePolicyDocument=document)["Role"]["Arn"]

    def allow(*denied):
        statements = [ANYTHING, *({"Effect": "Deny", "Action": one, "Resource": "*"} for one in denied)]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=f"for-{name}", PolicyName="p", PolicyDocument=policy)

    allow()
    before = {**stacks.nothing, "iam:ListRoles": sorted([*stacks.nothing["iam:ListRoles"], f"for-{name}"])}
    assert stacks.create(name, template, RoleARN=role) == "CREATE_COMPLETE", stacks.why(name)
    assert stacks.delete(name) is None
    asked = {"RoleName": f"for-{name}"}
    actions = actions_of(stacks, role)
    if not actions:  # conditions have left nothing that makes a call
        iam.delete_role_policy(PolicyName="p", **asked)
        iam.delete_role(**asked)
        return
    denied = data.draw(st.sampled_from(actions))
    allow(denied)
    status = stacks.create(name, template, RoleARN=role)
    event(f"{denied}: {status}")
    if status != "CREATE_COMPLETE":
        assert any(denied.lower() in str(why).lower() for _, _, why in stacks.why(name)), stacks.why(name)
    if status == "ROLLBACK_COMPLETE":
        assert stacks.census() == before
    else:
        assert status in ("CREATE_COMPLETE", "ROLLBACK_FAILED")
    deleted = stacks.delete(name)
    if deleted is None:
        assert stacks.census() == before
    else:
        assert deleted == "DELETE_FAILED"
        left = stacks.client("cloudformation").describe_stack_resources(StackName=name)["StackResources"]
        assert [one for one in left if one["ResourceStatus"] == "DELETE_FAILED"]
        assert stacks.census() != before
        allow()
        assert stacks.delete(name) is None, stacks.why(name)
        assert stacks.census() == before
    iam.delete_role_policy(PolicyName="p", **asked)
    iam.delete_role(**asked)


def actions_of(stacks, role):
    """The actions that were decided for sessions of a role."""
    session = f"assumed-role/{role.rpartition('/')[2]}/"
    query = "SELECT DISTINCT action FROM decisions WHERE principal LIKE ?"
    return sorted(one for (one,) in stacks.sandbox.store.connection.execute(query, (f"%{session}%",)))


LAWS = {
    law.__name__: law for law in (updated_and_deleted, declared_in_whatever_order, failing_resources, denied_actions)
}


def check(law, stacks, examples):
    """Check a law on so many examples. One that fails is shown as it is: an example takes a second, and to make one
    smaller takes hundreds."""

    def example(data):
        try:
            law(stacks, data)
        except BaseException:
            stacks.sweep()
            raise

    checked = given(st.data())(example)
    phases = (Phase.explicit, Phase.reuse, Phase.generate)
    settings(max_examples=examples, deadline=None, phases=phases, suppress_health_check=list(HealthCheck))(checked)()


@pytest.mark.parametrize("law", LAWS)
def test_laws_of_stacks(stacks, law):
    check(LAWS[law], stacks, 8)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_laws_of_stacks_on_many_templates(stacks, law):
    check(LAWS[law], stacks, 150)


@pytest.mark.parametrize("type", KINDS)
def test_each_type_of_the_random_templates_by_itself(stacks, type):
    """So that a type's failure is told by its name, and none is left out by chance."""

    def alone(stacks, data):
        name = new_name()
        assert stacks.create(name, data.draw(of_one(type))) == "CREATE_COMPLETE", stacks.why(name)
        assert stacks.state(name)["R0"][0] == type
        assert stacks.delete(name) is None
        assert stacks.census() == stacks.nothing

    check(alone, stacks, 1)
