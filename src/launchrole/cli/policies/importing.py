"""What verbs that add to the registry say of it."""

from __future__ import annotations

from collections.abc import Iterator

from launchrole.cli.output import wrapped
from launchrole.registry import Imported

_MOST_NAMED = 5


def imported_as_text(imported: Imported) -> Iterator[str]:
    """How many events are new, and of their policies the versions that nobody has."""
    counts: dict[str, int] = {}
    for event in imported.events:
        counts[event.kind.value] = counts.get(event.kind.value, 0) + 1
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    yield (
        f"{plural(len(imported.events), 'new event')} of {plural(imported.policies, 'policy')}: {told}"
        if told
        else "nothing new"
    )
    changed = {one.policy for one in imported.events}
    lacking = [f"{policy}:v{number}" for policy, number in imported.lacking if policy in changed]
    if lacking:
        named = lacking[:_MOST_NAMED]
        more = f" and {len(lacking) - _MOST_NAMED} more" if len(lacking) > _MOST_NAMED else ""
        yield wrapped(f"missing between the versions that are there: {', '.join(named)}{more}")


def imported_as_dict(imported: Imported) -> dict[str, object]:
    """The same as JSON has it."""
    return {
        "events": [
            {"kind": one.kind.value, "policy": one.policy, "version": one.version_name or None}
            for one in imported.events
        ],
        "lacking": [f"{policy}:v{number}" for policy, number in imported.lacking],
    }


def plural(count: int, noun: str) -> str:
    """`1 policy`, `2 policies`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"
