"""What services will be denied under the roles that a template passes them: each is found, and gone once allowed."""

import json

import pytest
from of_corpus import ACCOUNT, launch_role

from launchrole.preflights import passed_roles
from launchrole.preflights.examination import Case, examine, report
from launchrole.preflights.report import Level, Verdict
from launchrole.preflights.subject import Policy, Role, Supply, Wanted, World

PASSED = f"arn:aws:iam::{ACCOUNT}:role/passed"
HERE = f"us-east-1:{ACCOUNT}"
BUCKET = "arn:aws:s3:::sagemaker-artifacts"


def allow(actions, resource="*"):
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def passed(service, *statements):
    """A role that a service may assume, with what it is allowed."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    policies = ()
    if statements:
        policies = (Policy("own", json.dumps({"Version": "2012-10-17", "Statement": list(statements)})),)
    return Role(PASSED, json.dumps({"Version": "2012-10-17", "Statement": [trust]}), policies)


def look(resources, role=None, **members):
    """The report on a template that an administrator's role launches."""
    launch, _ = launch_role("administrator")
    world = World({} if role is None else {role.arn: role})
    text = json.dumps({"Resources": resources}, indent=1)
    wanted = Wanted(text, {}, launch, world, operations=("create",), **members)
    return report(examine(Case("template.json", wanted)))


def lacking(told, id="LR121"):
    """What is found to be denied: actions and resources."""
    return {(one.action, one.resource) for one in told.findings if one.id == id}


def action(provider, configuration, category="Build", **further):
    type = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"Name": provider, "ActionTypeId": type, "Configuration": configuration, **further}


def pipeline(*actions):
    source = action(
        "CodeCommit",
        {"RepositoryName": "sagemaker-code", "BranchName": "main"},
        "Source",
        OutputArtifacts=[{"Name": "Source"}],
    )
    properties = {
        "Name": "sagemaker-line",
        "RoleArn": PASSED,
        "ArtifactStore": {"Type": "S3", "Location": "sagemaker-artifacts"},
        "Stages": [{"Name": "Source", "Actions": [source]}, {"Name": "Then", "Actions": list(actions)}],
    }
    return {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}


def function(**properties):
    code = {"ZipFile": "def handler(event, context): pass"}
    given = {"FunctionName": "sagemaker-f", "Runtime": "python3.12", "Handler": "index.handler", "Code": code}
    return {"Type": "AWS::Lambda::Function", "Properties": {**given, "Role": PASSED, **properties}}


def rule(target, **further):
    targets = [{"Id": "one", "Arn": target, **further}]
    properties = {"Name": "sagemaker-rule", "EventPattern": {"source": ["aws.sagemaker"]}, "Targets": targets}
    return {"Type": "AWS::Events::Rule", "Properties": properties}


def project(**properties):
    given = {
        "Name": "sagemaker-build",
        "ServiceRole": PASSED,
        "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Environment": {"Type": "LINUX_CONTAINER", "ComputeType": "BUILD_GENERAL1_SMALL", "Image": "aws/codebuild"},
        "Source": {"Type": "NO_SOURCE", "BuildSpec": "version: 0.2"},
    }
    return {"Type": "AWS::CodeBuild::Project", "Properties": {**given, **properties}}


def machine(*tasks):
    states = {f"S{n}": {"Type": "Task", "End": True, **one} for n, one in enumerate(tasks)}
    definition = {"StartAt": "S0", "States": states}
    properties = {"StateMachineName": "sagemaker-m", "RoleArn": PASSED, "DefinitionString": json.dumps(definition)}
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}


SOURCE_READ = [f"codecommit:{name}" for name in ("GetBranch", "GetCommit", "UploadArchive", "GetUploadArchiveStatus")]
DEPLOY = {
    "ActionMode": "CREATE_UPDATE",
    "StackName": "sagemaker-deploy",
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/deploys",
    "TemplatePath": "Source::template.yml",
}
INPUT = {"InputArtifacts": [{"Name": "Source"}]}

