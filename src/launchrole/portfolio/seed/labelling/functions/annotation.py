"""The functions of a labelling task: one makes a task of an object, the other merges what several people said of it.

https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step3-lambda-requirements.html
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any


def before(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """What the task's page is given of a data object: where the image lies, or the text."""
    given = event["dataObject"]
    if "source-ref" in given:
        return {"taskInput": {"taskObject": given["source-ref"]}}
    if "source" in given:
        return {"taskInput": {"taskObject": given["source"]}}
    raise ValueError(
        f"a data object needs `source-ref` or `source`; this one has {', '.join(sorted(given)) or 'nothing'}"
    )


def after(event: dict[str, Any], _context: Any) -> list[dict[str, Any]]:
    """The merged labels of the objects that the event's payload names."""
    answers = json.loads(_read(event["payload"]["s3Uri"]))
    return [merged(one, event["labelAttributeName"]) for one in answers]


def merged(answered: dict[str, Any], attribute: str) -> dict[str, Any]:
    """The label that most people gave an object, and the share of them who did; of equally many the first by name."""
    given = [json.loads(one["annotationData"]["content"])["label"] for one in answered["annotations"]]
    votes = Counter(given)
    label, number = min(votes.items(), key=lambda one: (-one[1], one[0]))
    content = {attribute: label, f"{attribute}-metadata": {"confidence": round(number / len(given), 4), "votes": votes}}
    return {
        "datasetObjectId": answered["datasetObjectId"],
        "consolidatedAnnotation": {"content": content},
    }


def _read(uri: str) -> bytes:
    import boto3

    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bytes(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
