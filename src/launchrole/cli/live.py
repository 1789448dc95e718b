"""What happens to resources, shown as it happens: a tree on a terminal, a line for each step in a pipe.

Whoever launches something tells a view its steps; which verb that is does not matter here.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

import click

from launchrole.cli.output import labelled, styled, width

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text
    from rich.tree import Tree

WIDEST = 140
"""Columns: a tree is not drawn wider, however wide the terminal is."""

_WITH_TYPES = 110
"""Columns from which on the tree shows the resources' types."""


@dataclass(frozen=True, slots=True)
class Step:
    """A resource has another status now. `path` are the names of what it is part of and its own, the root first;
    `instant` is in epoch seconds. `denied`: a denied call is the reason; `decision` is its id, where that is known.
    `calls` are the actions that the resource's calls have asked for, and whether they were allowed."""

    path: tuple[str, ...]
    type: str
    status: str
    instant: float
    reason: str = ""
    denied: bool = False
    decision: str | None = None
    calls: tuple[tuple[str, bool], ...] = ()


class View(Protocol):
    """Where steps are shown, as a context manager."""

    def tell(self, steps: Iterable[Step]) -> None:
        """Show steps, in their order."""

    def say(self, text: str) -> None:
        """Tell whoever watches something about the operation as a whole."""

    def __enter__(self) -> View: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def view() -> View:
    """A tree on a terminal that can draw one, else lines."""
    is_plain = not sys.stdout.isatty() or os.environ.get("TERM") == "dumb"
    return Lines() if is_plain else LiveTree()


class Silent:
    """No steps are shown: for output that a program reads."""

    def tell(self, steps: Iterable[Step]) -> None:
        pass

    def say(self, text: str) -> None:
        click.echo(text, err=True)

    def __enter__(self) -> Silent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


_COLORS = (("FAILED", "red"), ("ROLLBACK", "red"), ("IN_PROGRESS", "yellow"), ("COMPLETE", "green"))


def color(status: str) -> str:
    """The color of a status: green for what is done, yellow for what goes on, red for what failed or is rolled back."""
    return next((color for part, color in _COLORS if part in status), "white")


_SENTENCE = re.compile(r"User: \S+ is not authorized to perform: .*?(?= \(Service: |\. Encoded |$)")


def short(reason: str) -> str:
    """A reason without what CloudFormation wraps around AWS' sentence about a denial."""
    found = _SENTENCE.search(reason)
    return reason if found is None else found[0]


class Lines:
    """A line for each step. On a terminal its reason is on lines of its own, in a pipe on the same one."""

    def tell(self, steps: Iterable[Step]) -> None:
        for step in steps:
            for line in lines(step):
                click.echo(line)
        sys.stdout.flush()

    def say(self, text: str) -> None:
        click.echo(text, err=True)

    def __enter__(self) -> Lines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


def _calls(step: Step) -> str:
    """The actions of a step's calls, the denied ones marked."""
    return ", ".join(action if allowed else f"{action} (denied)" for action, allowed in step.calls)


def lines(step: Step) -> Iterable[str]:
    """A step in words."""
    moment = time.strftime("%H:%M:%S", time.localtime(step.instant))
    status = styled(step.status.ljust(18), color(step.status), bold=step.denied)
    line = f"{moment} {status} {'/'.join(step.path)}  {step.type}"
    if width() is None:
        line = f"{line}  {step.reason}" if step.reason else line
        yield f"{line}  {_calls(step)}" if step.calls else line
    else:
        yield line
        if step.reason:
            yield labelled("", step.reason, indent=3)
        if step.calls:
            yield labelled("", _calls(step), indent=3)
    if step.decision is not None:
        yield f"         launchrole explain {step.decision}"


@dataclass
class _Node:
    """A resource in the tree. `failure` is kept when a rollback follows."""

    step: Step
    begun: float
    failure: Step | None = None
    calls: tuple[tuple[str, bool], ...] = ()
    children: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        return not self.step.status.endswith("_IN_PROGRESS")

    def seconds(self, now: float) -> float:
        return max((self.step.instant if self.is_done else now) - self.begun, 0)


