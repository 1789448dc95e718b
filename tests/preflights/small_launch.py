"""A small product under a launch role of one's own: two buckets and a function that is passed a role."""

import json

from launchrole.preflights.subject import Policy, Role, Wanted, World

ACCOUNT = "123456789012"
TEMPLATE = """
Parameters: {Suffix: {Type: String, Default: one}}
Resources:
  Generated: {Type: AWS::S3::Bucket}
  Named: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub 'models-${Suffix}', VersioningConfiguration: {Status: Enabled}}}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: arn:aws:iam::123456789012:role/Use
      Runtime: python3.12
      Handler: index.handler
      Code: {ZipFile: 'def handler(event, context): pass'}
"""  # noqa: E501
STACKS = {"Effect": "Allow", "Action": ["cloudformation:*", "s3:GetObject"], "Resource": "*"}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def trust(service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def policy(name, *statements):
    return Policy(name, json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


USE = Role(f"arn:aws:iam::{ACCOUNT}:role/Use", trust("lambda.amazonaws.com"))


def wanted(*policies, **more):
    scps = more.pop("scps", ())
    role = Role(f"arn:aws:iam::{ACCOUNT}:role/Launch", trust("servicecatalog.amazonaws.com"), policies=policies, **more)
    return Wanted(TEMPLATE, {"Suffix": "one"}, role, World({USE.arn: USE}, scps=scps))