# What is made, the service that the role is passed to, and what it lacks without any policy.
CASES = {
    "a pipeline's source": (
        pipeline(action("Manual", {}, "Approval")),
        "codepipeline.amazonaws.com",
        {
            ("s3:PutObject", f"{BUCKET}/sagemaker-line/Source"),
            *((one, f"arn:aws:codecommit:{HERE}:sagemaker-code") for one in SOURCE_READ),
        },
    ),
    "a pipeline's deployment": (
        pipeline(action("CloudFormation", DEPLOY, "Deploy", **INPUT)),
        "codepipeline.amazonaws.com",
        {
            ("s3:GetObject", f"{BUCKET}/sagemaker-line/Source"),
            ("cloudformation:CreateStack", f"arn:aws:cloudformation:{HERE}:stack/sagemaker-deploy/*"),
            ("cloudformation:UpdateStack", f"arn:aws:cloudformation:{HERE}:stack/sagemaker-deploy/*"),
            ("cloudformation:DescribeStacks", f"arn:aws:cloudformation:{HERE}:stack/sagemaker-deploy/*"),
            ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/deploys"),
        },
    ),
    "a build that a pipeline starts": (
        pipeline(action("CodeBuild", {"ProjectName": "sagemaker-elsewhere"}, **INPUT)),
        "codepipeline.amazonaws.com",
        {
            ("codebuild:StartBuild", f"arn:aws:codebuild:{HERE}:project/sagemaker-elsewhere"),
            ("codebuild:BatchGetBuilds", f"arn:aws:codebuild:{HERE}:project/sagemaker-elsewhere"),
        },
    ),
    "a function that a pipeline invokes": (
        pipeline(action("Lambda", {"FunctionName": "sagemaker-f"}, "Invoke")),
        "codepipeline.amazonaws.com",
        {("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:sagemaker-f")},
    ),
    "a project's logs": (
        project(),
        "codebuild.amazonaws.com",
        {
            ("logs:CreateLogGroup", f"arn:aws:logs:{HERE}:log-group:/aws/codebuild/sagemaker-build:log-stream:"),
            ("logs:CreateLogStream", f"arn:aws:logs:{HERE}:log-group:/aws/codebuild/sagemaker-build:log-stream:build"),
            ("logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:/aws/codebuild/sagemaker-build:log-stream:build"),
        },
    ),
    "a project's source and artifacts": (
        project(
            Source={"Type": "S3", "Location": "sagemaker-artifacts/in.zip"},
            Artifacts={"Type": "S3", "Location": "sagemaker-artifacts", "Name": "out"},
            LogsConfig={"CloudWatchLogs": {"Status": "DISABLED"}},
        ),
        "codebuild.amazonaws.com",
        {("s3:GetObject", f"{BUCKET}/in.zip"), ("s3:PutObject", f"{BUCKET}/out")},
    ),
    "a rule that starts a pipeline": (
        rule(f"arn:aws:codepipeline:{HERE}:sagemaker-line", RoleArn=PASSED),
        "events.amazonaws.com",
        {("codepipeline:StartPipelineExecution", f"arn:aws:codepipeline:{HERE}:sagemaker-line")},
    ),
    "a rule that starts a pipeline of SageMaker's": (
        rule(f"arn:aws:sagemaker:{HERE}:pipeline/line", RoleArn=PASSED),
        "events.amazonaws.com",
        {("sagemaker:StartPipelineExecution", f"arn:aws:sagemaker:{HERE}:pipeline/line")},
    ),
    "a rule that starts a state machine": (
        rule(f"arn:aws:states:{HERE}:stateMachine:m", RoleArn=PASSED),
        "events.amazonaws.com",
        {("states:StartExecution", f"arn:aws:states:{HERE}:stateMachine:m")},
    ),
    "a function's logs": (
        function(),
        "lambda.amazonaws.com",
        {
            ("logs:CreateLogGroup", f"arn:aws:logs:{HERE}:log-group:/aws/lambda/sagemaker-f:log-stream:"),
            ("logs:CreateLogStream", f"arn:aws:logs:{HERE}:log-group:/aws/lambda/sagemaker-f:log-stream:invocation"),
            ("logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:/aws/lambda/sagemaker-f:log-stream:invocation"),
        },
    ),
    "a state machine's tasks": (
        machine(
            {"Resource": f"arn:aws:lambda:{HERE}:function:f"},
            {"Resource": "arn:aws:states:::sns:publish", "Parameters": {"TopicArn": f"arn:aws:sns:{HERE}:told"}},
            {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName.$": "$.name"}},
        ),
        "states.amazonaws.com",
        {
            ("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:f"),
            ("sns:Publish", f"arn:aws:sns:{HERE}:told"),
        },
    ),
    "a delivery stream's bucket": (
        {
            "Type": "AWS::KinesisFirehose::DeliveryStream",
            "Properties": {
                "DeliveryStreamName": "sagemaker-d",
                "ExtendedS3DestinationConfiguration": {"BucketARN": BUCKET, "RoleARN": PASSED, "Prefix": "in/"},
            },
        },
        "firehose.amazonaws.com",
        {("s3:PutObject", f"{BUCKET}/in/record")},
    ),
    "a job's script": (
        {
            "Type": "AWS::Glue::Job",
            "Properties": {
                "Name": "sagemaker-j",
                "Role": PASSED,
                "Command": {"Name": "glueetl", "ScriptLocation": "s3://sagemaker-artifacts/job.py"},
            },
        },
        "glue.amazonaws.com",
        {("s3:GetObject", f"{BUCKET}/job.py")},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_passed_role_lacks_is_found_and_gone_once_allowed(name):
    resource, service, expected = CASES[name]
    told = look({"One": resource}, passed(service))
    assert expected <= lacking(told)
    for one in told.findings:
        assert (one.id, one.level, one.logical_id, one.principal) == ("LR121", Level.WARNING, "One", PASSED)
        assert "is not authorized to perform" in one.message
        assert "https://docs.aws.amazon.com/" in one.message
        assert one.line == 3
    assert told.denials == ()
    allowed = [allow(action, resource) for action, resource in sorted(lacking(told))]
    assert lacking(look({"One": resource}, passed(service, *allowed))) == set()


def test_the_nearest_miss_is_told():
    near = allow("codepipeline:StartPipelineExecution", f"arn:aws:codepipeline:{HERE}:sagemaker-other*")
    target = rule(f"arn:aws:codepipeline:{HERE}:sagemaker-line", RoleArn=PASSED)
    (one,) = look({"One": target}, passed("events.amazonaws.com", near)).findings
    assert "came closest: the resource is `sagemaker-line`" in one.nearest


def test_a_project_of_the_launch_reads_the_artifacts_of_its_pipeline_under_its_own_role():
    build = action("CodeBuild", {"ProjectName": {"Ref": "Build"}}, **INPUT)
    resources = {"Build": project(), "Line": pipeline(build)}
    role = passed("codepipeline.amazonaws.com", allow(["codecommit:*", "codebuild:*", "s3:PutObject", "logs:*"]))
    trust = json.loads(role.trust)
    trust["Statement"][0]["Principal"]["Service"] = ["codepipeline.amazonaws.com", "codebuild.amazonaws.com"]
    told = look(resources, Role(PASSED, json.dumps(trust), role.policies))
    assert lacking(told) == {("s3:GetObject", f"{BUCKET}/sagemaker-line/Source")}
    assert "codebuild.amazonaws.com will ask for it" in told.findings[0].message


def test_a_log_group_of_the_template_need_not_be_made():
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/sagemaker-f"}}
    told = look({"One": function(), "Group": group}, passed("lambda.amazonaws.com"))
    assert {action for action, _ in lacking(told)} == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_a_rule_needs_the_functions_permission():
    target = {"Fn::GetAtt": ["Function", "Arn"]}
    role = passed("lambda.amazonaws.com", allow("logs:*"))
    resources = {"Rule": rule(target), "Function": function()}
    (one,) = look(resources, role).findings
    arn = f"arn:aws:lambda:{HERE}:function:sagemaker-f"
    assert (one.logical_id, one.action, one.resource) == ("Rule", "lambda:InvokeFunction", arn)
    assert one.principal == "events.amazonaws.com"
    permission = {
        "FunctionName": {"Ref": "Function"},
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]},
    }
    resources["Permission"] = {"Type": "AWS::Lambda::Permission", "Properties": permission}
    assert look(resources, role).findings == ()
    permission["SourceArn"] = f"arn:aws:events:{HERE}:rule/another"
    assert len(look(resources, role).findings) == 1


def test_an_event_source_is_read_under_the_functions_role():
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "sagemaker-q"}}
    mapping = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {"FunctionName": {"Ref": "Function"}, "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}},
    }
    resources = {"Queue": queue, "Function": function(), "Mapping": mapping}
    told = look(resources, passed("lambda.amazonaws.com", allow("logs:*"), allow("sqs:ReceiveMessage")))
    arn = f"arn:aws:sqs:{HERE}:sagemaker-q"
    assert lacking(told) == {("sqs:DeleteMessage", arn), ("sqs:GetQueueAttributes", arn)}


