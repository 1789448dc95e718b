"""Managed policies from an AWS endpoint.

    sync(directory, Iam.at("http://127.0.0.1:4566", None, None, 4), ["Build"])

Everything is read before anything is stored. A version's document never changes (IAM User Guide:
access_policies_managed-versioning.html), so only documents that the registry lacks are asked for, and a policy whose
versions are all known is not looked at while its UpdateDate is that of the newest one: UpdateDate is when the newest
version was created (IAM API Reference: API_Policy.html).

Which policies AWS withdrew, no listing says. A policy that AWS no longer offers is still listed to accounts in which it
is attached (IAM User Guide: access_policies_managed-deprecated.html), and an endpoint that is not AWS, such as one of
`launchrole up`, lists what it happens to ship. So a policy is taken for withdrawn only where whoever calls says that
the endpoint lists all that AWS offers (`withdrawn`), the whole scope was listed, and no more than half of AWS' policies
that are known would be concerned. A customer's policy is never taken for withdrawn: other keys list another account's.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from launchrole.registry.answers import of_policy
from launchrole.registry.endpoint import Iam, Refused
from launchrole.registry.errors import RegistryError
from launchrole.registry.events import version_number
from launchrole.registry.given import GivenPolicy, checked_arn
from launchrole.registry.history import Policy, folded
from launchrole.registry.reading import policy_name
from launchrole.registry.registry import Imported, Registry, import_

SCOPES = {"all": "All", "aws": "AWS", "local": "Local"}
"""What ListPolicies calls the scopes."""

_SETTLED = timedelta(days=1)
"""How old an UpdateDate is that is relied upon: two versions may be of the same second."""

_TRIES = 3
_ACCOUNT = re.compile("aws|[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Pulled:
    """What an endpoint has that may be new. `listed` is the number of policies that it lists, `documents` that of the
    documents that were asked for, `left_out` says which policies cannot be taken, and why."""

    policies: tuple[GivenPolicy, ...]
    listed: int
    documents: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Synced:
    """What an endpoint had, and what of it was new."""

    pulled: Pulled
    imported: Imported


Progress = Callable[[Iterable["_Found"], int], Iterable["_Found"]]
"""Passes on what is found of each of so many policies, and shows how many there are by now."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """A policy as it is listed, with what is known of it."""

    arn: str
    row: Mapping[str, Any]
    known: Policy


@dataclass(frozen=True, slots=True)
class _Found:
    """What is told of a policy: nothing for one that is gone or not looked at."""

    given: GivenPolicy | None = None
    left_out: str | None = None


def sync(
    directory: Path,
    iam: Iam,
    wanted: Sequence[str] = (),
    scope: str = "all",
    *,
    withdrawn: bool = False,
    jobs: int = 4,
    progress: Progress = lambda some, _: some,
) -> Synced:
    """Keep what an endpoint has that is new: of the policies that are wanted, by names or ARNs, or of all of a scope.

    `jobs` calls are made at once. Raises RegistryError, with nothing stored, where an answer is missing or no good, and
    where a policy that is wanted is not there.
    """
    try:
        with Registry.of(directory) as registry:
            pulled = _pulled(iam, registry, wanted, scope, withdrawn=withdrawn, jobs=jobs, progress=progress)
        return Synced(pulled, import_(directory, pulled.policies))
    except RegistryError as error:
        raise RegistryError(f"{error} (nothing was stored)") from None


def _pulled(
    iam: Iam,
    registry: Registry,
    wanted: Sequence[str],
    scope: str,
    *,
    withdrawn: bool,
    jobs: int,
    progress: Progress,
) -> Pulled:
    listed = [_checked(iam, registry, row) for row in _rows(iam, wanted, SCOPES[scope])]
    now = datetime.now(UTC)
    looked_at = [one for one in listed if not _is_known(one, now)]
    executor = ThreadPoolExecutor(jobs)
    try:
        found = list(progress(executor.map(lambda one: _found(iam, one), looked_at), len(looked_at)))
    finally:
        executor.shutdown(cancel_futures=True)
    given = [one.given for one in found if one.given is not None]
    documents = sum(version.document is not None for one in given for version in one.versions)
    left_out = tuple(one.left_out for one in found if one.left_out is not None)
    if withdrawn:
        given += _withdrawn(iam, registry, {one.arn for one in listed})
    return Pulled(tuple(given), len(listed), documents, left_out)


def _rows(iam: Iam, wanted: Sequence[str], scope: str) -> Iterator[Mapping[str, Any]]:
    """The policies that are meant, as the endpoint lists them."""
    if not wanted:
        yield from iam.policies(scope)
        return
    names = {one for one in wanted if not one.startswith("arn:")}
    for arn in dict.fromkeys(checked_arn(one, "the command line") for one in wanted if one not in names):
        yield iam.policy(arn)
    if not names:
        return
    there: set[str] = set()
    for row in iam.policies(scope):
        name = str(row.get("PolicyName"))
        key = f"{_account(row)}/{name}"
        there |= {name, key}
        if (name in names or key in names) and row.get("Arn") not in wanted:
            yield row
    for name in sorted(names - there):
        near = difflib.get_close_matches(name, there, n=1)
        meant = f"did you mean {near[0]}?" if near else "see `aws iam list-policies`, and --scope"
        raise RegistryError(f"{iam.url} lists no managed policy {name}; {meant}")


def _account(row: Mapping[str, Any]) -> str:
    return f"{row.get('Arn')}:::::".split(":")[4]


def _checked(iam: Iam, registry: Registry, row: Mapping[str, Any]) -> _Listed:
    where = iam.url
    arn = checked_arn(row.get("Arn"), where)
    _, partition, _, _, account, _ = arn.split(":", 5)
    if not _ACCOUNT.fullmatch(account):
        raise RegistryError(f"{where}: {arn!r} is of no account; see --endpoint-url")
    if account == "aws" and partition != "aws":
        raise RegistryError(
            f"{where}: {arn} is of the partition {partition}, and what is known of AWS' policies is of aws; take your "
            "own policies alone, with --scope local"
        )
    name = policy_name(row.get("PolicyName"), where)
    key = GivenPolicy(name, where, arn).key
    return _Listed(arn, row, folded(key, registry.events(key)))


def _is_known(one: _Listed, now: datetime) -> bool:
    """Whether a policy's listing shows that there is nothing new: all of its versions are known, from the first to one
    of the UpdateDate, and the default is as it was."""
    known, updated = one.known, one.row.get("UpdateDate")
    if not known.versions or known.arn != one.arn or known.default is None or not isinstance(updated, datetime):
        return False
    is_whole = len(known.versions) == known.versions[-1].number and all(version.digest for version in known.versions)
    is_newest = known.versions[-1].created == updated and now - updated > _SETTLED
    return is_whole and is_newest and known.default.name == one.row.get("DefaultVersionId")


def _found(iam: Iam, one: _Listed, tries: int = _TRIES) -> _Found:
    """What the endpoint tells of a policy; nothing of one that was deleted since it was listed."""
    try:
        rows = iam.versions(one.arn)
    except Refused as error:
        if error.code == "NoSuchEntity":
            return _Found()
        raise
    another = _another(one.known, _given(iam, one, rows))
    if another is not None:
        return _Found(left_out=another)
    try:
        return _Found(_given(iam, one, [_with_document(iam, one, row) for row in rows]))
    except Refused as error:
        if error.code == "NoSuchEntity" and tries > 1:  # a version was deleted since it was listed
            return _found(iam, one, tries - 1)
        raise


def _given(iam: Iam, one: _Listed, rows: Sequence[Mapping[str, Any]]) -> GivenPolicy:
    where = f"{iam.url}: {one.arn}"
    default = next((row.get("VersionId") for row in rows if row.get("IsDefaultVersion") is True), None)
    answer = {
        "PolicyName": one.row["PolicyName"],
        "Arn": one.arn,
        "DefaultVersionId": default or one.row.get("DefaultVersionId"),
        "PolicyVersionList": list(rows),
    }
    given = of_policy(answer, where)
    return replace(given, versions=tuple(replace(each, where=f"{where}: v{each.number}") for each in given.versions))


def _with_document(iam: Iam, one: _Listed, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A version with its document where the registry has not got it: from IAM, as its date shows."""
    number = version_number(row.get("VersionId"), f"{iam.url}: {one.arn}")
    if any(known.number == number and known.digest and known.created for known in one.known.versions):
        return row
    try:
        return {**row, "Document": iam.version(one.arn, str(row["VersionId"])).get("Document")}
    except Refused as error:
        if error.code == "NotImplemented":  # `launchrole up` has not all documents of AWS' old versions
            return row
        raise


