"""Checks events on their way from the delivery stream into the bucket.

What is no event is dropped, what cannot be read goes to the errors' prefix, the rest is written as a line of JSON.
https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
"""

from __future__ import annotations

import base64
import json
from typing import Any

REQUIRED = ("customer", "kind", "time")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return {"records": [_record(one) for one in event["records"]]}


def _record(given: dict[str, str]) -> dict[str, str]:
    try:
        read = json.loads(base64.b64decode(given["data"], validate=True))
    except ValueError:
        return {"recordId": given["recordId"], "result": "ProcessingFailed", "data": given["data"]}
    if not isinstance(read, dict) or any(not read.get(name) for name in REQUIRED):
        return {"recordId": given["recordId"], "result": "Dropped", "data": given["data"]}
    line = json.dumps(read, separators=(",", ":"), sort_keys=True) + "\n"
    return {"recordId": given["recordId"], "result": "Ok", "data": base64.b64encode(line.encode()).decode()}
