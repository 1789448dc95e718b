"""Dynamic references: `{{resolve:ssm:...}}`, `{{resolve:ssm-secure:...}}`, `{{resolve:secretsmanager:...}}`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation.handlers.action import Failed

Read = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]
"""A reading call: service, operation, params."""

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]*)\}\}")


def resolve(text: str, read: Read) -> str:
    """A text with its references resolved. Raises `Failed`, and `ServiceError` where the caller may not read."""
    return _REFERENCE.sub(lambda found: _value(found[1], found[2], read), text)


def _value(service: str, given: str, read: Read) -> str:
    if service == "secretsmanager":
        return _secret(given, read)
    name, _, version = given.partition(":")
    asked = f"{name}:{version}" if version else name
    answer = read("ssm", "GetParameters", {"Names": [asked], "WithDecryption": service == "ssm-secure"})
    if not answer.get("Parameters"):
        raise Failed(f"Parameters: [ssm:{given}] cannot be found.")
    found = answer["Parameters"][0]
    if found["Type"] == "SecureString" and service == "ssm":
        raise Failed(f"Non-secure ssm prefix was used for secure parameter: {name}")
    return str(found["Value"])


def _secret(given: str, read: Read) -> str:
    if given.startswith("arn:"):
        parts = given.split(":")
        secret, rest = ":".join(parts[:7]), parts[7:]
    else:
        secret, *rest = given.split(":")
    kind, key, stage, version = (*rest, "", "", "", "")[:4]
    params = {
        "SecretId": secret,
        **({"VersionStage": stage} if stage else {}),
        **({"VersionId": version} if version else {}),
    }
    try:
        answer = read("secretsmanager", "GetSecretValue", params)
    except ServiceError as problem:
        if problem.code == "ResourceNotFoundException":
            raise Failed("Secrets Manager can't find the specified secret.") from None
        raise
    text = str(answer.get("SecretString", ""))
    if kind not in ("", "SecretString"):
        raise Failed(f"Could not parse SecretString reference {given}: only SecretString can be resolved")
    if not key:
        return text
    try:
        found = json.loads(text)[key]
    except (ValueError, KeyError, TypeError):
        raise Failed(f"Could not find a value associated with JSONKey {key} in SecretString") from None
    return found if isinstance(found, str) else json.dumps(found)
