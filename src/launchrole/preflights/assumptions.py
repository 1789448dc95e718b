"""What preflight cannot know: what a template takes for given, found out before the launch from what it says, and after
a rehearsal from what the launch has failed for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.explanation import outcome_of
from launchrole.policy.overlap import meets
from launchrole.policy.request import Request
from launchrole.policy.statement import BoundStatement
from launchrole.preflights import network
from launchrole.preflights.rehearsal import Failure, Rehearsal
from launchrole.preflights.report import Assumption
from launchrole.preflights.subject import Supply, Wanted
from launchrole.services.cloudformation.environment import values
from launchrole.services.cloudformation.handlers import registry
from launchrole.services.cloudformation.handlers.action import Failed, StackFacts
from launchrole.services.cloudformation.intrinsics import Values, as_text
from launchrole.services.cloudformation.preparation import s3_place
from launchrole.services.cloudformation.template import Template, TemplateError, parse

NESTED = "AWS::CloudFormation::Stack"

_ROLE = re.compile(r"arn:[\w-]+:iam::(\d{12}):role/([\w+=,.@/-]+)")
_ROLE_NAME = re.compile(r"[\w+=,.@-]+")
_PLACEHOLDER = re.compile(r"___\w+___|%%\w+%%|<[^>]*>|\$\{|(?:^|/)[A-Z]{2,}(?:_[A-Z]{2,})+(?:$|/)|REPLACE|PLACEHOLDER")
"""What publishers' tooling replaces before a template is used."""
_OBJECTS = (("S3Bucket", "S3Key"), ("Bucket", "Key"), ("S3BucketName", "S3ObjectKey"))
_SHORTEST = 3
"""Characters of a made up value that is looked for in ARNs: shorter ones are everywhere."""
_FOLDERS = 4
"""How many folders are looked through for a nested template: the template's own, and those above it."""
_STACK_NAME = "the-stack-itself"
_STACK = "arn:{}:cloudformation:{}:{}:stack/the-stack-itself/00000000-0000-4000-a000-000000000000"

