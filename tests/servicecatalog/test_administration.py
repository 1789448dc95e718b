"""The administrator's side: what is made, shown, refused and deleted."""

import json
import re

import pytest
from catalogs import ACCOUNT, TEMPLATE, artifact, refused

from endpoint import allow

RESERVED = [{"Key": "aws:x", "Value": "y"}]
NOBODY = f"arn:aws:iam::{ACCOUNT}:role/nobody"


def test_ids_and_arns_have_aws_forms(catalog):
    portfolio, (product, version) = catalog.portfolio(), catalog.product()
    catalog.client.associate_product_with_portfolio(PortfolioId=portfolio, ProductId=product)
    constraint = catalog.constrain(portfolio, product, "NOTIFICATION", NotificationArns=["arn:aws:sns:us-east-1:1:t"])
    option = catalog.client.create_tag_option(Key="a", Value="b")["TagOptionDetail"]["Id"]
    made = {"port": portfolio, "prod": product, "pa": version, "cons": constraint, "tag": option}
    for kind, identifier in made.items():
        assert re.fullmatch(rf"{kind}-[a-z0-9]{{13}}", identifier)
    detail = catalog.client.describe_portfolio(Id=portfolio)["PortfolioDetail"]
    assert detail["ARN"] == f"arn:aws:catalog:us-east-1:{ACCOUNT}:portfolio/{portfolio}"
    view = catalog.client.describe_product_as_admin(Id=product)["ProductViewDetail"]
    assert view["ProductARN"] == f"arn:aws:catalog:us-east-1:{ACCOUNT}:product/{product}"
    assert re.fullmatch(r"prodview-[a-z0-9]{13}", view["ProductViewSummary"]["Id"])


def test_a_token_makes_one_thing(catalog):
    asked = {"DisplayName": "p", "ProviderName": "us", "IdempotencyToken": "one"}
    first = catalog.client.create_portfolio(**asked)["PortfolioDetail"]
    assert catalog.client.create_portfolio(**asked)["PortfolioDetail"] == first
    assert refused(catalog.client.create_portfolio, **{**asked, "DisplayName": "q"})[0] == "InvalidParametersException"
    assert len(catalog.client.list_portfolios()["PortfolioDetails"]) == 1


