"""What services will be denied at once under the roles that a launch has passed to them.

`passed_roles.yaml` says what they do, as far as a template states it, with AWS' page for each; the rehearsal's accounts
decide it with the roles' own policies. What a template does not state is left out, and so is what hangs on something
that nobody knows.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from launchrole.account import prospects
from launchrole.account.authorizer import Place, holds
from launchrole.account.callers import Caller
from launchrole.account.denials import sentence_of
from launchrole.account.directory import Role
from launchrole.account.errors import ServiceError
from launchrole.account.prospects import Prospect
from launchrole.facts import yaml_data
from launchrole.facts.operations import Condition
from launchrole.facts.template import Unresolved, template, values_at
from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.errors import PolicyError
from launchrole.policy.explanation import nearest_miss
from launchrole.policy.policy_type import PolicyType
from launchrole.preflights.catalogue import kinds
from launchrole.preflights.report import Finding
from launchrole.preflights.world import Administrator
from launchrole.services.state_machines import tasks

LACKING = "LR121"
_TASKS = "@tasks"
_VARIABLE = "#{"
"""What begins a variable in a pipeline's configuration, whose value an execution gives.
https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html"""


@dataclass(frozen=True, slots=True)
class Launched:
    """A resource that a launch has made. `path` are the logical ids of the nested stacks and its own; `id` is its
    physical id, `attributes` are what GetAtt gives."""

    path: tuple[str, ...]
    type: str
    id: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """Its id, and its ARN where it has one."""
        return self.id, *(value for name, value in self.attributes.items() if name.lower().endswith("arn"))


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a service will be denied. `principal` is the ARN of the role, or the service that acts as itself;
    `page` AWS' page that says why it asks."""

    path: tuple[str, ...]
    type: str
    principal: str
    service: str
    decision: Decision
    sentence: str
    page: str


@dataclass(frozen=True, slots=True)
class _Need:
    actions: tuple[str, ...]
    any_of_them: bool
    resource: str
    context: Mapping[str, str]
    unless_there: str | None


@dataclass(frozen=True, slots=True)
class _Rule:
    """An entry of the data."""

    type: str
    each: tuple[str, ...]
    joined: tuple[str, ...] | None
    conditions: tuple[Condition, ...]
    captures: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]
    role: tuple[str, ...] | None
    service: str
    source: str | None
    page: str
    needs: tuple[_Need, ...]


@functools.cache
def _rules() -> Mapping[str, tuple[_Rule, ...]]:
    """The data by types."""
    rows = yaml_data.read((files("launchrole.preflights") / "passed_roles.yaml").read_text(encoding="utf-8"))
    found: dict[str, list[_Rule]] = {}
    for row in rows:
        found.setdefault(row["type"], []).append(_rule(row))
    return {type: tuple(rules) for type, rules in found.items()}


def _rule(row: Mapping[str, Any]) -> _Rule:
    each = row.get("each", "")
    return _Rule(
        row["type"],
        (each,) if isinstance(each, str) else tuple(each),
        _path(row["joined"]) if "joined" in row else None,
        (*_conditions(row.get("when"), negated=False), *_conditions(row.get("unless"), negated=True)),
        tuple((_path(member), re.compile(pattern)) for member, pattern in row.get("capture", {}).items()),
        _path(row["role"]) if "role" in row else None,
        row["service"],
        row.get("source"),
        row["page"],
        tuple(_need(one) for one in row["needs"]),
    )


def _need(row: Mapping[str, Any]) -> _Need:
    any_of_them = "one_of" in row
    actions = tuple(row["one_of"] if any_of_them else row["actions"])
    return _Need(actions, any_of_them, row["resource"], row.get("context", {}), row.get("unless_there"))


def _conditions(given: Any, *, negated: bool) -> Iterator[Condition]:
    if isinstance(given, str):
        yield Condition(_path(given), (), negated)
        return
    for path, wanted in (given or {}).items():
        yield Condition(_path(path), tuple(wanted if isinstance(wanted, list) else [wanted]), negated)


def _path(text: str) -> tuple[str, ...]:
    return tuple(text.split("."))


def lacks(administrator: Administrator, account: str, launched: Sequence[Launched]) -> tuple[Lack, ...]:
    """What services will be denied for the sake of these resources, each action on each resource once for each."""
    if not any(one.type in _rules() for one in launched):
        return ()
    look = _Look(administrator, account, launched)
    found: dict[tuple[object, ...], Lack] = {}
    for one in launched:
        for rule in _rules().get(one.type, ()):
            for lack in look.at(one, rule):
                request = lack.decision.request
                found.setdefault((lack.path, lack.principal, request.action, request.resource), lack)
    return tuple(found.values())


