"""Parts of pages in HTML: what is allowed on one side and not on the other, with the requests that show it.

Of findings only their form as JSON is read (`Finding.to_dict`), so that it does not matter where they were kept.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from launchrole.html import Markup, definitions, diff, element, folded, joined, listing, sentence, source
from launchrole.reasoning import Difference, Finding, Flag, Undecided, Verdict

ADDED, REMOVED = "yellow", "violet"
"""The tones of what is newly allowed, and of what is taken away."""

TONES = {
    Verdict.EQUIVALENT: "green",
    Verdict.ADDS: ADDED,
    Verdict.REMOVES: REMOVED,
    Verdict.BOTH: "red",
    Verdict.UNDECIDED: "yellow",
}
"""The tones of verdicts."""

_IN_HEADING = 3
"""Actions that a heading names; more are listed below it."""


def direction(heading: str, difference: Difference, giver: str, other: str, tone: str, level: int) -> Markup:
    """What one side (`giver`) allows and the other does not, or that this is proved to be nothing. `level` is that of
    the heading."""
    if difference.is_proved_empty:
        told = f"Proved: nothing. Of all requests that there can be, {giver} allows none that {other} does not."
    elif not difference.findings:
        told = f"No request was found that {giver} allows and {other} does not; that there is none is not proved."
    else:
        further = "Some of it is undecided." if difference.undecided else "Beside these there is nothing: proved."
        told = f"Each finding is shown by a request that {giver} allows and {other} does not. {further}"
    return element(
        "section",
        element(f"h{level}", heading),
        element("p", told),
        *(finding(one, giver, other, tone, level + 1) for one in difference.findings),
        *(undecided(one, level + 1) for one in difference.undecided),
    )


def finding(
    found: Finding, giver: str, other: str | None, tone: str, level: int = 3, *, names_policy: bool = False
) -> Markup:
    """A finding. Without `other` it is about what a policy allows, and beside nothing. `names_policy`: of several
    policies it says whose statement it is."""
    given: Mapping[str, Any] = found.to_dict()
    actions = [_action(one) for one in given["actions"]]
    further = len(actions) - _IN_HEADING
    title = joined([joined(actions[:_IN_HEADING], ", "), f" and {further:,} more" if further > 0 else ""])
    shown = "A request that shows it" if other is None else f"A request that {giver} allows and {other} does not"
    rows = [
        ("what", listing(actions, "actions", "columns") if further > 0 else ""),
        ("on", _resources(given)),
        ("if", _each(given["conditions"], "and ")),
        ("else", joined([f"under {other}: ", _each(given["otherwise"])]) if other is not None else ""),
        ("by", joined([f"{given['policy']}, " if names_policy and given["policy"] else "", _by(given)])),
        *(("note", Flag[name.upper()].value) for name in given["flags"]),
    ]
    return element(
        "article",
        element(f"h{level}", title),
        definitions(rows),
        element("p", f"{shown}:", class_="shown"),
        definitions(_request(given["witness"])),
        class_=tone,
    )


def _action(grant: Mapping[str, Any]) -> Markup:
    name = element("code", grant["name"] or grant["pattern"])
    level = grant["accessLevel"] if grant["name"] else "actions to come"
    return joined([name, " ", element("small", level)]) if level else name


def _resources(given: Mapping[str, Any]) -> str:
    listed = [_resource(one) for one in given["resources"]]
    if not listed:
        return ""
    return joined(["all but " if given["notResource"] else "", listing(listed, "resources")])


def _resource(given: Mapping[str, Any]) -> Markup:
    pattern = element("code", given["pattern"])
    if not given["less"]:
        return pattern
    return joined([pattern, " less ", joined((element("code", one) for one in given["less"]), ", ")])


def _each(sentences: Sequence[str], between: str = "") -> str:
    """A sentence, or several below each other."""
    lines = [joined([between if place else "", sentence(one)]) for place, one in enumerate(sentences)]
    return listing(lines, "sentences", "several") if len(lines) > 1 else joined(lines)


def _by(given: Mapping[str, Any]) -> Markup:
    return sentence(_statement(given["statementIndex"], given["statementId"]))


def _statement(index: int | None, sid: str | None) -> str:
    if index is None:
        return "the policy"
    return f"statement {index + 1}{f' (`{sid}`)' if sid else ''}"


def _request(witness: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "who", element("code", witness["principal"])
    yield "canonical user", element("code", witness["canonicalUserId"]) if "canonicalUserId" in witness else ""
    yield "asks for", element("code", witness["action"])
    yield "on", element("code", witness["resource"])
    pairs = [
        joined([element("code", key), " = ", element("code", _value(value))])
        for key, value in witness["context"].items()
    ]
    yield "with", listing(pairs, "context keys") if pairs else ""


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def undecided(one: Undecided, level: int = 3) -> Markup:
    """What is neither shown nor ruled out."""
    actions = [element("code", name) for name in one.actions]
    rows = [("why", one.reason), ("of", listing(actions, "actions", "columns") if actions else "")]
    head = element(f"h{level}", "Undecided: ", sentence(_statement(one.statement_index, one.sid)))
    return element("article", head, definitions(rows), class_="yellow")


def texts(old_name: str, new_name: str, old: str, new: str) -> Markup:
    """Two documents line by line, in the same layout."""
    lines = difflib.unified_diff(
        pretty(old).splitlines(), pretty(new).splitlines(), old_name, new_name, n=3, lineterm=""
    )
    changed = "\n".join(lines)
    told = diff(changed) if changed else element("p", "The two say the same, word for word.")
    return folded("The documents, line by line", [told])


def text(document: str) -> Markup:
    """A document as a whole."""
    return folded("The document", [source(pretty(document))])


def pretty(document: str) -> str:
    """A document in the layout of all pages."""
    return json.dumps(json.loads(document), indent=2, ensure_ascii=False)
