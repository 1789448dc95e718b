"""Invocations of functions: who may invoke is decided; the code is not run. Also changes of what moto leaves as it was.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call, PassOn, Service

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


@lambda_.operation("UpdateFunctionConfiguration", in_memory=True)
def update_function_configuration(call: Call) -> Mapping[str, Any]:
    """As moto does it, with tracing, temporary storage and the key, which it leaves as they were. Raises
    ResourceNotFoundException (the function, a layer).

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
    """
    params = dict(call.params)
    with as_service_errors():
        found = call.surroundings.memory("lambda").get_function(params["FunctionName"], None)
        if "Layers" in params:
            found._get_layers_data(params["Layers"])  # so that a layer that is not there changes nothing
        params["Environment"] = {"Variables": {}, **params["Environment"]} if "Environment" in params else None
        found.update_configuration({name: value for name, value in params.items() if value is not None})
    if "TracingConfig" in params:
        found.tracing_config = params["TracingConfig"]
    if "EphemeralStorage" in params:
        found.ephemeral_storage = params["EphemeralStorage"]["Size"]
    if "KMSKeyArn" in params:
        found.kms_key_arn = params["KMSKeyArn"]
    shown: dict[str, Any] = found.get_configuration()
    return shown


def _check_code(call: Call) -> None:
    """Code in S3 has to be there; moto would make a function without any of a key that is not.

    https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html; what Lambda says is on record in
    aws-samples/aws-account-vending-machine, issue 23.
    """
    given = call.params.get("Code") or call.params.get("Content") or call.params
    bucket, key = given.get("S3Bucket"), given.get("S3Key")
    if bucket is None or key is None:
        raise PassOn
    try:
        with as_service_errors():
            found = call.surroundings.memory("s3").get_object(bucket, key, given.get("S3ObjectVersion"))
    except ServiceError as problem:
        raise _no_code(problem.code, problem.message) from None
    if found is None:
        raise _no_code("NoSuchKey", "The specified key does not exist.")
    raise PassOn


def _no_code(code: str, message: str) -> ServiceError:
    told = f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
    return ServiceError("InvalidParameterValueException", told)


for _name in ("CreateFunction", "UpdateFunctionCode", "PublishLayerVersion"):
    lambda_.operation(_name)(_check_code)


_INVOKE_CONFIG = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


@lambda_.operation("PutFunctionEventInvokeConfig", in_memory=True)
def put_function_event_invoke_config(call: Call) -> Mapping[str, Any]:
    """A configuration takes the place of the one before; in moto it would stand behind it. Raises
    ResourceNotFoundException."""
    return _invoke_config(call, {})


@lambda_.operation("UpdateFunctionEventInvokeConfig", in_memory=True)
def update_function_event_invoke_config(call: Call) -> Mapping[str, Any]:
    """What is not named stays. Raises ResourceNotFoundException, also where there is no configuration.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html
    """
    memory = call.surroundings.memory("lambda")
    with as_service_errors():
        memory.get_function_event_invoke_config(call.params["FunctionName"])
        before: Mapping[str, Any] = memory.get_function(call.params["FunctionName"]).event_invoke_config[0].config
    return _invoke_config(call, before)


def _invoke_config(call: Call, before: Mapping[str, Any]) -> Mapping[str, Any]:
    memory = call.surroundings.memory("lambda")
    name = call.params["FunctionName"]
    wanted = {**before, **{member: call.params[member] for member in _INVOKE_CONFIG if member in call.params}}
    with as_service_errors():
        memory.put_function_event_invoke_config(name, wanted)
        found = memory.get_function(name)
    found.event_invoke_config = found.event_invoke_config[-1:]
    return {"FunctionArn": found.function_arn, "LastModified": call.now, **wanted}
