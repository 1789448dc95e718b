"""The two steps of publishing a day: count what there is, and write the manifest that training jobs read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

FEATURES = "features/"


def count(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """How many records the job has made, by the file `_count` that it leaves in each day's folder."""
    bucket, day = os.environ["DATA_BUCKET"], _day(event)
    s3 = _s3()
    body = s3.get_object(Bucket=bucket, Key=f"{FEATURES}day={day}/_count")["Body"].read()
    return {"day": day, "records": int(body)}


def write_manifest(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Write the manifest of a day's features; where it lies."""
    bucket, day = os.environ["DATA_BUCKET"], event["found"]["day"]
    s3 = _s3()
    prefix = f"{FEATURES}day={day}/"
    keys = [key for key in _keys(s3, bucket, prefix) if not key.rpartition("/")[2].startswith("_")]
    place = f"manifests/{day}.json"
    s3.put_object(Bucket=bucket, Key=place, Body=json.dumps(manifest(bucket, prefix, keys)).encode())
    return {"manifest": f"s3://{bucket}/{place}", "files": len(keys)}


def manifest(bucket: str, prefix: str, keys: list[str]) -> list[Any]:
    """A manifest file of SageMaker: the prefix that the names have in common, then the names.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html"""
    return [{"prefix": f"s3://{bucket}/{prefix}"}, *(key.removeprefix(prefix) for key in sorted(keys))]


def _day(event: dict[str, Any]) -> str:
    """The day of an event of EventBridge: 2024-05-01T05:00:00Z is of 2024-05-01."""
    return str(event["time"])[:10]


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for one in page.get("Contents", ()):
            yield str(one["Key"])


def _s3() -> Any:
    import boto3

    return boto3.client("s3")
