"""The `aws` command and boto3 against an endpoint: a catalog is made, a product launched, followed and terminated."""

import functools
import json
import time

from catalogs import TEMPLATE

from commands import Aws
from endpoint import ACCOUNT, allow, trust


def test_a_product_from_the_command_line(endpoint, tmp_path):
    sandbox = endpoint.sandbox
    root = sandbox.root()
    s3, iam = endpoint.client("s3", root), endpoint.client("iam", root)
    s3.create_bucket(Bucket="sagemaker-templates")
    s3.put_object(Bucket="sagemaker-templates", Key="topic.json", Body=json.dumps(TEMPLATE).encode())
    enough = allow(["cloudformation:*", "s3:GetObject", "sns:*"])
    for name, service, document in (
        ("launch", "servicecatalog", enough),
        ("user", "ec2", allow("servicecatalog:*")),
    ):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
    admin = functools.partial(Aws(endpoint.url, root, tmp_path), "servicecatalog")
    url = f"{endpoint.url.replace('127.0.0.1', 'localhost')}/sagemaker-templates/topic.json"
    portfolio = admin("create-portfolio", "--display-name", "p", "--provider-name", "us")["PortfolioDetail"]["Id"]
    version = json.dumps({"Name": "v1", "Info": {"LoadTemplateFromURL": url}, "Type": "CLOUD_FORMATION_TEMPLATE"})
    made = admin("create-product", "--name", "topic", "--owner", "us", "--product-type", "CLOUD_FORMATION_TEMPLATE",
                 "--provisioning-artifact-parameters", version)  # fmt: skip
    product = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
    both = ("--portfolio-id", portfolio, "--product-id", product)
    admin("associate-product-with-portfolio", *both)
    role = json.dumps({"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/launch"})
    admin("create-constraint", *both, "--type", "LAUNCH", "--parameters", role)
    admin("associate-principal-with-portfolio", "--portfolio-id", portfolio, "--principal-type", "IAM",
          "--principal-arn", f"arn:aws:iam::{ACCOUNT}:role/user")  # fmt: skip

    keys = sandbox.assume(f"arn:aws:iam::{ACCOUNT}:role/user", "ec2.amazonaws.com", "somebody")
    user = functools.partial(Aws(endpoint.url, keys, tmp_path), "servicecatalog")
    assert [one["Name"] for one in user("search-products")["ProductViewSummaries"]] == ["topic"]
    named = ("--product-id", product, "--provisioning-artifact-name", "v1")
    assert user("describe-provisioning-parameters", *named)["ProvisioningArtifactOutputKeys"][0]["Key"] == "TopicArn"
    record = user("provision-product", *named, "--provisioned-product-name", "mine",
                  "--provisioning-parameters", "Key=Name,Value=two")["RecordDetail"]["RecordId"]  # fmt: skip

    client = endpoint.client("servicecatalog", keys)
    until = time.monotonic() + 60
    while (found := client.describe_record(Id=record))["RecordDetail"]["Status"] not in ("SUCCEEDED", "FAILED"):
        assert time.monotonic() < until
        time.sleep(0.2)
    assert found["RecordDetail"]["Status"] == "SUCCEEDED"
    assert [one["OutputKey"] for one in found["RecordOutputs"]] == ["CloudformationStackARN", "TopicArn"]
    scanned = client.get_paginator("scan_provisioned_products").paginate(PaginationConfig={"PageSize": 1})
    assert [one["Name"] for page in scanned for one in page["ProvisionedProducts"]] == ["mine"]
    history = client.get_paginator("list_record_history").paginate()
    assert [one["RecordId"] for page in history for one in page["RecordDetails"]] == [record]
    user("terminate-provisioned-product", "--provisioned-product-name", "mine")
    assert sandbox.settle(60)
    assert endpoint.client("sns", root).list_topics()["Topics"] == []
