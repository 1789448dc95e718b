"""Classifiers, which moto lacks.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-classifiers.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.glue.base import glue
from launchrole.services.paging import page

_KINDS = ("GrokClassifier", "XMLClassifier", "JsonClassifier", "CsvClassifier")


def _given(call: Call) -> tuple[str, dict[str, Any]]:
    found = [(kind, dict(call.params[kind])) for kind in _KINDS if kind in call.params]
    if len(found) != 1:
        raise ServiceError("InvalidInputException", "Exactly one classifier must be given.")
    return found[0]


def _existing(call: Call, name: str) -> dict[str, Any]:
    found = call.rows.get("classifier", name)
    if found is None:
        raise ServiceError("EntityNotFoundException", f"Classifier with name {name} not found.")
    return dict(found)


@glue.operation("CreateClassifier")
def create_classifier(call: Call) -> None:
    kind, classifier = _given(call)
    name = classifier["Name"]
    if call.rows.get("classifier", name) is not None:
        raise ServiceError("AlreadyExistsException", f"Classifier already exists: {name}")
    now = call.now.timestamp()
    classifier |= {"CreationTime": now, "LastUpdated": now, "Version": 1}
    call.rows.put("classifier", name, {kind: classifier})


@glue.operation("UpdateClassifier")
def update_classifier(call: Call) -> None:
    kind, changes = _given(call)
    name = changes["Name"]
    found = _existing(call, name)
    if kind not in found:
        raise ServiceError("InvalidInputException", f"Classifier {name} is of another type.")
    classifier = found[kind] | changes
    classifier |= {"LastUpdated": call.now.timestamp(), "Version": found[kind]["Version"] + 1}
    call.rows.put("classifier", name, {kind: classifier})


@glue.operation("GetClassifier")
def get_classifier(call: Call) -> Mapping[str, Any]:
    return {"Classifier": _existing(call, call.params["Name"])}


@glue.operation("GetClassifiers")
def get_classifiers(call: Call) -> Mapping[str, Any]:
    found = [row for _, row in call.rows.all("classifier")]
    shown, token = page(found, call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"Classifiers": shown, "NextToken": token}


@glue.operation("DeleteClassifier")
def delete_classifier(call: Call) -> None:
    _existing(call, call.params["Name"])
    call.rows.delete("classifier", call.params["Name"])
