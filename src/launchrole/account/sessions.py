"""Temporary credentials: what STS has issued, and the account root users' keys. Kept in the state's database."""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

_ALPHABET = string.ascii_uppercase + "234567"
_SECRET = string.ascii_letters + string.digits + "+/"


@dataclass(frozen=True, slots=True)
class Session:
    """Credentials and what they stand for.

    `kind` is `role` (AssumeRole and its kin), `federated` (GetFederationToken), `user` (GetSessionToken of an IAM user)
    or `root` (the root user; without a token these are long-term keys). `expires` and `issued` are epoch seconds;
    `expires` is 0 for keys that do not. `policies` are the texts of the session policies, `policy_arns` the managed
    ones beside them. `tags` are session tags, of which `transitive` go on to the next role in a chain.
    """

    kind: str
    access_key_id: str
    secret: str
    token: str | None
    account: str
    partition: str
    issued: float
    expires: float
    name: str = ""
    """The role session's or the federated user's name."""
    role_arn: str | None = None
    """The role, with its path."""
    unique_id: str = ""
    """The role's or user's id: AROA..., AIDA...; aws:userid begins with it."""
    user_name: str | None = None
    """The IAM user who got a session or federation token; None for the root user."""
    policies: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive: tuple[str, ...] = ()
    source_identity: str | None = None
    chained: bool = False
    """Whether a role session assumed the role: such sessions last an hour at most."""
    mfa: bool = False

    @property
    def arn(self) -> str:
        """The caller as AWS names it."""
        if self.kind == "role":
            role = (self.role_arn or "").rpartition("/")[2]
            return f"arn:{self.partition}:sts::{self.account}:assumed-role/{role}/{self.name}"
        if self.kind == "federated":
            return f"arn:{self.partition}:sts::{self.account}:federated-user/{self.name}"
        if self.user_name is None:
            return f"arn:{self.partition}:iam::{self.account}:root"
        return f"arn:{self.partition}:iam::{self.account}:user/{self.user_name}"


def new_key(prefix: str) -> str:
    """A new access key id: `AKIA` for long-term, `ASIA` for temporary credentials."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(16))


def new_secret() -> str:
    return "".join(secrets.choice(_SECRET) for _ in range(40))


def new_token() -> str:
    return "IQoJb3JpZ2luX2Vj" + "".join(secrets.choice(_SECRET) for _ in range(180)) + "=="


def keep(connection: sqlite3.Connection, session: Session) -> None:
    """Write a session; it is committed with the call that issues it."""
    connection.execute(
        "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)",
        (session.access_key_id, session.expires, json.dumps(asdict(session))),
    )


def find(connection: sqlite3.Connection, access_key_id: str) -> Session | None:
    """The session of an access key, expired or not."""
    row = connection.execute("SELECT document FROM sessions WHERE access_key_id = ?", (access_key_id,)).fetchone()
    if row is None:
        return None
    document: dict[str, Any] = json.loads(row[0])
    for name in ("policies", "policy_arns", "transitive"):
        document[name] = tuple(document[name])
    return Session(**document)


def forget_expired(connection: sqlite3.Connection, before: float) -> None:
    """Remove sessions that expired before an instant (epoch seconds)."""
    connection.execute("DELETE FROM sessions WHERE expires > 0 AND expires < ?", (before,))


def root_keys(connection: sqlite3.Connection, account: str, partition: str, now: float) -> Session:
    """The root user's keys of an account, made when they are first asked for."""
    row = connection.execute("SELECT value FROM about WHERE name = ?", (f"root:{account}",)).fetchone()
    if row is not None:
        found = find(connection, json.loads(row[0]))
        if found is not None:
            return found
    made = Session("root", new_key("AKIA"), new_secret(), None, account, partition, now, 0.0)
    keep(connection, made)
    connection.execute(
        "INSERT OR REPLACE INTO about VALUES (?, ?)", (f"root:{account}", json.dumps(made.access_key_id))
    )
    return made


def accounts(connection: sqlite3.Connection) -> list[str]:
    """The accounts whose root users have keys."""
    found = connection.execute("SELECT name FROM about WHERE name LIKE 'root:%' ORDER BY name").fetchall()
    return [name.removeprefix("root:") for (name,) in found]