def test_portfolios_change(catalog):
    portfolio = catalog.portfolio(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    changed = catalog.client.update_portfolio(
        Id=portfolio, DisplayName="other", AddTags=[{"Key": "c", "Value": "3"}], RemoveTags=["a"]
    )
    assert changed["PortfolioDetail"]["DisplayName"] == "other"
    assert changed["Tags"] == [{"Key": "b", "Value": "2"}, {"Key": "c", "Value": "3"}]
    catalog.client.delete_portfolio(Id=portfolio)
    assert refused(catalog.client.describe_portfolio, Id=portfolio) == (
        "ResourceNotFoundException",
        f"Portfolio {portfolio} does not exist or access was denied",
    )


def test_products_have_versions(catalog):
    url = catalog.put()
    product, first = catalog.product(url, Description="A topic", SupportEmail="a@example.com")
    named = {"ProductId": product}
    made = catalog.client.create_provisioning_artifact(**named, Parameters=artifact(url, "v2"), IdempotencyToken="2")
    second = made["ProvisioningArtifactDetail"]["Id"]
    assert made["Info"] == {"TemplateUrl": url}
    catalog.client.update_provisioning_artifact(**named, ProvisioningArtifactId=second, Description="new", Active=False)
    listed = catalog.client.list_provisioning_artifacts(**named)["ProvisioningArtifactDetails"]
    assert [(one["Id"], one["Active"], one["Guidance"]) for one in listed] == [
        (first, True, "DEFAULT"),
        (second, False, "DEFAULT"),
    ]
    described = catalog.client.describe_product_as_admin(Name="product")
    assert described["ProductViewDetail"]["ProductViewSummary"]["ShortDescription"] == "A topic"
    assert [one["Name"] for one in described["ProvisioningArtifactSummaries"]] == ["v1", "v2"]
    catalog.client.delete_provisioning_artifact(**named, ProvisioningArtifactId=first)
    last = {**named, "ProvisioningArtifactId": second}
    assert refused(catalog.client.delete_provisioning_artifact, **last)[0] == "ResourceInUseException"
    catalog.client.delete_product(Id=product)
    assert refused(catalog.client.list_provisioning_artifacts, **named)[0] == "ResourceNotFoundException"


def product_of(info, **further):
    return {
        "Name": "p",
        "Owner": "us",
        "ProductType": "CLOUD_FORMATION_TEMPLATE",
        "ProvisioningArtifactParameters": {"Name": "v1", "Info": info},
        "IdempotencyToken": "t",
        **further,
    }


@pytest.mark.parametrize(
    ("info", "further", "code", "told"),
    [
        ({}, {}, "InvalidParametersException", "Info must have"),
        ({"LoadTemplateFromURL": "URL", "ImportFromPhysicalId": "x"}, {}, "InvalidParametersException", "Info must"),
        ({"LoadTemplateFromURL": "x"}, {}, "InvalidParametersException", "must be the URL of a template in S3"),
        ({"LoadTemplateFromURL": "https://github.com/a/b"}, {}, "NotImplemented", "elsewhere than S3"),
        ({"LoadTemplateFromURL": "MISSING"}, {}, "InvalidParametersException", "cannot be read"),
        ({"LoadTemplateFromURL": "BROKEN"}, {}, "InvalidParametersException", "Invalid templateBody. Please make sure"),
        ({"ImportFromPhysicalId": "stack"}, {}, "InvalidParametersException", "must be the ARN of a CloudFormation"),
        ({"LoadTemplateFromURL": "URL"}, {"ProductType": "TERRAFORM_CLOUD"}, "NotImplemented", "TERRAFORM_CLOUD"),
        (
            {"LoadTemplateFromURL": "URL"},
            {"Tags": [{"Key": "aws:x", "Value": "y"}]},
            "InvalidParametersException",
            "aws:",
        ),
    ],
)
def test_what_is_no_product_is_refused(catalog, info, further, code, told):
    url = catalog.put()
    words = {"URL": url, "MISSING": url + "x", "BROKEN": catalog.put({"Resources": {}}, "broken.json")}
    given = {name: words.get(one, one) for name, one in info.items()}
    found, message = refused(catalog.client.create_product, **product_of(given, **further))
    assert (found, told in message) == (code, True), message
    assert catalog.client.search_products_as_admin()["ProductViewDetails"] == []


def test_a_template_need_not_be_valid_where_nobody_asks_for_it(catalog):
    info = {"LoadTemplateFromURL": catalog.put({"Resources": {}}, "broken.json")}
    asked = product_of(info)
    asked["ProvisioningArtifactParameters"]["DisableTemplateValidation"] = True
    catalog.client.create_product(**asked)


def test_a_template_is_taken_from_a_stack(catalog):
    cloudformation = catalog.aws("cloudformation")
    stack = cloudformation.create_stack(StackName="x", TemplateBody=json.dumps(TEMPLATE))["StackId"]
    assert catalog.sandbox.settle(60)
    made = catalog.client.create_product(**product_of({"ImportFromPhysicalId": stack}))
    named = {"ProductId": made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]}
    named["ProvisioningArtifactId"] = made["ProvisioningArtifactDetail"]["Id"]
    found = catalog.client.describe_provisioning_artifact(**named, IncludeProvisioningArtifactParameters=True)
    assert [one["ParameterKey"] for one in found["ProvisioningArtifactParameters"]] == ["Name"]


def test_the_template_is_read_with_the_caller_s_credentials(catalog):
    url = catalog.put()
    user = catalog.user("maker", allow(["servicecatalog:*", "cloudformation:ValidateTemplate"]))
    client = catalog.aws("servicecatalog", user)
    asked = product_of({"LoadTemplateFromURL": url})
    code, message = refused(client.create_product, **asked)
    assert code == "InvalidParametersException"
    assert "assumed-role/maker/somebody is not authorized to perform: s3:GetObject" in message
    stored = catalog.sandbox.store.connection.execute(
        "SELECT count(*) FROM decisions WHERE operation = 's3:GetObject' AND verdict = 'IMPLICITLY_DENIED'"
    )
    assert stored.fetchone() == (1,)  # although the call that asked was undone
    policy = allow("s3:GetObject", "arn:aws:s3:::sagemaker-templates/*")
    catalog.aws("iam").put_role_policy(RoleName="maker", PolicyName="read", PolicyDocument=policy)
    client.create_product(**asked)


