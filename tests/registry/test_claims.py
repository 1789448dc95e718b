"""What is said of a policy as a whole, held against the policy."""

import pytest

from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY as PAGE
from launchrole.registry import Registry, import_, read
from launchrole.registry.claims import checked, shipped_descriptions
from launchrole.registry.prose import described
from launchrole.registry.service_names import name_of, prefixes_by_name
from registry_sources import document, folder_of
from shared_inputs import SHARED, needs_shared


def names_in(text, policy="Build"):
    return [one.written for one in described(text, policy, "here").services]


SENTENCES = {
    "what is granted": ("Grants permissions to AWS Glue and Amazon CloudFront.", ["AWS Glue", "Amazon CloudFront"]),
    "the longest name": ("Allows access to Amazon CloudWatch Logs.", ["Amazon CloudWatch Logs"]),
    "without the owner": ("Allows access to CodeBuild, Step Functions.", ["CodeBuild", "Step Functions"]),
    "words that are names elsewhere": ("Allows to glue a batch of events and support it.", []),
    "by another name": ("Allows access to Amazon Simple Storage Service.", ["Amazon Simple Storage Service"]),
    "in a sentence about something else": ("AWS Glue is fast. It is used by Amazon EC2.", []),
    "who acts": ("Adds permissions to make buckets using AWS Service Catalog. Allows AWS Glue to read.", []),
    "an item of a list": ("- codebuild \u2013 Allows AWS Glue to build.", ["codebuild"]),
    "an item in Markdown": ("* `glue`: Allows jobs.", ["glue"]),
    "an item that is no service": ("- note: Allows nothing.", []),
    "a hyphen in a word": ("events-based access to Amazon S3", ["Amazon S3"]),
    "no part of a name": ("Allows access to AWS Gluey and MyS3.", []),
}


@pytest.mark.parametrize(("text", "names"), SENTENCES.values(), ids=SENTENCES)
def test_which_services_a_text_says_are_allowed(text, names):
    assert names_in(text) == names


ACTIONS = {
    "by name": ("Allows s3:PutObject and `glue:Get*`.", ["s3:PutObject", "glue:Get*"]),
    "tags and keys are none": ("tagged sagemaker:launch-source, key iam:PassedToService", []),
    "not in a document": ('{"Statement": [{"Action": "s3:GetObject"}]} and {that', []),
    "in words": ("- codebuild - Allows to create and delete projects.",
                 ["codebuild:CreateProject", "codebuild:DeleteProject"]),
    "a longer thing": ("- cognito-idp: delete user pools", ["cognito-idp:DeleteUserPool"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "actions"), ACTIONS.values(), ids=ACTIONS)
def test_which_actions_a_text_says_are_allowed(text, actions):
    assert [one.action for one in described(text, "Build", "here").actions] == actions


def test_the_part_of_a_page_about_the_policy():
    page = (
        "Grants access to Amazon SQS.\n## AWS managed policy: Build<a name=x></a>\nGrants access to AWS Glue.\n"
        "## AWS managed policy: Other\nGrants access to Amazon S3.\n"
    )
    assert names_in(page) == ["AWS Glue"]
    assert names_in(page, "Other") == ["Amazon S3"]
    assert names_in(page, "Nobody-s") == ["Amazon SQS", "AWS Glue", "Amazon S3"]


def test_html_is_read_without_its_tags():
    page = (
        "<html><head><title>Grants Amazon SQS</title></head><body><script>Grants Amazon RDS</script>"
        "<h2>AWS managed policy: Build</h2><p>Grants access to\n<b>AWS&nbsp;Glue</b> &amp; Amazon\nEC2.</p>"
        "<ul><li><p><code>events</code> &ndash; Allows rules.</p></li></ul></body></html>"
    )
    assert names_in(page) == ["AWS Glue", "Amazon EC2", "events"]


def checked_of(name, version, description):
    registry = Registry()
    policy = registry.policy(name)
    return checked(registry, policy, policy.version(version), description)


@pytest.mark.parametrize(("version", "unmentioned"), [(4, []), (8, ["codeconnections"]), (12, ["codeconnections"])])
def test_the_page_names_cloudfront_of_which_no_version_allows_anything(version, unmentioned):
    found = checked_of(PAGE, version, shipped_descriptions()[PAGE].description)
    (vain,) = found.in_vain
    assert (vain.named.written, vain.named.prefixes, vain.others) == ("Amazon CloudFront", {"cloudfront"}, ())
    assert [one.action for one in found.not_allowed] == ["cognito-idp:UpdateGroup"]
    assert list(found.unnamed) == unmentioned
    assert not found.undecided
    assert not found.holds


@needs_shared
def test_the_rows_are_what_the_page_says():
    text = (SHARED / "spec" / "managed-policies-page.txt").read_text(encoding="utf-8")
    page = described(text, PAGE, "page")
    rows = shipped_descriptions()[PAGE].description
    assert [one.written for one in page.services] == [one.written for one in rows.services]
    told = {one.action for one in rows.actions}
    assert {one.action for one in page.actions} <= told
    assert {one.partition(":")[0] for one in told - {one.action for one in page.actions}} == {"codepipeline", "states"}


def test_other_versions_that_allow_it_are_told(tmp_path):
    import_(tmp_path, read(folder_of(tmp_path / "Build", document("s3:GetObject"), document("sqs:*"))).policies)
    with Registry.of(tmp_path) as registry:
        policy = registry.policy("Build")
        prose = described("Grants access to Amazon SQS, s3:GetObject and s3:PutObject.", "Build", "here")
        first, second = (checked(registry, policy, one, prose) for one in policy.versions)
    assert [one.others for one in first.in_vain] == [("v2",)]
    assert [one.action for one in first.not_allowed] == ["s3:PutObject"]
    assert (second.in_vain, len(second.not_allowed), list(second.unnamed)) == ((), 2, [])


def test_names_of_services():
    assert prefixes_by_name()["Amazon API Gateway"] == {"apigateway", "execute-api"}
    assert (name_of("logs"), name_of("cloudformation"), name_of("builderid")) == (
        "Amazon CloudWatch Logs",
        "AWS CloudFormation",
        "builderid",
    )