def _another(known: Policy, given: GivenPolicy) -> str | None:
    """Why a policy is not the one that is known under its name. IAM lets a name be used again when a policy was deleted
    (IAM API Reference: API_DeletePolicy.html), and never changes a version's date."""
    left_out = "it was left out: sync it into a state of its own (--state)"
    if known.arn is not None and known.arn != given.arn:
        return f"{known.key} is {given.arn} now and was {known.arn}, another policy of that name; {left_out}"
    dates = {one.number: one.created for one in known.versions if not one.inferred}
    for one in given.versions:
        before = dates.get(one.number)
        if before is not None and one.created is not None and before != one.created:
            return (
                f"{known.key} was deleted and made anew: v{one.number} is of {one.created:%Y-%m-%dT%H:%M:%SZ}, and the "
                f"v{one.number} that is known of {before:%Y-%m-%dT%H:%M:%SZ}; {left_out}"
            )
    return None


def _withdrawn(iam: Iam, registry: Registry, listed: set[str]) -> list[GivenPolicy]:
    known = [folded(key, registry.events(key)) for key in registry.names()]
    offered = [one for one in known if one.of_aws and one.withdrawn is None]
    gone = [GivenPolicy(one.key, iam.url, one.arn, is_gone=True) for one in offered if one.arn not in listed]
    if 2 * len(gone) > len(offered):
        raise RegistryError(
            f"{iam.url} does not list {len(gone)} of the {len(offered)} policies of AWS that are known, so it is not "
            "to be relied upon for what AWS withdrew; leave --withdrawn out"
        )
    return gone
