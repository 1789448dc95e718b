"""IAM Access Analyzer's checks of ValidatePolicy: issue codes, types, words, and which finding of ours each is.

The data is `policy_checks.yaml`; IAM User Guide: access-analyzer-reference-policy-checks.html.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from launchrole.facts import yaml_data

_ANCHORS = {
    "ERROR": "error",
    "SECURITY_WARNING": "security-warning",
    "WARNING": "general-warning",
    "SUGGESTION": "suggestion",
}


@dataclass(frozen=True, slots=True)
class Check:
    """A check. `type` is ERROR, SECURITY_WARNING, WARNING or SUGGESTION; `details` a format of what AWS says;
    `of_name`: it is about the name of a JSON member, not about its value."""

    code: str
    type: str
    details: str
    of_name: bool
    link: str


def check(code: str) -> Check:
    """The check with an issue code."""
    row = _data()["checks"][code]
    link = f"{_data()['source']}#access-analyzer-reference-policy-checks-{_ANCHORS[row['type']]}-"
    return Check(code, row["type"], row["details"], row.get("of_name", False), link + code.lower().replace("_", "-"))


def of_fault(fault: str, kind: str) -> Check | None:
    """The check that finds what is wrong with a document (a name of `policy.answers.Fault`), for a kind of policy in
    small letters; None where AWS is not known to have one."""
    row = _data()["faults"].get(fault)
    code = row if row is None or isinstance(row, str) else row.get(kind, row.get("any"))
    return None if code is None else check(code)


def of_resource_control_policy(element: str) -> Check | None:
    """The check of an element that is not as resource control policies have to have it."""
    code = _data()["resource_control_policies"].get(element)
    return None if code is None else check(code)


def of_rule(rule: str) -> tuple[str, ...]:
    """The issue codes that a finding by a rule of `launchrole validate` may have; none where AWS has no such check."""
    codes = _data()["rules"].get(rule, ())
    return (codes,) if isinstance(codes, str) else tuple(codes)


@functools.cache
def _data() -> Mapping[str, Any]:
    read: Mapping[str, Any] = yaml_data.read((files(__package__) / "policy_checks.yaml").read_bytes())
    return read
