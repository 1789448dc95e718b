"""End users under AWS' own policy for them: they see and change what is theirs."""

import json

import pytest
from catalogs import ACCOUNT, TEMPLATE, artifact, refused
from test_launches import ENOUGH, Shop

from endpoint import allow

POLICY = "arn:aws:iam::aws:policy/AWSServiceCatalogEndUserFullAccess"


@pytest.fixture
def shop(catalog):
    """A shop whose users have AWS' managed policy and no other."""
    made = Shop(catalog)
    iam = catalog.aws("iam")
    iam.delete_role_policy(RoleName="user", PolicyName="p0")
    iam.attach_role_policy(RoleName="user", PolicyArn=POLICY)
    role = f"arn:aws:iam::{ACCOUNT}:role/user"
    made.other = catalog.aws("servicecatalog", catalog.sandbox.assume(role, "ec2.amazonaws.com", "another"))
    return made


def names(found):
    return [one["Name"] for one in found["ProvisionedProducts"]]


LEVELS = {name: {"Key": name, "Value": "self"} for name in ("User", "Role", "Account")}


def test_users_manage_their_own_products_only(shop):
    assert shop.launch() == ("SUCCEEDED", [])
    record = shop.user.list_record_history()["RecordDetails"][0]["RecordId"]
    assert shop.user.describe_record(Id=record)["RecordDetail"]["Status"] == "SUCCEEDED"
    for call, asked in (
        (shop.other.describe_provisioned_product, {"Name": "mine"}),
        (shop.other.describe_provisioned_product, {"Id": shop.mine()["Id"]}),
        (shop.other.describe_record, {"Id": record}),
        (shop.other.terminate_provisioned_product, {"ProvisionedProductName": "mine", "TerminateToken": "x"}),
        (shop.other.update_provisioned_product, {"ProvisionedProductName": "mine", "UpdateToken": "x"}),
    ):
        assert refused(call, **asked)[0] == "AccessDeniedException"
    assert names(shop.other.scan_provisioned_products()) == []
    assert names(shop.user.scan_provisioned_products()) == ["mine"]
    assert shop.terminate() == ("SUCCEEDED", [])
    assert refused(shop.user.describe_provisioned_product, Name="mine")[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("name", ["rec-1", "plan-1"])
def test_a_name_that_begins_as_an_id_does_is_nobody_else_s_either(shop, name):
    assert shop.launch(ProvisionedProductName=name) == ("SUCCEEDED", [])
    for call, asked in (
        (shop.other.describe_provisioned_product, {"Name": name}),
        (shop.other.terminate_provisioned_product, {"ProvisionedProductName": name, "TerminateToken": "x"}),
        (shop.other.update_provisioned_product, {"ProvisionedProductName": name, "UpdateToken": "x"}),
    ):
        assert refused(call, **asked)[0] == "AccessDeniedException"
    assert shop.user.describe_provisioned_product(Name=name)["ProvisionedProductDetail"]["Status"] == "AVAILABLE"


@pytest.mark.parametrize("name", ["a/b", "arn:aws:x/y", "a\x00", "-a", "\u00e9", "a" * 129])
def test_what_is_no_name_is_refused(catalog, name):
    shop = Shop(catalog)
    assert refused(shop.user.provision_product, **shop.asked(ProvisionedProductName=name))[0] == "ValidationException"
    assert shop.admin.search_provisioned_products()["ProvisionedProducts"] == []


@pytest.mark.parametrize("level", ["Role", "Account"])
def test_more_than_their_own_is_denied(shop, level):
    for call in (
        shop.user.scan_provisioned_products,
        shop.user.search_provisioned_products,
        shop.user.list_record_history,
        shop.user.list_provisioned_product_plans,
    ):
        assert refused(call, AccessLevelFilter=LEVELS[level])[0] == "AccessDeniedException"
        assert call(AccessLevelFilter=LEVELS["User"])["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refused(shop.user.search_provisioned_products)[0] == "AccessDeniedException"  # the account's, by default


def test_a_role_s_users_share_where_the_policy_says_role(shop):
    statement = {
        "Effect": "Allow",
        "Action": "servicecatalog:*",
        "Resource": "*",
        "Condition": {"StringEquals": {"servicecatalog:roleLevel": "self"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    shop.catalog.aws("iam").put_role_policy(RoleName="user", PolicyName="role", PolicyDocument=document)
    assert shop.launch() == ("SUCCEEDED", [])
    assert shop.other.describe_provisioned_product(Name="mine")["ProvisionedProductDetail"]["Status"] == "AVAILABLE"
    assert names(shop.other.search_provisioned_products(AccessLevelFilter=LEVELS["Role"])) == ["mine"]


def test_a_product_is_named_by_its_name_too(catalog):
    """A policy about one product holds however the request names it."""
    shop = Shop(catalog)
    statement = {
        "Effect": "Allow",
        "Action": "servicecatalog:*",
        "Resource": f"arn:aws:catalog:us-east-1:{ACCOUNT}:product/{shop.product}",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    catalog.aws("iam").put_role_policy(RoleName="user", PolicyName="p0", PolicyDocument=document)
    asked = {"ProductName": "product", "ProvisioningArtifactName": "v1"}
    assert shop.user.describe_provisioning_parameters(**asked)["ConstraintSummaries"] == [{"Type": "LAUNCH"}]
    assert shop.user.describe_product(Name="product")["ProductViewSummary"]["ProductId"] == shop.product
    other = {**asked, "ProductName": "other"}
    assert refused(shop.user.describe_provisioning_parameters, **other)[0] == "AccessDeniedException"


def test_searches(catalog):
    shop = Shop(catalog)
    shop.launch(Tags=[{"Key": "team", "Value": "red"}])
    shop.launch(ProvisionedProductName="second")

    def found(*queries, **further):
        filters = {"SearchQuery": list(queries)} if queries else {}
        return names(shop.admin.search_provisioned_products(Filters=filters, **further))

    assert found(SortBy="name", SortOrder="DESCENDING") == ["second", "mine"]
    assert found("status:AVAILABLE") == ["mine", "second"]
    assert found("status:ERROR") == []
    assert found("name:second") == ["second"]
    assert found("tags:team:red") == ["mine"]
    assert found(f"productId:{shop.product}", "sec") == ["second"]
    searched = shop.admin.search_provisioned_products()
    assert searched["TotalResultsCount"] == 2
    one = next(each for each in searched["ProvisionedProducts"] if each["Name"] == "mine")
    assert (one["ProductName"], one["ProvisioningArtifactName"]) == ("product", "v1")
    assert (one["UserArn"], one["UserArnSession"]) == (f"arn:aws:iam::{ACCOUNT}:role/user", shop.keys.arn)
    assert one["PhysicalId"].startswith(f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/SC-{ACCOUNT}-pp-")
    filtered = {"Key": "provisionedproduct", "Value": one["Id"]}
    assert len(shop.user.list_record_history(SearchFilter=filtered)["RecordDetails"]) == 1


# What is planned, and what is taken over


def plan(shop, **further):
    asked = {
        "PlanName": "plan",
        "PlanType": "CLOUDFORMATION",
        "ProductId": shop.product,
        "ProvisioningArtifactId": shop.artifact,
        "ProvisionedProductName": "mine",
        "IdempotencyToken": shop.token(),
    }
    return shop.user.create_provisioned_product_plan(**asked | further)["PlanId"]


def described(shop, identifier):
    found = shop.user.describe_provisioned_product_plan(PlanId=identifier)
    changes = [(one["Action"], one["LogicalResourceId"]) for one in found["ResourceChanges"]]
    return found["ProvisionedProductPlanDetails"]["Status"], changes


def test_a_plan_of_a_launch_and_of_an_update(catalog):
    shop = Shop(catalog)
    first = plan(shop)
    assert described(shop, first) == ("CREATE_SUCCESS", [("ADD", "Topic")])
    assert shop.mine()["Status"] == "PLAN_IN_PROGRESS"
    assert shop.topics() == []
    done = shop.user.execute_provisioned_product_plan(PlanId=first, IdempotencyToken="x")
    assert shop.settled(done) == ("SUCCEEDED", [])
    assert (shop.mine()["Status"], len(shop.topics())) == ("AVAILABLE", 1)

    second = plan(shop, ProvisioningParameters=[{"Key": "Name", "Value": "two"}])
    assert described(shop, second) == ("CREATE_SUCCESS", [("MODIFY", "Topic")])
    code, _ = refused(shop.user.create_provisioned_product_plan, PlanName="more", PlanType="CLOUDFORMATION",
                      ProductId=shop.product, ProvisioningArtifactId=shop.artifact, ProvisionedProductName="mine",
                      IdempotencyToken="more")  # fmt: skip
    assert code == "InvalidStateException"
    done = shop.user.execute_provisioned_product_plan(PlanId=second, IdempotencyToken="y")
    assert shop.settled(done) == ("SUCCEEDED", [])
    assert shop.user.describe_provisioned_product_plan(PlanId=second)["ProvisionedProductPlanDetails"]["Status"] == (
        "EXECUTE_SUCCESS"
    )
    assert len(shop.user.list_provisioned_product_plans()["ProvisionedProductPlans"]) == 2
    assert shop.terminate() == ("SUCCEEDED", [])


def test_who_executes_a_plan_uses_nobody_else_s_credentials(catalog):
    shop = Shop(catalog, role=False)
    iam = catalog.aws("iam")
    everything = allow(["servicecatalog:*", "cloudformation:*", "s3:GetObject", "sns:*"])
    iam.put_role_policy(RoleName="user", PolicyName="p0", PolicyDocument=everything)
    other = catalog.aws("servicecatalog", catalog.user("user-without-topics"))
    identifier = plan(shop)
    assert refused(other.describe_provisioned_product_plan, PlanId=identifier)[0] == "AccessDenied"
    done = other.execute_provisioned_product_plan(PlanId=identifier, IdempotencyToken="x")
    status, (why,) = shop.settled(done)
    assert status == "FAILED"
    assert "assumed-role/user-without-topics/somebody is not authorized to perform: cloudformation:Execute" in why
    assert shop.topics() == []


def test_a_plan_that_is_deleted_leaves_nothing(catalog):
    shop = Shop(catalog)
    identifier = plan(shop)
    shop.user.delete_provisioned_product_plan(PlanId=identifier)
    assert shop.stacks() == []
    assert refused(shop.user.describe_provisioned_product, Name="mine")[0] == "ResourceNotFoundException"
    assert shop.launch() == ("SUCCEEDED", [])


def test_a_plan_that_the_launch_role_may_not_make_says_so(catalog):
    shop = Shop(catalog, ENOUGH.replace("cloudformation:CreateChangeSet", "cloudformation:ListChangeSets"))
    identifier = plan(shop)
    found = shop.user.describe_provisioned_product_plan(PlanId=identifier)["ProvisionedProductPlanDetails"]
    assert found["Status"] == "CREATE_FAILED"
    assert "is not authorized to perform: cloudformation:CreateChangeSet" in found["StatusMessage"]
    asked = {"PlanId": identifier, "IdempotencyToken": "x"}
    assert refused(shop.user.execute_provisioned_product_plan, **asked)[0] == "InvalidStateException"
    shop.user.delete_provisioned_product_plan(PlanId=identifier)


def test_a_stack_is_taken_over(catalog):
    shop = Shop(catalog)
    cloudformation = catalog.aws("cloudformation")
    stack = cloudformation.create_stack(StackName="grown", TemplateBody=json.dumps(TEMPLATE))["StackId"]
    other = cloudformation.create_stack(StackName="other", TemplateBody=json.dumps({**TEMPLATE, "Description": "x"}))
    assert catalog.sandbox.settle(60)
    asked = {
        "ProductId": shop.product,
        "ProvisioningArtifactId": shop.artifact,
        "ProvisionedProductName": "mine",
        "IdempotencyToken": "x",
    }
    call = shop.admin.import_as_provisioned_product
    assert refused(call, **asked, PhysicalId=other["StackId"])[0] == "InvalidParametersException"
    record = call(**asked, PhysicalId=stack)["RecordDetail"]
    assert record["Status"] == "SUCCEEDED"
    twice = {**asked, "ProvisionedProductName": "twice", "IdempotencyToken": "y", "PhysicalId": stack}
    assert refused(call, **twice)[0] == "DuplicateResourceException"
    assert shop.mine()["Status"] == "AVAILABLE"


def test_a_service_action_is_not_executed(catalog):
    shop = Shop(catalog)
    shop.launch()
    definition = {"Name": "AWS-RestartEC2Instance", "Version": "1"}
    made = shop.admin.create_service_action(
        Name="restart", DefinitionType="SSM_AUTOMATION", Definition=definition, IdempotencyToken="x"
    )
    action = made["ServiceActionDetail"]["ServiceActionSummary"]["Id"]
    asked = {"ProvisionedProductId": shop.mine()["Id"], "ServiceActionId": action, "ExecuteToken": "x"}
    call = shop.user.execute_provisioned_product_service_action
    assert refused(call, **asked)[0] == "ResourceNotFoundException"
    named = {"ProductId": shop.product, "ProvisioningArtifactId": shop.artifact, "ServiceActionId": action}
    shop.admin.associate_service_action_with_provisioning_artifact(**named)
    code, message = refused(call, **asked)
    assert (code, "does not run Systems Manager automations" in message) == ("NotImplemented", True)


# From within stacks


def test_a_stack_provisions_a_product(catalog):
    shop = Shop(catalog)
    provisioned = {
        "Type": "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
        "Properties": {
            "ProductName": "product",
            "ProvisioningArtifactName": "v1",
            "ProvisioningParameters": [{"Key": "Name", "Value": {"Ref": "Name"}}],
        },
    }
    template = {
        "Parameters": {"Name": {"Type": "String", "Default": "one"}},
        "Resources": {"Mine": provisioned},
        "Outputs": {
            "Topic": {"Value": {"Fn::GetAtt": ["Mine", "Outputs.TopicArn"]}},
            "Stack": {"Value": {"Fn::GetAtt": ["Mine", "CloudformationStackArn"]}},
            "Id": {"Value": {"Ref": "Mine"}},
        },
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["servicecatalog:*", "cloudformation:*"], "Resource": "*"}
    ]})  # fmt: skip
    catalog.aws("iam").put_role_policy(RoleName="user", PolicyName="p0", PolicyDocument=document)
    client = catalog.aws("cloudformation", shop.keys)

    def settled():
        assert catalog.sandbox.settle(90)
        (found,) = [one for one in client.describe_stacks()["Stacks"] if one["StackName"] == "outer"]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", ())}
        return found["StackStatus"], outputs

    client.create_stack(StackName="outer", TemplateBody=json.dumps(template))
    status, outputs = settled()
    assert status == "CREATE_COMPLETE"
    assert outputs["Topic"] == shop.topics()[0]["TopicArn"]
    assert f":stack/SC-{ACCOUNT}-{outputs['Id']}/" in outputs["Stack"]
    changed = [{"ParameterKey": "Name", "ParameterValue": "two"}]
    client.update_stack(StackName="outer", UsePreviousTemplate=True, Parameters=changed)
    assert settled()[0] == "UPDATE_COMPLETE"
    wrong = [{"ParameterKey": "Name", "ParameterValue": "wrong"}]
    client.update_stack(StackName="outer", UsePreviousTemplate=True, Parameters=wrong)
    assert settled()[0] == "UPDATE_ROLLBACK_COMPLETE"
    events = client.describe_stack_events(StackName="outer")["StackEvents"]
    assert any("must be one of AllowedValues" in one.get("ResourceStatusReason", "") for one in events)
    client.delete_stack(StackName="outer")
    assert catalog.sandbox.settle(90)
    assert (shop.stacks(), shop.topics()) == ([], [])


def test_a_version_is_added_while_users_have_an_older_one(catalog):
    shop = Shop(catalog)
    shop.launch()
    newer = shop.admin.create_provisioning_artifact(
        ProductId=shop.product, Parameters=artifact(shop.url, "v2"), IdempotencyToken="v2"
    )["ProvisioningArtifactDetail"]["Id"]
    assert shop.update(ProvisioningArtifactName="v2") == ("SUCCEEDED", [])
    assert shop.mine()["ProvisioningArtifactId"] == newer
    tags = {one["Key"]: one["Value"] for one in shop.stacks()[0]["Tags"]}
    assert tags["aws:servicecatalog:provisioningArtifactIdentifier"] == newer
