"""Launching products: who may, as whom, with what, and what becomes of it."""

import json
import re

import pytest
from catalogs import ACCOUNT, TEMPLATE, artifact, refused

from endpoint import allow
from launchrole.facts import managed_policies
from launchrole.services.servicecatalog import launches

POLICY = "AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy"
STACKS = ["cloudformation:CreateStack", "cloudformation:UpdateStack", "cloudformation:DeleteStack",
          "cloudformation:Describe*", "cloudformation:GetTemplateSummary"]  # fmt: skip
CHANGE_SETS = ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", "cloudformation:DeleteChangeSet"]
ENOUGH = allow([*STACKS, *CHANGE_SETS, "s3:GetObject", "sns:*"])
ANYBODY = {"PrincipalARN": "arn:aws:iam:::role/user*", "PrincipalType": "IAM_PATTERN"}
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/launch/servicecatalog"


class Shop:
    """A product in a portfolio with a launch role, and somebody who may launch it."""

    def __init__(self, catalog, document=ENOUGH, template=TEMPLATE, bucket="sagemaker-templates", role=True):
        self.catalog = catalog
        self.admin = catalog.client
        self.portfolio = catalog.portfolio()
        self.url = catalog.put(template, bucket=bucket)
        self.product, self.artifact = catalog.product(self.url)
        self.admin.associate_product_with_portfolio(PortfolioId=self.portfolio, ProductId=self.product)
        self.admin.associate_principal_with_portfolio(PortfolioId=self.portfolio, **ANYBODY)
        if role:
            self.role = catalog.role("launch", document)
            self.constraint = catalog.constrain(self.portfolio, self.product, "LAUNCH", RoleArn=self.role)
        self.keys = catalog.user()
        self.user = catalog.aws("servicecatalog", self.keys)
        self.tokens = 0

    def token(self):
        self.tokens += 1
        return f"token-{self.tokens}"

    def asked(self, **further):
        named = {"ProductId": self.product, "ProvisioningArtifactId": self.artifact, "ProvisionedProductName": "mine"}
        return {**named, "ProvisionToken": self.token(), **further}

    def settled(self, answer):
        """A record once it has ended: its status and its errors."""
        assert self.catalog.sandbox.settle(60)
        self.record = self.admin.describe_record(Id=answer["RecordDetail"]["RecordId"])
        detail = self.record["RecordDetail"]
        return detail["Status"], [one["Description"] for one in detail["RecordErrors"]]

    def launch(self, **further):
        return self.settled(self.user.provision_product(**self.asked(**further)))

    def update(self, **further):
        asked = {"ProvisionedProductName": "mine", "UpdateToken": self.token(), **further}
        return self.settled(self.user.update_provisioned_product(**asked))

    def terminate(self, **further):
        asked = {"ProvisionedProductName": "mine", "TerminateToken": self.token(), **further}
        return self.settled(self.user.terminate_provisioned_product(**asked))

    def mine(self):
        return self.user.describe_provisioned_product(Name="mine")["ProvisionedProductDetail"]

    def stacks(self):
        return self.catalog.aws("cloudformation").describe_stacks()["Stacks"]

    def topics(self):
        return self.catalog.aws("sns").list_topics()["Topics"]


@pytest.fixture
def shop(catalog):
    return Shop(catalog)


