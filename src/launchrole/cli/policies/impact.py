"""`launchrole policies impact`: what launches under one version of a policy and not under another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from launchrole.cli.input import InputError, read_policy
from launchrole.cli.options import output_option
from launchrole.cli.output import labelled, styled, table
from launchrole.cli.policies.opening import opened, text_of
from launchrole.cli.policies.rendering import VERDICT_COLORS
from launchrole.cli.state import StateFailure, default_state, state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.reasoning import Comparison, ReasoningError, Verdict
from launchrole.registry.proofs import MEANINGS, compared, parsed

if TYPE_CHECKING:
    from launchrole.policy.decision import Verdict as Decided
    from launchrole.policy.document import PolicyDocument
    from launchrole.portfolio import Product
    from launchrole.preflights.examination import Case
    from launchrole.preflights.report import Finding, Report
    from launchrole.registry import Policy, Registry
    from launchrole.registry.replaying import Replayed


@dataclass(frozen=True)
class _Sides:
    """The policy in two versions, and what is proved of them."""

    policy: Policy
    names: tuple[str, str]
    texts: tuple[str, str]
    comparison: Comparison


@click.command(context_settings=CONTEXT)
@click.argument("named", metavar="NAME")
@click.argument("templates", metavar="[TEMPLATE]...", nargs=-1)
@click.option("--from", "old", metavar="vN|FILE", required=True, help="The version, or a document, to begin with.")
@click.option("--to", "new", metavar="vN|FILE", help="The other one (default: the default version).")
@click.option(
    "--role",
    metavar="NAME",
    help="The built-in role that carries the policy (default: those that do), or the name of a launch role of this "
    "policy alone.",
)
@click.option(
    "--product", "products", metavar="ID", multiple=True, help="Of the built-in products this one; repeat it."
)
@click.option("--operation", "operations", metavar="NAMES", help="What is tried (default: create,update,delete).")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many processes.")
@click.option(
    "--decisions",
    "replay",
    is_flag=True,
    help="In place of launching the built-in products, decide once more what the state directory has recorded.",
)
@output_option
@state_option
def command(
    named: str,
    templates: Sequence[str],
    old: str,
    new: str | None,
    role: str | None,
    products: Sequence[str],
    operations: str | None,
    jobs: int,
    replay: bool,
    output: str,
    state: Path | None,
) -> None:
    """Find what launches under one version of the policy NAME and not under another: the built-in products and the
    TEMPLATEs, tried as `launchrole preflight` does it, with the denied actions, resources and logical ids.

    \b
    launchrole policies impact AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy --from v9 --to v10 --jobs 2
    launchrole policies impact Our-Launch-Policy --from v3 --to new.json --role our-launch-role template.yaml

    First the versions are compared: where they allow the same requests nothing is tried, since no launch can differ.
    Launches are the launch role's; a policy of a role that is passed on (the roles of CodeBuild, Lambda, ...) matters
    for what services will be denied under it. --decisions changes nothing in the state, and does not know what a call
    that was denied would have led to.

    Exit codes: 0 nothing differs, 1 something does, 2 usage or unreadable input.
    """
    from launchrole.policy.errors import PolicyError
    from launchrole.preflights.errors import PreflightError

    try:
        with opened(state) as registry:
            sides = _sides(registry, named, old, new)
            is_same = sides.comparison.verdict is Verdict.EQUIVALENT
            chosen = _products(products) if products or not replay else []
            replayed = _replayed(state or default_state(), sides) if replay and not is_same else None
            pairs = [] if is_same else _launched(sides, role, chosen, templates, operations, jobs)
    except (PolicyError, PreflightError) as problem:
        raise InputError(str(problem)) from None
    if output == "json":
        click.echo(json.dumps(_as_json(sides, pairs, replayed), indent=2, ensure_ascii=False))
    else:
        for line in _lines(sides, pairs, replayed):
            click.echo(line)
    raise SystemExit(1 if _differ(pairs) or (replayed and replayed.changed) else 0)


# What is looked at


def _sides(registry: Registry, named: str, old: str, new: str | None) -> _Sides:
    policy = registry.policy(named)
    first = _document(registry, policy, old)
    second = parsed(registry, policy.version(None)) if new is None else _document(registry, policy, new)
    names = (_short(first), _short(second))
    if names[0] == names[1]:
        raise click.UsageError(f"--from and --to are both {names[0]}; name two versions")
    return _Sides(policy, names, (text_of(first), text_of(second)), _compared(first, second))


def _document(registry: Registry, policy: Policy, text: str) -> PolicyDocument:
    """A version of the policy, or the document in a file."""
    if re.fullmatch(r"v[0-9]+", text):
        from launchrole.registry.events import version_number

        return parsed(registry, policy.version(version_number(text, policy.key)))
    return read_policy(text)


def _short(document: PolicyDocument) -> str:
    """`v4`, or a file's name."""
    name = document.name or ""
    return name if name.endswith(".json") else name.rpartition(":")[2]


def _compared(old: PolicyDocument, new: PolicyDocument) -> Comparison:
    try:
        return compared(old, new)
    except ReasoningError as error:
        raise InputError(str(error)) from None


def _products(named: Sequence[str]) -> list[Product]:
    """The built-in products that are named, or all."""
    from launchrole import portfolio

    known = {one.id: one for one in portfolio.products()}
    for one in named:
        if one not in known:
            raise click.UsageError(f"--product {one}: there are {', '.join(known)}")
    return [one for one in known.values() if not named or one.id in named]


