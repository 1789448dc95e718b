"""Requests to operations and inputs: every protocol, by what botocore's own serializers write, and by what is wrong."""

import json
from datetime import UTC, datetime

import botocore.serialize
import botocore.session
import pytest

from launchrole.account.errors import ServiceError
from launchrole.account.http import HttpRequest, join_headers
from launchrole.account.wire import answer
from launchrole.account.wire.request import UnknownOperation, read_input, target

SESSION = botocore.session.get_session()


def written(service, operation, params, protocol=None):
    """A request as botocore writes it, without a signature."""
    from urllib.parse import urlencode

    model = SESSION.get_service_model(service)
    protocol = protocol or model.metadata["protocol"]
    serializer = botocore.serialize.create_serializer(protocol)
    made = serializer.serialize_to_request(params, model.operation_model(operation))
    body = made["body"]
    headers = {name.lower(): str(value) for name, value in made["headers"].items()}
    if isinstance(body, dict):
        body = urlencode(body, doseq=True)
        headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8"
    if isinstance(body, str):
        body = body.encode()
    path, _, query = made["url_path"].partition("?")
    query = "&".join(part for part in (query, urlencode(made["query_string"] or {}, doseq=True)) if part)
    headers.setdefault("host", f"{model.endpoint_prefix}.us-east-1.amazonaws.com")
    return HttpRequest(made["method"], path, query, headers, body or b"")


NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RULE = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "a"}, "Expiration": {"Days": 3}}
INPUTS = [
    (
        "sts",
        "AssumeRole",
        {"RoleArn": "arn:aws:iam::123456789012:role/rrrrrrr", "RoleSessionName": "ss", "DurationSeconds": 900},
    ),
    ("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": "{}", "Tags": [{"Key": "a", "Value": "b"}]}),
    ("sns", "CreateTopic", {"Name": "t", "Attributes": {"A": "b", "C": "d"}}),
    ("elb", "DescribeLoadBalancers", {"LoadBalancerNames": ["a", "b"]}),
    (
        "cloudwatch",
        "PutMetricData",
        {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1.5, "Timestamp": NOW}]},
    ),
    ("ec2", "DescribeVpcs", {"VpcIds": ["v1", "v2"], "Filters": [{"Name": "n", "Values": ["x"]}], "DryRun": True}),
    (
        "ec2",
        "RunInstances",
        {"MinCount": 1, "MaxCount": 2, "UserData": "eA==", "BlockDeviceMappings": [{"DeviceName": "d"}]},
    ),
    ("codebuild", "BatchGetProjects", {"names": ["a"]}),
    ("dynamodb", "PutItem", {"TableName": "t", "Item": {"a": {"B": b"x"}, "b": {"L": [{"NULL": True}]}}}),
    (
        "logs",
        "PutLogEvents",
        {"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": 1, "message": "m"}]},
    ),
    (
        "lambda",
        "CreateFunction",
        {"FunctionName": "f", "Role": "arn:aws:iam::1:role/r", "Code": {"ZipFile": b"z"}, "Tags": {"a": "b"}},
    ),
    ("lambda", "Invoke", {"FunctionName": "f", "InvocationType": "Event", "Payload": b"{}", "Qualifier": "1"}),
    ("apigateway", "TagResource", {"resourceArn": "arn:aws:apigateway:us-east-1::/restapis/x", "tags": {"a": "b"}}),
    ("apigateway", "UntagResource", {"resourceArn": "arn:x/y", "tagKeys": ["a", "b"]}),
    (
        "s3",
        "PutBucketTagging",
        {"Bucket": "b", "Tagging": {"TagSet": [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": ""}]}},
    ),
    ("s3", "PutBucketLifecycleConfiguration", {"Bucket": "b", "LifecycleConfiguration": {"Rules": [RULE]}}),
    ("s3", "PutObject", {"Bucket": "b", "Key": "a/b c", "Body": b"x", "Metadata": {"k": "v"}, "Expires": NOW}),
    ("s3", "GetObject", {"Bucket": "b", "Key": "k", "Range": "bytes=0-1", "PartNumber": 2}),
    ("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "p", "MaxKeys": 3}),
    ("s3", "GetObjectAttributes", {"Bucket": "b", "Key": "k", "ObjectAttributes": ["ETag", "Checksum"]}),
    ("s3", "CopyObject", {"Bucket": "b", "Key": "k", "CopySource": "a/b"}),
    (
        "s3",
        "PutBucketAcl",
        {
            "Bucket": "b",
            "AccessControlPolicy": {"Grants": [{"Grantee": {"Type": "Group", "URI": "u"}, "Permission": "READ"}]},
        },
    ),
    ("cloudfront", "GetDistribution", {"Id": "i"}),
    ("route53", "ListHostedZones", {"MaxItems": "3"}),
    ("efs", "CreateFileSystem", {"CreationToken": "t", "Encrypted": True, "ProvisionedThroughputInMibps": 1.5}),
]


@pytest.mark.parametrize(
    ("service", "operation", "params"), INPUTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_botocore_writes_is_read(service, operation, params):
    protocol = "json" if service in ("cloudwatch", "codebuild", "dynamodb", "logs") else None
    request = written(service, operation, params, protocol)
    signing = SESSION.get_service_model(service).signing_name
    found = target(request, signing)
    assert (found.service, found.name) == (service, operation)
    read = read_input(found, request)
    assert {name: read.get(name) for name in params} == params


@pytest.mark.parametrize(
    ("host", "path", "bucket", "key"),
    [
        ("bucket.s3.amazonaws.com", "/a/b", "bucket", "a/b"),
        ("my.bucket.s3.eu-west-1.amazonaws.com", "/k", "my.bucket", "k"),
        ("bucket.localhost:4566", "/k", "bucket", "k"),
        ("bucket.s3.localhost:4566", "/k", "bucket", "k"),
        ("127.0.0.1:4566", "/bucket/k", "bucket", "k"),
        ("s3.us-east-1.amazonaws.com", "/bucket/k%2Fx", "bucket", "k/x"),
    ],
)
def test_buckets_in_hosts_and_in_paths(host, path, bucket, key):
    request = HttpRequest("GET", path, "", {"host": host})
    found = target(request, "s3")
    assert found.name == "GetObject"
    assert read_input(found, request) == {"Bucket": bucket, "Key": key}


@pytest.mark.parametrize(
    ("request_", "service", "operation"),
    [
        (HttpRequest("GET", "/", "Action=ListUsers&Version=2010-05-08", {"host": "x"}), "iam", "ListUsers"),
        (HttpRequest("GET", "/bucket/key", "", {"host": "x"}), "s3", "GetObject"),
        (HttpRequest("PUT", "/bucket/", "", {"host": "x"}), "s3", "CreateBucket"),
        (
            HttpRequest("GET", "/2015-03-31/functions/", "", {"host": "lambda.us-east-1.amazonaws.com"}),
            "lambda",
            "ListFunctions",
        ),
        (HttpRequest("POST", "/", "", {"host": "x", "x-amz-target": "AWSGlue.GetJobs"}), "glue", "GetJobs"),
    ],
)
def test_requests_without_a_signature(request_, service, operation):
    found = target(request_, None)
    assert (found.service, found.name) == (service, operation)


@pytest.mark.parametrize(
    ("request_", "signing", "code", "protocol"),
    [
        (HttpRequest("POST", "/", "", {"x-amz-target": "No.Such"}), None, "UnknownOperationException", "json"),
        (HttpRequest("POST", "/", "", {"x-amz-target": "AWSGlue.NoSuch"}), "glue", "UnknownOperationException", "json"),
        (HttpRequest("POST", "/", "", {"smithy-protocol": "rpc-v2-cbor"}), None, "UnsupportedProtocol", "json"),
        (HttpRequest("GET", "/", "Action=No&Version=2010-05-08", {"host": "x"}), "iam", "InvalidAction", "query"),
        (HttpRequest("GET", "/", "Action=No&Version=2016-11-15", {"host": "x"}), "ec2", "InvalidAction", "ec2"),
        (HttpRequest("PATCH", "/x", "", {"host": "x"}), "s3", "MethodNotAllowed", "rest-xml"),
        (HttpRequest("GET", "/nowhere", "", {"host": "x"}), "lambda", "UnknownOperationException", "rest-json"),
        (HttpRequest("GET", "/", "", {"host": "x"}), "no-such-service", "UnknownOperationException", "json"),
    ],
)
def test_requests_for_nothing(request_, signing, code, protocol):
    with pytest.raises(UnknownOperation) as caught:
        target(request_, signing)
    assert (caught.value.code, caught.value.protocol) == (code, protocol)


def json_request(operation, body, service="CodeBuild_20161006"):
    return HttpRequest("POST", "/", "", {"host": "x", "x-amz-target": f"{service}.{operation}"}, body)


def form(text):
    return HttpRequest("POST", "/", "", {"content-type": "application/x-www-form-urlencoded"}, text.encode())


WRONG = {
    "no JSON": (json_request("ListProjects", b"{"), "codebuild", "SerializationException"),
    "no object": (json_request("ListProjects", b"[]"), "codebuild", "SerializationException"),
    "not a number": (json_request("ListProjects", b'{"a": NaN}'), "codebuild", "SerializationException"),
    "a missing member": (json_request("BatchGetProjects", b"{}"), "codebuild", "ValidationException"),
    "null is missing": (json_request("BatchGetProjects", b'{"names": null}'), "codebuild", "ValidationException"),
    "no list": (json_request("BatchGetProjects", b'{"names": "a"}'), "codebuild", "SerializationException"),
    "no string": (json_request("BatchGetProjects", b'{"names": [1]}'), "codebuild", "SerializationException"),
    "no structure": (
        json_request("CreateProject", b'{"name": "x", "source": 1}'),
        "codebuild",
        "SerializationException",
    ),
    "no boolean": (
        json_request("UpdateProject", b'{"name": "x", "badgeEnabled": 1}'),
        "codebuild",
        "SerializationException",
    ),
    "no whole number": (
        json_request("UpdateProject", b'{"name": "x", "timeoutInMinutes": 1.5}'),
        "codebuild",
        "SerializationException",
    ),
    "too large": (
        json_request("UpdateProject", b'{"name": "x", "timeoutInMinutes": 1e20}'),
        "codebuild",
        "SerializationException",
    ),
    "no map": (
        json_request("CreateRepository", b'{"repositoryName": "x", "tags": []}', "CodeCommit_20150413"),
        "codecommit",
        "SerializationException",
    ),
    "a null character in a key": (
        json_request("CreateRepository", b'{"repositoryName": "x", "tags": {"\\u0000": "b"}}', "CodeCommit_20150413"),
        "codecommit",
        "SerializationException",
    ),
    "no base64": (
        json_request(
            "PutFile",
            b'{"repositoryName": "x", "branchName": "b", "filePath": "f", "fileContent": "%"}',
            "CodeCommit_20150413",
        ),
        "codecommit",
        "SerializationException",
    ),
    "no blob": (
        json_request(
            "PutFile",
            b'{"repositoryName": "x", "branchName": "b", "filePath": "f", "fileContent": 1}',
            "CodeCommit_20150413",
        ),
        "codecommit",
        "SerializationException",
    ),
    "no timestamp": (
        json_request("ListImages", b'{"CreationTimeAfter": "yesterday"}', "SageMaker"),
        "sagemaker",
        "SerializationException",
    ),
    "a timestamp that is true": (
        json_request("ListImages", b'{"CreationTimeAfter": true}', "SageMaker"),
        "sagemaker",
        "SerializationException",
    ),
    "no number": (
        json_request(
            "PutMetricAlarm",
            b'{"AlarmName": "a", "EvaluationPeriods": 1, "ComparisonOperator": "x", "Threshold": "x"}',
            "GraniteServiceVersion20100801",
        ),
        "monitoring",
        "SerializationException",
    ),
    "a form without a member": (form("Action=CreateRole&Version=2010-05-08"), "iam", "ValidationError"),
    "a form with a bad number": (
        form("Action=AssumeRole&Version=2011-06-15&RoleArn=a&RoleSessionName=b&DurationSeconds=x"),
        "sts",
        "MalformedInput",
    ),
    "a form with a deep value": (form("Action=GetRole&Version=2010-05-08&RoleName.x=1"), "iam", "MalformedInput"),
    "a form with a map without keys": (
        form("Action=CreateTopic&Version=2010-03-31&Name=t&Attributes.entry.1.value=x"),
        "sns",
        "MalformedInput",
    ),
    "EC2 without a member": (form("Action=CreateSubnet&Version=2016-11-15"), "ec2", "MissingParameter"),
    "EC2 with a bad boolean": (
        form("Action=DescribeVpcs&Version=2016-11-15&DryRun=perhaps"),
        "ec2",
        "InvalidParameterValue",
    ),
    "XML that is none": (HttpRequest("PUT", "/b", "tagging", {"host": "x"}, b"<a>"), "s3", "MalformedXML"),
    "XML with a type declaration": (
        HttpRequest("PUT", "/b", "tagging", {"host": "x"}, b"<!DOCTYPE x><Tagging/>"),
        "s3",
        "MalformedXML",
    ),
    "XML that is too deep": (
        HttpRequest("PUT", "/b", "tagging", {"host": "x"}, b"<a>" * 100 + b"</a>" * 100),
        "s3",
        "MalformedXML",
    ),
    "XML without a member": (
        HttpRequest(
            "PUT", "/b", "tagging", {"host": "x"}, b"<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>"
        ),
        "s3",
        "InvalidRequest",
    ),
    "no body": (HttpRequest("PUT", "/b", "policy", {"host": "x"}), "s3", "MissingRequestBodyError"),
    "a body that is no text": (HttpRequest("PUT", "/b", "policy", {"host": "x"}, b"\xff"), "s3", "MalformedXML"),
    "a query with a bad number": (
        HttpRequest("GET", "/b", "list-type=2&max-keys=x", {"host": "x"}),
        "s3",
        "MalformedXML",
    ),
    "rest-json that is no object": (
        HttpRequest("POST", "/2015-03-31/functions", "", {"host": "x"}, b"[]"),
        "lambda",
        "SerializationException",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_inputs_that_are_wrong(name):
    request, signing, code = WRONG[name]
    with pytest.raises(ServiceError) as caught:
        read_input(target(request, signing), request)
    assert caught.value.code == code


def test_what_the_model_does_not_know_is_ignored():
    request = json_request("BatchGetProjects", b'{"names": ["a"], "nonsense": {"b": [1]}}')
    assert read_input(target(request, "codebuild"), request) == {"names": ["a"]}
    whole = json_request("UpdateProject", b'{"name": "xx", "timeoutInMinutes": 5.0}')
    assert read_input(target(whole, "codebuild"), whole)["timeoutInMinutes"] == 5


PROBLEM = ServiceError("Code<", "a \x01 message & more", 400, fields={"Detail": "d"})


@pytest.mark.parametrize(
    ("service", "protocol", "method", "inside"),
    [
        (
            "iam",
            "query",
            "POST",
            b"<Error><Type>Sender</Type><Code>Code&lt;</Code><Message>a  message &amp; more</Message>",
        ),
        ("ec2", "ec2", "POST", b"<Response><Errors><Error><Code>Code&lt;</Code>"),
        ("s3", "rest-xml", "GET", b"<Detail>d</Detail>"),
        ("s3", "rest-xml", "HEAD", b""),
        ("route53", "rest-xml", "GET", b"<ErrorResponse>"),
        ("lambda", "rest-json", "GET", b'"message": "a \\u0001 message & more"'),
        ("codebuild", "json", "POST", b'"__type": "Code<"'),
    ],
)
def test_errors_by_protocol(service, protocol, method, inside):
    response = answer.error(PROBLEM, service, protocol, method)
    assert inside in response.body
    assert response.status == 400
    assert b"Receiver" in answer.error(ServiceError("X", "y", 500), "iam", "query").body


def test_results_are_written_by_moto_s_serializers():
    response = answer.result("codebuild", "ListProjects", "json", {"projects": ["a"]})
    assert json.loads(response.body) == {"projects": ["a"]}
    assert answer.result("codecommit", "CreateBranch", "json", None).status == 200


def test_headers_that_come_twice_are_joined():
    assert join_headers([("A", "1"), ("a", "2")]) == {"a": "1,2"}
    assert HttpRequest.of("GET", "https://h/p?q", []).secure
