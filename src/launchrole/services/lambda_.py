"""Invocations of functions: who may invoke is decided; the code is not run.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Service

lambda_ = Service("lambda")


@lambda_.operation("Invoke")
def invoke(call: Call) -> Mapping[str, Any]:
    """DryRun succeeds for a function that is there; anything else says that code does not run here."""
    name = call.params["FunctionName"]
    try:
        call.surroundings.memory("lambda").get_function(name, call.params.get("Qualifier"))
    except Exception:
        plain = name.rpartition(":function:")[2]
        message = f"Function not found: {call.arn(f'function:{plain}')}"
        raise ServiceError("ResourceNotFoundException", message, 404) from None
    if call.params.get("InvocationType") == "DryRun":
        return {"StatusCode": 204}
    raise ServiceError("NotImplemented", f"launchrole does not run the code of functions: {name} was not invoked", 501)