@pytest.mark.parametrize(
    ("arn", "kind", "told"),
    [
        (NOBODY, "IAM", "does not exist"),
        (f"arn:aws:iam::{ACCOUNT}:root", "IAM", "is no user, group or role"),
        ("arn:aws:iam::210987654321:role/launch", "IAM", "is no user, group or role of account"),
        (f"arn:aws:iam::{ACCOUNT}:role/path/launch", "IAM", "does not exist"),
        (f"arn:aws:iam::{ACCOUNT}:role/x*", "IAM_PATTERN", "without an account"),
        ("arn:aws:iam:::*/launch", "IAM_PATTERN", "without an account"),
    ],
)
def test_who_is_no_principal_is_refused(catalog, arn, kind, told):
    catalog.role("launch")
    named = {"PortfolioId": catalog.portfolio(), "PrincipalARN": arn, "PrincipalType": kind}
    code, message = refused(catalog.client.associate_principal_with_portfolio, **named)
    assert (code, told in message) == ("InvalidParametersException", True), message


def test_ten_patterns_are_enough(catalog):
    portfolio = catalog.portfolio()
    named = {"PortfolioId": portfolio, "PrincipalType": "IAM_PATTERN"}
    for number in range(10):
        catalog.client.associate_principal_with_portfolio(**named, PrincipalARN=f"arn:aws:iam:::role/r{number}")
    more = {**named, "PrincipalARN": "arn:aws:iam:::role/more"}
    assert refused(catalog.client.associate_principal_with_portfolio, **more)[0] == "LimitExceededException"
    catalog.client.associate_principal_with_portfolio(**named, PrincipalARN="arn:aws:iam:::role/r0")


@pytest.fixture
def offered(catalog):
    """A product in a portfolio: the ids that constraints take."""
    portfolio, (product, _) = catalog.portfolio(), catalog.product()
    catalog.client.associate_product_with_portfolio(PortfolioId=portfolio, ProductId=product)
    return {"PortfolioId": portfolio, "ProductId": product}


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("LAUNCH", "no json"),
        ("LAUNCH", "[]"),
        ("LAUNCH", "{}"),
        ("LAUNCH", '{"RoleArn": "x", "LocalRoleName": "y"}'),
        ("LAUNCH", '{"RoleArn": "x"}'),
        ("LAUNCH", json.dumps({"RoleArn": NOBODY})),
        ("LAUNCH", '{"LocalRoleName": "nobody"}'),
        ("NOTIFICATION", '{"NotificationArns": []}'),
        ("NOTIFICATION", '{"NotificationArns": "arn:aws:sns:us-east-1:1:t"}'),
        ("RESOURCE_UPDATE", '{"Properties": {"TagUpdateOnProvisionedProduct": "yes"}}'),
        ("STACKSET", '{"Properties": {"AccountList": ["1"]}}'),
        ("TEMPLATE", '{"Rules": "no object"}'),
        ("TEMPLATE", '{"Rules": {"Rule": {}}}'),
        ("OTHER", "{}"),
    ],
)
def test_parameters_of_constraints(catalog, offered, kind, parameters):
    asked = {**offered, "Type": kind, "Parameters": parameters}
    assert refused(catalog.client.create_constraint, **asked)[0] == "InvalidParametersException"


def test_constraints_need_the_product_in_the_portfolio(catalog, offered):
    """aws/aws-cdk, issue 20810."""
    other, _ = catalog.product(name="other")
    asked = {**offered, "ProductId": other, "Type": "NOTIFICATION", "Parameters": "{}"}
    code, message = refused(catalog.client.create_constraint, **asked)
    told = f"Product {other} is not associated with portfolio {offered['PortfolioId']}"
    assert (code, message) == ("ResourceNotFoundException", told)


