"""Events, change sets and messages that CloudFormation really gave: ours are the same, masks aside.

Which recordings are met is in docs/cloudformation-recordings.md, which is generated
(`UPDATE=1 pytest tests/cloudformation/test_recordings.py -k table`).
"""

import functools
import json
import os

import message_recipes
import pytest
import reason_recipes
import update_recipes
from message_recipes import by_change_set, change_set, only_template
from recordings import differences, events_like, of_events, of_messages, of_reasons
from stacks_in_process import Stacks

from launchrole.sandbox import Sandbox
from launchrole.services.cloudformation.handlers import registry
from shared_inputs import REPOSITORY, needs_shared

pytestmark = needs_shared

TABLE = REPOSITORY / "docs" / "cloudformation-recordings.md"
EVENTS, MESSAGES, REASONS = of_events(), of_messages(), of_reasons()
UNEXECUTED = (
    "AWS::CloudFormation::Macro",
    "AWS::IAM::ServerCertificate",
    "AWS::EC2::KeyPair",
)
_MACRO = "a macro's code would have to be run, and launchrole runs none"
_REGISTRY = "the registry of third-party extensions is not served"
OUT_OF_REACH = {
    "test_embedded_macro_fn_transform": _MACRO,
    "test_embedded_macro_for_attribute_fn_transform": _MACRO,
    "test_update_parameter_transform_in_update_change_set": _MACRO,
    "test_remove_transform_in_update_change_set": _MACRO,
    "test_conditional_transform": _MACRO,
    "test_conditional_transform[true]": _MACRO,
    "test_conditional_transform[false]": _MACRO,
    "test_base_global_macro": _MACRO,
    "test_functions_and_references_during_transformation": _MACRO,
    "test_failed_state[raise_error.py]": _MACRO,
    "test_failed_state[return_unsuccessful_with_message.py]": _MACRO,
    "test_server_certificate": f"{UNEXECUTED[1]} is not executed",
    "test_deploy_instance_with_key_pair": f"{UNEXECUTED[2]} is not executed",
    "test_extension_versioning": _REGISTRY,
}


def reach(recording, recipes, key):
    """None where the recording can be brought about, else why not."""
    if recording.what in OUT_OF_REACH:
        return OUT_OF_REACH[recording.what]
    return None if key in recipes else "no template given"


@functools.cache
def account():
    """The account that the recordings share; each leaves no stack behind."""
    return Stacks(Sandbox())


def closed():
    """Close the account, where it is open: a process has one sandbox at a time."""
    if account.cache_info().currsize:
        account().sandbox.close()
        account.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def _closed_at_the_end():
    yield
    closed()


def cleared(stacks):
    """The account without stacks, also without those that refuse to be deleted."""
    for retaining in (False, True):
        for one in stacks.client.describe_stacks()["Stacks"]:
            name = one["StackName"]
            rows = stacks.client.describe_stack_resources(StackName=name)["StackResources"] if retaining else []
            stacks.client.delete_stack(StackName=name, RetainResources=[row["LogicalResourceId"] for row in rows])
            assert stacks.sandbox.settle(60)
    return stacks


@functools.cache
def updated(group, capabilities):
    """What is observed of a stack that is created, updated and deleted: its events up to the update and to the end,
    and the descriptions of the change sets."""
    wanted = update_recipes.RECIPES[group]
    stacks = cleared(account())
    wanted.given(stacks)
    changes = {}
    for number, (kind, template, parameters) in enumerate(
        [("CREATE", wanted.before, wanted.first), ("UPDATE", wanted.after, wanted.second)], 1
    ):
        made = change_set(stacks, template, kind, parameters=parameters, Capabilities=list(capabilities))
        changes[f"describe-change-set-{number}"] = stacks.client.describe_change_set(ChangeSetName=made["Id"])
        stacks.client.execute_change_set(ChangeSetName=made["Id"])
        found = stacks.settled(made["StackId"])
    return found["events"], stacks.delete()["events"], changes


@functools.cache
def created(template):
    """The events of a stack that is created by a change set."""
    return by_change_set(cleared(account()), template)["events"]


@functools.cache
def events_wrong(recording):
    """What of a recording of events and change sets is otherwise here."""
    recorded = recording.observed
    if recording.templates:
        observed = events_like(recorded["events"], created(only_template(recording)), "stack")
        return differences(recorded["events"], observed, {})
    capabilities = tuple(recorded["changes"]["describe-change-set-1"]["Capabilities"])
    until_updated, until_deleted, changes = updated(recording.group, capabilities)
    recorded = read(recorded, update_recipes.RECIPES[recording.group].reading)
    by_resource = recorded["events"]["per-resource-events"]
    deleted = any(one["ResourceStatus"] == "DELETE_COMPLETE" for one in by_resource.get("Stack", ()))
    bound = {"<stack-name:1>": "stack"}
    wrong = []
    for name, description in recorded["changes"].items():
        wrong += differences(without_response(description), without_response(changes[name]), bound, name)
    observed = events_like(recorded["events"], until_deleted if deleted else until_updated, "stack")
    return wrong + differences(recorded["events"], observed, bound)


