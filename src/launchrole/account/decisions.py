"""The record of decisions: every one is stored with an id before the call that it is about, and can be explained later.

Bounded: the newest are kept, denials as long as other decisions.
"""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from launchrole.account.callers import Applied, digest
from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.document import PolicyDocument, parse
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.policy_type import PolicyType
from launchrole.policy.principal import ANONYMOUS
from launchrole.policy.request import Request

KEPT = 20_000
"""How many decisions are kept."""

_EVERY = 500


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as it was made. `instant` is epoch seconds; `details` holds the context, the deciding statement, for
    a denial its sentence and what would have allowed it, and the `step` of the job that made the call: for a stack's
    resource `STACK-UUID/NUMBER:LOGICAL-ID/VERB/NUMBER`."""

    id: str
    instant: float
    request: str
    principal: str
    operation: str
    action: str
    resource: str
    verdict: str
    account: str
    details: dict[str, Any]

    @property
    def allowed(self) -> bool:
        return self.verdict == Verdict.ALLOWED.name

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def record(
    connection: sqlite3.Connection,
    decision: Decision,
    applied: Applied,
    *,
    request: str,
    number: int,
    instant: float,
    operation: str,
    step: str = "",
    sentence: str | None = None,
) -> str:
    """Store a decision of a call. `request` is the id of the request, `number` the decision's place in it; `applied`
    are the policies, whose texts are kept once; `step` names the step of a job that the call is, `JOB:STEP`; `sentence`
    is what a denied caller is told."""
    asked = decision.request
    identifier = f"{request[:8]}-{number}"
    details: dict[str, Any] = {"context": _context(asked.context)}
    if step:
        details["step"] = step
    if decision.policy_type is not None:
        details["policy_type"] = decision.policy_type.value
    matched = decision.matched
    if matched is not None:
        statement = matched.statement
        details["statement"] = {
            "policy": matched.document.name,
            "arn": matched.document.arn,
            "index": statement.index,
            "sid": statement.sid,
        }
    if not decision.allowed and decision.policy_type is not None:
        details["message"] = sentence or decision.message()
    written = json.dumps(details, separators=(",", ":"))
    if not applied.is_stored:
        _keep_policies(connection, applied)
    cursor = connection.execute(
        _INSERT,
        (
            identifier,
            instant,
            request,
            asked.principal.arn,
            operation,
            asked.action,
            asked.resource,
            decision.verdict.name,
            asked.resource_account or "",
            f'{written[:-1]},"policies":{applied.written}}}',
        ),
    )
    if cursor.lastrowid is not None and cursor.lastrowid % _EVERY == 0:
        connection.execute("DELETE FROM decisions WHERE number <= ?", (cursor.lastrowid - KEPT,))
    return identifier


def _keep_policies(connection: sqlite3.Connection, applied: Applied) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO policies VALUES (?, ?, ?, ?)",
        [
            (digest(document), document.name, document.arn, document.text or "")
            for layer in applied.policies.layers
            for document in layer.documents
        ],
    )
    applied.is_stored = True


def last_number(connection: sqlite3.Connection) -> int:
    """The number of the newest decision, 0 where there is none."""
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM decisions").fetchone()[0])


def roll_back(connection: sqlite3.Connection, savepoint: str, number: int) -> None:
    """Undo what was written since a savepoint, which is let go, but for the decisions that are newer than a number:
    what a service asked in the course of a call that failed was decided all the same."""
    made = connection.execute("SELECT * FROM decisions WHERE number > ? ORDER BY number", (number,)).fetchall()
    names = {one for row in made for _, digests in json.loads(row[-1]).get("policies", ()) for one in digests}
    marks = ",".join("?" * len(names))
    texts = connection.execute(f"SELECT * FROM policies WHERE digest IN ({marks})", tuple(names)).fetchall()
    connection.execute(f"ROLLBACK TO {savepoint}")
    connection.execute(f"RELEASE {savepoint}")
    connection.executemany("INSERT OR IGNORE INTO policies VALUES (?, ?, ?, ?)", texts)
    connection.executemany("INSERT OR IGNORE INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", made)


def again(
    connection: sqlite3.Connection, stored: StoredDecision, replaced: Callable[[PolicyText], PolicyText] | None = None
) -> Decision:
    """The decision once more, by the same policies on the same request: for explanations and repairs; or by others,
    where `replaced` gives another policy in a policy's place.

    Raises LookupError for a decision whose policies are not kept any more.
    """
    layers = tuple(
        (name, tuple(one if replaced is None else replaced(one) for one in policies))
        for name, policies in _layers(connection, stored)
    )
    principal = ANONYMOUS if stored.principal == "anonymous" else stored.principal
    request = Request(principal, stored.action, stored.resource, stored.details["context"], stored.account or None)
    return _compiled(layers).evaluate(request)


def policies_of(connection: sqlite3.Connection, stored: StoredDecision) -> list[PolicyText]:
    """The policies that a decision was made by. Raises LookupError where they are not kept any more."""
    return [one for _, policies in _layers(connection, stored) for one in policies]


class PolicyText(NamedTuple):
    """A policy as the record keeps it."""

    text: str
    name: str | None
    arn: str | None


def _layers(connection: sqlite3.Connection, stored: StoredDecision) -> Iterator[tuple[str, tuple[PolicyText, ...]]]:
    for name, digests in stored.details.get("policies", ()):
        yield name, tuple(_policy(connection, one) for one in digests)


def _policy(connection: sqlite3.Connection, name: str) -> PolicyText:
    row = connection.execute("SELECT text, name, arn FROM policies WHERE digest = ?", (name,)).fetchone()
    if row is None:
        raise LookupError("the policies of this decision are not kept any more")
    return PolicyText(*row)


@functools.lru_cache(maxsize=64)
def _compiled(layers: tuple[tuple[str, tuple[PolicyText, ...]], ...]) -> PolicySet:
    """The policies of decisions: many were made by the same."""
    read: dict[PolicyType, list[list[PolicyDocument]]] = {}
    for name, policies in layers:
        documents = [parse(text, name=policy, arn=arn) for text, policy, arn in policies]
        read.setdefault(PolicyType[name], []).append(documents)
    flat = {kind: [one for level in levels for one in level] for kind, levels in read.items()}
    return PolicySet(
        identity=flat.get(PolicyType.IDENTITY, ()),
        resource=flat.get(PolicyType.RESOURCE, ()),
        permissions_boundary=flat.get(PolicyType.BOUNDARY, ()),
        session=flat.get(PolicyType.SESSION, ()),
        scp=read.get(PolicyType.SCP, ()),
        rcp=read.get(PolicyType.RCP, ()),
    )


def _context(context: Any) -> dict[str, Any]:
    return {name: value if isinstance(value, str) else list(value) for name, value in context.items()}


_INSERT = (
    "INSERT INTO decisions (id, instant, request, principal, operation, action, resource, verdict, account, details)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_COLUMNS = "id, instant, request, principal, operation, action, resource, verdict, account, details"


def find(connection: sqlite3.Connection, identifier: str) -> StoredDecision | None:
    """A decision by its id, or by the beginning of the request's id."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM decisions WHERE id = ? OR request = ? ORDER BY verdict = 'ALLOWED', number LIMIT 1",
        (identifier, identifier),
    ).fetchone()
    return None if row is None else _stored(row)


