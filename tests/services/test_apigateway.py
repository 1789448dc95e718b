"""API Gateway's patches and tags through boto3 in process."""

import json

import pytest

from in_process import brought_back, clients, refused


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


def add(path, value=None):
    return {"op": "add", "path": path} | ({} if value is None else {"value": value})


def remove(path, value=None):
    return {"op": "remove", "path": path} | ({} if value is None else {"value": value})


@pytest.fixture
def client():
    with clients() as aws:
        yield aws("apigateway")


@pytest.fixture
def api(client):
    return client.create_rest_api(name="x", tags={"a": "b"})["id"]


@pytest.fixture
def method(client, api):
    """What names a method with an integration and a response of each."""
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    resource = client.create_resource(restApiId=api, parentId=root, pathPart="p")["id"]
    named = {"restApiId": api, "resourceId": resource, "httpMethod": "GET"}
    client.put_method(**named, authorizationType="NONE")
    client.put_method_response(**named, statusCode="200")
    client.put_integration(**named, type="MOCK", requestTemplates={"application/json": "{}"})
    client.put_integration_response(**named, statusCode="200")
    return named


def test_rest_apis(client, api):
    found = client.update_rest_api(
        restApiId=api,
        patchOperations=[
            replace("/name", "y"),
            replace("/disableExecuteApiEndpoint", "false"),
            replace("/minimumCompressionSize", "10"),
            add("/binaryMediaTypes/image~1png"),
            add("/binaryMediaTypes/image~1gif"),
            remove("/binaryMediaTypes/image~1gif"),
            replace("/endpointConfiguration/types/0", "PRIVATE"),
            add("/endpointConfiguration/vpcEndpointIds", "vpce-1"),
            add("/endpointConfiguration/vpcEndpointIds", "vpce-2"),
            remove("/endpointConfiguration/vpcEndpointIds", "vpce-1"),
            replace("/endpointConfiguration/ipAddressType", "dualstack"),
        ],
    )
    assert (found["name"], found["disableExecuteApiEndpoint"], found["minimumCompressionSize"]) == ("y", False, 10)
    assert found["binaryMediaTypes"] == ["image/png"]
    assert found["endpointConfiguration"] == {
        "types": ["PRIVATE"],
        "vpcEndpointIds": ["vpce-2"],
        "ipAddressType": "dualstack",
    }
    for wrong in (
        replace("/nonsense", "x"),
        replace("/minimumCompressionSize", "many"),
        replace("/disableExecuteApiEndpoint", "perhaps"),
        replace("/endpointConfiguration/nonsense", "x"),
        remove("/name"),
        add("/binaryMediaTypes"),
        {"op": "copy", "path": "/name", "from": "/description"},
    ):
        several = [replace("/name", "z"), wrong]
        assert refused(client.update_rest_api, restApiId=api, patchOperations=several) == "BadRequestException"
    assert client.get_rest_api(restApiId=api)["name"] == "y"
    assert refused(client.update_rest_api, restApiId="none", patchOperations=[]) == "NotFoundException"


def test_resources(client, api, method):
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    other = client.create_resource(restApiId=api, parentId=root, pathPart="other")["id"]
    named = {"restApiId": api, "resourceId": method["resourceId"]}
    moved = client.update_resource(**named, patchOperations=[replace("/pathPart", "q"), replace("/parentId", other)])
    assert moved["path"] == "/other/q"
    up = [replace("/parentId", method["resourceId"])]
    assert refused(client.update_resource, restApiId=api, resourceId=other, patchOperations=up) == "BadRequestException"
    taken = [replace("/pathPart", "other"), replace("/parentId", root)]
    assert refused(client.update_resource, **named, patchOperations=taken) == "ConflictException"
    assert refused(client.update_resource, restApiId=api, resourceId=root, patchOperations=[]) == "BadRequestException"


def test_methods_and_their_responses(client, method):
    found = client.update_method(
        **method,
        patchOperations=[
            replace("/apiKeyRequired", "true"),
            replace("/authorizationType", "AWS_IAM"),
            add("/requestParameters/method.request.querystring.a", "true"),
            add("/requestModels/application~1json", "Empty"),
            add("/authorizationScopes", "read"),
        ],
    )
    assert (found["apiKeyRequired"], found["authorizationType"]) == (True, "AWS_IAM")
    assert found["requestParameters"] == {"method.request.querystring.a": True}
    assert found["requestModels"] == {"application/json": "Empty"}
    assert found["authorizationScopes"] == ["read"]
    kept = client.get_method(**method)
    assert kept["apiKeyRequired"] is True
    client.update_method(**method, patchOperations=[remove("/requestModels/application~1json")])
    assert not client.get_method(**method).get("requestModels")
    assert refused(client.update_method, **method, patchOperations=[replace("/authorizerId", "none")]) == (
        "BadRequestException"
    )
    assert refused(client.update_method, **method | {"httpMethod": "PUT"}) == "NotFoundException"
    parameter = add("/responseParameters/method.response.header.a", "false")
    found = client.update_method_response(**method, statusCode="200", patchOperations=[parameter])
    assert found["responseParameters"] == {"method.response.header.a": False}
    assert refused(client.update_method_response, **method, statusCode="404") == "NotFoundException"


