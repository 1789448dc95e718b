"""Errors that a client of the door receives, and errors that only the host of the door sees."""

from __future__ import annotations

from collections.abc import Mapping


class AccountError(Exception):
    """Root of what this package raises."""


class ServiceError(AccountError):
    """An answer other than success: what AWS' API would say, in the words of the service that says it.

    `code` is the error code (`AccessDenied`, `ValidationException`), `status` the HTTP status. `fields` are further
    members of the error's shape, such as S3's `BucketName`. The protocol decides how it is written (`wire.errors`).
    """

    def __init__(self, code: str, message: str, status: int = 400, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = dict(fields or {})


class NotServed(ServiceError):
    """Nobody here serves this operation. The client receives 501 and the operation's name, never a made-up success."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__("NotImplemented", f"launchrole does not serve {service}:{operation}", 501)
        self.service = service
        self.operation = operation