def test_a_connection_whose_tags_nobody_knows_is_not_judged():
    """The built-in role may use connections tagged sagemaker=true."""
    arn = f"arn:aws:codestar-connections:{HERE}:connection/11111111-1111-1111-1111-111111111111"
    source = action("CodeStarSourceConnection", {"ConnectionArn": arn}, "Source", OutputArtifacts=[{"Name": "Source"}])
    line = pipeline(action("Manual", {}, "Approval"))
    line["Properties"]["Stages"][0]["Actions"] = [source]
    tagged = {**allow("codestar-connections:UseConnection"), "Condition": {"StringEquals": {"aws:ResourceTag/a": "b"}}}
    told = look({"One": line}, passed("codepipeline.amazonaws.com", allow("s3:*"), tagged))
    assert lacking(told) == set()
    told = look({"One": line}, passed("codepipeline.amazonaws.com", allow("s3:*")))
    assert lacking(told) == {("codestar-connections:UseConnection", arn)}


def test_a_role_that_is_only_assumed_has_no_findings_but_a_word_in_the_assumption():
    told = look({"One": project()})
    assert (told.findings, told.verdict) == ((), Verdict.DEPENDS)
    (one,) = told.assumptions
    assert one.name == f"role:{PASSED}"
    assert "its policies are not known" in one.text


