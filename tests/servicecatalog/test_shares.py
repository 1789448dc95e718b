"""Portfolios shared between accounts: offered, accepted, launched from, withdrawn."""

import json

import pytest
from catalogs import Catalog, refused
from test_launches import ENOUGH, Shop

from endpoint import allow, trust

OTHER = "210987654321"


class Recipient:
    """The account that a portfolio is shared with."""

    def __init__(self, catalog: Catalog):
        self.catalog = catalog
        self.root = catalog.sandbox.root(OTHER)
        self.client = self.aws("servicecatalog")

    def aws(self, service, keys=None):
        return self.catalog.sandbox.client(service, keys or self.root)

    def role(self, name, document, service="ec2"):
        iam = self.aws("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
        return arn

    def user(self, *portfolios):
        """Somebody whose role is associated with portfolios; the role's ARN and a client."""
        arn = self.role("user", allow("servicecatalog:*"))
        for one in portfolios:
            self.client.associate_principal_with_portfolio(PortfolioId=one, PrincipalARN=arn, PrincipalType="IAM")
        return self.aws("servicecatalog", self.catalog.sandbox.assume(arn, "ec2.amazonaws.com", "them"))

    def accepted(self):
        return [one["Id"] for one in self.client.list_accepted_portfolio_shares()["PortfolioDetails"]]


@pytest.fixture
def other(catalog):
    return Recipient(catalog)


def test_a_share_is_offered_accepted_and_withdrawn(catalog, other):
    portfolio = catalog.portfolio()
    share = {"PortfolioId": portfolio, "AccountId": OTHER}
    assert refused(other.client.accept_portfolio_share, PortfolioId=portfolio)[0] == "ResourceNotFoundException"
    catalog.client.create_portfolio_share(**share)
    catalog.client.create_portfolio_share(**share)  # has no effect, and is no error
    assert refused(other.client.describe_portfolio, Id=portfolio)[0] == "ResourceNotFoundException"

    def told():
        shares = catalog.client.describe_portfolio_shares(PortfolioId=portfolio, Type="ACCOUNT")
        return [(one["PrincipalId"], one["Accepted"]) for one in shares["PortfolioShareDetails"]]

    assert told() == [(OTHER, False)]
    other.client.accept_portfolio_share(PortfolioId=portfolio)
    assert (told(), other.accepted()) == ([(OTHER, True)], [portfolio])
    assert other.client.describe_portfolio(Id=portfolio)["PortfolioDetail"]["DisplayName"] == "portfolio"
    assert other.client.list_portfolios()["PortfolioDetails"] == []
    assert refused(other.client.update_portfolio, Id=portfolio, DisplayName="x")[0] == "ResourceNotFoundException"
    other.client.reject_portfolio_share(PortfolioId=portfolio)
    assert (told(), other.accepted()) == ([(OTHER, False)], [])
    other.client.accept_portfolio_share(PortfolioId=portfolio)
    assert catalog.client.list_portfolio_access(PortfolioId=portfolio)["AccountIds"] == [OTHER]
    catalog.client.delete_portfolio_share(**share)
    assert other.accepted() == []
    assert refused(catalog.client.delete_portfolio_share, **share)[0] == "ResourceNotFoundException"


def test_what_is_shared_is_launched_by_the_recipient_s_local_role(catalog, other):
    shop = Shop(catalog, role=False)
    catalog.role("local", ENOUGH)
    catalog.constrain(shop.portfolio, shop.product, "LAUNCH", LocalRoleName="local")
    catalog.client.create_portfolio_share(PortfolioId=shop.portfolio, AccountId=OTHER)
    other.client.accept_portfolio_share(PortfolioId=shop.portfolio)
    user = other.user(shop.portfolio)
    assert [one["ProductId"] for one in user.search_products()["ProductViewSummaries"]] == [shop.product]
    role = f"arn:aws:iam::{OTHER}:role/local"
    code, message = refused(user.provision_product, **shop.asked())
    assert (code, message.startswith(f"Access denied while assuming the role {role}.")) == ("ValidationException", True)
    other.role("local", ENOUGH, "servicecatalog")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": OTHER},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::sagemaker-templates/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    catalog.aws("s3").put_bucket_policy(Bucket="sagemaker-templates", Policy=policy)
    record = user.provision_product(**shop.asked())["RecordDetail"]["RecordId"]
    assert catalog.sandbox.settle(60)
    detail = user.describe_record(Id=record)["RecordDetail"]
    assert (detail["Status"], detail["RecordErrors"]) == ("SUCCEEDED", [])
    (stack,) = other.aws("cloudformation").describe_stacks()["Stacks"]
    assert stack["StackName"].startswith(f"SC-{OTHER}-pp-")
    assert shop.stacks() == []
    assert refused(catalog.client.describe_record, Id=record)[0] == "ResourceNotFoundException"


def test_a_shared_product_goes_into_a_portfolio_of_one_s_own(catalog, other):
    shop = Shop(catalog)
    catalog.client.create_portfolio_share(PortfolioId=shop.portfolio, AccountId=OTHER)
    own = other.client.create_portfolio(DisplayName="theirs", ProviderName="them", IdempotencyToken="x")
    own_id = own["PortfolioDetail"]["Id"]
    named = {"PortfolioId": own_id, "ProductId": shop.product, "SourcePortfolioId": shop.portfolio}
    assert refused(other.client.associate_product_with_portfolio, **named)[0] == "ResourceNotFoundException"
    other.client.accept_portfolio_share(PortfolioId=shop.portfolio)
    other.client.associate_product_with_portfolio(**named)
    user = other.user(own_id)
    assert [one["Name"] for one in user.list_launch_paths(ProductId=shop.product)["LaunchPathSummaries"]] == ["theirs"]
    shared = {"PortfolioId": own_id, "AccountId": "111122223333"}
    assert refused(other.client.create_portfolio_share, **shared)[0] == "ResourceNotFoundException"


def test_tag_options_are_shared_where_the_share_says_so(catalog, other):
    shop = Shop(catalog)
    option = catalog.client.create_tag_option(Key="team", Value="red")["TagOptionDetail"]["Id"]
    catalog.client.associate_tag_option_with_resource(ResourceId=shop.portfolio, TagOptionId=option)
    share = {"PortfolioId": shop.portfolio, "AccountId": OTHER}
    catalog.client.create_portfolio_share(**share)
    other.client.accept_portfolio_share(PortfolioId=shop.portfolio)
    user = other.user(shop.portfolio)

    def options():
        asked = {"ProductId": shop.product, "ProvisioningArtifactId": shop.artifact}
        return user.describe_provisioning_parameters(**asked)["TagOptions"]

    assert options() == []
    assert catalog.client.update_portfolio_share(**share, ShareTagOptions=True)["Status"] == "COMPLETED"
    assert options() == [{"Key": "team", "Values": ["red"]}]
