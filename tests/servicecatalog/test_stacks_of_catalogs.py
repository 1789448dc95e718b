"""CloudFormation's types of Service Catalog: made, updated in place, deleted to nothing."""

import json

import pytest
from catalogs import TEMPLATE, refused

CATALOG = {
    "Parameters": {
        "Url": {"Type": "String"},
        "Url2": {"Type": "String"},
        "Owner": {"Type": "String", "Default": "us"},
        "Replace": {"Type": "String", "Default": "false"},
        "Changed": {"Type": "String", "Default": "no"},
    },
    "Conditions": {"IsChanged": {"Fn::Equals": [{"Ref": "Changed"}, "yes"]}},
    "Resources": {
        "LaunchRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "servicecatalog.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            },
        },
        "Alerts": {"Type": "AWS::SNS::Topic"},
        "Portfolio": {
            "Type": "AWS::ServiceCatalog::Portfolio",
            "Properties": {"DisplayName": {"Ref": "Owner"}, "ProviderName": "us", "Tags": [{"Key": "a", "Value": "b"}]},
        },
        "Product": {
            "Type": "AWS::ServiceCatalog::CloudFormationProduct",
            "Properties": {
                "Name": "product",
                "Owner": {"Ref": "Owner"},
                "ReplaceProvisioningArtifacts": {"Ref": "Replace"},
                "ProvisioningArtifactParameters": [
                    {"Name": "v1", "Info": {"LoadTemplateFromURL": {"Ref": "Url"}}},
                    {
                        "Fn::If": [
                            "IsChanged",
                            {"Name": "v3", "Info": {"LoadTemplateFromURL": {"Ref": "Url2"}}},
                            {"Name": "v2", "Info": {"LoadTemplateFromURL": {"Ref": "Url2"}}},
                        ]
                    },
                ],
            },
        },
        "Association": {
            "Type": "AWS::ServiceCatalog::PortfolioProductAssociation",
            "Properties": {"PortfolioId": {"Ref": "Portfolio"}, "ProductId": {"Ref": "Product"}},
        },
        "Principal": {
            "Type": "AWS::ServiceCatalog::PortfolioPrincipalAssociation",
            "Properties": {
                "PortfolioId": {"Ref": "Portfolio"},
                "PrincipalARN": {"Fn::GetAtt": ["LaunchRole", "Arn"]},
                "PrincipalType": "IAM",
            },
        },
        "TagOption": {"Type": "AWS::ServiceCatalog::TagOption", "Properties": {"Key": "team", "Value": "red"}},
        "TagOptionAssociation": {
            "Type": "AWS::ServiceCatalog::TagOptionAssociation",
            "Properties": {"TagOptionId": {"Ref": "TagOption"}, "ResourceId": {"Ref": "Product"}},
        },
        "Share": {
            "Type": "AWS::ServiceCatalog::PortfolioShare",
            "Properties": {"PortfolioId": {"Ref": "Portfolio"}, "AccountId": "210987654321", "ShareTagOptions": True},
        },
        "Action": {
            "Type": "AWS::ServiceCatalog::ServiceAction",
            "Properties": {
                "Name": "restart",
                "DefinitionType": "SSM_AUTOMATION",
                "Definition": [{"Key": "Name", "Value": "AWS-RestartEC2Instance"}, {"Key": "Version", "Value": "1"}],
            },
        },
        **{
            name: {
                "Type": f"AWS::ServiceCatalog::{name}",
                "DependsOn": "Association",
                "Properties": {"PortfolioId": {"Ref": "Portfolio"}, "ProductId": {"Ref": "Product"}, **further},
            }
            for name, further in {
                "LaunchRoleConstraint": {"RoleArn": {"Fn::GetAtt": ["LaunchRole", "Arn"]}, "Description": "who"},
                "LaunchNotificationConstraint": {"NotificationArns": [{"Ref": "Alerts"}]},
                "LaunchTemplateConstraint": {
                    "Rules": json.dumps({"Rule": {"Assertions": [{"Assert": {"Fn::Equals": ["a", "a"]}}]}})
                },
                "ResourceUpdateConstraint": {"TagUpdateOnProvisionedProduct": "ALLOWED"},
            }.items()
        },
    },
    "Outputs": {
        "Product": {"Value": {"Ref": "Product"}},
        "Portfolio": {"Value": {"Ref": "Portfolio"}},
        "Artifacts": {"Value": {"Fn::GetAtt": ["Product", "ProvisioningArtifactIds"]}},
        "Names": {"Value": {"Fn::GetAtt": ["Product", "ProvisioningArtifactNames"]}},
    },
}


