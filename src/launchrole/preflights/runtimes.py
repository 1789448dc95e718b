"""Functions whose runtime Lambda no longer takes, or soon will not. The accounts of a rehearsal take every runtime."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from launchrole.facts.lambda_runtimes import Runtime, runtimes
from launchrole.preflights.passed_roles import Launched
from launchrole.preflights.places import Places
from launchrole.preflights.report import Finding, Level

GONE = "LR203"
_FUNCTION = "AWS::Lambda::Function"


def findings(
    launched: Iterable[Launched], places: Places, today: date, made_up: Mapping[str, str]
) -> Iterator[Finding]:
    """An error for each function that AWS would refuse today, a warning for each whose runtime is deprecated. `made_up`
    are parameters with values that nobody has given."""
    for one in launched:
        name = str(one.properties.get("Runtime")) if one.type == _FUNCTION else ""
        runtime = runtimes().get(name)
        if runtime is None or today < runtime.deprecated:
            continue
        gone = runtime.no_create is not None and today >= runtime.no_create
        file, line = places.of_resource(one.path)
        level = Level.ERROR if gone else Level.WARNING
        message = f"{_gone(name, runtime) if gone else _going(name, runtime)}{_instead(runtime)}"
        yield Finding(
            GONE,
            level,
            message,
            "/".join(one.path),
            one.type,
            file,
            line,
            "create",
            "lambda:CreateFunction",
            depends_on=tuple(f"parameter:{parameter}" for parameter, value in made_up.items() if value == name),
        )


def _gone(name: str, runtime: Runtime) -> str:
    return f"Lambda creates no function with the runtime {name} since {runtime.no_create}"


def _going(name: str, runtime: Runtime) -> str:
    until = f"; from {runtime.no_create} on Lambda creates no function with it" if runtime.no_create else ""
    return f"the runtime {name} is deprecated since {runtime.deprecated}{until}"


def _instead(runtime: Runtime) -> str:
    return f": use {runtime.successor}" if runtime.successor else ""
