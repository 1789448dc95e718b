"""Glue's jobs, triggers, crawlers and connections through boto3 in process, and everybody's tags."""

import pytest

from in_process import ACCOUNT, ROLE, brought_back, clients, refused

COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://b/s"}


@pytest.fixture
def glue():
    with clients() as aws:
        yield aws("glue")


def test_jobs(glue):
    glue.create_job(Name="j", Role=ROLE, Command=COMMAND, Description="d", DefaultArguments={"--a": "b"})
    assert refused(glue.create_job, Name="j", Role=ROLE, Command=COMMAND) == "AlreadyExistsException"
    new = {
        "Role": ROLE,
        "Command": COMMAND | {"ScriptLocation": "s3://b/t"},
        "WorkerType": "G.1X",
        "NumberOfWorkers": 2,
    }
    assert glue.update_job(JobName="j", JobUpdate=new)["JobName"] == "j"
    found = glue.get_job(JobName="j")["Job"]
    assert (found["Command"]["ScriptLocation"], found["NumberOfWorkers"]) == ("s3://b/t", 2)
    assert "Description" not in found
    assert not found.get("DefaultArguments")
    assert refused(glue.update_job, JobName="none", JobUpdate=new) == "EntityNotFoundException"
    both = {"JobName": "j", "JobUpdate": new | {"MaxCapacity": 2.0}}
    assert refused(glue.update_job, **both) == "InvalidInputException"


def test_triggers(glue):
    actions = [{"JobName": "j"}]
    conditions = {"Conditions": [{"LogicalOperator": "EQUALS", "JobName": "j", "State": "SUCCEEDED"}]}
    glue.create_trigger(Name="c", Type="CONDITIONAL", Actions=actions, Predicate=conditions)
    assert glue.get_trigger(Name="c")["Trigger"]["Predicate"]["Logical"] == "AND"
    glue.create_trigger(Name="s", Type="SCHEDULED", Schedule="cron(0 0 * * ? *)", Actions=actions, Description="d")
    for wrong, code in (
        ({"Name": "s", "Type": "ON_DEMAND"}, "AlreadyExistsException"),
        ({"Name": "x", "Type": "SCHEDULED"}, "InvalidInputException"),
        ({"Name": "x", "Type": "CONDITIONAL"}, "InvalidInputException"),
        ({"Name": "x", "Type": "CONDITIONAL", "Predicate": {"Logical": "NOR"}}, "InvalidInputException"),
    ):
        assert refused(glue.create_trigger, **wrong, Actions=actions) == code
    assert refused(glue.create_trigger, Name="x", Type="ON_DEMAND", Actions=[{"JobName": "j", "CrawlerName": "c"}]) == (
        "InvalidInputException"
    )
    assert glue.list_triggers(DependentJobName="j")["TriggerNames"] == ["c", "s"]
    change = {
        "Schedule": "cron(0 1 * * ? *)",
        "Actions": [{"JobName": "k"}],
        "Predicate": conditions | {"Logical": "ANY"},
        "EventBatchingCondition": {"BatchSize": 2},
    }
    changed = glue.update_trigger(Name="s", TriggerUpdate=change)["Trigger"]
    assert (changed["Schedule"], changed["Actions"]) == ("cron(0 1 * * ? *)", [{"JobName": "k"}])
    assert changed == glue.get_trigger(Name="s")["Trigger"]
    assert "Description" not in changed
    assert refused(glue.update_trigger, Name="none", TriggerUpdate={}) == "EntityNotFoundException"
    assert refused(glue.update_trigger, Name="s", TriggerUpdate={"Name": "t"}) == "InvalidInputException"


def test_crawlers(glue):
    glue.create_crawler(Name="c", Role="worker", DatabaseName="db", Targets={"S3Targets": [{"Path": "s3://b"}]})
    glue.update_crawler(Name="c", Description="d", TablePrefix="p")
    glue.update_crawler_schedule(CrawlerName="c", Schedule="cron(0 0 * * ? *)")
    found = glue.get_crawler(Name="c")["Crawler"]
    assert (found["Description"], found["TablePrefix"], found["Version"]) == ("d", "p", 2)
    assert found["Schedule"]["ScheduleExpression"] == "cron(0 0 * * ? *)"
    assert refused(glue.update_crawler, Name="none") == "EntityNotFoundException"
    glue.start_crawler(Name="c")
    assert refused(glue.update_crawler, Name="c") == "CrawlerRunningException"


def connection(url, name="c"):
    return {"Name": name, "ConnectionType": "JDBC", "ConnectionProperties": {"JDBC_CONNECTION_URL": url}}


def test_connections_and_registries(glue):
    glue.create_connection(ConnectionInput=connection("x"))
    glue.update_connection(Name="c", ConnectionInput=connection("y"))
    found = glue.get_connection(Name="c")["Connection"]
    assert found["ConnectionProperties"]["JDBC_CONNECTION_URL"] == "y"
    wrong = {"Name": "c", "ConnectionInput": connection("y", "d")}
    assert refused(glue.update_connection, **wrong) == "InvalidInputException"
    glue.delete_connection(ConnectionName="c")
    assert refused(glue.delete_connection, ConnectionName="c") == "EntityNotFoundException"
    glue.create_registry(RegistryName="r")
    glue.update_registry(RegistryId={"RegistryName": "r"}, Description="d")
    assert glue.get_registry(RegistryId={"RegistryName": "r"})["Description"] == "d"
    none = {"RegistryId": {"RegistryName": "none"}, "Description": "d"}
    assert refused(glue.update_registry, **none) == "EntityNotFoundException"


TAGGED = {
    "database/db": ("create_database", {"DatabaseInput": {"Name": "db"}}),
    "job/j": ("create_job", {"Name": "j", "Role": ROLE, "Command": COMMAND}),
    "trigger/t": ("create_trigger", {"Name": "t", "Type": "ON_DEMAND", "Actions": [{"JobName": "j"}]}),
    "crawler/c": ("create_crawler", {"Name": "c", "Role": "worker", "Targets": {"S3Targets": [{"Path": "s3://b"}]}}),
    "workflow/w": ("create_workflow", {"Name": "w"}),
    "connection/c": ("create_connection", {"ConnectionInput": connection("x")}),
}


@pytest.mark.parametrize("resource", TAGGED)
def test_tags(glue, resource):
    operation, given = TAGGED[resource]
    getattr(glue, operation)(**given, Tags={"a": "b"})
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:{resource}"
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"c": "d"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"c": "d"}


def test_changes_come_back(tmp_path):
    with clients(tmp_path / "state") as aws:
        glue = aws("glue")
        glue.create_job(Name="j", Role=ROLE, Command=COMMAND)
        glue.update_job(JobName="j", JobUpdate={"Role": ROLE, "Command": COMMAND, "Description": "new"})
        glue.create_trigger(Name="t", Type="ON_DEMAND", Actions=[{"JobName": "j"}])
        glue.update_trigger(Name="t", TriggerUpdate={"Description": "new"})

    def look(aws):
        return aws("glue").get_job(JobName="j")["Job"], aws("glue").get_trigger(Name="t")["Trigger"]

    job, trigger = brought_back(tmp_path / "state", look)
    assert job["Description"] == trigger["Description"] == "new"
    assert job["LastModifiedOn"] > job["CreatedOn"]