def test_some_constraints_exclude_each_other(catalog, offered):
    named = (offered["PortfolioId"], offered["ProductId"])
    role = catalog.role("launch")
    first = catalog.constrain(*named, "LAUNCH", RoleArn=role)
    stack_set = {"AccountList": [ACCOUNT], "RegionList": ["us-east-1"], "AdminRole": "a", "ExecutionRole": "e"}
    for kind, parameters in (
        ("LAUNCH", {"LocalRoleName": "launch"}),
        ("STACKSET", {"Version": "1.0", "Properties": stack_set}),
    ):
        asked = {**offered, "Type": kind, "Parameters": json.dumps(parameters)}
        code, message = refused(catalog.client.create_constraint, **asked)
        assert (code, first in message) == ("DuplicateResourceException", True)
    for topic in ("a", "b"):
        catalog.constrain(*named, "NOTIFICATION", NotificationArns=[f"arn:aws:sns:us-east-1:1:{topic}"])
    found = catalog.client.list_constraints_for_portfolio(PortfolioId=named[0])["ConstraintDetails"]
    assert [one["Type"] for one in found] == ["LAUNCH", "NOTIFICATION", "NOTIFICATION"]
    catalog.client.update_constraint(Id=first, Description="who")
    described = catalog.client.describe_constraint(Id=first)
    assert described["ConstraintDetail"]["Description"] == "who"
    assert json.loads(described["ConstraintParameters"]) == {"RoleArn": role}
    catalog.client.delete_constraint(Id=first)
    assert refused(catalog.client.describe_constraint, Id=first)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("verb", ["create", "update"])
def test_a_launch_constraint_passes_its_role(catalog, offered, verb):
    first = catalog.role("launch")
    constraint = catalog.constrain(*offered.values(), "LAUNCH", RoleArn=first) if verb == "update" else None
    other = catalog.role("other")
    user = catalog.user("maker", allow(["servicecatalog:*", "iam:GetRole"]))
    client = catalog.aws("servicecatalog", user)
    parameters = json.dumps({"RoleArn": other})
    call, asked = (
        (client.update_constraint, {"Id": constraint, "Parameters": parameters})
        if verb == "update"
        else (client.create_constraint, {**offered, "Type": "LAUNCH", "Parameters": parameters})
    )
    code, message = refused(call, **asked)
    assert (code, f"iam:PassRole on resource: {other}" in message) == ("AccessDeniedException", True)
    if verb == "update":
        escaped = parameters.replace("RoleArn", "\\u0052oleArn")
        assert refused(client.update_constraint, Id=constraint, Parameters=escaped)[0] == "InvalidParametersException"
    condition = {"StringEquals": {"iam:PassedToService": "servicecatalog.amazonaws.com"}}
    catalog.aws("iam").put_role_policy(
        RoleName="maker", PolicyName="pass", PolicyDocument=allow("iam:PassRole", other, **condition)
    )
    call(**asked)


def test_what_is_in_use_stays(catalog, offered):
    client, portfolio, product = catalog.client, offered["PortfolioId"], offered["ProductId"]
    option = client.create_tag_option(Key="a", Value="b")["TagOptionDetail"]["Id"]
    client.associate_tag_option_with_resource(ResourceId=product, TagOptionId=option)
    client.associate_budget_with_resource(ResourceId=product, BudgetName="b")
    constraint = catalog.constrain(portfolio, product, "NOTIFICATION", NotificationArns=["arn:aws:sns:us-east-1:1:t"])
    principal = {"PortfolioId": portfolio, "PrincipalARN": "arn:aws:iam:::role/x", "PrincipalType": "IAM_PATTERN"}
    client.associate_principal_with_portfolio(**principal)
    client.create_portfolio_share(PortfolioId=portfolio, AccountId="210987654321")

    def stays(call, told, **asked):
        code, message = refused(call, **asked)
        assert (code, told in message) == ("ResourceInUseException", True), message

    stays(client.delete_tag_option, "associated", Id=option)
    stays(client.delete_product, "a portfolio", Id=product)
    stays(client.disassociate_product_from_portfolio, "constraints", **offered)
    stays(client.delete_portfolio, f"Portfolio {portfolio} still has associated Products", Id=portfolio)
    client.delete_constraint(Id=constraint)
    client.disassociate_product_from_portfolio(**offered)
    stays(client.delete_portfolio, "Principals", Id=portfolio)
    client.disassociate_principal_from_portfolio(**principal)
    stays(client.delete_portfolio, "Shares", Id=portfolio)
    client.delete_portfolio_share(PortfolioId=portfolio, AccountId="210987654321")
    client.delete_portfolio(Id=portfolio)
    stays(client.delete_product, "TagOptions", Id=product)
    client.disassociate_tag_option_from_resource(ResourceId=product, TagOptionId=option)
    stays(client.delete_product, "Budgets", Id=product)
    client.disassociate_budget_from_resource(ResourceId=product, BudgetName="b")
    client.delete_product(Id=product)
    client.delete_tag_option(Id=option)


