"""Receipts: what became of the calls that a job has made, so that a job which is begun again makes none of them twice.

A job of a service (a stack's creation) consists of calls, each of its own transaction. A process may be killed between
any two of them. Each call of a job therefore leaves a receipt, written in the same transaction as what the call
changed; begun again, the job goes through the same steps, and where a step has a receipt, that is the answer.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from dataclasses import dataclass

from launchrole.account.errors import ServiceError
from launchrole.account.http import HttpResponse


@dataclass(frozen=True, slots=True)
class Once:
    """A step of a job, to be done once. Steps of one job have names of their own."""

    job: str
    step: str


def find(connection: sqlite3.Connection, once: Once) -> HttpResponse | ServiceError | None:
    """What became of a step: the service's answer, its refusal, or None where it was not taken."""
    row = connection.execute(
        "SELECT document FROM receipts WHERE job = ? AND step = ?", (once.job, once.step)
    ).fetchone()
    if row is None:
        return None
    found = json.loads(row[0])
    if "code" in found:
        return ServiceError(found["code"], found["message"], found["status"])
    return HttpResponse(found["status"], found["headers"], base64.b64decode(found["body"]))


def keep(connection: sqlite3.Connection, once: Once, outcome: HttpResponse | ServiceError) -> None:
    """Write what became of a step; it is committed with what the step changed."""
    document: dict[str, object]
    if isinstance(outcome, ServiceError):
        document = {"code": outcome.code, "message": outcome.message, "status": outcome.status}
    else:
        body = base64.b64encode(outcome.body).decode()
        document = {"status": outcome.status, "headers": dict(outcome.headers), "body": body}
    connection.execute("INSERT INTO receipts VALUES (?, ?, ?)", (once.job, once.step, json.dumps(document)))


def forget(connection: sqlite3.Connection, job: str, prefix: str = "") -> None:
    """Remove the receipts of a job, those of the steps whose names begin with `prefix`."""
    connection.execute(
        "DELETE FROM receipts WHERE job = ? AND step >= ? AND step < ?", (job, prefix, prefix + "\U0010ffff")
    )
