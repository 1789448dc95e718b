"""The command line: one file per verb; argument parsing and rendering only."""

from __future__ import annotations

import importlib
from collections.abc import Iterable

import click

_VERBS = {
    "up": "Start AWS accounts on this machine, IAM enforced on every call.",
    "decisions": "Show what was allowed and denied, as it happens.",
    "explain": "Say why a call was denied, what came nearest, and the smallest fix.",
    "evaluate": "Decide one request, say why, and what would allow it.",
    "test": "Run decision cases: unit tests of policies.",
    "validate": "Find what AWS refuses in a policy, and what is doubtful.",
    "export": "Write a state to a file, as data.",
    "import": "Make a state from such a file.",
    "reset": "Delete a state.",
}

_MODULES = {"import": "import_"}


class _Verbs(click.Group):
    """Loads a verb's module when the verb is asked for: start-up is part of the product."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _VERBS:
            return None
        command = importlib.import_module(f"{__name__}.{_MODULES.get(cmd_name, cmd_name)}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_rows()))


def _rows() -> Iterable[tuple[str, str]]:
    return _VERBS.items()


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="launchrole", message="launchrole %(version)s")
def main() -> None:
    """Launch under a launch role's policies, and know before AWS says so why it would be denied.

    Exit codes: 0 fine, 1 findings or an unexpected verdict, 2 usage or unreadable input, 3 undecided.
    """