def test_a_role_that_does_not_trust_the_service_is_told_of_once():
    told = look({"One": rule(f"arn:aws:codepipeline:{HERE}:x", RoleArn=PASSED)}, passed("ec2.amazonaws.com"))
    assert {one.id for one in told.findings} == {"LR110"}


def test_a_role_of_the_template_has_the_policies_that_the_template_gives_it():
    trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}},
    }
    arn = f"arn:aws:codepipeline:{HERE}:x"
    resources = {"Role": role, "Rule": rule(arn, RoleArn={"Fn::GetAtt": ["Role", "Arn"]})}
    assert lacking(look(resources)) == {("codepipeline:StartPipelineExecution", arn)}
    document = {"Version": "2012-10-17", "Statement": [allow("codepipeline:*")]}
    role["Properties"]["Policies"] = [{"PolicyName": "starts", "PolicyDocument": document}]
    assert look(resources).findings == ()


def test_every_rule_of_the_data_names_a_page_and_actions_that_there_are():
    from launchrole.facts import actions

    for type, rules in passed_roles._rules().items():
        for one in rules:
            assert one.page.startswith("https://docs.aws.amazon.com/"), type
            for need in one.needs:
                for name in need.actions:
                    assert actions.action(name) is not None, name


def test_an_object_that_was_supplied_is_no_reason_to_judge():
    """The tags of objects are unknown to the passed role, too."""
    code = Supply("s3-object:sagemaker-artifacts/job.py", given=True)
    tagged = {**allow("s3:GetObject"), "Condition": {"StringEquals": {"s3:ExistingObjectTag/a": "b"}}}
    job, service, _ = CASES["a job's script"]
    assert look({"One": job}, passed(service, tagged), supplies=(code,)).findings == ()


