"""The service that the modules of this package register their operations with, its errors, ids, tokens and pages."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from launchrole.account.chosen_ids import chosen
from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Handler, Service
from launchrole.services.paging import page

servicecatalog = Service("servicecatalog", whole=True)

PRINCIPAL = "servicecatalog.amazonaws.com"
"""Service Catalog as a principal that assumes roles, and as a service that calls pass through."""

Row = dict[str, Any]
T = TypeVar("T")

_PAGE = 20
"""Items on a page: what PageSize may be at most, and what is shown without it."""


def invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParametersException", message)


def in_use(message: str) -> ServiceError:
    return ServiceError("ResourceInUseException", message)


def duplicate(message: str) -> ServiceError:
    return ServiceError("DuplicateResourceException", message)


def check_tag_key(key: str) -> None:
    """Refuse a tag key that is AWS' own. Raises InvalidParametersException."""
    if key.lower().startswith("aws:"):
        raise invalid(f"The tag key {key} begins with aws:, which is reserved for AWS")


def too_many(message: str) -> ServiceError:
    return ServiceError("LimitExceededException", message)


def bad_state(message: str) -> ServiceError:
    return ServiceError("InvalidStateException", message)


def missing(kind: str, identifier: str) -> ServiceError:
    """AWS' sentence for what is not there, as recorded for provisioning artifacts and products."""
    return ServiceError("ResourceNotFoundException", f"{kind} {identifier} does not exist or access was denied")


def not_done(what: str) -> ServiceError:
    """What launchrole does not do of Service Catalog."""
    return ServiceError("NotImplemented", f"launchrole does not {what}", 501)


def new_id(call: Call, kind: str) -> str:
    """An id in Service Catalog's form: `prod-` and thirteen letters or digits."""
    return chosen() or f"{kind}-{call.new_id(13)}"


def catalog_arn(call: Call, kind: str, identifier: str) -> str:
    """The ARN of a portfolio or product of the call's account."""
    return call.arn(f"{kind}/{identifier}", service="catalog")


def paged(call: Call, items: Sequence[T], token: str = "PageToken") -> tuple[list[T], str | None]:
    """A page of a list, and the token of the next one."""
    params = call.params
    bad = invalid("Invalid page token.")
    return page(items, params.get(token), params.get("PageSize"), default=_PAGE, bad_token=bad)


def idempotent(member: str = "IdempotencyToken") -> Callable[[Handler], Handler]:
    """An operation whose second call with a token is answered as the first was, nothing being done again.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreatePortfolio.html, IdempotencyToken. That a token comes
    again with other parameters is refused; AWS does not say what becomes of it.
    """

    def wrap(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def answered(call: Call) -> Mapping[str, Any] | None:
            token = call.params.get(member)
            if token is None:
                return handler(call)
            key = f"{call.operation}/{token}"
            given = _digest({name: one for name, one in call.params.items() if name != member})
            before = call.rows.get("token", key)
            if before is not None and before["given"] != given:
                raise invalid(f"The token {token} was used for another request of {call.operation}")
            if before is not None:
                return dict(before["answer"])
            answer = handler(call)
            call.rows.put("token", key, {"given": given, "answer": answer or {}})
            return answer

        return answered

    return wrap


def _digest(params: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True, default=str).encode()).hexdigest()


def by_creation(rows: Sequence[Row]) -> list[Row]:
    """Rows in the order in which they were made."""
    return sorted(rows, key=lambda one: float(one["CreatedTime"]))


def take(call: Call, row: Row, *names: str) -> None:
    """Copy those of the parameters that a call gives."""
    for name in names:
        if name in call.params:
            row[name] = call.params[name]
