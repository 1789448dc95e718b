"""Pages of the verbs that list, show and check; `launchrole.registry.pages` has those of differences and logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from launchrole.html import badge, definitions, document, element, joined, sentence, source, table
from launchrole.reasoning import CheckAnswer
from launchrole.registry import Policy, Version
from launchrole.registry.history import dates_of, day_of
from launchrole.registry.holders import Answer
from launchrole.registry.sections import finding, pretty, undecided

Rows = Sequence[Sequence[str]]


def list_page(rows: Rows) -> str:
    """Policies in a table."""
    heads = ("Policy", "Default", "IAM's date", "Versions")
    told = f"{len(rows):,} managed {'policy' if len(rows) == 1 else 'policies'}"
    return document(told, [element("h1", told), table(heads, rows, "stacked labelled")], "policies list")


def versions_page(policy: Policy, rows: Rows) -> str:
    """The versions of a policy in a table."""
    heads = ("Version", "IAM's date", "Now", "What it is", "Period")
    head = element("header", element("h1", policy.key), element("p", policy.arn or "", class_="where"))
    title = f"Versions of {policy.key}"
    return document(title, [head, table(heads, rows, "stacked labelled")], "policies versions")


def document_page(version: Version, text: str) -> str:
    """The document of a version."""
    rows = [("IAM's date", day_of(version.created)), ("period", dates_of(version))]
    head = element("header", element("h1", version.reference), definitions(rows))
    return document(version.reference, [head, source(pretty(text))], "policies show")


def check_page(answer: CheckAnswer) -> str:
    """The answer to a check, with requests that show why."""
    tone = "green" if answer.result == "PASS" else "red"
    parts = [element("header", badge(answer.result, tone), element("h1", answer.message))]
    for reason in answer.reasons:
        shown = [finding(one, "", None, tone) for one in reason.findings]
        parts.append(element("section", element("h2", reason.description), *shown))
    return document(f"{answer.result}: {answer.message}", parts, "policies check")


def undecided_page(message: str) -> str:
    """A check without an answer."""
    head = element("header", badge("undecided", "yellow"), element("h1", "Nothing was proved"), element("p", message))
    return document(f"undecided: {message}", [head], "policies check")


def who_can_page(
    what: str, told: str, can: Sequence[Answer], unsettled: Sequence[Answer], not_asked: Mapping[str, str]
) -> str:
    """Who can do `what`, with requests that show it; `told` sums it up. `not_asked` are roles, with the reason."""
    is_open = bool(unsettled or not_asked)
    word, tone = ("allowed", "yellow") if can else ("undecided", "yellow") if is_open else ("not allowed", "green")
    parts = [element("header", badge(word, tone), element("h1", what), element("p", told))]
    for one in can:
        shown = [finding(each, "", None, tone, names_policy=one.holder.is_role) for each in one.access.findings]
        rows = [("but", joined((sentence(each) for each in one.denies), element("br")))]
        parts.append(element("section", element("h2", one.holder.name), definitions(rows), *shown))
    for one in unsettled:
        reasons = [undecided(each) for each in one.access.undecided]
        parts.append(element("section", element("h2", one.holder.name), *reasons))
    for arn, reason in not_asked.items():
        parts.append(element("section", element("h2", f"{arn}: not asked"), definitions([("why", reason)])))
    return document(f"{what}: {told}", parts, "policies who-can")
