"""A group of verbs whose modules are loaded when they are asked for: start-up is part of the product."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
"""How click shows the help of every verb."""


class Verbs(click.Group):
    """`verbs` says of each verb what it does. It is the `command` of a module of `package` that has the verb's name, or
    the one in `modules`."""

    def __init__(
        self,
        *args: Any,
        package: str,
        verbs: Mapping[str, str],
        modules: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._package = package
        self._verbs = dict(verbs)
        self._modules = dict(modules or {})

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self._verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in self._verbs:
            return None
        module = importlib.import_module(f"{self._package}.{self._modules.get(cmd_name, cmd_name)}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(self._verbs.items()))