def test_a_product_is_launched_updated_and_terminated_to_nothing(shop):
    answer = shop.user.provision_product(**shop.asked(ProvisioningParameters=[{"Key": "Name", "Value": "two"}]))
    assert answer["RecordDetail"]["Status"] == "CREATED"
    assert shop.settled(answer) == ("SUCCEEDED", [])
    outputs = {one["OutputKey"]: one["OutputValue"] for one in shop.record["RecordOutputs"]}
    (stack,) = shop.stacks()
    mine = shop.mine()
    assert outputs["CloudformationStackARN"] == stack["StackId"]
    assert re.fullmatch(r"pp-[a-z0-9]{13}", mine["Id"])
    assert stack["StackName"] == f"SC-{ACCOUNT}-{mine['Id']}"
    assert (mine["Status"], mine["Type"], mine["LaunchRoleArn"]) == ("AVAILABLE", "CFN_STACK", shop.role)
    assert "RoleARN" not in stack
    found = shop.user.get_provisioned_product_outputs(ProvisionedProductName="mine", OutputKeys=["TopicArn"])
    assert [one["OutputValue"] for one in found["Outputs"]] == [outputs["TopicArn"]]

    assert shop.update(ProvisioningParameters=[{"Key": "Name", "Value": "three"}]) == ("SUCCEEDED", [])
    attributes = shop.catalog.aws("sns").get_topic_attributes(TopicArn=outputs["TopicArn"])["Attributes"]
    assert attributes["DisplayName"] == "three"

    assert shop.terminate() == ("SUCCEEDED", [])
    assert (shop.stacks(), shop.topics()) == ([], [])
    assert refused(shop.user.describe_provisioned_product, Name="mine")[0] == "ResourceNotFoundException"
    kinds = [one["RecordType"] for one in shop.user.list_record_history()["RecordDetails"]]
    assert kinds == ["TERMINATE_PROVISIONED_PRODUCT", "UPDATE_PROVISIONED_PRODUCT", "PROVISION_PRODUCT"]


def test_every_call_is_made_by_the_launch_role_s_session_and_decided(shop):
    shop.launch()
    shop.terminate()
    rows = shop.catalog.sandbox.store.connection.execute(
        "SELECT DISTINCT operation, verdict FROM decisions WHERE principal = ? ORDER BY number", (SESSION,)
    ).fetchall()
    assert {verdict for _, verdict in rows} == {"ALLOWED"}
    asked = [operation for operation, _ in rows]
    assert asked[:3] == ["s3:GetObject", "cloudformation:GetTemplateSummary", "cloudformation:CreateStack"]
    assert {"cloudformation:DescribeStacks", "cloudformation:DeleteStack", "sns:CreateTopic"} <= set(asked)


def test_the_stack_is_tagged_by_service_catalog_and_by_the_caller(shop):
    shop.launch(Tags=[{"Key": "team", "Value": "red"}])
    mine = shop.mine()
    tags = {one["Key"]: one["Value"] for one in shop.stacks()[0]["Tags"]}
    assert tags == {
        "aws:servicecatalog:portfolioArn": f"arn:aws:catalog:us-east-1:{ACCOUNT}:portfolio/{shop.portfolio}",
        "aws:servicecatalog:productArn": f"arn:aws:catalog:us-east-1:{ACCOUNT}:product/{shop.product}",
        "aws:servicecatalog:provisioningArtifactIdentifier": shop.artifact,
        "aws:servicecatalog:provisionedProductArn": mine["Arn"],
        "aws:servicecatalog:provisioningPrincipalArn": shop.keys.arn,
        "team": "red",
    }
    (topic,) = shop.topics()
    assert shop.catalog.aws("sns").list_tags_for_resource(**{"ResourceArn": topic["TopicArn"]})["Tags"] == [
        {"Key": "team", "Value": "red"}
    ]


# What people really read (spec, real failures)


def test_nobody_has_a_path_without_being_associated_not_even_an_administrator(catalog):
    """aws/aws-cdk, issue 8404."""
    shop = Shop(catalog)
    told = ("ResourceNotFoundException", f"No launch paths found for resource: {shop.product}")
    asked = shop.asked()
    for keys in (None, catalog.user("administrator", allow("*"))):
        client = catalog.aws("servicecatalog", keys)
        assert refused(client.provision_product, **asked) == told
        assert refused(client.list_launch_paths, ProductId=shop.product) == told
        described = {"ProductId": shop.product, "ProvisioningArtifactId": shop.artifact}
        assert refused(client.describe_provisioning_parameters, **described) == told
        assert client.search_products()["ProductViewSummaries"] == []
        code, message = refused(client.describe_product, Id=shop.product)
        assert (code, message) == (
            "ResourceNotFoundException",
            f"Product {shop.product} does not exist or access was denied",
        )


