"""What a report says that nobody has looked at."""

import pytest

from launchrole.preflights.preflight import preflight
from launchrole.preflights.report import Verdict

BROKEN = """
Conditions: {Never: !Equals [a, b]}
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {Name: wrong}}
  After: {Type: AWS::SNS::Topic, DependsOn: Bucket, Properties: {TopicName: sagemaker-after}}
  LeftOut: {Type: AWS::SNS::Topic, DependsOn: Bucket, Condition: Never, Properties: {TopicName: sagemaker-no}}
"""
CUSTOM = "Resources: {Seed: {Type: 'Custom::Seed', Properties: {ServiceToken: 'arn:aws:sns:us-east-1:123456789012:t'}}}"
UNSERVED = """
Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: logs
      AggregationConfigurations: [{EventCategory: Data, Templates: [API_ACTIVITY]}]
"""
REPLACED = """
Parameters: {Team: {Type: String, AllowedValues: [risk, sales]}}
Resources:
  Code:
    Type: AWS::SageMaker::CodeRepository
    Properties:
      CodeRepositoryName: sagemaker-churn
      GitConfig: {RepositoryUrl: !Sub "https://example.com/${Team}/churn.git"}
"""


@pytest.fixture
def look(tmp_path):
    def looked(text, **settings):
        file = tmp_path / "template.yaml"
        file.write_text(text)
        return preflight(file, fixes=False, **settings)

    return looked


def of(report, id):
    return [one for one in report.findings if one.id == id]


def test_what_comes_after_a_failure_is_said_to_be_untried(look):
    (one,) = of(look(BROKEN), "LR905")
    assert "fails: After, the update;" in one.message
    (one,) = of(look(BROKEN, operations=["create"]), "LR905")
    assert "fails: After;" in one.message


def test_functions_behind_custom_resources_are_said_not_to_have_run(look):
    (one,) = of(look(CUSTOM), "LR906")
    assert (one.logical_id, one.line) == ("Seed", 1)
    assert of(look(CUSTOM, responses={"Custom::Seed": {"Create": {"Status": "SUCCESS"}}}), "LR906") == []


def test_what_launchrole_cannot_try_launches_under_no_role(look):
    report = look(UNSERVED, role="deploy", managed=["AdministratorAccess"])
    (one,) = of(report, "LR903")
    assert (one.logical_id, report.verdict) == ("Trail", Verdict.DEPENDS)


def test_an_update_that_replaces_a_named_resource_fails(look):
    report = look(REPLACED)
    (one,) = of(report, "LR209")
    assert (one.logical_id, one.operation, report.verdict) == ("Code", "update", Verdict.FAILS)