class _Look:
    """At what a launch has made, while it is there."""

    def __init__(self, administrator: Administrator, account: str, launched: Sequence[Launched]) -> None:
        self.administrator = administrator
        self.gateway = administrator.sandbox.gateway
        self.place = Place(self.gateway.partition, administrator.region, account)
        self.by_name = {name: one for one in launched for name in one.names if isinstance(name, str) and name}

    def at(self, one: Launched, rule: _Rule) -> Iterator[Lack]:
        """What is denied to the service of a rule for a resource."""
        for item in self._items(one, rule):
            if not all(holds(condition, item) for condition in rule.conditions):
                continue
            captured = _captured(item, rule)
            if captured is None:
                continue
            members = {**item, **captured, **self.place.members()}
            caller, principal = self._caller(rule, members)
            if caller is not None:
                for need in rule.needs:
                    yield from self._denied(one, rule, need, members, caller, principal)

    def _items(self, one: Launched, rule: _Rule) -> Iterator[dict[str, Any]]:
        whole = {"id": one.id, "attributes": one.attributes, **one.properties}
        for each in rule.each:
            if each == _TASKS:
                items = [{**whole, **task} for task in self._tasks(one)]
            else:
                items = _steps([whole], each.split(".") if each else [])
            for item in items:
                other = None if rule.joined is None else next(values_at(item, rule.joined), None)
                named = self.by_name.get(str(other))
                yield item if named is None else {**named.properties, **item}

    def _tasks(self, one: Launched) -> Iterator[Mapping[str, Any]]:
        found = self.administrator.call("stepfunctions", "DescribeStateMachine", {"stateMachineArn": one.id})
        try:
            definition = json.loads(found["definition"])
        except ValueError:
            return iter(())  # no states are known of what is no JSON
        return tasks(definition)

    def _caller(self, rule: _Rule, members: Mapping[str, Any]) -> tuple[Caller | None, str]:
        """Who acts, and what they are called; nobody where the role is not there or does not let the service: that is
        a finding of its own."""
        if rule.role is None:
            source = {"aws:SourceAccount": self.place.account}
            if rule.source is not None:
                source["aws:SourceArn"] = _filled(rule.source, members)
            return self.gateway.callers.service(rule.service, source), rule.service
        named = next(values_at(members, rule.role), None)
        role = self._role(str(named)) if named is not None else None
        if role is None:
            return None, ""
        return prospects.under_role(self.gateway, role, rule.service), role.arn

    def _role(self, named: str) -> Role | None:
        directory = self.gateway.directory
        if named.startswith("arn:"):
            return directory.role_by_arn(named)
        return directory.role(self.place.account, named.rpartition("/")[2])

    def _denied(
        self, one: Launched, rule: _Rule, need: _Need, members: Mapping[str, Any], caller: Caller, principal: str
    ) -> Iterator[Lack]:
        if need.unless_there is not None and _filled(need.unless_there, members) in self.by_name:
            return
        found = [list(self._of_action(one, rule, need, action, members, caller, principal)) for action in need.actions]
        if need.any_of_them and not all(found):
            return
        for lacking in found[:1] if need.any_of_them else found:
            yield from lacking

    def _of_action(
        self,
        one: Launched,
        rule: _Rule,
        need: _Need,
        action: str,
        members: Mapping[str, Any],
        caller: Caller,
        principal: str,
    ) -> Iterator[Lack]:
        is_made_here = self._is_made_here(need.resource, members)
        unknown = ["s3:ExistingObjectTag/*"] if action.startswith("s3:") else []
        if rule.role is None and rule.source is None:
            unknown.append("aws:SourceArn")
        if not is_made_here:
            unknown += ["aws:ResourceTag/*", f"{action.partition(':')[0]}:ResourceTag/*"]
        prospect = Prospect(action, need.resource, members, need.context, unknown)
        try:
            for question, decision in prospects.foreseen(self.gateway, caller, rule.service, prospect, self.place):
                if decision.allowed or decision.verdict is Verdict.UNDECIDED or _VARIABLE in question.request.resource:
                    continue
                if question.resource_policy is None and not is_made_here and _asks_resource(decision, rule):
                    continue  # the policy of what is not in these accounts is not known
                sentence = sentence_of(decision, question)
                yield Lack(one.path, one.type, principal, rule.service, decision, sentence, rule.page)
        except (ServiceError, PolicyError):
            return  # what is not stated cannot be asked about

    def _is_made_here(self, resource: str, members: Mapping[str, Any]) -> bool:
        """Has the launch made what a need is about, so that its tags are known?"""
        try:
            named = template(resource.replace("{@", "{")).fill(members, _no_lookup)
        except PolicyError:
            return False
        return any(name in self.by_name or re.split("[:/]", name)[-1] in self.by_name for name in named)


def _asks_resource(decision: Decision, rule: _Rule) -> bool:
    """Does a request hang on the resource's own policy alone?"""
    return rule.role is None or (
        decision.verdict is Verdict.IMPLICITLY_DENIED and decision.policy_type is PolicyType.RESOURCE
    )


def _steps(items: list[dict[str, Any]], path: Sequence[str]) -> list[dict[str, Any]]:
    """What is at a path below items, each with the members of what it is in besides its own."""
    for step in path:
        below = []
        for item in items:
            found = item.get(step)
            listed = found if isinstance(found, list) else [found]
            below += [{**item, **one, "of": item} for one in listed if isinstance(one, dict)]
        items = below
    return items


def _captured(item: Mapping[str, Any], rule: _Rule) -> dict[str, str] | None:
    """The parts of members; None where one is missing or has another form."""
    parts: dict[str, str] = {}
    for path, pattern in rule.captures:
        value = next(values_at(item, path), None)
        match = pattern.search(value) if isinstance(value, str) else None
        if match is None:
            return None
        parts |= match.groupdict()
    return parts


def _no_lookup(_name: str, value: str) -> str:
    return value


def _filled(text: str, members: Mapping[str, Any]) -> str:
    try:
        return next(iter(template(text).fill(members, _no_lookup)), "")
    except Unresolved:
        return ""


def finding(lack: Lack, place: tuple[str | None, int | None]) -> Finding:
    """A lack as a finding. `place` is the file and the line of the resource."""
    decision = lack.decision
    nearest = nearest_miss(decision)
    request = decision.request
    return Finding(
        id=LACKING,
        level=kinds()[LACKING].level,
        message=f"{lack.sentence}. {lack.service} will ask for it: {lack.page}",
        logical_id="/".join(lack.path) or None,
        type=lack.type,
        file=place[0],
        line=place[1],
        operation="create",
        action=request.action,
        resource=request.resource,
        principal=lack.principal,
        nearest=None if nearest is None else nearest.sentence,
    )