@pytest.mark.parametrize("cause", ["missing", "not trusting"])
def test_a_launch_role_that_cannot_be_assumed(catalog, cause):
    """sagemaker-custom-project-templates, issue 40: already when the parameters are listed."""
    shop = Shop(catalog)
    iam = catalog.aws("iam")
    if cause == "missing":
        iam.delete_role_policy(RoleName="launch", PolicyName="p0")
        iam.delete_role(RoleName="launch")
    else:
        trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam.update_assume_role_policy(RoleName="launch", PolicyDocument=document)
    for call, asked in (
        (
            shop.user.describe_provisioning_parameters,
            {"ProductId": shop.product, "ProvisioningArtifactId": shop.artifact},
        ),
        (shop.user.provision_product, shop.asked()),
    ):
        code, message = refused(call, **asked)
        assert code == "ValidationException"
        assert message.startswith(f"Access denied while assuming the role {shop.role}.")
    assert shop.user.scan_provisioned_products()["ProvisionedProducts"] == []


@pytest.mark.parametrize(
    ("bucket", "tagged", "launches"),
    [("plain-bucket", False, False), ("plain-bucket", True, True), ("sagemaker-bucket", False, True)],
)
def test_the_page_s_policy_reads_tagged_templates_and_those_in_sagemaker_buckets(catalog, bucket, tagged, launches):
    """amazon-sagemaker-safe-deployment-pipeline, issue 35: 403 from S3."""
    rule = {"Type": "AWS::Events::Rule", "Properties": {"Name": "sagemaker-x", "ScheduleExpression": "rate(1 day)"}}
    shop = Shop(catalog, managed_policies.document(POLICY, "v4"), {"Resources": {"Rule": rule}}, bucket)
    if tagged:
        tags = {"TagSet": [{"Key": "servicecatalog:provisioning", "Value": "true"}]}
        catalog.aws("s3").put_object_tagging(Bucket=bucket, Key="topic.json", Tagging=tags)
    status, why = shop.launch()
    if launches:
        assert (status, why) == ("SUCCEEDED", [])
        return
    assert status == "FAILED"
    assert why[0].startswith(
        f"AmazonS3Exception  User: {SESSION} is not authorized to perform: s3:GetObject on resource: "
    )
    assert "(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: rec-" in why[0]
    assert shop.mine()["Status"] == "ERROR"
    assert shop.terminate() == ("SUCCEEDED", [])


def test_an_artifact_that_is_not_there(shop):
    """sagemaker-studio-emr, issue 42."""
    asked = shop.asked(ProvisioningArtifactId="pa-1234567890123")
    told = "Provisioning artifact pa-1234567890123 does not exist or access was denied"
    assert refused(shop.user.provision_product, **asked) == ("ResourceNotFoundException", told)


def test_a_denial_deep_in_the_stack_is_in_the_record(catalog):
    """terraform-provider-aws, issue 33771: the cause is hidden in the record and the stack's events."""
    denied = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": [*STACKS, "s3:GetObject"], "Resource": "*"},
        {"Effect": "Allow", "Action": "sns:GetTopicAttributes", "Resource": "*"},
    ]})  # fmt: skip
    shop = Shop(catalog, denied)
    status, (why,) = shop.launch()
    assert status == "FAILED"
    mine = shop.mine()
    stack = f"SC-{ACCOUNT}-{mine['Id']}"
    assert why.startswith(
        f"Errors from CloudFormation: [{{LogicalResourceId : {stack}, ResourceType : AWS::CloudFormation::Stack, "
        "StatusReason : The following resource(s) failed to create: [Topic]. Rollback requested by user.}, "
        "{LogicalResourceId : Topic, ResourceType : AWS::SNS::Topic, StatusReason : "
    )
    assert f"User: {SESSION} is not authorized to perform: SNS:CreateTopic" in why
    assert (mine["Status"], mine["StatusMessage"]) == ("ERROR", why)
    assert "LastSuccessfulProvisioningRecordId" not in mine

    assert shop.terminate() == ("SUCCEEDED", [])
    assert (shop.stacks(), shop.topics()) == ([], [])


