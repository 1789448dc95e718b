"""What the functions behind custom resources answer. Their code is not run here: whoever runs the accounts gives the
answers. They are kept in the state, for all its accounts and regions; no operation of AWS' API sets them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import AccountError
from launchrole.account.rows import Rows
from launchrole.services.cloudformation.handlers.registry import is_custom

KINDS = ("Create", "Update", "Delete")
LONGEST = 4096
"""Bytes that a response may have."""

_MEMBERS = frozenset({"Status", "Reason", "PhysicalResourceId", "Data", "NoEcho"})

Response = Mapping[str, Any]


class BadResponse(AccountError):
    """A response that no custom resource can give; the text says what is wrong with it."""


def checked(type: str, given: Any) -> dict[str, Response]:
    """The responses of a type by the kind of request, from one response for every kind or from an object of `Create`,
    `Update` and `Delete`. Raises `BadResponse`."""
    if not is_custom(type):
        raise BadResponse(
            f"{type} is no custom resource: its type is Custom::Name or AWS::CloudFormation::CustomResource"
        )
    if not isinstance(given, Mapping) or not given:
        raise BadResponse(f"the response of {type} is no JSON object with Status, Data, PhysicalResourceId or Reason")
    if set(given) <= set(KINDS):
        return {kind: _response(f"{type} ({kind})", one) for kind, one in given.items()}
    return dict.fromkeys(KINDS, _response(type, given))


def _response(name: str, given: Any) -> Response:
    if not isinstance(given, Mapping):
        raise BadResponse(f"the response of {name} is no JSON object")
    unknown = sorted(set(given) - _MEMBERS)
    if unknown:
        known = ", ".join(sorted(_MEMBERS))
        raise BadResponse(f"the response of {name} has {unknown[0]}, which no response has; there are {known}")
    status = given.get("Status", "SUCCESS")
    if status not in ("SUCCESS", "FAILED"):
        raise BadResponse(f"the Status of {name} is neither SUCCESS nor FAILED")
    if status == "FAILED" and not given.get("Reason"):
        raise BadResponse(f"the response of {name} is FAILED and has no Reason")
    if not isinstance(given.get("Data", {}), Mapping):
        raise BadResponse(f"the Data of {name} is no JSON object")
    physical = given.get("PhysicalResourceId", "-")
    if not isinstance(physical, str) or not 0 < len(physical.encode()) <= 1024:
        raise BadResponse(f"the PhysicalResourceId of {name} is no text of 1 to 1024 bytes")
    response = {**given, "Status": status}
    if len(json.dumps(response).encode()) > LONGEST:
        raise BadResponse(f"the response of {name} has more than {LONGEST} bytes")
    return response


def keep(rows: Rows, responses: Mapping[str, Any]) -> None:
    """Keep responses by their types in place of all that were given before. Raises `BadResponse`."""
    found = {type: checked(type, given) for type, given in responses.items()}
    shared = _shared(rows)
    for type, _ in list(shared.all(_KIND)):
        shared.delete(_KIND, type)
    for type, by_kind in found.items():
        shared.put(_KIND, type, by_kind)


def kept(rows: Rows) -> dict[str, dict[str, Response]]:
    """The responses by type and kind of request."""
    return {type: dict(by_kind) for type, by_kind in _shared(rows).all(_KIND)}


_KIND = "custom-resource"


def _shared(rows: Rows) -> Rows:
    return rows.of("cloudformation", account="*", region="*")