# What is missing, by the reason of a failure.
_NAMED = (
    ("import", re.compile(r"No export named (?P<what>\S+) found")),
    ("ssm", re.compile(r"Unable to fetch parameters \[(?P<what>[^]]+)\] from parameter store")),
    ("lambda", re.compile(r"Function not found: (?P<what>arn:\S+?)(?= \()")),
    ("portfolio", re.compile(r"Portfolio (?P<what>port-[a-z0-9]{13}) does not exist or access was denied")),
    ("ssm", re.compile(r"Parameters: \[ssm(?:-secure)?:(?P<what>[^]]+)\] cannot be found")),
)
_NO_OBJECT = re.compile(r"NoSuchKey|NoSuchBucket|Not Found|specified (?:key|bucket) does not exist|S3 [Ee]rror")
_NO_SECRET = re.compile(r"can't find the specified secret")
_PRODUCT = "AWS::ServiceCatalog::CloudFormationProduct"
_SOME_TEMPLATE = json.dumps({"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}})
_OPTIONS = {
    "import": "--import {}=VALUE",
    "ssm": "--ssm {}=VALUE",
    "s3-object": "--exists s3://{}",
    "s3-bucket": "--exists arn:aws:s3:::{}",
    "role": "--exists {}",
    "lambda": "--exists {}",
}


class _NoResources:
    """Resources before there are any."""

    def reference(self, logical_id: str) -> Any:
        raise TemplateError(f"{logical_id} is not there yet")

    def attribute(self, logical_id: str, name: str) -> Any:
        raise TemplateError(f"{logical_id}.{name} is not there yet")


def _no_export(name: str) -> str:
    raise TemplateError(f"{name} is not exported")


def known_values(template: Template, wanted: Wanted) -> Values:
    """The template's values as far as they are known before the launch."""
    role = wanted.role
    stack = StackFacts(
        _STACK.format(role.partition, wanted.region, role.account),
        _STACK_NAME,
        role.account,
        wanted.region,
        role.partition,
    )
    defaults = {name: str(one["Default"]) for name, one in template.section("Parameters").items() if "Default" in one}
    given = {**defaults, **wanted.values}
    return values(template, given, stack, _NoResources(), exports=_no_export, zones=lambda region: [f"{region}a"])


def taken_for_given(wanted: Wanted) -> list[Supply]:
    """The roles, the code, the parameters and the like that a template names outright, and that nobody has said to be
    there: those of the creation, and those of the update."""
    launches = [wanted]
    if wanted.update is not None:
        text, values = wanted.update
        launches.append(replace(wanted, text=text, values=values))
    found: dict[str, Supply] = {}
    made: set[str] = set()
    missing: set[str] = set()
    for launch in launches:
        with suppress(TemplateError):  # the rehearsal tells what is wrong with it
            template = parse(launch.text)
            known = known_values(template, launch)
            taken = _taken(launch, template, known)
            new = set(_made(template, known)) - made  # a bucket that is there before the update may have been filled
            missing.update(name for name, one in taken.items() if _is_own(one, new))
            found = {**taken, **found}
            made |= new
    roles = {one for one in made if one.startswith("role:")}
    return [
        one
        for name, one in found.items()
        if name not in missing and not _is_known(one, wanted) and not _is_own(one, roles)
    ]


def _taken(wanted: Wanted, template: Template, known: Values, above: tuple[str, ...] = ()) -> dict[str, Supply]:
    """What a launch takes for given, by the names of the assumptions. `above` are the texts that it is nested in."""
    found = {one.name: one for one in _dynamic(wanted.text)}
    parameters = {one.what: one.held for one in (*found.values(), *wanted.supplies) if one.kind == "ssm"}
    for name, resource in template.written_out.items():
        if is_left_out(resource, known):
            continue
        for node in _resolved(resource.get("Properties"), known, ("Resources", name, "Properties")):
            for supply in _named_in(_without_references(node, parameters), wanted):
                found[supply.name] = supply
        for supply in _roles_by_name(name, resource, known, wanted):
            found[supply.name] = supply
        for supply in _nested(name, resource, known, wanted.root):
            found[supply.name] = supply
            if supply.value not in (wanted.text, *above):
                values = _given_to(name, resource, known)
                launch = replace(wanted, text=supply.value, values=values)
                found.update(_taken_within(launch, (wanted.text, *above)))
    for supply in _of_parameters(template, wanted):
        found.setdefault(supply.name, supply)
    return found


def _given_to(name: str, resource: Mapping[str, Any], known: Values) -> dict[str, str]:
    """The parameters of a nested stack that are known before the launch."""
    given = (resource.get("Properties") or {}).get("Parameters")
    path = ("Resources", name, "Properties", "Parameters")
    nodes = given.items() if isinstance(given, dict) else ()
    values = {key: _plain(node, known, (*path, key)) for key, node in nodes}
    return {key: as_text(one) for key, one in values.items() if isinstance(one, str | int | float)}


def _taken_within(launch: Wanted, above: tuple[str, ...]) -> dict[str, Supply]:
    """What a nested stack takes for given and does not make itself."""
    try:
        template = parse(launch.text)
    except TemplateError:
        return {}
    known = known_values(template, launch)
    made = set(_made(template, known))
    taken = _taken(launch, template, known, above)
    return {name: one for name, one in taken.items() if not _is_own(one, made)}


_DYNAMIC = re.compile(r"\{\{resolve:(?P<service>ssm|ssm-secure|secretsmanager):(?P<what>[^:}]+)[^}]*\}\}")


_KEY = re.compile(r":SecretString:(?P<key>[\w.+=@/-]+)")


def _secret(name: str, texts: Iterable[str]) -> Supply:
    """A secret with a value for each key that templates take out of any."""
    keys = sorted({found["key"] for text in texts for found in _KEY.finditer(text)})
    return Supply(f"secret:{name}", json.dumps(dict.fromkeys(keys, "value")))


def with_keys(supply: Supply, wanted: Wanted) -> Supply:
    """What is said to be there; a secret with a value for each key that the template takes out of one."""
    if supply.kind != "secret" or supply.value:
        return supply
    return replace(supply, value=_secret(supply.what, [wanted.text]).value)


def _dynamic(text: str) -> Iterator[Supply]:
    """The parameters and secrets that dynamic references spell out.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html"""
    for found in _DYNAMIC.finditer(text):
        if "${" not in found["what"] and not found["what"].startswith("arn"):
            is_secret = found["service"] == "secretsmanager"
            yield _secret(found["what"], [text]) if is_secret else Supply(f"ssm:{found['what']}")


def _without_references(node: Any, parameters: Mapping[str, str]) -> Any:
    """A value with the values of parameters of SSM in place of the dynamic references to them."""
    if isinstance(node, str):
        return node if "{{" not in node else _DYNAMIC.sub(lambda found: _referred(found, parameters), node)
    if isinstance(node, dict):
        return {key: _without_references(one, parameters) for key, one in node.items()}
    if isinstance(node, list):
        return [_without_references(one, parameters) for one in node]
    return node


def _referred(found: re.Match[str], parameters: Mapping[str, str]) -> str:
    if found["service"] != "ssm" or found["what"] not in parameters:
        return found[0]
    return parameters[found["what"]]


_BY_NAME: Mapping[str, tuple[str, ...]] = {"AWS::EMR::Cluster": ("ServiceRole", "AutoScalingRole")}
"""The properties that name a role which is passed by its name only.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-emr-cluster.html"""


def _roles_by_name(name: str, resource: Mapping[str, Any], known: Values, wanted: Wanted) -> Iterator[Supply]:
    role = wanted.role
    for key in _BY_NAME.get(str(resource.get("Type")), ()):
        found = _plain((resource.get("Properties") or {}).get(key), known, ("Resources", name, "Properties", key))
        if isinstance(found, str) and _ROLE_NAME.fullmatch(found) is not None:
            yield Supply(f"role:arn:{role.partition}:iam::{role.account}:role/{found}")


_MADE = {"AWS::IAM::Role": ("RoleName", "role:"), "AWS::S3::Bucket": ("BucketName", "s3-bucket:")}


def _made(template: Template, known: Values) -> Iterator[str]:
    """The roles and buckets that the template makes, where it names them: `role:NAME`, `s3-bucket:NAME`. What is in
    a bucket that it makes cannot be there before, unless a custom resource puts it there."""
    filled = any(registry.is_custom(str(one.get("Type"))) for one in template.written_out.values())
    for name, resource in template.written_out.items():
        if is_left_out(resource, known):
            continue
        key, kind = _MADE.get(str(resource.get("Type")), ("", ""))
        found = _plain((resource.get("Properties") or {}).get(key), known, ("Resources", name, "Properties", key))
        if isinstance(found, str) and not (filled and kind == "s3-bucket:"):
            yield kind + found


def _is_own(supply: Supply, made: Collection[str]) -> bool:
    """Is something made by the launch itself, or in a bucket that it makes?"""
    if supply.kind == "s3-object":
        return f"s3-bucket:{supply.what.partition('/')[0]}" in made
    return f"{supply.kind}:{supply.what.rpartition('/')[2]}" in made


def _nested(name: str, resource: Mapping[str, Any], known: Values, root: Path | None) -> Iterator[Supply]:
    """A nested stack's template, where it lies beside the launch's own."""
    if resource.get("Type") != NESTED or root is None:
        return
    path = ("Resources", name, "Properties", "TemplateURL")
    url = _plain((resource.get("Properties") or {}).get("TemplateURL"), known, path)
    place = s3_place(url) if isinstance(url, str) else None
    if place is not None:
        found = _nested_object("/".join(place), root)
        if found.file is not None:
            yield found


def _of_parameters(template: Template, wanted: Wanted) -> Iterator[Supply]:
    """What parameters of AWS-specific types name: VPCs first, the one that there is being the others'."""
    named: dict[str, list[str]] = {}
    for name, declared in template.section("Parameters").items():
        type = str(declared.get("Type", "")).removeprefix("List<").removesuffix(">")
        value = wanted.values.get(name, str(declared.get("Default", "")))
        for one in (text.strip() for text in value.split(",")):
            kind = network.KINDS.get(type) or network.kind_of(one)
            if one and kind is not None and "{{" not in one:
                named.setdefault(kind, []).append(one)
    vpcs = named.get("vpc", [])
    for kind in network.KINDS.values():
        for identifier in named.get(kind, ()):
            yield Supply(f"{kind}:{identifier}", vpcs[0] if kind != "vpc" and len(set(vpcs)) == 1 else "")


def is_left_out(resource: Mapping[str, Any], known: Values) -> bool:
    """Does a resource's condition not hold? One that nobody can tell yet is taken to."""
    try:
        return "Condition" in resource and not known.condition(str(resource["Condition"]))
    except (TemplateError, ServiceError, Failed):
        return False


def _resolved(node: Any, known: Values, path: tuple[str | int, ...]) -> Iterator[Any]:
    """What a value comes to, or what those inside it do where it depends on resources."""
    with suppress(TemplateError, ServiceError, Failed):
        yield known.value(node, path)
        return
    inside: Iterable[tuple[str | int, Any]] = ()
    if isinstance(node, dict):
        inside = node.items()
        objects = {key: _plain(one, known, (*path, key)) for key, one in node.items()}
        yield {key: one for key, one in objects.items() if isinstance(one, str)}
    elif isinstance(node, list):
        inside = enumerate(node)
    for key, one in inside:
        yield from _resolved(one, known, (*path, key))


def _plain(node: Any, known: Values, path: tuple[str | int, ...]) -> Any:
    with suppress(TemplateError, ServiceError, Failed):
        return known.value(node, path)
    return None


def _named_in(node: Any, wanted: Wanted) -> Iterator[Supply]:
    if isinstance(node, str):
        found = None if "{{" in node or _STACK_NAME in node else _ROLE.fullmatch(node)
        if found is not None and found[1] == wanted.role.account:
            yield Supply(f"role:{node}")
    elif isinstance(node, dict):
        for bucket, key in _OBJECTS:
            named = (node.get(bucket), node.get(key))
            if all(isinstance(one, str) and one and "{{" not in one for one in named):
                yield Supply(f"s3-object:{node[bucket]}/{node[key]}")
        for one in node.values():
            yield from _named_in(one, wanted)
    elif isinstance(node, list):
        for one in node:
            yield from _named_in(one, wanted)


def _is_known(supply: Supply, wanted: Wanted) -> bool:
    """Has it been said or assumed already, or is there nothing to assume? Nothing is of a role that a complete account
    does not have, and of a placeholder, which nobody's account has."""
    if _PLACEHOLDER.search(supply.what):
        return True
    if supply.kind == "role" and (wanted.world.is_complete or supply.what in (*wanted.world.roles, wanted.role.arn)):
        return True
    return any(one.name == supply.name for one in wanted.supplies)


def lacking(rehearsal: Rehearsal, wanted: Wanted) -> list[Supply]:
    """What the launch has failed for want of, and that may well be there in the account that it is meant for."""
    found: dict[str, Supply] = {}
    services: dict[str, set[str]] = {}
    for one in rehearsal.passed:
        if not one.exists and one.role.split(":")[4] == wanted.role.account:
            services.setdefault(one.role, set()).add(one.service)
    for role, names in services.items():
        found[f"role:{role}"] = Supply(f"role:{role}", ",".join(sorted(filter(None, names))))
    made = _buckets(rehearsal)
    for failure in rehearsal.failures:
        for supply in _missed(failure, rehearsal, wanted):
            if failure.operation != "create" or not _is_own(supply, made):
                found[supply.name] = supply
    return [one for one in found.values() if not _is_known(one, wanted)]


def _buckets(rehearsal: Rehearsal) -> set[str]:
    """The buckets that a launch has made, or tried to, and that nothing but itself has filled."""
    if any(registry.is_custom(one) for one in rehearsal.types.values()):
        return set()
    made = (one.stored for one in rehearsal.decided if one.path and one.stored.action == "s3:CreateBucket")
    return {f"s3-bucket:{one.resource.partition(':::')[2]}" for one in made}


def _missed(failure: Failure, rehearsal: Rehearsal, wanted: Wanted) -> Iterator[Supply]:
    for kind, pattern in _NAMED:
        match = pattern.search(failure.reason)
        if match is not None:
            for what in match["what"].split(","):
                yield Supply(f"{kind}:{what.strip()}")
    if _NO_OBJECT.search(failure.reason) is not None:
        for one in rehearsal.decided:
            if one.path == failure.path and one.stored.action == "s3:GetObject":
                yield _object(one.stored.resource.partition(":::")[2], failure, wanted.root)
    if _NO_SECRET.search(failure.reason) is not None:
        texts = (wanted.text, *rehearsal.templates.values())
        for one in rehearsal.decided:  # what a dynamic reference reads is read for the stack as a whole
            if one.path in ((), failure.path) and one.stored.action == "secretsmanager:GetSecretValue":
                yield _secret(one.stored.resource.partition(":secret:")[2], texts)


def _object(place: str, failure: Failure, root: Path | None) -> Supply:
    """An object that was not there: a template as it lies beside the launch's own, or code. Of a product's template no
    more is assumed than that it is one."""
    found = Supply(f"s3-object:{place}")
    if failure.type in (NESTED, _PRODUCT) and root is not None:
        found = _nested_object(place, root)
    return replace(found, value=_SOME_TEMPLATE) if failure.type == _PRODUCT and not found.value else found


def _nested_object(place: str, root: Path) -> Supply:
    """A nested template as it lies in the template's folder or one above; nothing that is known, where it does not."""
    file = _beside(root, place.partition("/")[2])
    return (
        Supply(f"s3-object:{place}")
        if file is None
        else Supply(f"s3-object:{place}", file.read_text(encoding="utf-8", errors="replace"), file=str(file))
    )


def _beside(root: Path, key: str) -> Path | None:
    """The file that an object's key ends in, in a template's folder or in one above it."""
    parts = [one for one in key.split("/") if one not in ("", ".", "..")]
    folders = [root, *root.absolute().parents][:_FOLDERS]
    for start in range(len(parts)):
        for folder in folders:
            found = folder.joinpath(*parts[start:])
            if found.is_file():
                return found
    return None


def told(supply: Supply) -> Assumption:
    """A supply that was assumed, as the report tells it."""
    sentences = {
        "role": f"the role {supply.what} exists, and trusts the services that it is passed to; its policies are not "
        "known, and were taken to allow what those services do",
        "s3-object": f"s3://{supply.what} exists" + (f", and is {supply.file}" if supply.file else ""),
        "s3-bucket": f"the bucket {supply.what} exists",
        "import": f"a stack exports {supply.what}",
        "ssm": f"the parameter {supply.what} exists",
        "secret": f"the secret {supply.what} exists",
        "lambda": f"the function {supply.what} exists",
    }
    text = sentences.get(supply.kind, f"the {supply.kind.replace('-', ' ')} {supply.what} exists")
    option = _OPTIONS.get(supply.kind, f"--exists {supply.kind}:{{}}").format(supply.what)
    return Assumption(supply.name, text, option, decides=True)


def open_question(name: str) -> Assumption:
    """What a finding hangs on that has not been decided."""
    place = name.partition(":")[2]
    return Assumption(name, f"nobody has said which tags s3://{place} has", f"--assume {name}=KEY=VALUE", decides=True)


def made_up_values(wanted: Wanted, parameters: Iterable[str]) -> dict[str, str]:
    """What was made up, by the names of the assumptions: values of parameters, exports, parameters of SSM."""
    values = {**(wanted.update[1] if wanted.update is not None else {}), **wanted.values}
    found = {f"parameter:{name}": values[name] for name in parameters if name in values}
    supplied = {one.name: one.held for one in wanted.supplies if one.kind in ("import", "ssm") and not one.given}
    return {name: value for name, value in {**found, **supplied}.items() if len(value) >= _SHORTEST}


def rests_on(decision: Decision | None, made_up: Mapping[str, str]) -> Iterator[str]:
    """The made up values without which a denied action might be allowed: those in the resource's ARN, where a statement
    that would allow it otherwise names resources that another value could make this one."""
    if decision is None or decision.verdict is not Verdict.IMPLICITLY_DENIED:
        return
    request = decision.request
    within = {name: value for name, value in made_up.items() if value in request.resource}
    if not within:
        return
    fitting = [bound for bound in decision.policies.statements() if _fails_by_resource_only(bound, request)]
    for name, value in within.items():
        any_value = request.resource.replace(value, "*")
        if any(meets(pattern, any_value) for bound in fitting for pattern in bound.statement.resources):
            yield name


def _fails_by_resource_only(bound: BoundStatement, request: Request) -> bool:
    if bound.is_deny or not bound.action_matches(request.action.lower()):
        return False
    return {element.element for element in outcome_of(bound, request).failed} == {"Resource"}