def test_a_custom_resource_s_failure_is_in_the_record(catalog):
    """amazon-sagemaker-from-idea-to-production, issue 16: what the function says is one level down; here the function
    may not even be called, and the record tells so."""
    custom = {
        "Type": "Custom::Seed",
        "Properties": {"ServiceToken": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:sagemaker-seed"},
    }
    shop = Shop(catalog, template={"Resources": {"Seed": custom}})
    status, (why,) = shop.launch()
    assert status == "FAILED"
    assert "{LogicalResourceId : Seed, ResourceType : Custom::Seed, StatusReason : " in why
    assert "is not authorized to perform: lambda:InvokeFunction" in why


# As whom


def test_without_a_launch_constraint_the_caller_s_credentials_are_forwarded(catalog):
    shop = Shop(catalog, role=False)
    status, (why,) = shop.launch()
    assert (status, "assumed-role/user/somebody is not authorized to perform: s3:GetObject" in why) == ("FAILED", True)
    assert shop.terminate() == ("SUCCEEDED", [])
    first = {"StringEquals": {"aws:CalledViaFirst": "servicecatalog.amazonaws.com"}}
    document = allow([*STACKS, "s3:GetObject", "sns:*"], **first)
    catalog.aws("iam").put_role_policy(RoleName="user", PolicyName="further", PolicyDocument=document)
    assert shop.launch() == ("SUCCEEDED", [])
    assert "LaunchRoleArn" not in shop.mine()
    assert refused(catalog.aws("sns", shop.keys).list_topics)[0] == "AuthorizationError"
    assert shop.terminate() == ("SUCCEEDED", [])


def test_a_local_role_is_the_one_of_that_name(catalog):
    shop = Shop(catalog, role=False)
    role = catalog.role("local", ENOUGH)
    catalog.constrain(shop.portfolio, shop.product, "LAUNCH", LocalRoleName="local")
    assert shop.launch() == ("SUCCEEDED", [])
    assert shop.mine()["LaunchRoleArn"] == role


def test_a_user_has_the_paths_of_its_groups(catalog):
    shop = Shop(catalog)
    iam = catalog.aws("iam")
    iam.create_user(UserName="ana")
    iam.put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=allow("servicecatalog:*"))
    group = iam.create_group(GroupName="team")["Group"]["Arn"]
    keys = iam.create_access_key(UserName="ana")["AccessKey"]
    session = catalog.sandbox.botocore_session()
    session.set_credentials(keys["AccessKeyId"], keys["SecretAccessKey"])
    ana = session.create_client("servicecatalog")
    shop.admin.associate_principal_with_portfolio(PortfolioId=shop.portfolio, PrincipalARN=group, PrincipalType="IAM")
    assert ana.search_products()["ProductViewSummaries"] == []
    iam.add_user_to_group(GroupName="team", UserName="ana")
    assert [one["ProductId"] for one in ana.search_products()["ProductViewSummaries"]] == [shop.product]


PATTERNS = {
    "arn:aws:iam:::role/user": True,
    "arn:aws:iam:::role/us?er": True,
    "arn:aws:iam:::role/u*": True,
    "arn:aws:iam:::role/*r": True,
    "arn:aws:iam:::role/user?": True,
    "arn:aws:iam:::role/use": False,
    "arn:aws:iam:::role/a*": False,
    "arn:aws:iam:::user/user": False,
    "arn:aws:iam:::role/path/*": False,
}