def test_tag_options(catalog):
    client, portfolio = catalog.client, catalog.portfolio()
    option = client.create_tag_option(Key="stage", Value="dev")["TagOptionDetail"]
    assert (option["Active"], option["Owner"]) == (True, ACCOUNT)
    assert refused(client.create_tag_option, Key="stage", Value="dev")[0] == "DuplicateResourceException"
    client.associate_tag_option_with_resource(ResourceId=portfolio, TagOptionId=option["Id"])
    again = {"ResourceId": portfolio, "TagOptionId": option["Id"]}
    assert refused(client.associate_tag_option_with_resource, **again)[0] == "DuplicateResourceException"
    client.update_tag_option(Id=option["Id"], Value="prod", Active=False)
    assert client.describe_portfolio(Id=portfolio)["TagOptions"] == [{**option, "Value": "prod", "Active": False}]
    assert client.list_tag_options(Filters={"Active": True})["TagOptionDetails"] == []
    (found,) = client.list_resources_for_tag_option(TagOptionId=option["Id"])["ResourceDetails"]
    assert (found["Id"], found["Name"]) == (portfolio, "portfolio")
    only = client.list_resources_for_tag_option(TagOptionId=option["Id"], ResourceType="Product")
    assert only["ResourceDetails"] == []


def test_service_actions(catalog):
    client, (product, version) = catalog.client, catalog.product()
    definition = {"Name": "AWS-RestartEC2Instance", "Version": "1"}
    asked = {"Name": "restart", "DefinitionType": "SSM_AUTOMATION", "IdempotencyToken": "x"}
    bad = {**asked, "Definition": {"Name": "x"}}
    assert refused(client.create_service_action, **bad)[0] == "InvalidParametersException"
    made = client.create_service_action(**asked, Definition=definition)["ServiceActionDetail"]
    action = made["ServiceActionSummary"]["Id"]
    assert re.fullmatch(r"act-[a-z0-9]{13}", action)
    named = {"ProductId": product, "ProvisioningArtifactId": version, "ServiceActionId": action}
    client.associate_service_action_with_provisioning_artifact(**named)
    again = client.batch_associate_service_action_with_provisioning_artifact(ServiceActionAssociations=[named])
    assert [one["ErrorCode"] for one in again["FailedServiceActionAssociations"]] == ["DUPLICATE_RESOURCE"]
    listed = client.list_service_actions_for_provisioning_artifact(ProductId=product, ProvisioningArtifactId=version)
    assert [one["Name"] for one in listed["ServiceActionSummaries"]] == ["restart"]
    (view,) = client.list_provisioning_artifacts_for_service_action(ServiceActionId=action)["ProvisioningArtifactViews"]
    assert view["ProvisioningArtifact"]["Id"] == version
    assert refused(client.delete_service_action, Id=action)[0] == "ResourceInUseException"
    gone = client.batch_disassociate_service_action_from_provisioning_artifact(ServiceActionAssociations=[named])
    assert gone["FailedServiceActionAssociations"] == []
    client.update_service_action(Id=action, Definition={"Version": "2"})
    described = client.describe_service_action(Id=action)["ServiceActionDetail"]
    assert described["Definition"] == {**definition, "Version": "2"}
    client.delete_service_action(Id=action)
    assert client.list_service_actions()["ServiceActionSummaries"] == []


