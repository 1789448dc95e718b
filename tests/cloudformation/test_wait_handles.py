"""Wait condition handles: signals that are sent to a URL, as what is waited for sends them."""

import json
import urllib.error
import urllib.request

import pytest
from stacks_in_process import Stacks, reasons

from launchrole.account.http import HttpRequest

RESOURCES = {
    "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
    "Wait": {
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600", "Count": "2"},
    },
}
TEMPLATE = {"Resources": RESOURCES, "Outputs": {"Data": {"Value": {"Fn::GetAtt": ["Wait", "Data"]}}}}


def put(stacks, url, body, method="PUT"):
    """The status and body of a request without a signature."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = stacks.sandbox.gateway.handle(HttpRequest.of(method, url, {}, data))
    return answer.status, answer.body.decode()


def success(unique_id, data=""):
    return {"Status": "SUCCESS", "UniqueId": unique_id, "Reason": "done", "Data": data}


@pytest.fixture
def begun(stacks):
    """A stack that waits; its id and its handle's URL."""
    stack_id = stacks.begin(TEMPLATE)
    stacks.until("Wait", "CREATE_IN_PROGRESS")
    return stack_id, stacks.physical("Handle")


def test_signals_complete_the_condition_and_their_data_is_its_attribute(stacks, begun):
    stack_id, url = begun
    assert url.startswith("https://cloudformation-waitcondition-us-east-1.s3.us-east-1.amazonaws.com/arn%3Aaws%3A")
    for one in (success("a", "first"), success("a", "again"), success("b", "second")):
        assert put(stacks, url, one) == (200, "")
    stack = stacks.settled(stack_id)
    assert json.loads(stack["outputs"]["Data"]) == {"a": "again", "b": "second"}
    (stored,) = stacks.sandbox.store.connection.execute(
        "SELECT count(*) FROM decisions WHERE operation = 's3:PutObject' AND resource LIKE '%waitcondition%/Handle'"
    ).fetchone()
    assert stored == 3


def test_a_failure_signal_fails_the_stack(stacks, begun):
    stack_id, url = begun
    assert put(stacks, url, {"Status": "FAILURE", "UniqueId": "a", "Reason": "no disk"})[0] == 200
    stack = stacks.settled(stack_id)
    assert reasons(stack, "Wait", "CREATE_FAILED") == [
        "WaitCondition received failed message: 'no disk' for uniqueId: a"
    ]
    assert put(stacks, url, success("b"))[0] == 403  # the handle is gone with the stack's resources


@pytest.mark.parametrize("body", [b"", b"done", b"[]", b'{"Status": "SUCCESS"}', b'{"Status": "OK", "UniqueId": "a"}'])
def test_what_is_no_signal(stacks, begun, body):
    stack_id, url = begun
    status, answer = put(stacks, url, body)
    assert status == 400
    assert "<Code>MalformedSignal</Code>" in answer
    stacks.client.delete_stack(StackName=stack_id)


def test_the_url_opens_nothing_but_its_handle(stacks, begun):
    stack_id, url = begun
    address, _, query = url.partition("?")
    secret = query.partition("=")[2]
    refused = [
        put(stacks, f"{address}?Signature=guess", success("a")),
        put(stacks, f"{address}?Signature=", success("a")),
        put(stacks, address, success("a")),
        put(stacks, f"{address.replace('/Handle', '/Other')}?{query}", success("a")),
        put(stacks, f"{address.replace('us-east-1', 'eu-west-1')}?{query}", success("a")),
        put(stacks, f"{address.replace('123456789012', '999999999999')}?{query}", success("a")),
        put(stacks, url, success("a"), "GET"),
        put(stacks, url, success("a"), "DELETE"),
        put(stacks, f"https://bucket.s3.amazonaws.com/key?Signature={secret}", success("a")),
        put(stacks, f"https://sts.us-east-1.amazonaws.com/?Signature={secret}&Action=GetCallerIdentity", b""),
    ]
    assert all(status in (400, 403, 404, 405) for status, _ in refused), refused
    kept = stacks.sandbox.store.connection.execute("SELECT count(*) FROM rows WHERE kind = 'signal'").fetchone()
    assert kept == (0,)
    assert len(secret) >= 40
    stacks.client.delete_stack(StackName=stack_id)


def test_with_an_endpoint_the_url_leads_there(server_on_a_port):
    with server_on_a_port.accounts(endpoint=server_on_a_port.url) as sandbox:
        stacks = Stacks(sandbox)
        stack_id = stacks.begin(TEMPLATE)
        stacks.until("Wait", "CREATE_IN_PROGRESS")
        url = stacks.physical("Handle")
        assert url.startswith(server_on_a_port.url + "/cloudformation-waitcondition-us-east-1/")
        for one in ("a", "b"):
            # as `curl -T` does it: without a Content-Type
            request = urllib.request.Request(url, json.dumps(success(one)).encode(), {"Content-Type": ""}, method="PUT")
            with urllib.request.urlopen(request, timeout=20) as answer:
                assert answer.status == 200
        assert stacks.settled(stack_id)["StackStatus"] == "CREATE_COMPLETE"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(url + "x", b"{}", method="PUT"), timeout=20)
        assert refused.value.code == 403
        refused.value.close()


NO_SIGNALS = {
    "too deep": b"[" * 100_000,
    "half a character": b'{"Status": "SUCCESS", "UniqueId": "\\ud800"}',
    "half a character elsewhere": b'{"Status": "SUCCESS", "UniqueId": "a", "Data": "\\ud800"}',
    "a huge number": b'{"Status": "SUCCESS", "UniqueId": ' + b"1" * 5000 + b"}",
    "no text": b"\xff\xfe",
}


@pytest.mark.parametrize("body", NO_SIGNALS.values(), ids=NO_SIGNALS)
def test_what_is_no_signal_is_refused(stacks, body):
    stacks.create({"Resources": {"Handle": RESOURCES["Handle"]}})
    status, told = put(stacks, stacks.physical("Handle"), body)
    assert status == 400
    assert "MalformedSignal" in told


def test_a_url_with_many_parameters_proves_no_more_than_another(stacks):
    stacks.create({"Resources": {"Handle": RESOURCES["Handle"]}})
    url = stacks.physical("Handle").partition("?")[0] + "?Signature=a" + "&a=1" * 100
    status, told = put(stacks, url, success("a"))
    assert status == 403
    assert "SignatureDoesNotMatch" in told
