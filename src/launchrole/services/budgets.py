"""What moto's Budgets lacks: changes of budgets, and their tags.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_UpdateBudget.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call, Service
from launchrole.services.tagging import merged, without

budgets = Service("budgets")


def _definition(given: Mapping[str, Any]) -> dict[str, Any]:
    """A budget as moto keeps it: with times in seconds. Raises InvalidParameterException for one without a limit."""
    if not {"BudgetLimit", "PlannedBudgetLimits", "AutoAdjustData"} & set(given):
        message = "A budget needs one of BudgetLimit, PlannedBudgetLimits and AutoAdjustData."
        raise ServiceError("InvalidParameterException", message)
    return {name: _seconds(value) for name, value in given.items()}


def _seconds(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    return {name: _seconds(one) for name, one in value.items()} if isinstance(value, Mapping) else value


def _budget(call: Call, account: str, name: str) -> Any:
    """moto's object of a budget. Raises NotFoundException."""
    found = call.surroundings.memory("budgets").budgets[account].get(name)
    if found is None:
        raise ServiceError("NotFoundException", f"The budget {name} doesn't exist.")
    return found


@budgets.operation("CreateBudget", in_memory=True)
def create_budget(call: Call) -> None:
    """As moto does it, with tags. Raises DuplicateRecordException, InvalidParameterException."""
    account, given = call.params["AccountId"], _definition(call.params["Budget"])
    given.setdefault("BudgetLimit", {"Amount": "0", "Unit": "USD"})
    memory = call.surroundings.memory("budgets")
    with as_service_errors():
        memory.create_budget(account, given, call.params.get("NotificationsWithSubscribers", []))
    memory.budgets[account][given["BudgetName"]].tags = list(call.params.get("ResourceTags") or ())


@budgets.operation("UpdateBudget", in_memory=True)
def update_budget(call: Call) -> None:
    """The new definition takes the place of the old one; notifications and tags stay. Raises NotFoundException,
    InvalidParameterException."""
    given = _definition(call.params["NewBudget"])
    found = _budget(call, call.params["AccountId"], given["BudgetName"])
    given.setdefault("TimePeriod", found.budget["TimePeriod"])
    found.budget = given | {"LastUpdatedTime": call.now.timestamp()}


# Tags.


def _tagged(call: Call) -> Any:
    """moto's object of the budget with an ARN. Raises NotFoundException."""
    arn: str = call.params["ResourceARN"]
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("budget/") or "/" in parts[5][7:]:
        raise ServiceError("NotFoundException", f"There is no budget {arn}.")
    return _budget(call, parts[4], parts[5][7:])


def _tags(found: Any) -> list[dict[str, str]]:
    return list(getattr(found, "tags", None) or ())


@budgets.operation("ListTagsForResource")
def list_tags_for_resource(call: Call) -> Mapping[str, Any]:
    return {"ResourceTags": _tags(_tagged(call))}


@budgets.operation("TagResource", in_memory=True)
def tag_resource(call: Call) -> None:
    found = _tagged(call)
    found.tags = merged(_tags(found), call.params["ResourceTags"])


@budgets.operation("UntagResource", in_memory=True)
def untag_resource(call: Call) -> None:
    found = _tagged(call)
    found.tags = without(_tags(found), call.params["ResourceTagKeys"])
