"""What a rehearsal has left untried: what comes after a failure, and the code of custom resources."""

from __future__ import annotations

from collections.abc import Iterator

from launchrole.preflights.assumptions import is_left_out, known_values
from launchrole.preflights.catalogue import kinds
from launchrole.preflights.places import Places
from launchrole.preflights.rehearsal import Rehearsal
from launchrole.preflights.report import Finding
from launchrole.preflights.subject import Wanted
from launchrole.services.cloudformation.handlers import registry

_NOT_REACHED, _NOT_RUN = "LR905", "LR906"


def findings(rehearsal: Rehearsal, wanted: Wanted, places: Places) -> Iterator[Finding]:
    """What nobody has looked at, so that a report without denials is not taken for more than it is."""
    untried = [*_resources(rehearsal, wanted, places), *_operations(rehearsal, wanted)]
    if untried and rehearsal.types:  # otherwise the launch is refused as a whole, and what is said of it is enough
        message = f"not tried, because something before it fails: {', '.join(untried)}; mend that and look again"
        yield Finding(_NOT_REACHED, kinds()[_NOT_REACHED].level, message)
    for path, type in rehearsal.types.items():
        if registry.is_custom(type) and type not in wanted.responses:
            file, line = places.of_resource(path)
            message = (
                "its function was not run: the answer was made up, and the calls that the function would make were not "
                f"tried; --custom-resource {type}=FILE says what it answers"
            )
            yield Finding(_NOT_RUN, kinds()[_NOT_RUN].level, message, "/".join(path), type, file, line)


def _resources(rehearsal: Rehearsal, wanted: Wanted, places: Places) -> Iterator[str]:
    """The launch's own resources that a failed creation did not come to."""
    if "create" in rehearsal.done or places.own is None:
        return
    known = known_values(places.own, wanted)
    for name, resource in places.own.written_out.items():
        if (name,) not in rehearsal.types and not is_left_out(resource, known):
            yield name


def _operations(rehearsal: Rehearsal, wanted: Wanted) -> Iterator[str]:
    for operation in wanted.operations:
        if operation not in rehearsal.reached:
            yield f"the {operation}"
