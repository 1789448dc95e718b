"""Parameters, which moto keeps.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
"""

from __future__ import annotations

from typing import NoReturn

from launchrole.account.errors import ServiceError
from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call, PassOn
from launchrole.services.ssm.base import ssm

_OF_SECRETS = "/aws/reference/secretsmanager/"


@ssm.operation("GetParameter")
def get_parameter(call: Call) -> NoReturn:
    """As moto does it, but that a parameter is not there is told without a text: so AWS was recorded to do."""
    name = call.params["Name"]
    if not name.startswith(_OF_SECRETS):
        with as_service_errors():
            found = call.surroundings.memory("ssm").get_parameter(name)
        if found is None:
            raise ServiceError("ParameterNotFound", "")
    raise PassOn