class Stack:
    def __init__(self, catalog):
        self.catalog = catalog
        self.client = catalog.aws("cloudformation")
        self.urls = {"Url": catalog.put(), "Url2": catalog.put(TEMPLATE, "other.json")}

    def parameters(self, **further):
        values = {**self.urls, **further}
        return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]

    def create(self, template):
        made = self.client.create_stack(
            StackName="stack",
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_IAM"],
            Parameters=self.parameters() if "Parameters" in template else [],
        )
        self.id = made["StackId"]
        return self.settled()

    def update(self, **further):
        self.client.update_stack(
            StackName="stack",
            UsePreviousTemplate=True,
            Capabilities=["CAPABILITY_IAM"],
            Parameters=self.parameters(**further),
            Tags=[{"Key": "stage", "Value": "prod"}],
        )
        return self.settled()

    def settled(self):
        """The stack's status, and what failed in it."""
        assert self.catalog.sandbox.settle(60)
        found = self.client.describe_stacks(StackName=self.id)["Stacks"][0]
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", ())}
        return found["StackStatus"], self.failures()

    def failures(self):
        events = self.client.describe_stack_events(StackName=self.id)["StackEvents"]
        return [one["ResourceStatusReason"] for one in events if one["ResourceStatus"].endswith("_FAILED")]


@pytest.fixture
def stack(catalog):
    return Stack(catalog)


def test_a_catalog_is_made_changed_and_deleted(catalog, stack):
    assert stack.create(CATALOG) == ("CREATE_COMPLETE", [])
    portfolio, product = stack.outputs["Portfolio"], stack.outputs["Product"]
    first, second = stack.outputs["Artifacts"].split(",")
    assert stack.outputs["Names"] == "v1,v2"
    constraints = catalog.client.list_constraints_for_portfolio(PortfolioId=portfolio)["ConstraintDetails"]
    assert {one["Type"] for one in constraints} == {"LAUNCH", "NOTIFICATION", "TEMPLATE", "RESOURCE_UPDATE"}
    assert catalog.client.list_portfolio_access(PortfolioId=portfolio)["AccountIds"] == ["210987654321"]

    assert stack.update(Owner="them", Changed="yes") == ("UPDATE_COMPLETE", [])
    described = catalog.client.describe_portfolio(Id=portfolio)
    assert described["PortfolioDetail"]["DisplayName"] == "them"
    tags = {one["Key"]: one["Value"] for one in described["Tags"]}
    assert tags == {"a": "b", "stage": "prod"}
    assert stack.outputs["Product"] == product
    kept, third = stack.outputs["Artifacts"].split(",")
    assert kept == first
    assert third != second
    assert stack.outputs["Names"] == "v1,v3"

    assert stack.update(Owner="them", Changed="yes", Replace="true") == ("UPDATE_COMPLETE", [])
    assert not {first, third} & set(stack.outputs["Artifacts"].split(","))

    stack.client.delete_stack(StackName="stack")
    assert catalog.sandbox.settle(60)
    assert stack.failures() == []
    assert stack.client.describe_stacks()["Stacks"] == []
    assert catalog.client.list_portfolios()["PortfolioDetails"] == []
    assert catalog.client.search_products_as_admin()["ProductViewDetails"] == []
    assert catalog.client.list_tag_options()["TagOptionDetails"] == []
    assert catalog.client.list_service_actions()["ServiceActionSummaries"] == []


def test_a_constraint_before_the_association_fails(catalog, stack):
    """aws/aws-cdk, issue 20810."""
    portfolio, (product, _) = catalog.portfolio(), catalog.product()
    constraint = {
        "Type": "AWS::ServiceCatalog::ResourceUpdateConstraint",
        "Properties": {"PortfolioId": portfolio, "ProductId": product, "TagUpdateOnProvisionedProduct": "ALLOWED"},
    }
    status, why = stack.create({"Resources": {"Constraint": constraint}})
    assert status == "ROLLBACK_COMPLETE"
    assert any("HandlerErrorCode: NotFound" in one and "is not associated with portfolio" in one for one in why)


def test_rules_that_are_no_json_are_refused(catalog, stack):
    portfolio, (product, _) = catalog.portfolio(), catalog.product()
    catalog.client.associate_product_with_portfolio(PortfolioId=portfolio, ProductId=product)
    constraint = {
        "Type": "AWS::ServiceCatalog::LaunchTemplateConstraint",
        "Properties": {"PortfolioId": portfolio, "ProductId": product, "Rules": "no json"},
    }
    status, why = stack.create({"Resources": {"Constraint": constraint}})
    assert status == "ROLLBACK_COMPLETE"
    assert any("A template constraint takes Rules" in one for one in why)


def test_an_offer_is_accepted_by_a_stack(catalog):
    other = "210987654321"
    portfolio = catalog.portfolio()
    catalog.client.create_portfolio_share(PortfolioId=portfolio, AccountId=other)
    theirs = catalog.aws("cloudformation", catalog.sandbox.root(other))
    accepted = {"Type": "AWS::ServiceCatalog::AcceptedPortfolioShare", "Properties": {"PortfolioId": portfolio}}
    theirs.create_stack(StackName="stack", TemplateBody=json.dumps({"Resources": {"Accepted": accepted}}))
    assert catalog.sandbox.settle(60)
    client = catalog.aws("servicecatalog", catalog.sandbox.root(other))
    assert [one["Id"] for one in client.list_accepted_portfolio_shares()["PortfolioDetails"]] == [portfolio]
    theirs.delete_stack(StackName="stack")
    assert catalog.sandbox.settle(60)
    assert client.list_accepted_portfolio_shares()["PortfolioDetails"] == []
    assert refused(client.describe_portfolio, Id=portfolio)[0] == "ResourceNotFoundException"