def read(recorded, reading):
    """A recording with masks for what the recorder left in, and without masks for what is known."""
    text = json.dumps(recorded)
    for written, meant in reading.items():
        text = text.replace(written, meant)
    return json.loads(text)


def without_response(description):
    return {name: one for name, one in description.items() if name != "ResponseMetadata"}


@functools.cache
def message_wrong(recording):
    """What of a recorded error or reason is otherwise here."""
    recorded = recording.observed
    answer = message_recipes.RECIPES[recording.what](cleared(account()), recording)
    members = ("message", "code", "http", "operation", "status", "resource_type", "logical_id")
    wanted = {name: recorded[name] for name in members if recorded.get(name) is not None}
    return differences(wanted, {name: getattr(answer, name) for name in wanted}, {})


def reach_of_events(recording):
    known = {**update_recipes.RECIPES, "TestResourceAttributes::test_invalid_getatt_fails": None,
             "TestStacksApi::test_list_events_after_deployment": None,
             "test_list_events_after_deployment": None}  # fmt: skip
    return reach(recording, known, recording.group)


def reach_of_message(recording):
    return reach(recording, message_recipes.RECIPES, recording.what)


@functools.cache
def reason_wrong(recording):
    """A reported reason that is otherwise here: what is said instead. Each has an account of its own."""
    closed()
    with Sandbox() as sandbox:
        why = reason_recipes.RECIPES[recording.number](Stacks(sandbox))
    return [] if reason_recipes.agrees(recording.observed["status_reason"], why) else [why]


def reach_of_reason(recording):
    return reason_recipes.OUT_OF_REACH.get(recording.number)


def of(recordings, reach_of):
    return [one for one in recordings if reach_of(one) is None]


def name(recording):
    return f"{recording.number}: {recording.what}"


@pytest.mark.parametrize("recording", of(EVENTS, reach_of_events), ids=name)
def test_events_and_change_sets(recording):
    assert events_wrong(recording) == []


@pytest.mark.parametrize("recording", of(MESSAGES, reach_of_message), ids=name)
def test_messages(recording):
    assert message_wrong(recording) == []


@pytest.mark.parametrize("recording", of(REASONS, reach_of_reason), ids=name)
def test_reasons(recording):
    assert reason_wrong(recording) == []


@pytest.mark.parametrize(
    ("recorded", "observed", "same"),
    [
        ("<a:1>-<a:1>", "x-x", True),
        ("<a:1>-<a:1>", "x-y", False),
        ({"Status": "A"}, {"Status": "B"}, False),
        ({"Status": "A"}, {"Status": "A", "Reason": ""}, False),
        ({"Status": "A", "Reason": ""}, {"Status": "A"}, False),
        (["A", "B"], ["B", "A"], False),
        ("No export named <name>", "No export named one found.", False),
        ({"Timestamp": "timestamp"}, {"Timestamp": 1.0}, True),
        ("CFN-It-EcezJ6ETXORO", "CFN-It-abcdefghijkl", True),
        ("CFN-It-EcezJ6ETXORO", "stack-It-abcdefghijkl", False),
    ],
)
def test_a_mask_stands_for_one_word_and_nothing_else_is_left_aside(recorded, observed, same):
    assert (differences(recorded, observed, {}) == []) == same


@pytest.mark.parametrize("kind", UNEXECUTED)
def test_types_that_are_out_of_reach_are_not_executed(kind):
    assert registry.known(kind)
    assert not registry.executed(kind)


def table():
    """Which recordings are met, which are not, and why."""
    rows = []
    for recordings, reach_of, wrong in (
        (EVENTS, reach_of_events, events_wrong),
        (MESSAGES, reach_of_message, message_wrong),
        (REASONS, reach_of_reason, reason_wrong),
    ):
        for one in recordings:
            why = reach_of(one)
            told = f"out of reach: {why}" if why else "met" if not wrong(one) else "not met"
            rows.append((one.number, one.what, told))
    met = sum(told == "met" for _, _, told in rows)
    lines = [
        "# CloudFormation's recorded answers",
        "",
        f"{len(rows)} recordings of CloudFormation's answers were gathered: events of stacks, descriptions of change",
        f"sets, errors and status reasons. {met} of them are brought about by the tests, with the same statuses,",
        "order, reasons, changes and messages; what differs between accounts (ids, names, instants) is left aside.",
        "This table is generated: `UPDATE=1 pytest tests/cloudformation/test_recordings.py -k table`.",
        "",
        "| recording | what was recorded | |",
        "|---|---|---|",
    ]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def test_the_table_says_which_recordings_are_met():
    made = table()
    if os.environ.get("UPDATE"):
        TABLE.write_text(made)
    assert TABLE.read_text() == made
