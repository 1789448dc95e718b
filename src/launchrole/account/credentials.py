"""What proves who somebody is: an access key's secret, and the token of a session that is not over."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Protocol

from launchrole.account import signature
from launchrole.account.callers import Caller
from launchrole.account.sessions import Session


class Credentials(Protocol):
    """A `Session`, or an IAM user's `UserKey`."""

    @property
    def access_key_id(self) -> str: ...

    @property
    def secret(self) -> str: ...

    @property
    def token(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class UserKey:
    """An IAM user's long-term key, as CreateAccessKey has told it."""

    access_key_id: str
    secret: str
    token: None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose an access key is: its secret, its session where it is temporary, and the caller, None where the user or
    the role is gone."""

    secret: str
    caller: Caller | None
    session: Session | None = None

    def valid(self, token: str | None, now: float, family: str) -> Caller:
        """The caller, if the session token that came with the key is the key's and the session is not over at an
        instant (epoch seconds). `family` is `s3` or a protocol, whose errors differ. Raises `SignatureError`."""
        if self.caller is None:
            raise signature.unknown_key(family)
        session = self.session
        if session is not None and session.token is not None:
            if token != session.token:
                raise signature.invalid_token(family)
            if session.expires and session.expires < now:
                raise signature.expired_token(family)
        elif token:
            raise signature.invalid_token(family)
        return self.caller

    def proven(self, given: Credentials, now: float, service: str, protocol: str) -> Caller:
        """The caller, if the credentials are theirs: the secret itself stands where a request has a signature. Raises
        `ServiceError` in the words of a service."""
        family = "s3" if service == "s3" else protocol
        if not hmac.compare_digest(self.secret.encode(), given.secret.encode()):
            raise signature.for_protocol(signature.mismatch(service), protocol)
        return self.valid(given.token, now, family)