JOB = {
    "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
    "Parameters": {"TrainingJobName.$": "$.name", "RoleArn": PASSED},
}
JOB_RULE = f"arn:aws:events:{HERE}:rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule"


def test_row_12_a_job_to_wait_for_needs_a_managed_rule():
    service = "states.amazonaws.com"
    job = [allow(["sagemaker:CreateTrainingJob", "iam:PassRole"])]
    (one,) = look({"One": machine(JOB)}, passed(service, *job, allow(["events:PutRule"]))).findings
    assert (one.id, one.level) == ("LR212", Level.ERROR)
    assert f"'{PASSED}' is not authorized to create managed-rule" in one.message
    rules = allow(["events:PutRule", "events:PutTargets", "events:DescribeRule"], JOB_RULE)
    assert look({"One": machine(JOB)}, passed(service, *job, rules)).findings == ()
    assert lacking(look({"One": machine(JOB)}, passed(service, rules))) == {
        ("sagemaker:CreateTrainingJob", f"arn:aws:sagemaker:{HERE}:training-job/*"),
        ("iam:PassRole", PASSED),
    }


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ({"source": ["aws.sagemaker"], "detail-type": ["SageMaker Model package state change"]}, "detail type is"),
        ({"source": ["aws.sagemaker"], "detail-type": ["CodeCommit Repository State Change"]}, "from aws.codecommit"),
        (
            {
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Model Package State Change"],
                "detail": {"ModelApprovalStatus": ["approved"]},
            },
            "PendingManualApproval, and the pattern has approved",
        ),
    ],
)
def test_row_19_a_pattern_that_no_event_matches(pattern, told):
    starts = rule(f"arn:aws:codepipeline:{HERE}:sagemaker-line", RoleArn=PASSED)
    starts["Properties"]["EventPattern"] = pattern
    (one,) = look({"One": starts}, passed("events.amazonaws.com", allow("codepipeline:*"))).findings
    assert (one.id, one.level, one.logical_id) == ("LR122", Level.WARNING, "One")
    assert told in one.message


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Model Package State Change"]},
        {"source": ["aws.sagemaker"], "detail-type": ["Something that is new"]},
        {"source": ["aws.sagemaker", "mine"], "detail-type": ["CodeCommit Repository State Change"]},
        {"source": [{"prefix": "aws."}], "detail-type": ["CodeCommit Repository State Change"]},
        {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Model Package State Change"],
            "detail": {"ModelApprovalStatus": ["approved", "Approved"]},
        },
        {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Model Package State Change"],
            "detail": {"ModelApprovalStatus": [{"anything-but": ["PendingManualApproval"]}]},
        },
    ],
)
def test_a_pattern_that_an_event_may_match(pattern):
    starts = rule(f"arn:aws:codepipeline:{HERE}:sagemaker-line", RoleArn=PASSED)
    starts["Properties"]["EventPattern"] = pattern
    assert look({"One": starts}, passed("events.amazonaws.com", allow("codepipeline:*"))).findings == ()


def test_row_20_parameters_of_a_deployment_must_be_strings():
    role = passed("codepipeline.amazonaws.com", allow("*"))
    value = {"Fn::GetArtifactAtt": ["Source", "URL"]}
    for count, expected in ((1, ["LR123"]), ("1", [])):
        overrides = json.dumps({"BatchInstanceCount": count, "Url": value})
        line = pipeline(action("CloudFormation", {**DEPLOY, "ParameterOverrides": overrides}, "Deploy", **INPUT))
        told = look({"One": line}, role)
        assert [one.id for one in told.findings] == expected
    broken = pipeline(action("CloudFormation", {**DEPLOY, "ParameterOverrides": "{"}, "Deploy", **INPUT))
    assert [one.id for one in look({"One": broken}, role).findings] == ["LR123"]
