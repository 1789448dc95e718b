"""AWS' sentence about a denial: finding it in a text, the decision that it is about, and what it tells by itself."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import TYPE_CHECKING

from launchrole.cli.output import labelled, wrapped

if TYPE_CHECKING:
    from launchrole.account.decisions import StoredDecision

SENTENCE = re.compile(
    r"User: (?P<principal>\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: (?P<resource>\"[^\"]*\"|[a-z]+ \S+|\S+))?"
)


def decision_of(connection: sqlite3.Connection, sentence: re.Match[str]) -> StoredDecision | None:
    """The newest denial that a sentence may be about."""
    from launchrole.account import decisions

    return decisions.like(connection, sentence["principal"], sentence["action"], _arn(sentence))


def _arn(sentence: re.Match[str]) -> str | None:
    resource = (sentence["resource"] or "").strip('"').rstrip(".,")
    return resource if resource.startswith("arn:") else None


def of_sentence(text: str, sentence: re.Match[str]) -> list[str]:
    """What AWS' words alone tell."""
    action, resource = sentence["action"], _arn(sentence) or "*"
    lines = [wrapped(f"{sentence['principal']} asked for {action}" + (f" on {resource}" if resource != "*" else ""))]
    explicit = re.search(
        r"with an explicit deny(?: in (?:an?|the) (?P<type>[a-zA-Z -]+?))?(?:: (?P<arn>arn:\S+))?(?:[.\s]|$)", text
    )
    implicit = re.search(r"because no (?P<type>[a-zA-Z -]+?) allows", text)
    if explicit is not None:
        where = explicit["type"] or "policy"
        lines.append(
            labelled(
                "why",
                f"a statement with Effect Deny in the {where} matches"
                + (f": {explicit['arn']}" if explicit["arn"] else ""),
            )
        )
        lines.append(
            labelled("fix", "no Allow outweighs it: narrow that Deny, or change the request so that it does not match")
        )
        return lines
    kind = implicit["type"] if implicit is not None else "identity-based policy"
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    lines.append(labelled("why", f"no statement of the {kind} allows it"))
    lines.append(labelled("fix", f"add to the {kind}: {json.dumps(statement)}"))
    lines.append(labelled("more", "with the policies at hand, `launchrole evaluate` says what came nearest"))
    return lines
