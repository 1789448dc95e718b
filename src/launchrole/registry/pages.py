"""Pages in HTML that need nothing else: two policies side by side, one version of a policy, all of its versions.

Whatever policies, notes and names hold is escaped (`launchrole.html`). `page` is the change log in Markdown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from launchrole.html import Markup, badge, definitions, document, element, folded, joined, link, table
from launchrole.reasoning import Comparison, Difference, Verdict
from launchrole.registry.history import Policy, Version, dates_of, day_of
from launchrole.registry.log import Row, listed, log, proved, row
from launchrole.registry.page import COLUMNS, INTRODUCTION
from launchrole.registry.proofs import MEANINGS, action_names
from launchrole.registry.registry import Registry, split
from launchrole.registry.sections import ADDED, REMOVED, TONES, direction, finding, text, texts, undecided

UrlOf = Callable[[Version], str | None]
"""Where the page of a version is; None for one that has none."""

_COMPARED = "All requests that there can be are compared, in both directions; each finding has a request that shows it."


def diff_page(old_name: str, new_name: str, comparison: Comparison, old_text: str, new_text: str) -> str:
    """What one document allows beside another, in both directions, with the documents line by line."""
    verdict = comparison.verdict
    old_short, new_short = _short(old_name, new_name)
    parts = [
        element(
            "header",
            badge(verdict.value, TONES[verdict]),
            element("h1", f"{new_name}: {MEANINGS[verdict]}"),
            element("p", "compared with ", element("b", old_short)),
            element("p", _COMPARED),
        ),
        definitions(_in_short(comparison)),
        *_directions(comparison, old_short, new_short),
        texts(old_name, new_name, old_text, new_text),
    ]
    return document(f"{verdict.value}: {new_name} beside {old_name}", parts, "policies diff")


def version_page(registry: Registry, policy: Policy, version: Version, url_of: UrlOf | None = None) -> str:
    """What a version changed: its date, what is said of it, what was proved, and the documents.

    `url_of` tells where the pages of the versions before and after it are.
    """
    found = row(registry, policy, version)
    word, meaning = _verdict(found)
    rows: list[tuple[str, str]] = [
        ("IAM's date", _date(version)),
        ("period", dates_of(version)),
        *_claims(found),
        *_neighbours(policy, version, url_of),
    ]
    parts = [
        element(
            "header",
            badge(word, _tone(found)),
            element("h1", f"{policy.key} {version.name}: {meaning}"),
            element("p", policy.arn or "", class_="where"),
        ),
        definitions(rows),
        element("h2", "What was proved"),
        element("ul", *(element("li", one) for one in proved(found))),
        *_changes(registry, found),
    ]
    return document(f"{policy.key} {version.name}: {word}", parts, "policies log")


def log_page(registry: Registry, policy: Policy, url_of: UrlOf | None = None) -> str:
    """All versions in a table, the newest first, and below it what was found of each, at `#v4`."""
    rows = list(log(registry, policy))
    withdrawn = f"The policy is no longer offered, since {day_of(policy.withdrawn)}." if policy.withdrawn else ""
    parts = [
        element(
            "header",
            element("h1", f"What changed in {policy.key}"),
            element("p", policy.arn or "", class_="where"),
            element("p", " ".join(INTRODUCTION)),
            element("p", withdrawn),
        ),
        table(COLUMNS, (_cells(one) for one in rows), "stacked labelled"),
        *(_section(one, url_of) for one in rows if _has_findings(one)),
    ]
    return document(f"What changed in {policy.key}", parts, "policies log")


def _short(old_name: str, new_name: str) -> tuple[str, str]:
    """The versions alone where both are of one policy."""
    (old, old_version), (new, new_version) = split(old_name), split(new_name)
    return (old_version, new_version) if old == new and old_version and new_version else (old_name, new_name)


def _in_short(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Both directions in a line each."""
    for word, difference in (("newly allowed", comparison.added), ("taken away", comparison.removed)):
        names = action_names(difference.findings)
        unsettled = "and more is undecided" if names else "undecided"
        told = [listed(names)] if names else []
        told += [unsettled] if difference.undecided else []
        yield word, " ".join(told) or "nothing"