def test_products_are_copied(catalog):
    product, first = catalog.product(Tags=[{"Key": "a", "Value": "b"}])
    named = {"ProductId": product, "Parameters": artifact(catalog.put(), "v2"), "IdempotencyToken": "2"}
    second = catalog.client.create_provisioning_artifact(**named)["ProvisioningArtifactDetail"]["Id"]
    arn = f"arn:aws:catalog:us-east-1:{ACCOUNT}:product/{product}"
    token = catalog.client.copy_product(
        SourceProductArn=arn,
        TargetProductName="copy",
        SourceProvisioningArtifactIdentifiers=[{"Id": second}],
        CopyOptions=["CopyTags"],
        IdempotencyToken="c",
    )["CopyProductToken"]
    status = catalog.client.describe_copy_product_status(CopyProductToken=token)
    assert status["CopyProductStatus"] == "SUCCEEDED"
    copy = catalog.client.describe_product_as_admin(Id=status["TargetProductId"])
    assert [one["Name"] for one in copy["ProvisioningArtifactSummaries"]] == ["v2"]
    assert copy["Tags"] == [{"Key": "a", "Value": "b"}]
    found = catalog.client.search_products_as_admin(Filters={"SourceProductId": [product]})["ProductViewDetails"]
    assert [one["ProductViewSummary"]["Name"] for one in found] == ["copy"]
    assert first != second


def test_lists_come_in_pages(catalog):
    """boto3's paginators, where Service Catalog has some; 20 is the most that a page holds."""
    for number in range(23):
        catalog.portfolio(f"p{number:02d}")
        catalog.client.create_tag_option(Key="k", Value=str(number))
    pages = list(catalog.client.get_paginator("list_portfolios").paginate())
    assert [len(one["PortfolioDetails"]) for one in pages] == [20, 3]
    assert [one["DisplayName"] for page in pages for one in page["PortfolioDetails"]] == [
        f"p{number:02d}" for number in range(23)
    ]
    pages = list(catalog.client.get_paginator("list_tag_options").paginate(PaginationConfig={"PageSize": 10}))
    assert [len(one["TagOptionDetails"]) for one in pages] == [10, 10, 3]
    assert refused(catalog.client.list_portfolios, PageToken="x")[0] == "InvalidParametersException"


def test_searches(catalog):
    url = catalog.put()
    for name, owner in (("Beta", "us"), ("alpha", "us"), ("gamma", "them")):
        catalog.client.create_product(**product_of({"LoadTemplateFromURL": url}, Name=name, Owner=owner,
                                                   IdempotencyToken=name))  # fmt: skip

    def found(**asked):
        listed = catalog.client.search_products_as_admin(**asked)["ProductViewDetails"]
        return [one["ProductViewSummary"]["Name"] for one in listed]

    assert found(SortBy="Title", SortOrder="ASCENDING") == ["alpha", "Beta", "gamma"]
    assert found(SortBy="CreationDate", SortOrder="DESCENDING") == ["gamma", "alpha", "Beta"]
    assert found(Filters={"Owner": ["them"]}) == ["gamma"]
    assert found(Filters={"FullTextSearch": ["ALP"]}) == ["alpha"]


def test_what_moto_had_is_gone_and_what_is_not_done_is_refused(catalog):
    code, message = refused(catalog.client.get_aws_organizations_access_status)
    assert (code, message) == (
        "NotImplemented",
        "launchrole does not serve servicecatalog:GetAWSOrganizationsAccessStatus",
    )
    node = {"Type": "ORGANIZATION", "Value": "o-1234567890"}
    asked = {"PortfolioId": catalog.portfolio(), "OrganizationNode": node}
    assert refused(catalog.client.create_portfolio_share, **asked)[0] == "NotImplemented"


def test_a_tag_option_cannot_be_aws_own(catalog):
    asked = {"Key": "aws:servicecatalog:productArn", "Value": "another"}
    assert refused(catalog.client.create_tag_option, **asked)[0] == "InvalidParametersException"
    assert catalog.client.list_tag_options()["TagOptionDetails"] == []
