"""`launchrole policies who-can`: which policies, or which roles of an account, allow an action on a resource."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from launchrole.cli.input import InputError, key_and_value
from launchrole.cli.options import output_option_with
from launchrole.cli.output import labelled, styled
from launchrole.cli.policies.checking import warn_of_action
from launchrole.cli.policies.opening import document_of, opened
from launchrole.cli.policies.rendering import rows_of
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.policy.errors import PolicyError

if TYPE_CHECKING:
    from launchrole.policy.document import PolicyDocument
    from launchrole.preflights.subject import Role
    from launchrole.reasoning import Finding
    from launchrole.registry import Registry
    from launchrole.registry.holders import Answer, Holder, WhoCan


@dataclass(frozen=True)
class _Asked:
    """Who is asked about. `number` counts those that were ruled out before, too; `unknown` are roles that were not
    asked, with the reason."""

    what: str
    holders: Sequence[Holder]
    number: int
    unknown: Mapping[str, str] = field(default_factory=dict)


@click.command(context_settings=CONTEXT)
@click.argument("action", metavar="ACTION")
@click.argument("resource", metavar="RESOURCE")
@click.option(
    "--policy", "named", metavar="NAME[:vN]|FILE", multiple=True, help="Ask about this policy only; repeat it."
)
@click.option("--all-versions", is_flag=True, help="Ask about every known version, not the default ones only.")
@click.option(
    "--exported",
    metavar="DIR|FILE",
    help="Ask about the roles of an account, each with all its policies and its boundary: answers of `aws iam "
    "get-account-authorization-details`, or of get-role and its kin.",
)
@click.option(
    "--context",
    "pairs",
    metavar="KEY=VALUE",
    multiple=True,
    help="Only requests with this value of a context key; repeat it, a key too for one with several values.",
)
@output_option_with("html")
@state_option
def command(
    action: str,
    resource: str,
    named: Sequence[str],
    all_versions: bool,
    exported: str | None,
    pairs: Sequence[str],
    output: str,
    state: Path | None,
) -> None:
    """Find the policies that allow ACTION on RESOURCE: by which statement, under which conditions, with a request that
    shows it. Denies and conditions count; who is not named is proved to allow nothing of it.

    \b
    launchrole policies who-can codestar-connections:PassConnection '*'
    launchrole policies who-can 'iam:Pass*' arn:aws:iam::123456789012:role/Admin --exported account.json

    ACTION may have wildcards and means one of the actions that it matches. RESOURCE is an ARN; with wildcards it means
    some resource that it matches, and * any. Of context keys that --context does not give, any value counts.

    All managed policies are asked in their default versions, unless --policy names some; with --exported the roles of
    the account instead. Service control policies and policies of resources are not among them.

    Exit codes: 0 nobody can, which is proved, 1 somebody can, 2 usage or unreadable input, 3 nobody is known to, and
    something is undecided.
    """
    from launchrole.registry.holders import Question, WhoCan

    if action != "*" and not all(action.partition(":")):
        raise click.UsageError(
            f"ACTION {action}: write it with the service's prefix, such as s3:GetObject or iam:Pass*"
        )
    if not resource.startswith(("arn:", "*", "?")):
        raise click.UsageError(f"RESOURCE {resource}: write an ARN, a pattern of ARNs, or * for any resource")
    question = Question(action, resource, _context(pairs))
    try:
        who = WhoCan(question)
        with opened(state) as registry:
            asked = _asked(registry, who, named, exported, all_versions=all_versions)
            answers = [who.ask(one) for one in asked.holders]
    except PolicyError as error:
        raise InputError(str(error)) from None
    warn_of_action(action)
    can = [one for one in answers if one.access.findings]
    undecided = [one for one in answers if one.access.undecided and not one.access.findings]
    if output == "json":
        told = _as_json(question.context, action, resource, asked, can, undecided)
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    elif output == "html":
        from launchrole.cli.policies.html import who_can_page

        told_of = " ".join(_told(asked, can))
        click.echo(who_can_page(f"{action} on {resource}", told_of, can, undecided, asked.unknown))
    else:
        _print(f"{action} on {resource}", asked, can, undecided)
    raise SystemExit(1 if can else 3 if undecided or asked.unknown else 0)


def _context(pairs: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in pairs:
        key, value = key_and_value("--context", text)
        found.setdefault(key, []).append(value)
    return found


# Who is asked


def _asked(
    registry: Registry, who: WhoCan, named: Sequence[str], exported: str | None, *, all_versions: bool
) -> _Asked:
    from launchrole.registry.holders import Holder, holders

    if exported is not None:
        if named or all_versions:
            raise click.UsageError("--exported asks about roles as they are; leave out --policy and --all-versions")
        return _roles(exported)
    if not named:
        found, number = holders(registry, who, all_versions=all_versions)
        return _Asked("versions of policies" if all_versions else "policies", found, number)
    documents = [one for text in named for one in _documents(registry, text, all_versions=all_versions)]
    chosen = [Holder(one.name or "", (one,)) for one in documents]
    return _Asked("versions of policies" if all_versions else "policies", chosen, len(chosen))


def _documents(registry: Registry, text: str, *, all_versions: bool) -> Iterator[PolicyDocument]:
    """The policies that `--policy` names."""
    from launchrole.registry.proofs import parsed
    from launchrole.registry.registry import split

    if all_versions and not text.endswith(".json") and split(text)[1] is None:
        known = [one for one in registry.policy(text).versions if one.digest is not None]
        yield from (parsed(registry, one) for one in known)
    else:
        yield document_of(registry, text)


def _roles(path: str) -> _Asked:
    from launchrole.preflights.errors import PreflightError
    from launchrole.preflights.role_exports import all_exported

    try:
        found = all_exported(path)
    except PreflightError as problem:
        raise InputError(str(problem)) from None
    number = len(found.roles) + len(found.incomplete)
    return _Asked("roles", [_holder(one) for one in found.roles], number, found.incomplete)


def _holder(role: Role) -> Holder:
    from launchrole.policy.document import parse
    from launchrole.registry.holders import Holder

    boundary = None if role.boundary is None else parse(role.boundary.text, name=role.boundary.name)
    documents = tuple(parse(one.text, name=one.name, arn=one.arn) for one in role.policies)
    return Holder(role.name, documents, boundary, role.arn, is_role=True)


# What is told


def _told(asked: _Asked, can: Sequence[Answer]) -> tuple[str, str]:
    """How many of those that were asked, and what they do."""
    return f"{len(can) or 'none'} of {asked.number:,} {asked.what}", "can" if asked.what == "roles" else "allow it"


def _print(what: str, asked: _Asked, can: Sequence[Answer], undecided: Sequence[Answer]) -> None:
    number, verb = _told(asked, can)
    click.echo(f"{what}: {styled(number, 'yellow' if can else 'green', bold=True)} {verb}")
    for answer in can:
        click.echo("")
        click.echo(styled(answer.holder.name, "", bold=True))
        for finding in answer.access.findings:
            for line in _lines(answer.holder, finding):
                click.echo(line)
        for deny in answer.denies:
            click.echo(labelled("but", deny))
    for answer in undecided:
        click.echo("")
        click.echo(styled(f"{answer.holder.name}: undecided", "yellow", bold=True))
        for one in answer.access.undecided:
            click.echo(labelled("why", one.reason))
    for arn, reason in asked.unknown.items():
        click.echo("")
        click.echo(styled(f"{arn}: not asked", "yellow", bold=True))
        click.echo(labelled("why", reason))


def _lines(holder: Holder, finding: Finding) -> Iterator[str]:
    sid = f" ({finding.sid})" if finding.sid else ""
    policy = f"{finding.policy}, " if holder.is_role else ""
    yield labelled("by", f"{policy}statement {finding.statement_index + 1}{sid}")
    for label, told in rows_of(finding):
        if label != "else":  # the other side allows nothing at all
            yield labelled(label, told)


def _as_json(
    context: Mapping[str, Sequence[str]],
    action: str,
    resource: str,
    asked: _Asked,
    can: Sequence[Answer],
    undecided: Sequence[Answer],
) -> dict[str, object]:
    return {
        "action": action,
        "resource": resource,
        "context": {key: list(values) for key, values in context.items()},
        "asked": {"what": "roles" if asked.what == "roles" else "policies", "number": asked.number},
        "can": [_answer_as_dict(one) for one in can],
        "undecided": [
            *(
                {"name": one.holder.name, "statements": [each.to_dict() for each in one.access.undecided]}
                for one in undecided
            ),
            *({"name": arn, "reason": reason} for arn, reason in asked.unknown.items()),
        ],
    }


def _answer_as_dict(answer: Answer) -> dict[str, object]:
    findings = [one.to_dict() for one in answer.access.findings]
    for one in findings:
        del one["otherwise"]  # the other side allows nothing at all
    return {
        "name": answer.holder.name,
        "arn": answer.holder.arn,
        "statements": findings,
        "denies": list(answer.denies),
        "undecided": [each.to_dict() for each in answer.access.undecided],
    }
