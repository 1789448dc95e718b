"""What the checks share: AWS' answers, printed with the requests that show why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from launchrole.cli.input import InputError
from launchrole.cli.output import labelled, styled, wrapped
from launchrole.reasoning import CheckAnswer, CheckUndecided, ReasoningError, request_as_dict
from launchrole.registry.proofs import witness_in_words

POLICY_TYPES = {"identity": "IDENTITY_POLICY", "resource": "RESOURCE_POLICY"}


def policy_type_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--type`."""
    option = click.option(
        "--type",
        "policy_type",
        type=click.Choice(list(POLICY_TYPES)),
        default="identity",
        show_default=True,
        help="Whether the policies belong to callers or to resources.",
    )
    return option(function)


def answered(ask: Callable[[], CheckAnswer], output: str, direction: str) -> int:
    """Print the answer to a check, and give the exit code: 0 PASS, 1 FAIL, 3 undecided. Raises InputError."""
    try:
        answer = ask()
    except CheckUndecided as error:
        click.echo(_undecided(str(error), output))
        return 3
    except ReasoningError as error:
        raise InputError(str(error)) from None
    if output == "json":
        click.echo(json.dumps(_as_dict(answer, direction), indent=2, ensure_ascii=False))
    elif output == "html":
        from launchrole.cli.policies.html import check_page

        click.echo(check_page(answer))
    else:
        word = styled(answer.result, "green" if answer.result == "PASS" else "red", bold=True)
        click.echo(wrapped(f"{word}: {answer.message}"))
        for reason in answer.reasons:
            click.echo(wrapped(reason.description))
            for finding in reason.findings:
                click.echo(labelled("shown", witness_in_words(finding.witness)))
    return 0 if answer.result == "PASS" else 1


def _undecided(message: str, output: str) -> str:
    if output == "html":
        from launchrole.cli.policies.html import undecided_page

        return undecided_page(message)
    return json.dumps({"result": None, "message": message}) if output == "json" else f"undecided: {message}"


def _as_dict(answer: CheckAnswer, direction: str) -> dict[str, object]:
    """AWS' answer; `direction` and `witnesses` are launchrole's own."""
    reasons = [
        {
            **reason.to_dict(),
            "direction": direction,
            "witnesses": [request_as_dict(finding.witness) for finding in reason.findings],
        }
        for reason in answer.reasons
    ]
    return {**answer.to_dict(), "reasons": reasons}


def warn_of_action(action: str) -> None:
    """Say on standard error that no such action is known, which a typing error may be behind, or that policies do not
    matter for it."""
    from launchrole.facts import actions as reference
    from launchrole.policy.policy_type import ALWAYS_ALLOWED_ACTIONS

    if action.lower() in ALWAYS_ALLOWED_ACTIONS:
        click.echo(f"{action} needs no permission: everybody can, whatever policies say", err=True)
    prefix = action.partition(":")[0]
    if reference.actions_matching(action) or any(one in prefix for one in "*?"):
        return
    service = reference.service(prefix)
    known = [one.full_name for one in service.actions.values()] if service else []
    near = reference.nearest(action, known)
    hint = f"; did you mean {near}?" if near else ""
    click.echo(f"AWS documents no action {action}{hint}", err=True)
