"""Pages of lists, with tokens that say where the next one begins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from launchrole.account.errors import ServiceError

T = TypeVar("T")


def page(
    items: Sequence[T],
    token: str | None,
    limit: int | None,
    *,
    default: int = 100,
    bad_token: ServiceError | None = None,
) -> tuple[list[T], str | None]:
    """The items from a token on, and the token of the next page (None: this was the last).

    `limit` is how many the caller wants. A token that is none raises `bad_token`, the service's own error.
    """
    start = _start(token, bad_token)
    end = start + min(limit or default, default)
    more = base64.urlsafe_b64encode(f"from:{end}".encode()).decode() if end < len(items) else None
    return list(items[start:end]), more


def _start(token: str | None, bad_token: ServiceError | None) -> int:
    if token is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(token.encode("ascii")).decode("ascii")
        if text.startswith("from:") and text[5:].isdigit():
            return int(text[5:])
    except (ValueError, binascii.Error):
        pass
    raise bad_token or ServiceError("InvalidNextTokenException", "The next token is not valid.")
