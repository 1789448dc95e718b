"""What a source tells of managed policies, in one form whatever the source looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from launchrole.policy.document import PolicyKind
from launchrole.policy.errors import printable
from launchrole.registry.errors import RegistryError
from launchrole.registry.events import Claim


@dataclass(frozen=True, slots=True)
class GivenVersion:
    """A version. `document` is its text, None where the source only lists it; `inferred` as in `events.Event`;
    `where` is the file, with the line where there are many in it."""

    number: int
    document: str | None
    created: datetime | None
    where: str
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class GivenPolicy:
    """A policy with the versions that a source has, in whatever order.

    `default` is the number of the default version. `unnumbered` is a document that the source gives no version.
    `may_lack`: versions may be absent between others, since the source keeps what was seen or what was not deleted.
    `kind` is what IAM holds the documents against where no ARN tells whose the policy is. `is_gone`: the policy is no
    longer offered, as `withdrawn` says where it is known since when.
    """

    name: str
    where: str
    arn: str | None = None
    versions: tuple[GivenVersion, ...] = ()
    default: int | None = None
    unnumbered: str | None = None
    withdrawn: datetime | None = None
    claims: tuple[tuple[int, Claim], ...] = ()
    may_lack: bool = False
    kind: PolicyKind = PolicyKind.MANAGED
    is_gone: bool = False

    @property
    def key(self) -> str:
        """The policy's name in the registry: a customer's has the account before it."""
        account = account_of(self.arn)
        return f"{account}/{self.name}" if account else self.name


def account_of(arn: str | None) -> str | None:
    """The account of a customer's policy; None for AWS' own, and where no ARN is known."""
    account = arn.split(":")[4] if arn else ""
    return None if account in ("", "aws") else account


def is_of_aws(key: str, arn: str | None) -> bool:
    """Whether AWS manages a policy."""
    return arn is not None and arn.split(":")[4] == "aws" and "/" not in key


def checked_arn(value: object, where: str) -> str:
    """The ARN of a managed policy. Raises RegistryError."""
    parts = value.split(":", 5) if isinstance(value, str) else []
    if len(parts) == 6 and parts[0] == "arn" and parts[2] == "iam" and parts[5].startswith("policy/"):
        return ":".join(parts)
    raise RegistryError(f"{where}: {value!r} is not the ARN of a managed policy, arn:aws:iam::aws:policy/Name")


def moment(value: object, where: str) -> datetime:
    """A date of IAM's, `2021-07-02T06:13:39Z`; one without an offset is in UTC. Raises RegistryError."""
    try:
        found = datetime.fromisoformat(str(value))
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RegistryError(f"{where}: {value!r} is no date; write it as 2021-07-02T06:13:39Z") from None


def claims_of(value: object, where: str) -> dict[str, list[tuple[int, Claim]]]:
    """Claims by policies: `[{"policy": ..., "version": "v4", "announced": "2021-12-01", "note": ..., "source": ...}]`.

    `announced` and `source` may be absent. Raises RegistryError.
    """
    from launchrole.registry.events import version_number

    if not isinstance(value, list):
        raise RegistryError(f"{where}: claims are a list")
    found: dict[str, list[tuple[int, Claim]]] = {}
    for place, one in enumerate(value, start=1):
        here = f"{where}: claim {place}"
        if not isinstance(one, Mapping) or not isinstance(one.get("policy"), str):
            raise RegistryError(f"{here} names no policy; write policy, version, announced, note and source")
        if not isinstance(one.get("note"), str) or not one["note"].strip():
            raise RegistryError(f"{here} has no note: it is what is said of the version")
        number = version_number(one.get("version"), here)
        announced = None if one.get("announced") is None else _day(one["announced"], here)
        note = "\n".join(printable(line.strip()) for line in one["note"].strip().splitlines())
        claim = Claim(announced, note, printable(str(one.get("source") or where)))
        found.setdefault(one["policy"], []).append((number, claim))
    return found


def _day(value: object, where: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise RegistryError(f"{where}: {value!r} is no day; write it as 2021-12-01") from None