class LiveTree:
    """A tree of resources that is drawn anew as they change; on the way up to the terminal's height, whole at the
    end."""

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = console or Console(highlight=False)
        self._nodes: dict[tuple[str, ...], _Node] = {}
        self._roots: list[tuple[str, ...]] = []
        self._said: list[str] = []
        self._is_over = False
        self._lock = threading.RLock()  # a thread of rich's own draws
        self._live = Live(console=self._console, get_renderable=self._drawn, refresh_per_second=8)

    def __enter__(self) -> LiveTree:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        self._live.stop()

    def tell(self, steps: Iterable[Step]) -> None:
        with self._lock:
            for step in steps:
                self._take(step)

    def say(self, text: str) -> None:
        with self._lock:
            self._said.append(text)

    def _take(self, step: Step) -> None:
        node = self._nodes.get(step.path)
        if node is None:
            node = self._nodes[step.path] = _Node(step, step.instant)
            parent = self._nodes.get(step.path[:-1])
            (self._roots if parent is None else parent.children).append(step.path)
        if node.is_done:  # something else is done to it now
            node.begun = step.instant
        node.step = step
        if step.calls:
            node.calls = step.calls
        if step.status.endswith("FAILED"):
            node.failure = step

    def _drawn(self) -> RenderableType:
        from rich.console import Group
        from rich.constrain import Constrain
        from rich.text import Text

        with self._lock:
            shown = self._chosen()
            drawn: list[RenderableType] = [self._tree(path, None, shown, time.time()) for path in self._roots]
            hidden = len(self._nodes) - len(shown)
            if hidden:
                drawn.append(Text(f"… and {hidden} more that are done", style="dim"))
            drawn += [Text(text, style="yellow") for text in self._said]
        return Constrain(Group(*drawn), self._columns)

    @property
    def _columns(self) -> int:
        """Some are left free: a terminal echoes ^C behind the last line, and must not begin another one for it."""
        return min(self._console.width - 5, WIDEST)

    def _chosen(self) -> set[tuple[str, ...]]:
        """The nodes for which there is room: what goes on or failed first, then what changed last."""
        room = self._console.height - 2
        if self._is_over or len(self._nodes) <= room:
            return set(self._nodes)
        by_interest = sorted(
            self._nodes,
            key=lambda path: (
                self._nodes[path].is_done and self._nodes[path].failure is None,
                -self._nodes[path].step.instant,
            ),
        )
        chosen: set[tuple[str, ...]] = set(self._roots)
        for path in by_interest:
            if len(chosen) >= room:
                break
            chosen |= {path[: length + 1] for length in range(len(path))} & self._nodes.keys()
        return chosen

    def _tree(self, path: tuple[str, ...], tree: Tree | None, shown: set[tuple[str, ...]], now: float) -> Tree:
        from rich.tree import Tree

        node = self._nodes[path]
        label = self._label(path, node, now)
        made = Tree(label, guide_style="dim") if tree is None else tree.add(label)
        for child in node.children:
            if child in shown:
                self._tree(child, made, shown, now)
        return made

    def _label(self, path: tuple[str, ...], node: _Node, now: float) -> RenderableType:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        row = Table.grid(expand=True, padding=(0, 1, 0, 0))
        row.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        cells = [Text(path[-1], style="bold" if len(path) == 1 else "")]
        if self._columns >= _WITH_TYPES:
            row.add_column(width=36, no_wrap=True, overflow="ellipsis")
            cells.append(Text(node.step.type, style="dim"))
        row.add_column(min_width=18, no_wrap=True)
        cells.append(Text(node.step.status, style=color(node.step.status)))
        row.add_column(width=8, justify="right", no_wrap=True)
        cells.append(Text(f"{node.seconds(now):.1f} s", style="dim"))
        row.add_row(*cells)
        return Group(row, *_drawn_calls(node.calls), *self._remarks(node))

    def _remarks(self, node: _Node) -> Sequence[Text]:
        """Why a resource failed, in whatever state it is by now; else what the event of its last step says."""
        from rich.text import Text

        failure = node.failure
        if failure is None:
            is_told = node.is_done and node.step.reason
            return [Text(node.step.reason, style="dim")] if is_told else []
        remarks = [Text(short(failure.reason), style="red" if failure.denied else "yellow")]
        if failure.status != node.step.status:
            remarks[0] = Text.assemble((f"{failure.status} ", "red"), remarks[0])
        if failure.decision is not None:
            remarks.append(Text(f"launchrole explain {failure.decision}", style="bold red"))
        return remarks


def _drawn_calls(calls: Sequence[tuple[str, bool]]) -> Sequence[Text]:
    """The actions of a resource's calls on one line: what is denied stands out, without color too."""
    from rich.text import Text

    if not calls:
        return ()
    pieces = [(action, "dim") if allowed else (f"✗ {action}", "red") for action, allowed in calls]
    ordered = sorted(pieces, key=lambda piece: piece[1] == "dim")  # what was denied first: lines are cut at their end
    text = Text(no_wrap=True, overflow="ellipsis")
    for number, (piece, style) in enumerate(ordered):
        text.append("  " if number else "", style="dim")
        text.append(piece, style=style)
    return (text,)
