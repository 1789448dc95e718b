"""`launchrole policies claims`: what is said of a policy, held against what it allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from launchrole.cli.input import InputError, read_text
from launchrole.cli.options import output_option
from launchrole.cli.output import labelled, styled
from launchrole.cli.policies.opening import opened
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY

if TYPE_CHECKING:
    from launchrole.registry import Policy, Registry
    from launchrole.registry.claims import Checked, InVain
    from launchrole.registry.history import Version
    from launchrole.registry.prose import Description

_LONGEST = 16 * 1_048_576
"""Bytes of a page; AWS' longest is below one."""


@click.command(context_settings=CONTEXT)
@click.argument("named", metavar="[NAME[:vN]]", default=LAUNCH_ROLE_POLICY)
@click.option(
    "--text", "file", metavar="FILE", help="Prose about the policy: text, Markdown or HTML; - reads standard input."
)
@output_option
@state_option
def command(named: str, file: str | None, output: str, state: Path | None) -> None:
    """Hold prose about a policy against the policy: services and actions that the prose says are allowed and that the
    policy allows nothing of, and services that the policy allows and the prose does not mention.

    \b
    launchrole policies claims
    launchrole policies claims AmazonSageMakerFullAccess --text page.html

    Without --text it is what AWS' page says of the launch role's policy, held against the version that the page shows;
    with --text the default version, unless another is named. Of a page with several policies the part under the heading
    "AWS managed policy: NAME" is read. Reading is by words: a service counts as said where a sentence about permissions
    or an item of a list ("codebuild - Allows ...") names it.

    Exit codes: 0 all of it holds, 1 something does not, 2 usage or unreadable input, 3 something is undecided.
    """
    from launchrole.policy.errors import PolicyError
    from launchrole.registry.claims import checked

    try:
        with opened(state) as registry:
            policy, version, description = _said(registry, named, file)
            found = checked(registry, policy, version, description)
    except PolicyError as error:
        raise InputError(str(error)) from None
    if output == "json":
        click.echo(json.dumps(_as_json(found), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(found)))
    raise SystemExit(1 if not found.holds else 3 if found.undecided else 0)


def _said(registry: Registry, named: str, file: str | None) -> tuple[Policy, Version, Description]:
    """What is said, and of which version."""
    from launchrole.files import display_name
    from launchrole.registry.claims import shipped_descriptions
    from launchrole.registry.prose import described
    from launchrole.registry.registry import split

    name, number = split(named)
    policy = registry.policy(name)
    if file is not None:
        description = described(read_text(file, _LONGEST), policy.key, display_name(file))
        if not description.services and not description.actions:
            raise InputError(
                f"{display_name(file)} says of no service that {policy.key} allows it: give the text that lists its "
                "permissions"
            )
        return policy, registry.version(named), description
    shipped = shipped_descriptions().get(policy.key)
    if shipped is None:
        known = ", ".join(shipped_descriptions())
        raise InputError(
            f"what is said of {policy.key} does not ship; give it as --text FILE (there is that of {known})"
        )
    return policy, registry.version(named if number else f"{name}:{shipped.version}"), shipped.description


def _lines(found: Checked) -> Iterator[str]:
    from launchrole.registry.log import listed
    from launchrole.registry.service_names import name_of

    reference = found.version.reference
    number = len(found.in_vain) + len(found.not_allowed) + len(found.unnamed)
    told = (
        styled("all of it holds", "green", bold=True) if found.holds else styled(f"{number} not so", "red", bold=True)
    )
    yield f"{found.description.source} about {reference}: {told}"
    false = styled("-", "red", bold=True)
    for vain in found.in_vain:
        yield f"{false} {vain.named.written}: named, and {found.version.name} allows nothing of it"
        yield labelled("where", vain.named.place)
        yield labelled("else", _elsewhere(vain))
    for said in found.not_allowed:
        how = "said in words" if said.in_words else "named"
        yield f"{false} {said.action}: {how}, and {found.version.name} does not allow it"
        yield labelled("where", said.place)
    for prefix, actions in found.unnamed.items():
        yield f"{styled('+', 'yellow', bold=True)} {name_of(prefix)} ({prefix}): allowed, and not mentioned"
        yield labelled("what", listed(actions))
    for prefix in found.undecided:
        yield f"{styled('?', 'yellow', bold=True)} {name_of(prefix)} ({prefix}): it is undecided what is allowed"


def _elsewhere(vain: InVain) -> str:
    from launchrole.registry.log import listed

    return f"{listed(vain.others)} allow some of it" if vain.others else "no other known version does"


def _as_json(found: Checked) -> dict[str, object]:
    return {
        "policy": found.version.reference,
        "source": found.description.source,
        "holds": found.holds,
        "namedInVain": [
            {
                "name": one.named.written,
                "services": sorted(one.named.prefixes),
                "place": one.named.place,
                "otherVersions": list(one.others),
            }
            for one in found.in_vain
        ],
        "notAllowed": [
            {"action": one.action, "inWords": one.in_words, "place": one.place} for one in found.not_allowed
        ],
        "notMentioned": [{"service": prefix, "actions": list(actions)} for prefix, actions in found.unnamed.items()],
        "undecided": list(found.undecided),
    }