def test_patterns_of_principals(catalog):
    shop = Shop(catalog)
    shop.admin.disassociate_principal_from_portfolio(PortfolioId=shop.portfolio, **ANYBODY)
    for pattern, there in PATTERNS.items():
        named = {"PortfolioId": shop.portfolio, "PrincipalARN": pattern, "PrincipalType": "IAM_PATTERN"}
        shop.admin.associate_principal_with_portfolio(**named)
        assert bool(shop.user.search_products()["ProductViewSummaries"]) is there, pattern
        shop.admin.disassociate_principal_from_portfolio(**named)


def test_of_several_paths_one_is_to_be_chosen(catalog):
    shop = Shop(catalog)
    other = catalog.portfolio("other")
    shop.admin.associate_product_with_portfolio(PortfolioId=other, ProductId=shop.product)
    shop.admin.associate_principal_with_portfolio(PortfolioId=other, **ANYBODY)
    told = "More than one launch path ids exist. Please specify the launch path id"
    assert refused(shop.user.provision_product, **shop.asked()) == ("InvalidParametersException", told)
    paths = {
        one["Name"]: one["Id"] for one in shop.user.list_launch_paths(ProductId=shop.product)["LaunchPathSummaries"]
    }
    assert set(paths) == {"portfolio", "other"}
    assert shop.launch(PathId=paths["portfolio"]) == ("SUCCEEDED", [])
    assert shop.update(ProvisioningParameters=[{"Key": "Name", "Value": "two"}]) == ("SUCCEEDED", [])


# With what


def test_parameters_are_described_as_the_template_declares_them(catalog):
    template = json.loads(json.dumps(TEMPLATE))
    template["Parameters"]["Secret"] = {"Type": "String", "NoEcho": True, "MinLength": 3, "AllowedPattern": "[a-z]+"}
    shop = Shop(catalog, template=template)
    found = shop.user.describe_provisioning_parameters(ProductId=shop.product, ProvisioningArtifactId=shop.artifact)
    by_name = {one["ParameterKey"]: one for one in found["ProvisioningArtifactParameters"]}
    assert by_name["Name"]["ParameterConstraints"]["AllowedValues"] == ["one", "two", "three"]
    assert by_name["Secret"]["IsNoEcho"] is True
    assert by_name["Secret"]["ParameterConstraints"] == {"MinLength": "3", "AllowedPattern": "[a-z]+"}
    assert found["ConstraintSummaries"] == [{"Type": "LAUNCH"}]
    assert found["ProvisioningArtifactOutputKeys"] == [{"Key": "TopicArn", "Description": "The topic"}]


def test_a_missing_parameter_fails_the_record(catalog):
    template = json.loads(json.dumps(TEMPLATE))
    del template["Parameters"]["Name"]["Default"]
    shop = Shop(catalog, template=template)
    status, (why,) = shop.launch()
    assert status == "FAILED"
    assert why.startswith("AmazonCloudFormationException  Parameters: [Name] must have values (Service: ")
    assert shop.mine()["Status"] == "ERROR"


YAML = """
Parameters: {Name: {Type: String, Default: one}}
Rules:
  Own: {Assertions: [{Assert: !Equals [a, a]}]}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Name}
Outputs:
  TopicArn: {Value: !Ref Topic}
"""


@pytest.mark.parametrize("template", [TEMPLATE, YAML], ids=["json", "yaml"])
def test_template_constraints_are_rules_of_the_template(catalog, template):
    shop = Shop(catalog, template=template)
    assertion = {
        "Assert": {"Fn::Contains": [["one", "two"], {"Ref": "Name"}]},
        "AssertDescription": "One or two",
    }
    catalog.constrain(shop.portfolio, shop.product, "TEMPLATE", Rules={"Few": {"Assertions": [assertion]}})
    status, (why,) = shop.launch(ProvisioningParameters=[{"Key": "Name", "Value": "three"}])
    assert status == "FAILED"
    assert "One or two" in why
    shop.terminate()
    assert shop.launch(ProvisioningParameters=[{"Key": "Name", "Value": "two"}]) == ("SUCCEEDED", [])