def _directions(comparison: Comparison, old: str, new: str, level: int = 2) -> Iterator[Markup]:
    yield direction("Newly allowed", comparison.added, new, old, ADDED, level)
    yield direction("Taken away", comparison.removed, old, new, REMOVED, level)


def _verdict(found: Row) -> tuple[str, str]:
    """The verdict, and what it means."""
    before = found.transition.before
    if found.version.reissue and before is not None:
        return "re-issued", f"the document is that of {before.name}"
    if found.verdict is not None:
        return found.verdict.value, MEANINGS[found.verdict]
    if found.transition.access is None:
        return "unknown", "nobody has its document"
    return "first version" if found.version.number == 1 else "first known version", "what it allows"


def _tone(found: Row) -> str:
    return TONES[found.verdict] if found.verdict is not None else ""


def _date(version: Version) -> str:
    note = " (when the policy was last updated)" if version.inferred else ""
    return f"{day_of(version.created)}{note}"


def _claims(found: Row) -> Iterator[tuple[str, str]]:
    for one in found.claims:
        claim = one.claim
        yield "announced", claim.announced.isoformat() if claim.announced else ""
        yield "note", _lines(claim.note)
        yield "source", link(claim.source, claim.source)


def _lines(told: str) -> Markup:
    return joined((joined([line]) for line in told.split("\n")), element("br"))


def _neighbours(policy: Policy, version: Version, url_of: UrlOf | None) -> Iterator[tuple[str, str]]:
    if url_of is None:
        return
    place = policy.versions.index(version)
    for label, at in (("before", place - 1), ("after", place + 1)):
        if 0 <= at < len(policy.versions):
            other = policy.versions[at]
            yield label, link(other.name, url_of(other), beside=True)


def _changes(registry: Registry, found: Row) -> Iterator[Markup]:
    """What a version's page shows below its head."""
    version, before, comparison = found.version, found.transition.before, found.transition.comparison
    if comparison is None or before is None:
        if found.transition.access is not None:
            yield element("h2", "What it allows")
            yield from _access(found.transition.access, version)
            yield text(registry.document(version))
        return
    yield from _directions(comparison, before.name, version.name)
    yield texts(before.reference, version.reference, registry.document(before), registry.document(version))


def _access(access: Difference, version: Version) -> Iterator[Markup]:
    for one in access.findings:
        yield finding(one, version.name, None, "")
    for each in access.undecided:
        yield undecided(each)


def _cells(found: Row) -> tuple[str, ...]:
    version = found.version
    name = element("a", version.name, href=f"#{version.name}") if _has_findings(found) else _anchor(version)
    return (
        joined([name, " (default)" if version.is_default else ""]),
        day_of(version.created),
        joined((one.claim.announced.isoformat() if one.claim.announced else "-" for one in found.claims), " "),
        joined((_lines(one.claim.note) for one in found.claims), element("br")),
        joined(proved(found), element("br")),
    )


def _anchor(version: Version) -> Markup:
    return element("span", version.name, id=version.name)


def _has_findings(found: Row) -> bool:
    return found.verdict not in (None, Verdict.EQUIVALENT) or found.transition.access is not None


def _section(found: Row, url_of: UrlOf | None) -> Markup:
    """What was found of a version; of a first one on demand, since it is all that it allows."""
    version, before, comparison = found.version, found.transition.before, found.transition.comparison
    head = element("h2", link(version.name, url_of(version) if url_of else None, beside=True), id=version.name)
    if comparison is None or before is None:
        access = found.transition.access or Difference((), ())
        return element("section", head, folded(f"What {version.name} allows", _access(access, version)))
    return element("section", head, *_directions(comparison, before.name, version.name, 3))
