"""Jobs: they wait without missing anything, and a fault of launchrole ends what it stopped instead of leaving it."""

import threading
import time

import pytest

from launchrole.account import jobs
from launchrole.account.jobs import Job
from launchrole.account.service import Service
from launchrole.sandbox import Sandbox
from launchrole.services.sagemaker import catalog_portfolio, project_launch

FAULT = "launchrole failed to go on with this operation (ZeroDivisionError)"


@pytest.fixture
def sandbox():
    """An account with a service of the tests' own; `faults` are those that its host was told of."""
    with Sandbox() as sandbox:
        sandbox.faults = []
        sandbox.gateway.report = sandbox.faults.append
        sandbox.toy = Service("toy")
        sandbox.gateway.services = {**sandbox.gateway.services, "toy": sandbox.toy}
        yield sandbox


def begin(sandbox, kind="play", identifier="one", **document):
    with sandbox.store.transaction() as connection:
        jobs.keep(connection, Job(identifier, sandbox.account, "us-east-1", "toy", kind, document))
    sandbox.gateway.workers.wake(identifier)


def unfinished(sandbox):
    with sandbox.store.transaction() as connection:
        return jobs.unfinished(connection)


def broken(*_arguments, **_options):
    return 1 / 0


def test_what_happens_between_a_look_and_the_wait_is_not_missed(sandbox):
    looked, signalled = threading.Event(), threading.Event()
    waited = []

    @sandbox.toy.job("play")
    def play(work):
        looked.set()
        assert signalled.wait(10)
        begun = time.monotonic()
        work.wait(30)
        waited.append(time.monotonic() - begun)

    begin(sandbox)
    assert looked.wait(10)
    sandbox.gateway.workers.signal()
    signalled.set()
    assert sandbox.settle(10)
    assert waited[0] < 5


def test_who_waits_for_a_thing_is_woken_by_what_is_about_it_alone(sandbox):
    looked, woken = threading.Event(), threading.Event()

    @sandbox.toy.job("play")
    def play(work):
        looked.set()
        work.wait(30, "mine")
        woken.set()

    begin(sandbox)
    assert looked.wait(10)
    sandbox.gateway.workers.signal("another")
    sandbox.gateway.workers.signal()
    assert not woken.wait(0.1)
    sandbox.gateway.workers.signal("mine")
    assert woken.wait(10)
    assert sandbox.settle(10)


def test_what_is_about_a_thing_and_came_between_a_look_and_the_wait_is_not_missed(sandbox):
    looked, signalled = threading.Event(), threading.Event()
    waited = []

    @sandbox.toy.job("play")
    def play(work):
        for _ in range(2):
            begun = time.monotonic()
            work.wait(0.05 if waited else 30, "mine")
            waited.append(time.monotonic() - begun)
            looked.set()
            assert signalled.wait(10)

    sandbox.gateway.workers.signal("mine")  # before the job: nothing that it waits for
    begin(sandbox)
    assert not looked.wait(0.1)
    sandbox.gateway.workers.signal("mine")
    signalled.set()
    assert sandbox.settle(10)
    assert waited[0] < 5
    assert waited[1] >= 0.05  # one signal ends one wait


def test_a_wait_ends_when_its_time_is_over(sandbox):
    ended = threading.Event()

    @sandbox.toy.job("play")
    def play(work):
        work.wait(0.01)
        ended.set()

    begin(sandbox)
    assert ended.wait(10)


def test_the_end_of_a_job_wakes_those_that_wait(sandbox):
    order = []
    waiting = threading.Event()

    @sandbox.toy.job("long")
    def long(work):
        waiting.set()
        while "short" not in order:
            work.wait(30)
        order.append("long")

    @sandbox.toy.job("short")
    def short(_work):
        order.append("short")

    begin(sandbox, "long", "one")
    assert waiting.wait(10)
    begin(sandbox, "short", "two")
    assert sandbox.settle(10)
    assert order == ["short", "long"]


def test_a_fault_ends_what_it_stopped(sandbox):
    ended = []
    sandbox.toy.job("play")(broken)

    @sandbox.toy.gives_up("play")
    def give_up(work, why):
        with work.transaction() as rows:
            rows.put("game", "one", {"why": why})
        ended.append(work.job.document["number"])

    begin(sandbox, number=7)
    assert sandbox.settle(10)
    assert ended == [7]
    assert [type(one) for one in sandbox.faults] == [ZeroDivisionError]
    assert unfinished(sandbox) == []


def test_a_job_that_nobody_ends_is_tried_again_at_the_next_start(sandbox):
    times = []

    @sandbox.toy.job("play")
    def play(_work):
        times.append(1)
        if len(times) == 1:
            broken()

    begin(sandbox)
    assert sandbox.settle(10)
    assert [type(one) for one in sandbox.faults] == [ZeroDivisionError]
    assert unfinished(sandbox) == ["one"]
    sandbox.gateway.workers.resume()
    assert sandbox.settle(10)
    assert len(times) == 2
    assert unfinished(sandbox) == []


def test_a_job_that_is_woken_while_it_is_done_is_done_once_more_even_after_a_fault(sandbox):
    times = []
    begun, woken = threading.Event(), threading.Event()

    @sandbox.toy.job("play")
    def play(_work):
        times.append(1)
        begun.set()
        assert woken.wait(10)
        if len(times) == 1:
            broken()

    begin(sandbox)
    assert begun.wait(10)
    sandbox.gateway.workers.wake("one")
    woken.set()
    assert sandbox.settle(10)
    assert len(times) == 2


def test_a_project_that_a_fault_stopped_has_failed_and_says_so(sandbox, monkeypatch):
    s3, client = sandbox.client("s3"), sandbox.client("sagemaker")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="one.yaml", Body=b"Resources: {Topic: {Type: 'AWS::SNS::Topic'}}")
    url = "https://templates.s3.amazonaws.com/one.yaml"
    providers = [{"CfnTemplateProvider": {"TemplateName": "main", "TemplateURL": url}}]
    with monkeypatch.context() as patched:
        patched.setattr(project_launch, "_by_template", broken)
        client.create_project(ProjectName="churn", TemplateProviders=providers)
        assert sandbox.settle(10)
    found = client.describe_project(ProjectName="churn")
    detail = found["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]["StackDetail"]
    assert (found["ProjectStatus"], detail["StatusMessage"]) == ("CreateFailed", FAULT)
    client.delete_project(ProjectName="churn")
    assert sandbox.settle(10)
    assert client.describe_project(ProjectName="churn")["ProjectStatus"] == "DeleteCompleted"


def test_a_portfolio_of_projects_that_a_fault_stopped_stays_off_and_can_be_turned_on(sandbox, monkeypatch):
    client = sandbox.client("sagemaker")
    with monkeypatch.context() as patched:
        patched.setattr(catalog_portfolio._Maker, "turn_on", broken)
        client.enable_sagemaker_servicecatalog_portfolio()
        assert sandbox.settle(10)
    assert client.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Disabled"
    assert [type(one) for one in sandbox.faults] == [ZeroDivisionError]
    client.enable_sagemaker_servicecatalog_portfolio()
    assert sandbox.settle(60)
    assert client.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Enabled"