def test_integrations_and_their_responses(client, method):
    found = client.update_integration(
        **method,
        patchOperations=[
            replace("/passthroughBehavior", "NEVER"),
            replace("/timeoutInMillis", "1000"),
            replace("/requestTemplates/application~1json", "x"),
            add("/cacheKeyParameters/method.request.path.a"),
            replace("/tlsConfig/insecureSkipVerification", "true"),
        ],
    )
    assert (found["passthroughBehavior"], found["timeoutInMillis"]) == ("NEVER", 1000)
    assert found["requestTemplates"] == {"application/json": "x"}
    assert found["cacheKeyParameters"] == ["method.request.path.a"]
    assert found["tlsConfig"] == {"insecureSkipVerification": True}
    pattern = [replace("/selectionPattern", "4.."), add("/responseTemplates/text~1plain", "t")]
    found = client.update_integration_response(**method, statusCode="200", patchOperations=pattern)
    assert (found["selectionPattern"], found["responseTemplates"]) == ("4..", {"text/plain": "t"})
    assert refused(client.update_integration_response, **method, statusCode="404") == "NotFoundException"
    client.delete_integration(**method)
    assert refused(client.update_integration, **method) == "NotFoundException"


def test_what_belongs_to_an_api(client, api, method):
    deployment = client.create_deployment(restApiId=api, description="x")["id"]
    named = {"restApiId": api, "deploymentId": deployment}
    assert client.update_deployment(**named, patchOperations=[replace("/description", "y")])["description"] == "y"
    client.create_model(restApiId=api, name="M", contentType="application/json", schema="{}")
    changed = client.update_model(restApiId=api, modelName="M", patchOperations=[replace("/schema", '{"a": 1}')])
    assert changed["schema"] == '{"a": 1}'
    client.put_gateway_response(restApiId=api, responseType="DEFAULT_4XX")
    ways = [replace("/statusCode", "404"), add("/responseParameters/gatewayresponse.header.a", "'b'")]
    changed = client.update_gateway_response(restApiId=api, responseType="DEFAULT_4XX", patchOperations=ways)
    assert (changed["statusCode"], changed["responseParameters"]) == ("404", {"gatewayresponse.header.a": "'b'"})
    assert refused(client.update_gateway_response, restApiId=api, responseType="THROTTLED") == "NotFoundException"
    pool = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_"
    authorizer = client.create_authorizer(
        restApiId=api, name="a", type="COGNITO_USER_POOLS", providerARNs=[pool + "a"], identitySource="x"
    )["id"]
    pools = [add("/providerARNs", pool + "b"), remove("/providerARNs", pool + "a"), replace("/name", "n")]
    changed = client.update_authorizer(restApiId=api, authorizerId=authorizer, patchOperations=pools)
    assert (changed["name"], changed["providerARNs"]) == ("n", [pool + "b"])
    client.update_method(**method, patchOperations=[replace("/authorizerId", authorizer)])


def test_domain_names_and_vpc_links(client):
    client.create_domain_name(domainName="x.example.com", endpointConfiguration={"types": ["EDGE"]})
    changed = client.update_domain_name(
        domainName="x.example.com",
        patchOperations=[replace("/securityPolicy", "TLS_1_2"), replace("/endpointConfiguration/types/0", "REGIONAL")],
    )
    assert (changed["securityPolicy"], changed["endpointConfiguration"]["types"]) == ("TLS_1_2", ["REGIONAL"])
    mutual = [replace("/mutualTlsAuthentication/truststoreUri", "s3://b/t")]
    assert refused(client.update_domain_name, domainName="x.example.com", patchOperations=mutual) == "NotImplemented"
    assert refused(client.update_domain_name, domainName="none") == "NotFoundException"
    balancer = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/x/1"
    link = client.create_vpc_link(name="v", targetArns=[balancer])["id"]
    assert client.update_vpc_link(vpcLinkId=link, patchOperations=[replace("/name", "w")])["name"] == "w"


