"""What happens to managed policies: the one list, only ever added to, from which everything else is worked out."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import date, datetime

from launchrole.registry.errors import RegistryError


class Kind(enum.Enum):
    """What happened."""

    LISTED = "listed"
    """A version became known without its document."""
    PUBLISHED = "published"
    """A version with another document than the one before."""
    REISSUED = "re-issued"
    """A version with the document of the one before."""
    DEFAULT_SET = "default set"
    """A version became the default; it may be an older one."""
    DATED = "dated"
    """IAM's date of a version became known."""
    IDENTIFIED = "ARN known"
    """The policy's ARN became known."""
    WITHDRAWN = "withdrawn"
    """The policy is no longer offered."""
    NOTED = "noted"
    """Somebody announced a version, with a date and a note: a claim."""
    NOTE_CORRECTED = "note corrected"
    """The same source says something else of a version than before."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said about a version: when it was announced, the note, and who says so (a URL or a file)."""

    announced: date | None
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a policy.

    `policy` is the policy's name, with the account before it for a customer's: `123456789012/Build`. `version` is the
    number of the version, None where the event is about the whole policy. `at` is when it happened, as far as that is
    known; `recorded` when it was stored here, None for what ships with the package. `digest` names the document
    (`documents.digest`). `inferred`: the date is the policy's update date, which need not be this version's.
    """

    kind: Kind
    policy: str
    version: int | None = None
    at: datetime | None = None
    digest: str | None = None
    arn: str | None = None
    claim: Claim | None = None
    inferred: bool = False
    recorded: datetime | None = None

    @property
    def version_name(self) -> str:
        """`v4`; empty for an event about the whole policy."""
        return "" if self.version is None else f"v{self.version}"


_VERSION = re.compile(r"v([1-9][0-9]{0,8})")


def version_number(text: object, where: str) -> int:
    """The number of a version that IAM calls `v4`. Raises RegistryError.

    IAM User Guide: access_policies_managed-versioning.html.
    """
    found = _VERSION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise RegistryError(f"{where}: {text!r} is no version of a managed policy; write v1, v2, ...")
    return int(found[1])