def newest(
    connection: sqlite3.Connection, limit: int, *, denied: bool = False, after: int = 0
) -> list[tuple[int, StoredDecision]]:
    """The newest decisions with their numbers, the oldest of them first; those after a number only."""
    only = " AND verdict != 'ALLOWED'" if denied else ""
    rows = connection.execute(
        f"SELECT number, {_COLUMNS} FROM decisions WHERE number > ?{only} ORDER BY number DESC LIMIT ?", (after, limit)
    ).fetchall()
    return [(number, _stored(row)) for number, *row in reversed(rows)]


def like(connection: sqlite3.Connection, principal: str, action: str, resource: str | None) -> StoredDecision | None:
    """The newest denial of a principal's action (on a resource)."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM decisions WHERE verdict != 'ALLOWED' AND principal = ? AND action = ? COLLATE NOCASE"
        " AND (? IS NULL OR resource = ?) ORDER BY number DESC LIMIT 1",
        (principal, action, resource, resource),
    ).fetchone()
    return None if row is None else _stored(row)


def of_steps(connection: sqlite3.Connection, job: str, *, after: int = 0) -> list[tuple[int, StoredDecision]]:
    """The decisions on the steps of jobs whose ids begin with a text, with their numbers, in their order; those after a
    number only."""
    begin = f"{job.translate(_ESCAPED)}%"
    rows = connection.execute(
        f"SELECT number, {_COLUMNS} FROM decisions WHERE number > ?"
        " AND json_extract(details, '$.step') LIKE ? ESCAPE '!' ORDER BY number",
        (after, begin),
    )
    return [(number, _stored(row)) for number, *row in rows]


_ESCAPED = str.maketrans({"%": "!%", "_": "!_", "!": "!!"})


def _stored(row: Any) -> StoredDecision:
    *plain, details = row
    fields = [*plain, json.loads(details)]
    return StoredDecision(*fields)


def record_free(
    connection: sqlite3.Connection, asked: Request, *, request: str, instant: float, operation: str
) -> None:
    """Store that a call needs no permission (sts:GetCallerIdentity)."""
    connection.execute(
        _INSERT,
        (
            f"{request[:8]}-0",
            instant,
            request,
            asked.principal.arn,
            operation,
            asked.action,
            asked.resource,
            Verdict.ALLOWED.name,
            asked.resource_account or "",
            '{"context":{},"policy_type":"no permission is needed"}',
        ),
    )