def test_notifications_go_to_the_constraint_s_topics(shop):
    topic = shop.catalog.aws("sns").create_topic(Name="alerts")["TopicArn"]
    shop.catalog.constrain(shop.portfolio, shop.product, "NOTIFICATION", NotificationArns=[topic])
    assert shop.launch() == ("SUCCEEDED", [])
    assert shop.stacks()[0]["NotificationARNs"] == [topic]


def test_tag_options_become_tags(shop):
    def option(key, value, *resources):
        made = shop.admin.create_tag_option(Key=key, Value=value)["TagOptionDetail"]["Id"]
        for one in resources:
            shop.admin.associate_tag_option_with_resource(ResourceId=one, TagOptionId=made)
        return made

    option("cost", "a", shop.portfolio)
    option("stage", "dev", shop.portfolio, shop.product)
    option("stage", "prod", shop.portfolio)
    option("size", "s", shop.product)
    option("size", "l", shop.product)
    off = option("off", "x", shop.portfolio)
    shop.admin.update_tag_option(Id=off, Active=False)
    found = shop.user.describe_provisioning_parameters(ProductId=shop.product, ProvisioningArtifactId=shop.artifact)
    choices = {one["Key"]: sorted(one["Values"]) for one in found["TagOptions"]}
    assert choices == {"cost": ["a"], "stage": ["dev"], "size": ["l", "s"]}
    code, message = refused(shop.user.provision_product, **shop.asked())
    assert (code, "size" in message) == ("InvalidParametersException", True)
    wrong = shop.asked(Tags=[{"Key": "size", "Value": "xl"}])
    assert refused(shop.user.provision_product, **wrong)[0] == "InvalidParametersException"
    shop.launch(Tags=[{"Key": "size", "Value": "l"}])
    tags = {one["Key"]: one["Value"] for one in shop.stacks()[0]["Tags"] if not one["Key"].startswith("aws:")}
    assert tags == {"cost": "a", "stage": "dev", "size": "l"}


def test_tags_change_in_an_update_only_where_a_constraint_allows_it(shop):
    shop.launch()
    tags = [{"Key": "team", "Value": "red"}]
    asked = {"ProvisionedProductName": "mine", "UpdateToken": "x", "Tags": tags}
    assert refused(shop.user.update_provisioned_product, **asked)[0] == "InvalidParametersException"
    properties = {"TagUpdateOnProvisionedProduct": "ALLOWED"}
    shop.catalog.constrain(shop.portfolio, shop.product, "RESOURCE_UPDATE", Version="2.0", Properties=properties)
    assert shop.update(Tags=tags) == ("SUCCEEDED", [])
    assert {"Key": "team", "Value": "red"} in shop.stacks()[0]["Tags"]


@pytest.mark.parametrize(
    ("change", "code"),
    [({"Active": False}, "ResourceNotFoundException"), ({"Guidance": "DEPRECATED"}, "InvalidParametersException")],
    ids=["inactive", "deprecated"],
)
def test_some_artifacts_are_not_launched(shop, change, code):
    shop.launch()
    named = {"ProductId": shop.product, "ProvisioningArtifactId": shop.artifact}
    shop.admin.update_provisioning_artifact(**named, **change)
    asked = shop.asked(ProvisionedProductName="another")
    assert refused(shop.user.provision_product, **asked)[0] == code
    found = shop.user.describe_product(Id=shop.product)["ProvisioningArtifacts"]
    assert len(found) == (0 if "Active" in change else 1)


