"""Checks a request, asks the endpoint, answers with the scores. API Gateway calls it by Lambda's proxy integration."""

from __future__ import annotations

import json
import os
from typing import Any

FEATURES = {"months": (0.0, 600.0), "calls": (0.0, 1000.0), "used": (0.0, 1.0)}
"""What a customer must have, and between which bounds."""
MOST_CUSTOMERS = 100


class Refused(Exception):
    """A request that cannot be answered; the message is for whoever sent it."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    try:
        customers = read(event.get("body"))
    except Refused as problem:
        return _answer(400, {"message": str(problem)})
    import boto3

    return _answer(200, ask(boto3.client("sagemaker-runtime"), os.environ["ENDPOINT_NAME"], customers))


def read(body: str | None) -> list[dict[str, float]]:
    """The customers of a request's body: {"customers": [{"months": 12, "calls": 1, "used": 0.5}]}. Raises `Refused`."""
    try:
        given = json.loads(body or "")
    except ValueError:
        raise Refused("the body is no JSON") from None
    customers = given.get("customers") if isinstance(given, dict) else None
    if not isinstance(customers, list) or not 0 < len(customers) <= MOST_CUSTOMERS:
        raise Refused(f"the body must have a list `customers` of 1 to {MOST_CUSTOMERS}")
    return [_customer(number, one) for number, one in enumerate(customers)]


def _customer(number: int, given: Any) -> dict[str, float]:
    made = {}
    for name, (least, most) in FEATURES.items():
        value = given.get(name) if isinstance(given, dict) else None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise Refused(f"customer {number}: `{name}` must be a number from {least:g} to {most:g}")
        made[name] = float(value)
    return made


def ask(runtime: Any, endpoint: str, customers: list[dict[str, float]]) -> dict[str, Any]:
    """The endpoint's answer."""
    body = json.dumps({"customers": customers})
    answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="application/json", Body=body)
    return dict(json.loads(answer["Body"].read()))


def _answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
