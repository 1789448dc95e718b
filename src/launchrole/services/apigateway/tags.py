"""Tags of APIs, stages, domain names, keys, usage plans and VPC links. moto keeps them and shows those of stages only.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.apigateway.base import apigateway

_KEPT = {
    "apikeys": "keys",
    "domainnames": "domain_names",
    "restapis": "apis",
    "usageplans": "usage_plans",
    "vpclinks": "vpc_links",
}


def _resource(call: Call) -> Any:
    """moto's object that a call names by its ARN (`arn:aws:apigateway:us-east-1::/restapis/abc/stages/prod`)."""
    arn = unquote(call.params["resourceArn"])
    steps = arn.partition("::/")[2].split("/")
    found = None
    if len(steps) in (2, 4) and steps[0] in _KEPT:
        found = getattr(call.surroundings.memory("apigateway"), _KEPT[steps[0]]).get(steps[1])
    if found is not None and len(steps) == 4:
        found = found.stages.get(steps[3]) if (steps[0], steps[2]) == ("restapis", "stages") else None
    if found is None:
        raise ServiceError("NotFoundException", f"Invalid resource identifier specified: {arn}", 404)
    return found


@apigateway.operation("GetTags")
def get_tags(call: Call) -> Mapping[str, Any]:
    return {"tags": dict(_resource(call).tags or {})}


@apigateway.operation("TagResource", in_memory=True)
def tag_resource(call: Call) -> None:
    found = _resource(call)
    found.tags = {**(found.tags or {}), **call.params["tags"]}


@apigateway.operation("UntagResource", in_memory=True)
def untag_resource(call: Call) -> None:
    found = _resource(call)
    gone = set(call.params["tagKeys"])
    found.tags = {key: value for key, value in (found.tags or {}).items() if key not in gone}
