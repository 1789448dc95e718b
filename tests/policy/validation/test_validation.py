"""The rules: what each finds, where, and what it leaves alone."""

import json

import pytest

from launchrole.facts import actions
from launchrole.policy import PolicyKind, parse
from launchrole.policy.validation import Severity, validate


def document(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def statement(**elements):
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | elements


def when(operator, key, value, **elements):
    return statement(Condition={operator: {key: value}}, **elements)


def found(*statements, kind=None, version="2012-10-17"):
    """The ids of the findings, each with its path."""
    parsed = parse(json.dumps(document(*statements, version=version)))
    return [f"{one.id} {one.place.path}" for one in validate(parsed, actions, kind)]


BUCKET = "arn:aws:s3:::b"
OBJECTS = "arn:aws:s3:::b/*"
EVERYBODY = {"Principal": "*", "Resource": OBJECTS}


def test_a_policy_without_flaws_has_no_findings():
    assert found(statement(Resource=OBJECTS)) == []


NAMES = {
    "an unknown service": (statement(Action="zz:Get"), ["LRP101 Statement[0].Action"]),
    "an unknown action in a list": (statement(Action=["s3:PutObject", "s3:Fetch"]), ["LRP102 Statement[0].Action[1]"]),
    "an unknown action under NotAction": (
        statement(NotAction="s3:Fetch", Effect="Deny", Action=None),
        ["LRP102 Statement[0].NotAction"],
    ),
    "a pattern of nothing": (statement(Action="s3:Fetch?*"), ["LRP103 Statement[0].Action"]),
    "an action that only managed policies know": (statement(Action="s3files:ClientMount"), []),
    "any action of a service that only managed policies know": (statement(Action="s3files:Frobnicate"), []),
    "everything of a service": (statement(Action="s3:*"), []),
    "a key of no service": (
        when("StringEquals", "s3:user", "x"),
        ["LRP104 Statement[0].Condition.StringEquals.s3:user"],
    ),
    "a tag key in another case": (when("StringEquals", "AWS:principaltag/Team", "x"), []),
    "a tag key of the service": (when("StringEquals", "s3:ExistingObjectTag/a", "x"), []),
    "a tag key without its tag": (
        when("StringEquals", "s3:ExistingObjectTag/", "x"),
        ["LRP104 Statement[0].Condition.StringEquals.s3:ExistingObjectTag/"],
    ),
    "a key of an identity provider": (when("StringEquals", "oidc.eks.us-east-1.amazonaws.com/id/A:sub", "x"), []),
    "a key of STS under another service": (when("StringEquals", "saml:aud", "x"), []),
    "a key of other actions": (
        when("StringEquals", "s3:prefix", "x"),
        ["LRP105 Statement[0].Condition.StringEquals.s3:prefix"],
    ),
    "a key of other actions, negated": (when("StringNotEquals", "s3:prefix", "x"), []),
    "a key of other actions, if it exists": (when("StringEqualsIfExists", "s3:prefix", "x"), []),
    "a key that one of the actions has": (
        when("StringEquals", "s3:prefix", "x", Action=["s3:GetObject", "s3:ListBucket"]),
        [],
    ),
    "a key under a wildcard of all services": (
        when("StringEquals", "s3:prefix", "x", Action="*", Effect="Deny"),
        [],
    ),
    "a key with a Null condition": (
        when("Null", "s3:prefix", "false"),
        ["LRP105 Statement[0].Condition.Null.s3:prefix"],
    ),
}

SCOPE = {
    "an action on everything only": (
        statement(Action="sqs:ListQueues", Resource="arn:aws:sqs:*:*:q"),
        ["LRP201 Statement[0].Action"],
    ),
    "an action on everything only, on everything": (statement(Action="sqs:ListQueues"), []),
    "all buckets": (statement(Action="s3:ListAllMyBuckets", Resource="arn:aws:s3:::*"), []),
    "all log groups": (statement(Action="logs:DescribeLogGroups", Resource="arn:aws:logs:*:*:log-group:*"), []),
    "no single log group": (
        statement(Action="logs:DescribeLogGroups", Resource="arn:aws:logs:*:*:log-group:/aws/lambda/*"),
        ["LRP202 Statement[0].Action"],
    ),
    "an object action on a bucket": (statement(Resource=BUCKET), ["LRP202 Statement[0].Action"]),
    "a bucket action on objects": (statement(Action="s3:ListBucket", Resource=OBJECTS), ["LRP202 Statement[0].Action"]),
    "a pattern of actions on a foreign resource": (
        statement(Action="sqs:Send*", Resource="arn:aws:sns:*:*:t"),
        ["LRP202 Statement[0].Action"],
    ),
    "a variable where the resource's name is": (statement(Resource="arn:aws:s3:::b/${aws:username}/*"), []),
    "a short pattern": (statement(Resource="arn:aws:s3:*"), []),
    "a short pattern of another service": (statement(Resource="arn:aws:ec2:*"), ["LRP202 Statement[0].Action"]),
    "a REST API, which the reference has forgotten": (
        statement(Action="apigateway:GET", Resource="arn:aws:apigateway:*::/restapis/*"),
        [],
    ),
    "a resource beside the one that is used": (
        statement(Resource=[OBJECTS, BUCKET]),
        ["LRP203 Statement[0].Resource[1]"],
    ),
    "a resource beside, with an unknown action": (
        statement(Action=["s3:GetObject", "zz:Get"], Resource=[OBJECTS, BUCKET]),
        ["LRP101 Statement[0].Action[1]"],
    ),
    "NotResource is about what is not there": (statement(NotResource=BUCKET, Resource=None, Effect="Deny"), []),
    "a variable for the account": (
        statement(Action="sqs:SendMessage", Resource="arn:aws:sqs:*:${aws:PrincipalAccount}:q"),
        ["LRP204 Statement[0].Resource"],
    ),
    "a pattern of principals": (
        statement(Principal={"AWS": ["123456789012", "arn:aws:iam::123456789012:user/*"]}, Resource=OBJECTS),
        ["LRP205 Statement[0].Principal.AWS[1]"],
    ),
    "a pattern of principals that are left out": (
        statement(NotPrincipal={"AWS": "arn:aws:iam::123456789012:user/*"}, Effect="Deny", Resource=OBJECTS),
        ["LRP205 Statement[0].NotPrincipal.AWS"],
    ),
}

AT = "Statement[0].Condition"
CONDITIONS = {
    "a number of an address": (when("NumericEquals", "aws:SourceIp", "1"), [f"LRP301 {AT}.NumericEquals.aws:SourceIp"]),
    "a text of an ARN": (when("StringLike", "aws:SourceArn", BUCKET), []),
    "a number of a date": (when("NumericLessThan", "aws:EpochTime", "1"), []),
    "a key whose type nobody knows": (when("NumericEquals", "aws:AssumedRoot", "1"), []),
    "Null of any key": (when("Null", "aws:SourceIp", "true"), []),
    "no number": (
        when("NumericLessThan", "aws:MultiFactorAuthAge", "1h"),
        [f"LRP302 {AT}.NumericLessThan.aws:MultiFactorAuthAge"],
    ),
    "no date, in a list": (
        when("DateLessThan", "aws:CurrentTime", ["2026-01-01", "soon"]),
        [f"LRP302 {AT}.DateLessThan.aws:CurrentTime[1]"],
    ),
    "no address, negated": (when("NotIpAddress", "aws:SourceIp", "10.*"), [f"LRP302 {AT}.NotIpAddress.aws:SourceIp"]),
    "neither true nor false": (when("Bool", "aws:SecureTransport", "yes"), [f"LRP302 {AT}.Bool.aws:SecureTransport"]),
    "Null of neither": (when("Null", "aws:SourceIp", "0"), [f"LRP302 {AT}.Null.aws:SourceIp"]),
    "true as JSON has it": (when("Bool", "aws:SecureTransport", True), []),
    "several values without quantifier": (
        when("StringEquals", "aws:CalledVia", "x"),
        [f"LRP303 {AT}.StringEquals.aws:CalledVia"],
    ),
    "several values and Null": (when("Null", "aws:CalledVia", "true"), []),
    "a key about which AWS disagrees with itself": (
        when("StringEquals", "events:detail-type", "x", Action="events:PutRule"),
        [],
    ),
    "all values of one, allowed": (
        when("ForAllValues:StringEquals", "aws:username", "x"),
        [f"LRP304 {AT}.ForAllValues:StringEquals.aws:username"],
    ),
    "all values of one, denied": (
        when("ForAllValues:StringEquals", "aws:username", "x", Effect="Deny"),
        [f"LRP305 {AT}.ForAllValues:StringEquals.aws:username"],
    ),
    "any value of one": (
        when("ForAnyValue:StringEquals", "aws:username", "x"),
        [f"LRP305 {AT}.ForAnyValue:StringEquals.aws:username"],
    ),
    "a variable of an address": (
        when("IpAddress", "aws:SourceIp", "${aws:VpcSourceIp}"),
        [f"LRP306 {AT}.IpAddress.aws:SourceIp"],
    ),
    "a variable of true and false": (when("Bool", "aws:SecureTransport", "${aws:PrincipalTag/tls}"), []),
    "a variable that is misspelled": (
        when("StringEquals", "aws:userid", "${aws:usrid}"),
        [f"LRP307 {AT}.StringEquals.aws:userid"],
    ),
    "a variable of several values": (
        when("StringEquals", "aws:userid", "${aws:TagKeys}"),
        [f"LRP307 {AT}.StringEquals.aws:userid"],
    ),
    "a variable that does not end": (
        statement(Resource="arn:aws:s3:::b/${aws:username"),
        ["LRP307 Statement[0].Resource"],
    ),
    "escapes and a default": (statement(Resource="arn:aws:s3:::b/${*}${aws:PrincipalTag/a, 'b'}"), []),
    "a variable of the statement's service": (statement(Resource="arn:aws:s3:::b/${s3:prefix}"), []),
    "no values": (when("StringEquals", "aws:userid", []), [f"LRP308 {AT}.StringEquals.aws:userid"]),
    "a star under StringNotEquals": (
        when("StringNotEqualsIgnoreCase", "aws:userid", "a*"),
        [f"LRP309 {AT}.StringNotEqualsIgnoreCase.aws:userid"],
    ),
    "a star that is meant": (when("StringEquals", "aws:userid", "a${*}"), []),
    "a key in two spellings": (
        statement(Condition={"StringLike": {"aws:userid": "a", "aws:UserId": "b"}}),
        [f"LRP310 {AT}.StringLike.aws:UserId"],
    ),
    "a key under two operators": (
        statement(Condition={"StringLike": {"aws:userid": "a*"}, "StringNotLike": {"aws:userid": "ab*"}}),
        [],
    ),
}

TAGS = {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}
SECURITY = {
    "all tag keys, or none": (
        statement(Action="ec2:CreateTags", Condition=TAGS),
        [f"LRP401 {AT}.ForAllValues:StringEquals.aws:TagKeys"],
    ),
    "all tag keys, denied": (statement(Action="ec2:CreateTags", Condition=TAGS, Effect="Deny"), []),
    "all tag keys, with a tag": (
        statement(Action="ec2:CreateTags", Condition=TAGS | {"StringEquals": {"aws:RequestTag/a": "x"}}),
        [],
    ),
    "all tag keys, with any": (
        statement(Action="ec2:CreateTags", Condition=TAGS | {"ForAnyValue:StringLike": {"aws:TagKeys": "*"}}),
        [],
    ),
    "all tag keys, with a Null that demands none": (
        statement(Action="ec2:CreateTags", Condition=TAGS | {"Null": {"aws:TagKeys": "true"}}),
        [f"LRP401 {AT}.ForAllValues:StringEquals.aws:TagKeys"],
    ),
    "NotAction": (statement(NotAction="s3:*", Action=None), ["LRP402 Statement[0].NotAction"]),
    "NotAction, denied": (statement(NotAction="s3:*", Action=None, Effect="Deny"), []),
    "NotResource": (statement(NotResource=OBJECTS, Resource=None), ["LRP403 Statement[0].NotResource"]),
    "NotPrincipal": (
        statement(NotPrincipal={"AWS": "123456789012"}, Resource=OBJECTS),
        ["LRP404 Statement[0].NotPrincipal"],
    ),
    "everything": (statement(Action="*"), ["LRP405 Statement[0].Action"]),
    "everything, spelled out": (statement(Action="iam:*"), ["LRP406 Statement[0].Action"]),
    "any role": (statement(Action="iam:Pass*"), ["LRP406 Statement[0].Action"]),
    "any role, to one service": (when("StringEquals", "iam:PassedToService", "x", Action="iam:PassRole"), []),
    "everybody": (statement(**EVERYBODY), ["LRP407 Statement[0].Principal"]),
    "everybody in a list": (
        statement(Principal={"AWS": ["*"]}, Resource=OBJECTS),
        ["LRP407 Statement[0].Principal"],
    ),
    "everybody from somewhere": (when("StringEquals", "aws:SourceVpce", "vpce-1", **EVERYBODY), []),
    "somebody": (statement(Principal={"Service": "lambda.amazonaws.com"}, Resource=OBJECTS), []),
    "a pattern of accounts": (
        when("StringLike", "aws:ResourceAccount", ["111122223333", "1*"]),
        [f"LRP408 {AT}.StringLike.aws:ResourceAccount[1]"],
    ),
    "MFA with Bool": (
        when("Bool", "aws:MultiFactorAuthPresent", "false", Effect="Deny"),
        [f"LRP409 {AT}.Bool.aws:MultiFactorAuthPresent"],
    ),
    "MFA with BoolIfExists": (when("BoolIfExists", "aws:MultiFactorAuthPresent", "false", Effect="Deny"), []),
    "MFA that allows": (when("Bool", "aws:MultiFactorAuthPresent", "true"), []),
}

REDUNDANCY = {
    "an action twice": (statement(Action=["s3:GetObject", "s3:GetObject"]), ["LRP501 Statement[0].Action[1]"]),
    "an action and its pattern": (statement(Action=["s3:GetObject", "s3:Get*"]), ["LRP501 Statement[0].Action[0]"]),
    "two patterns that overlap": (statement(Action=["s3:Get*", "s3:*Object"]), []),
    "a resource and its pattern": (
        statement(Resource=["arn:aws:s3:::b/a/*", OBJECTS]),
        ["LRP502 Statement[0].Resource[0]"],
    ),
    "a resource beside everything": (statement(Resource=["*", OBJECTS]), ["LRP502 Statement[0].Resource[1]"]),
}

STYLE = {
    "an action with a blank": (statement(Action="s3:GetObject "), ["LRP603 Statement[0].Action"]),
    "actions in another case": (
        statement(Action=["s3:getobject", "s3:putobject"]),
        ["LRP603 Statement[0].Action[0]"],
    ),
    "a retired service": (statement(Action="aws-portal:*"), ["LRP605 Statement[0].Action"]),
    "a retired key": (when("StringEquals", "aws:SourceOwner", "1"), ["LRP104", "LRP605"]),
}

CASES = NAMES | SCOPE | CONDITIONS | SECURITY | REDUNDANCY | STYLE


@pytest.mark.parametrize(("given", "expected"), CASES.values(), ids=CASES)
def test_a_statement(given, expected):
    kept = {element: value for element, value in given.items() if value is not None}
    paths = found(kept)
    assert [path[: len(wanted)] for path, wanted in zip(paths, expected, strict=True)] == expected


HELP = {
    "a service": (statement(Action="lamda:*"), "did you mean `lambda`?"),
    "a service like no other": (statement(Action="qqqqqq:*"), ""),
    "an action": (statement(Action="s3:GetObjct"), "did you mean `s3:GetObject`?"),
    "an action like no other": (statement(Action="a4b:Zzzzzzzz"), "see https://docs.aws.amazon.com/"),
    "a pattern": (statement(Action="s3:GetObjct*"), "did you mean `s3:GetObject`?"),
    "a pattern like no other": (statement(Action="s3:Zzzzzzzz*"), "see https://docs.aws.amazon.com/"),
    "a tag": (when("StringEquals", "aws:RequestTags/a", "x"), "did you mean `aws:RequestTag/a`?"),
    "a tag key without tag": (when("StringEquals", "aws:RequestTag", "x"), "did you mean `aws:RequestTag/${TagKey}`?"),
    "a key": (when("StringEquals", "aws:PrincipalOrgIDs", "x"), "did you mean `aws:PrincipalOrgID`?"),
    "a key like no other": (when("StringEquals", "zz:zzzzzzz", "x", Action="zz:*"), ""),
    "the keys there are": (
        when("StringEquals", "sqs:Nothing", "x", Action="sqs:SendMessage"),
        "",
    ),
    "an operator": (when("DateEquals", "aws:SourceIp", "2026-01-01"), "use IpAddress or its relatives"),
    "few formats": (statement(Resource=BUCKET), "its resources look like arn:${Partition}:s3:"),
}


@pytest.mark.parametrize(("given", "expected"), HELP.values(), ids=HELP)
def test_help(given, expected):
    helps = [finding.help for finding in validate(parse(document(given)), actions)]
    assert any(one.startswith(expected) and bool(one) == bool(expected) for one in helps)


def test_many_actions_without_a_key_are_counted():
    names = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectAcl", "s3:PutObjectAcl"]
    parsed = parse(document(when("StringEquals", "s3:prefix", "x", Action=names)))
    (finding,) = validate(parsed, actions)
    assert "`s3:GetObject`, `s3:PutObject`, `s3:DeleteObject` and 2 more" in finding.message


def test_the_keys_that_an_action_has_are_listed_if_they_are_few():
    given = when("StringEquals", "lambda:Principal", "x", Action="lambda:InvokeFunction")
    (finding,) = validate(parse(document(given)), actions)
    assert finding.id == "LRP105"
    assert finding.help.startswith("the keys there are: aws:ResourceTag/${TagKey}")


WIDE = statement(Action="s3:*", Sid="Wide")
COVERED = {
    "by a wider one before": ([WIDE, statement()], ["LRP503 Statement[1]"]),
    "by a wider one behind": ([statement(), WIDE], ["LRP503 Statement[0]"]),
    "by its twin, once": ([statement(), statement()], ["LRP503 Statement[0]"]),
    "with a condition of its own": ([WIDE, when("StringEquals", "aws:userid", "a")], ["LRP503 Statement[1]"]),
    "not by one with a condition": ([when("StringEquals", "aws:userid", "a", Action="s3:*"), statement()], []),
    "by one with the same condition": (
        [when("StringEquals", "aws:userid", "a", Action="s3:*"), when("StringEquals", "aws:userid", "a")],
        ["LRP503 Statement[1]"],
    ),
    "not by another effect": ([WIDE, statement(Effect="Deny")], []),
    "not on other resources": ([WIDE | {"Resource": BUCKET}, statement(Resource=OBJECTS)], []),
    "not for another principal": ([WIDE | {"Principal": {"AWS": "111122223333"}}, statement()], []),
    "not with NotAction": (
        [
            {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"},
            statement(Effect="Deny", Action="ec2:StartInstances"),
        ],
        [],
    ),
    "by the same NotAction": ([{"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}] * 2, ["LRP503 Statement[0]"]),
    "not without a resource": (
        [WIDE | {"Principal": "*"}, {"Effect": "Allow", "Action": "s3:*", "Principal": "*"}],
        [],
    ),
}


@pytest.mark.parametrize(("statements", "expected"), COVERED.values(), ids=COVERED)
def test_a_statement_is_covered(statements, expected):
    assert [one for one in found(*statements, kind=PolicyKind.VPC_ENDPOINT) if one.startswith("LRP503")] == expected


def test_a_covered_statement_is_told_by_which():
    text = json.dumps(document(WIDE, statement()), indent=1)
    (finding,) = validate(parse(text), actions)
    assert finding.message.startswith(
        "statement 2 adds nothing: statement 1 (Wide) in line 4 has the same effect (Allow)"
    )


KINDS = {
    "everything is the first statement of every SCP": (statement(Action="*"), PolicyKind.SCP, []),
    "and the default of an endpoint": (statement(Action="*", Principal="*"), PolicyKind.VPC_ENDPOINT, []),
    "NotAction in an SCP": ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, PolicyKind.SCP, []),
    "NotResource in an SCP": (
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": OBJECTS},
        PolicyKind.SCP,
        [],
    ),
    "any role in an SCP": (statement(Action="iam:PassRole"), PolicyKind.SCP, []),
    "a key policy's resource is its key": (
        statement(Action="kms:Decrypt", Resource=BUCKET, Principal={"AWS": "111122223333"}),
        PolicyKind.KEY,
        [],
    ),
}


@pytest.mark.parametrize(("given", "kind", "expected"), KINDS.values(), ids=KINDS)
def test_kinds(given, kind, expected):
    assert found(given, kind=kind) == expected


def test_the_version():
    old = statement(Resource="arn:aws:s3:::b/${aws:username}")
    assert found(old, version="2008-10-17") == ["LRP601 Version", "LRP602 Statement[0].Resource"]
    assert found(when("IpAddress", "aws:SourceIp", "${x}"), version="2008-10-17")[:1] == ["LRP601 Version"]
    (finding,) = validate(parse({"Statement": [statement()]}), actions)
    assert (finding.id, finding.path) == ("LRP601", ())


def test_a_sid_that_is_given_twice():
    first, second = statement(Sid="A", Resource=OBJECTS), statement(Sid="A", Action="sqs:*")
    assert found(first, second) == ["LRP604 Statement[1].Sid"]
    assert found(statement(Sid="", Resource=OBJECTS), statement(Sid="", Action="sqs:*")) == []


def test_findings_of_a_mapping_have_paths_and_no_places():
    findings = validate(parse(document(statement(Action=["s3:PutObject", "s3:Fetch"]))), actions)
    (finding,) = findings
    assert (finding.path, finding.place) == (("Statement", 0, "Action", 1), None)
    assert str(finding) == (
        "Statement[0].Action[1]: Amazon S3 has no action `Fetch`; "
        "see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html [LRP102 error]"
    )


def test_findings_stand_in_the_order_of_the_text():
    text = json.dumps(
        document(statement(Action="zz:*"), statement(Action="s3:Fetch"), statement(Action="yy:*")), indent=1
    )
    findings = validate(parse(text), actions)
    assert [one.place.line for one in findings] == sorted(one.place.line for one in findings)
    assert str(findings[0]).startswith("line 6, column 4 (Statement[0].Action): there is no service `zz`")


def test_a_single_statement_need_not_stand_in_a_list():
    parsed = parse(json.dumps({"Version": "2012-10-17", "Statement": statement(Action="s3:Fetch")}))
    (finding,) = validate(parsed, actions)
    assert finding.path == ("Statement", "Action")


def test_severities_are_ordered():
    assert sorted(Severity, key=lambda one: one.rank) == list(Severity)


def test_aws_own_policies_have_no_errors(bundled_policies):
    """Whatever AWS' managed policies do works, whatever one thinks of it."""
    errors = [
        f"{name}: {finding}"
        for name, given in sorted(bundled_policies.items())
        for finding in validate(parse(given), actions, PolicyKind.AWS_MANAGED)
        if finding.severity is Severity.ERROR
    ]
    assert errors == []