def test_usage_plans(client, api):
    stage = {"apiId": api, "stage": "s"}
    plan = client.create_usage_plan(name="u", apiStages=[stage], throttle={"rateLimit": 1.0, "burstLimit": 2})["id"]

    def update(*patches):
        return client.update_usage_plan(usagePlanId=plan, patchOperations=list(patches))

    changed = update(
        replace("/throttle/rateLimit", "2.5"),
        replace("/quota/limit", "7"),
        replace("/quota/period", "DAY"),
        add("/apiStages", f"{api}:t"),
        remove("/apiStages", f"{api}:s"),
        replace("/name", "n"),
    )
    assert changed["throttle"] == {"rateLimit": 2.5, "burstLimit": 2}
    assert (changed["quota"], changed["apiStages"]) == ({"limit": 7, "period": "DAY"}, [{"apiId": api, "stage": "t"}])
    assert not update(remove("/throttle")).get("throttle")
    for wrong, code in (
        (replace("/quota/limit", "x"), "BadRequestException"),
        (add("/apiStages", "x"), "BadRequestException"),
        (replace(f"/apiStages/{api}:t/throttle/~1p/GET/rateLimit", "1"), "NotImplemented"),
    ):
        assert refused(client.update_usage_plan, usagePlanId=plan, patchOperations=[wrong]) == code


@pytest.mark.usefixtures("method")
def test_tags(client, api):
    deployment = client.create_deployment(restApiId=api)["id"]
    client.create_stage(restApiId=api, stageName="s", deploymentId=deployment)
    client.create_domain_name(domainName="x.example.com")
    key = client.create_api_key(name="k")["id"]
    plan = client.create_usage_plan(name="u")["id"]
    resources = (f"restapis/{api}", f"restapis/{api}/stages/s", "domainnames/x.example.com")
    for resource in (*resources, f"apikeys/{key}", f"usageplans/{plan}"):
        arn = f"arn:aws:apigateway:us-east-1::/{resource}"
        client.tag_resource(resourceArn=arn, tags={"a": "b", "c": "d"})
        client.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert client.get_tags(resourceArn=arn)["tags"] == {"c": "d"}
    assert client.get_rest_api(restApiId=api)["tags"] == {"c": "d"}
    for resource in ("restapis/none", f"restapis/{api}/stages/none", f"restapis/{api}/models/M", "nonsense"):
        assert refused(client.get_tags, resourceArn=f"arn:aws:apigateway:us-east-1::/{resource}") == (
            "NotFoundException"
        )


def test_patches_come_back(tmp_path):
    with clients(tmp_path / "state") as aws:
        client = aws("apigateway")
        api = client.create_rest_api(name="x")["id"]
        client.update_rest_api(restApiId=api, patchOperations=[replace("/name", "y")])
        client.tag_resource(resourceArn=f"arn:aws:apigateway:us-east-1::/restapis/{api}", tags={"a": "b"})
    found = brought_back(tmp_path / "state", lambda aws: aws("apigateway").get_rest_api(restApiId=api))
    assert (found["name"], found["tags"]) == ("y", {"a": "b"})


def swagger(**paths):
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:lambda:path/x"}
    methods = {
        f"/{path}": {name: {"responses": {"200": {}}, "x-amazon-apigateway-integration": integration} for name in names}
        for path, names in paths.items()
    }
    return json.dumps({"swagger": "2.0", "info": {"title": "x"}, "paths": methods, "definitions": {"A": {}}})


def described(client, api):
    return {one["path"]: sorted(one.get("resourceMethods", {})) for one in client.get_resources(restApiId=api)["items"]}


def test_a_swagger_document_makes_methods_and_integrations(client, api):
    made = client.put_rest_api(restApiId=api, body=swagger(a=["get", "post"], b=["x-amazon-apigateway-any-method"]))
    assert made["warnings"] == ["launchrole made nothing of definitions"]
    assert described(client, api) == {"/": [], "/a": ["GET", "POST"], "/b": ["ANY"]}
    resource = next(one["id"] for one in client.get_resources(restApiId=api)["items"] if one["path"] == "/a")
    integration = client.get_integration(restApiId=api, resourceId=resource, httpMethod="GET")
    assert integration["type"] == "AWS_PROXY"


@pytest.mark.parametrize(
    ("mode", "left"),
    [
        ("merge", {"/": [], "/a": ["GET", "PUT"], "/b": ["GET"], "/c": ["GET"]}),
        ("overwrite", {"/": [], "/a": ["PUT"], "/c": ["GET"]}),
    ],
)
def test_a_document_goes_beside_what_is_there_or_in_its_place(client, api, mode, left):
    client.put_rest_api(restApiId=api, body=swagger(a=["get"], b=["get"]))
    client.put_rest_api(restApiId=api, mode=mode, body=swagger(a=["put"], c=["get"]))
    assert described(client, api) == left


def test_what_is_no_document(client, api):
    assert refused(client.put_rest_api, restApiId=api, body="[]") == "BadRequestException"
    assert refused(client.put_rest_api, restApiId="none", body=swagger()) == "NotFoundException"