# What becomes of it


def test_a_token_launches_once(shop):
    asked = shop.asked()
    first = shop.user.provision_product(**asked)["RecordDetail"]["RecordId"]
    assert shop.user.provision_product(**asked)["RecordDetail"]["RecordId"] == first
    other = {**asked, "ProvisionedProductName": "other"}
    assert refused(shop.user.provision_product, **other)[0] == "InvalidParametersException"
    assert refused(shop.user.provision_product, **shop.asked())[0] == "DuplicateResourceException"
    assert shop.catalog.sandbox.settle(60)
    assert len(shop.stacks()) == 1


def test_a_failed_update_rolls_back_and_taints(shop):
    shop.launch()
    broken = json.loads(json.dumps(TEMPLATE))
    broken["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue"}
    url = shop.catalog.put(broken, "broken.json")
    named = shop.admin.create_provisioning_artifact(
        ProductId=shop.product, Parameters=artifact(url, "v2"), IdempotencyToken="v2"
    )
    version = named["ProvisioningArtifactDetail"]["Id"]
    status, (why,) = shop.update(ProvisioningArtifactId=version)
    assert status == "FAILED"
    assert "is not authorized to perform: sqs:createqueue" in why.lower()
    mine = shop.mine()
    assert (mine["Status"], mine["ProvisioningArtifactId"]) == ("TAINTED", shop.artifact)
    assert shop.stacks()[0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    document = allow("sqs:*")
    shop.catalog.aws("iam").put_role_policy(RoleName="launch", PolicyName="queues", PolicyDocument=document)
    assert shop.update(ProvisioningArtifactId=version) == ("SUCCEEDED", [])
    mine = shop.mine()
    assert (mine["Status"], mine["ProvisioningArtifactId"]) == ("AVAILABLE", version)
    assert shop.terminate() == ("SUCCEEDED", [])


def test_an_update_that_changes_nothing_succeeds(shop):
    shop.launch()
    assert shop.update() == ("SUCCEEDED", [])


@pytest.mark.parametrize("further", [{}, {"IgnoreErrors": True}, {"RetainPhysicalResources": True}])
def test_what_cannot_be_deleted(catalog, further):
    shop = Shop(catalog)
    shop.launch()
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sns:DeleteTopic", "Resource": "*"}]}
    catalog.aws("iam").put_role_policy(RoleName="launch", PolicyName="deny", PolicyDocument=json.dumps(deny))
    status, why = shop.terminate(**further)
    if not further:
        assert status == "FAILED"
        assert "with an explicit deny in an identity-based policy" in why[0]
        assert shop.mine()["Status"] == "TAINTED"
        catalog.aws("iam").delete_role_policy(RoleName="launch", PolicyName="deny")
        assert shop.terminate() == ("SUCCEEDED", [])
        return
    assert status == "SUCCEEDED"
    assert refused(shop.user.describe_provisioned_product, Name="mine")[0] == "ResourceNotFoundException"
    (stack,) = shop.stacks()
    assert stack["StackStatus"] == ("CREATE_COMPLETE" if "RetainPhysicalResources" in further else "DELETE_FAILED")


def test_a_launch_role_that_is_gone_is_no_reason_to_keep_a_product(catalog):
    shop = Shop(catalog)
    shop.launch()
    iam = catalog.aws("iam")
    iam.delete_role_policy(RoleName="launch", PolicyName="p0")
    iam.delete_role(RoleName="launch")
    status, (why,) = shop.terminate()
    assert (status, why.startswith("Access denied while assuming the role")) == ("FAILED", True)
    assert shop.terminate(IgnoreErrors=True) == ("SUCCEEDED", [])


def test_products_as_stack_sets_are_refused(catalog):
    shop = Shop(catalog, role=False)
    properties = {"AccountList": [ACCOUNT], "RegionList": ["us-east-1"], "AdminRole": "a", "ExecutionRole": "e"}
    catalog.constrain(shop.portfolio, shop.product, "STACKSET", Version="1.0", Properties=properties)
    code, message = refused(shop.user.provision_product, **shop.asked())
    assert (code, message) == ("NotImplemented", "launchrole does not launch products as stack sets")


def test_owner_and_launch_role_of_a_provisioned_product_change(shop):
    shop.launch()
    other = shop.catalog.role("other", ENOUGH)
    identifier = shop.mine()["Id"]
    changed = {"OWNER": shop.keys.arn.replace("somebody", "else"), "LAUNCH_ROLE": other}
    done = shop.admin.update_provisioned_product_properties(
        ProvisionedProductId=identifier, ProvisionedProductProperties=changed, IdempotencyToken="x"
    )
    assert done["Status"] == "SUCCEEDED"
    assert shop.mine()["LaunchRoleArn"] == other
    assert shop.user.scan_provisioned_products()["ProvisionedProducts"] == []
    assert shop.terminate() == ("SUCCEEDED", [])
    bad = {"LAUNCH_ROLE": f"arn:aws:iam::{ACCOUNT}:user/x"}
    asked = {"ProvisionedProductId": identifier, "ProvisionedProductProperties": bad, "IdempotencyToken": "y"}
    assert refused(shop.admin.update_provisioned_product_properties, **asked)[0] == "ResourceNotFoundException"


def test_a_launch_that_a_fault_stopped_has_failed_and_can_be_terminated(shop, monkeypatch):
    def broken(_launch):
        return 1 / 0

    faults = []
    shop.catalog.sandbox.gateway.report = faults.append
    with monkeypatch.context() as patched:
        patched.setitem(launches._VERBS, "provision", broken)
        status, errors = shop.launch()
    assert status == "FAILED"
    assert errors == ["launchrole failed to go on with this operation (ZeroDivisionError)"]
    assert [type(one) for one in faults] == [ZeroDivisionError]
    assert shop.mine()["Status"] == "ERROR"
    assert shop.terminate() == ("SUCCEEDED", [])


@pytest.mark.parametrize("way", ["update", "change set"])
def test_an_update_of_the_stack_by_somebody_else_leaves_aws_tags(shop, way):
    shop.launch()
    (before,) = shop.stacks()
    client = shop.catalog.aws("cloudformation")
    asked = {"StackName": before["StackName"], "UsePreviousTemplate": True, "Tags": [{"Key": "a", "Value": "b"}]}
    if way == "update":
        client.update_stack(**asked)
    else:
        client.create_change_set(ChangeSetName="change", **asked)
        client.execute_change_set(ChangeSetName="change", StackName=before["StackName"])
    assert shop.catalog.sandbox.settle(60)
    (after,) = shop.stacks()
    assert after["Tags"] == [*before["Tags"], {"Key": "a", "Value": "b"}]
    assert all(one["Key"].startswith("aws:servicecatalog:") for one in before["Tags"])


def test_a_launch_role_is_set_only_by_who_may_pass_it(shop):
    shop.launch()
    other = shop.catalog.role("other", ENOUGH)
    asked = {"ProvisionedProductId": shop.mine()["Id"], "ProvisionedProductProperties": {"LAUNCH_ROLE": other}}
    code, message = refused(shop.user.update_provisioned_product_properties, **asked, IdempotencyToken="x")
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: iam:PassRole on resource: {other}" in message
    assert shop.mine()["LaunchRoleArn"] == shop.role
    shop.admin.update_provisioned_product_properties(**asked, IdempotencyToken="y")
    assert shop.mine()["LaunchRoleArn"] == other
    to_user = {"ProvisionedProductProperties": {"OWNER": f"arn:aws:iam::{ACCOUNT}:role/user"}}
    shop.user.update_provisioned_product_properties(**asked | to_user, IdempotencyToken="z")  # passes no role
