"""What a change set would change: each resource's change, what causes it, and whether it means a replacement.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html; which causes are listed,
and how they are evaluated, follows recordings of AWS' answers (conformance).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from launchrole.services.cloudformation.graph import dependencies, mentioned, ordered
from launchrole.services.cloudformation.handlers.handler import Handler
from launchrole.services.cloudformation.handlers.registry import handler
from launchrole.services.cloudformation.handlers.shapes import tag_map
from launchrole.services.cloudformation.intrinsics import UNKNOWN, Values
from launchrole.services.cloudformation.stacks import NoExport, Row, StackError
from launchrole.services.cloudformation.template import Template, TemplateError

_ATTRIBUTES = ("Metadata", "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy")


@dataclass
class Comparison:
    """A stack as it is, and the template that it would get. `values` are those of the new template; it asks this
    comparison for resources: what is there and stays is known, the rest is not, be it written in the template. The
    texts that were given for the parameters tell which parameters change."""

    old_template: Template
    new_template: Template
    old_given: Mapping[str, str]
    new_given: Mapping[str, str]
    rows: Mapping[str, Row]
    stack_tags_changed: bool = False
    stack_tags: Mapping[str, str] = field(default_factory=dict)
    values: Values | None = None
    replaced: set[str] = field(default_factory=set)
    modified: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def reference(self, logical_id: str) -> Any:
        row = self.rows.get(logical_id)
        return UNKNOWN if row is None or logical_id in self.replaced else row["physical_id"]

    def attribute(self, logical_id: str, name: str) -> Any:
        row = self.rows.get(logical_id)
        if row is None or logical_id in self.replaced or name in self.modified.get(logical_id, ()):
            return UNKNOWN
        known = {**row.get("properties", {}), **row.get("attributes", {})}
        return known.get(name, UNKNOWN)

    def changes(self) -> list[dict[str, Any]]:
        """The changes by logical id. (The recorders sorted them: AWS' own order is not known.)"""
        values = self.values
        assert values is not None
        present = [
            name
            for name, one in self.new_template.resources.items()
            if "Condition" not in one or values.condition(str(one["Condition"]))
        ]
        found: dict[str, dict[str, Any]] = {}
        needs = dependencies(self.new_template, present, values.condition)
        for wave in ordered(needs):
            for name in wave:
                change = self._add(name) if name not in self.rows else self._modify(name)
                if change is not None:
                    found[name] = change
        for name, row in self.rows.items():
            if name not in present:
                found[name] = self._remove(name, row)
        return [{"Type": "Resource", "ResourceChange": found[name]} for name in sorted(found)]

    def _properties(self, name: str) -> Mapping[str, Any]:
        assert self.values is not None
        declared = self.new_template.resources[name].get("Properties") or {}
        try:
            resolved = self.values.value(declared, ("Resources", name, "Properties"))
        except (TemplateError, StackError) as problem:
            why = problem.message.removesuffix(" found.") if isinstance(problem, NoExport) else problem.message
            self.warnings.append(f"ChangeSet creation failed for resource [{name}] because: {why}")
            return {}
        return dict(resolved) if isinstance(resolved, dict) else {}

    def _add(self, name: str) -> dict[str, Any]:
        return {
            "Action": "Add",
            "LogicalResourceId": name,
            "ResourceType": self.new_template.resources[name]["Type"],
            "Scope": [],
            "Details": [],
            "AfterContext": _context(self._properties(name)),
        }

    def _remove(self, name: str, row: Row) -> dict[str, Any]:
        retained = row.get("deletion") in ("Retain", "RetainExceptOnCreate")
        return {
            "Action": "Remove",
            "PolicyAction": "Retain" if retained else "Delete",
            "LogicalResourceId": name,
            "PhysicalResourceId": row["physical_id"],
            "ResourceType": row["type"],
            "Scope": [],
            "Details": [],
            "BeforeContext": _context(row.get("shown") or row["properties"]),
        }

    def _modify(self, name: str) -> dict[str, Any] | None:
        row = self.rows[name]
        declared = self.new_template.resources[name]
        old_declared = self.old_template.resources.get(name, {})
        one = handler(declared["Type"])
        retyped = row["type"] != declared["Type"]
        details, scope = self._details(name, one, declared, old_declared)
        if retyped:
            scope = ["Properties"]
        if not details and not retyped:
            return None
        replacement = "True" if retyped else _replacement(details)
        if replacement == "True":
            self.replaced.add(name)
        self.modified[name] = [detail["Target"].get("Name", "") for detail in details]
        change: dict[str, Any] = {
            "Action": "Modify",
            "LogicalResourceId": name,
            "PhysicalResourceId": row["physical_id"],
            "ResourceType": declared["Type"],
            "Replacement": replacement,
            "Scope": scope,
            "Details": details,
            "BeforeContext": _context(row.get("shown") or row["properties"]),
            "AfterContext": _context(self._properties(name)),
        }
        if replacement == "True":
            kept = declared.get("UpdateReplacePolicy") == "Retain"
            change["PolicyAction"] = "ReplaceAndRetain" if kept else "ReplaceAndDelete"
        return change

    def _details(
        self, name: str, one: Handler, declared: Mapping[str, Any], old: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], list[str]]:
        properties, old_properties = declared.get("Properties") or {}, old.get("Properties") or {}
        resolved = self._properties(name)
        before = self.rows[name]["properties"]
        details: list[dict[str, Any]] = []
        scope: list[str] = []
        for key in sorted({*properties, *old_properties, *before}):
            target = {"Attribute": "Properties", "Name": key, "RequiresRecreation": _recreation(one, key)}
            if key == one.type.tags:
                target = {"Attribute": "Tags", "RequiresRecreation": "Never"}
            causes = self._causes(properties.get(key), old_properties.get(key), resolved.get(key), before.get(key))
            if key == one.type.tags and self.stack_tags_changed and not causes:
                continue
            details += [{**cause, "Target": target} for cause in causes]
            part = "Tags" if key == one.type.tags else "Properties"
            if causes and part not in scope:
                scope.append(part)
        if self.stack_tags_changed and one.taggable and one.type.tags is not None:
            own = tag_map(resolved.get(one.type.tags))
            if {**self.stack_tags, **own} != self.rows[name].get("tags", {}) and "Tags" not in scope:
                target = {"Attribute": "Tags", "RequiresRecreation": "Never"}
                details.append({"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"})
                scope.append("Tags")
        for attribute in _ATTRIBUTES:
            if declared.get(attribute) != old.get(attribute) and attribute == "Metadata":
                target = {"Attribute": attribute, "RequiresRecreation": "Never"}
                details.append({"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"})
                scope.append(attribute)
        return details, scope

    def _causes(self, node: Any, old: Any, value: Any, before: Any) -> list[dict[str, Any]]:
        """Why a property changes: what it refers to, its text, or both. Their order is that of the recordings: the
        parameter comes first where nothing but the parameter makes the change."""
        holds = self.values.condition if self.values is not None else None
        parameters: list[str] = []
        causes: list[dict[str, Any]] = []
        others = False
        for name, attribute, _ in mentioned(node, (), holds):
            if name in self.new_given and self.new_given[name] != self.old_given.get(name):
                if name not in parameters:
                    parameters.append(name)
                continue
            others = True
            if name in self.new_given:
                continue
            if attribute is None and name in self.replaced:
                causes.append(_cause("ResourceReference", name, "Static"))
            elif attribute is not None and name in self.modified:
                evaluation = "Static" if name in self.replaced else "Dynamic"
                causes.append(_cause("ResourceAttribute", f"{name}.{attribute}", evaluation))
        rewritten = node != old
        if value == before and not causes:
            return []
        if parameters and value != before:
            direct = _cause("DirectModification", None, "Dynamic")
            of_parameters = [_cause("ParameterReference", name, "Static") for name in parameters]
            first = rewritten or others
            return [direct, *of_parameters, *causes] if first else [*of_parameters, direct, *causes]
        if value != before and not causes:
            return [_cause("DirectModification", None, "Static")]
        return causes


def _cause(source: str, entity: str | None, evaluation: str) -> dict[str, Any]:
    found = {"Evaluation": evaluation, "ChangeSource": source}
    return found if entity is None else {**found, "CausingEntity": entity}


def _recreation(one: Handler, name: str) -> str:
    if any(pointer.split("/")[0] == name and "/" not in pointer for pointer in one.type.create_only):
        return "Always"
    if name in one.replacing({name: "a"}, {name: "b"}):
        return "Always"
    if any(pointer.split("/")[0] == name for pointer in (*one.type.create_only, *one.type.conditional_create_only)):
        return "Conditionally"
    return "Never"


def _replacement(details: list[dict[str, Any]]) -> str:
    certain = any(one["Target"]["RequiresRecreation"] == "Always" and one["Evaluation"] == "Static" for one in details)
    if certain:
        return "True"
    return "Conditional" if any(one["Target"]["RequiresRecreation"] != "Never" for one in details) else "False"


def _context(properties: Mapping[str, Any]) -> str:
    return json.dumps({"Properties": properties}, separators=(",", ":"))