def _launched(
    sides: _Sides,
    role: str | None,
    products: Sequence[Product],
    templates: Sequence[str],
    operations: str | None,
    jobs: int,
) -> list[tuple[Report, ...]]:
    """The reports of each template under both versions."""
    if not products and not templates:
        return []
    from launchrole.cli.preflight.progress import reports_of

    both = [_cases(sides, side, role, products, templates, operations) for side in (0, 1)]
    reports = reports_of([*both[0], *both[1]], fixes=False, jobs=jobs)
    return list(zip(reports[: len(both[0])], reports[len(both[0]) :], strict=True))


def _cases(
    sides: _Sides,
    side: int,
    role: str | None,
    products: Sequence[Product],
    templates: Sequence[str],
    operations: str | None,
) -> list[Case]:
    from launchrole import portfolio
    from launchrole.preflights.preflight import Settings, case_of
    from launchrole.preflights.report import OPERATIONS
    from launchrole.preflights.roles import with_version
    from launchrole.preflights.subject import ACCOUNT, Policy

    name = f"{sides.policy.key.rpartition('/')[2]}:{sides.names[side]}"
    arn = sides.policy.arn or f"arn:aws:iam::{ACCOUNT}:policy/{sides.policy.key.rpartition('/')[2]}"
    who, world = with_version(Policy(name, sides.texts[side], arn), role)
    chosen = tuple(one.strip() for one in operations.split(",")) if operations else OPERATIONS
    settings = Settings(operations=chosen)
    cases = []
    for product in products:
        bucket = portfolio.seed_bucket(settings.region, who.account)
        seeded = Settings(operations=chosen, exists=tuple(f"s3://{bucket}/{key}" for key in product.seed))
        cases.append(case_of(product.id, who, world, seeded, text=product.template))
    return [*cases, *(case_of(one, who, world, settings) for one in templates)]


def _replayed(state: Path, sides: _Sides) -> Replayed:
    from launchrole.account.store import StateError, Store
    from launchrole.registry.replaying import replayed

    try:
        store = Store.reader(state)
    except StateError as error:
        raise StateFailure(str(error)) from None
    try:
        return replayed(store.connection, sides.policy, *sides.texts)
    finally:
        store.close()


def _differ(pairs: Sequence[tuple[Report, ...]]) -> bool:
    from launchrole.cli.preflight.compare import denied_only

    return any(
        denied_only(one, other) or denied_only(other, one) or one.verdict is not other.verdict for one, other in pairs
    )


# What is told


def _lines(sides: _Sides, pairs: Sequence[tuple[Report, ...]], replayed: Replayed | None) -> Iterator[str]:
    from launchrole.cli.preflight.compare import COLORS, differences

    old, new = sides.names
    verdict = sides.comparison.verdict
    word = styled(verdict.value, VERDICT_COLORS[verdict], bold=True)
    yield f"{sides.policy.key}, {new} beside {old}: {word}, {MEANINGS[verdict]}"
    if verdict is Verdict.EQUIVALENT:
        yield "No launch can differ, which is proved; nothing was tried."
        return
    if pairs:
        rows = [(one.template, f"{old} {one.verdict.value}", f"{new} {other.verdict.value}") for one, other in pairs]
        colors = [COLORS[min(pair, key=lambda one: list(COLORS).index(one.verdict)).verdict] for pair in pairs]
        yield ""
        yield from table(rows, colors)
        for one, other in pairs:
            told = list(differences(sides.names, one, other))
            if told:
                yield ""
                yield styled(one.template, "", bold=True)
                yield from (f"  {line}" for line in told)
    if replayed is not None:
        yield ""
        yield from _lines_of(sides, replayed)


def _lines_of(sides: _Sides, replayed: Replayed) -> Iterator[str]:
    lost = f"; of {replayed.lost} others the policies are not kept any more" if replayed.lost else ""
    yield (
        f"{replayed.concerned:,} recorded decisions under {sides.policy.key}: "
        f"{len(replayed.changed) or 'no'} calls have another verdict{lost}"
    )
    for one in replayed.changed:
        verdicts = f"{sides.names[0]} {_word(one.before)}, {sides.names[1]} {_word(one.after)}"
        yield f"{one.decision.id} {styled(verdicts, 'yellow', bold=True)}"
        times = f", {one.times} times" if one.times > 1 else ""
        yield labelled("what", f"{one.decision.action} on {one.decision.resource}{times}")
        yield labelled("who", one.decision.principal)


def _word(verdict: Decided) -> str:
    return {"ALLOWED": "allowed", "UNDECIDED": "undecided"}.get(verdict.name, "denied")


def _as_json(sides: _Sides, pairs: Sequence[tuple[Report, ...]], replayed: Replayed | None) -> dict[str, object]:
    from launchrole.cli.preflight.compare import denied_only

    old, new = sides.names
    launches = [
        {
            "template": one.template,
            "from": {
                "verdict": one.verdict.value,
                "deniedHereOnly": [_finding(each) for each in denied_only(one, other)],
            },
            "to": {
                "verdict": other.verdict.value,
                "deniedHereOnly": [_finding(each) for each in denied_only(other, one)],
            },
        }
        for one, other in pairs
    ]
    return {
        "policy": sides.policy.key,
        "from": old,
        "to": new,
        "verdict": sides.comparison.verdict.value,
        "launches": launches,
        "decisions": None if replayed is None else _decisions(replayed),
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "action": finding.action,
        "resource": finding.resource,
        "logicalId": finding.logical_id,
        "operation": finding.operation,
        "principal": finding.principal,
    }


def _decisions(replayed: Replayed) -> dict[str, object]:
    return {
        "concerned": replayed.concerned,
        "lost": replayed.lost,
        "changed": [
            {
                "id": one.decision.id,
                "principal": one.decision.principal,
                "action": one.decision.action,
                "resource": one.decision.resource,
                "from": _word(one.before),
                "to": _word(one.after),
                "times": one.times,
            }
            for one in replayed.changed
        ],
    }
