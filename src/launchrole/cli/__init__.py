"""The command line: one file per verb; argument parsing and rendering only."""

from __future__ import annotations

import atexit
import functools
import gc
from typing import Any

import click

from launchrole.cli.verbs import CONTEXT, Verbs

_VERBS = {
    "up": "Start AWS accounts on this machine, IAM enforced on every call.",
    "preflight": "Say what a role would be denied of a launch, why, and the smallest fix.",
    "launch": "Launch a product or a template under a launch role, through the whole chain.",
    "update": "Update what was launched, to other parameters or a newer version.",
    "terminate": "Delete what was launched.",
    "status": "Show what is launched, and how it stands.",
    "products": "List the products that can be launched.",
    "projects": "List SageMaker's projects.",
    "stack": "Create, update and delete stacks under a role, and see what was denied.",
    "policies": "Show what managed policies' versions really change; compare and check policies.",
    "decisions": "Show what was allowed and denied, as it happens.",
    "explain": "Say why a call was denied, what came nearest, and the smallest fix.",
    "evaluate": "Decide one request, say why, and what would allow it.",
    "test": "Run decision cases: unit tests of policies.",
    "validate": "Find what AWS refuses in a policy, and what is doubtful.",
    "export": "Write a state to a file, as data.",
    "import": "Make a state from such a file.",
    "reset": "Delete a state.",
}


_COLLECT_AFTER = 500_000
"""New objects between two looks for garbage. Python's own 700 has it look hundreds of times through what is being
imported and read, all of which stays."""


@functools.cache
def _collect_seldom() -> None:
    """Spare this process most looks for garbage, and the last one: at its end Python would look through everything once
    more, and take services and data apart piece by piece, before the system gets the memory back at once."""
    gc.set_threshold(_COLLECT_AFTER)
    atexit.register(gc.freeze)


class _Command(Verbs):
    """The command as a whole."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        _collect_seldom()
        return super().main(*args, **kwargs)


@click.group(cls=_Command, package=__name__, verbs=_VERBS, modules={"import": "import_"}, context_settings=CONTEXT)
@click.version_option(package_name="launchrole", message="launchrole %(version)s")
def main() -> None:
    """Launch under a launch role's policies, and know before AWS says so why it would be denied.

    Exit codes: 0 fine, 1 findings or an unexpected verdict, 2 usage or unreadable input, 3 undecided.
    """
