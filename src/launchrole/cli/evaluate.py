"""`launchrole evaluate`: decide one request."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from launchrole.cli.input import InputError, read_policy
from launchrole.cli.output import labelled, styled
from launchrole.cli.verbs import CONTEXT
from launchrole.policy.context import Context, Given
from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.document import PolicyDocument, PolicyKind
from launchrole.policy.errors import PolicyError
from launchrole.policy.explanation import Explanation, StatementOutcome, explain, nearest_miss, summary
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.refusal import quoted
from launchrole.policy.repair import Repairs, repairs
from launchrole.policy.request import Request

_COLORS = {
    Verdict.ALLOWED: "green",
    Verdict.IMPLICITLY_DENIED: "red",
    Verdict.EXPLICITLY_DENIED: "red",
    Verdict.UNDECIDED: "yellow",
}


@click.command(context_settings=CONTEXT)
@click.option("--policy", "policies", metavar="FILE", multiple=True, help="An identity-based policy of the caller.")
@click.option("--boundary", "boundaries", metavar="FILE", multiple=True, help="The caller's permissions boundary.")
@click.option("--session-policy", "sessions", metavar="FILE", multiple=True, help="A policy passed with the session.")
@click.option(
    "--resource-policy", metavar="FILE", help="The policy of the bucket, key, queue or role (its trust policy)."
)
@click.option(
    "--scp", "scps", metavar="FILE", multiple=True, help="A service control policy; each is a level, root first."
)
@click.option(
    "--rcp", "rcps", metavar="FILE", multiple=True, help="A resource control policy; each is a level, root first."
)
@click.option("--vpc-endpoint-policy", "endpoints", metavar="FILE", multiple=True, help="The VPC endpoint's policy.")
@click.option("--principal", required=True, metavar="ARN", help="Who calls: an ARN, lambda.amazonaws.com, *anonymous*.")
@click.option("--action", required=True, metavar="ACTION", help="What for, such as s3:GetObject.")
@click.option("--resource", required=True, metavar="ARN", help="On what; * for an action without a resource.")
@click.option("--resource-account", metavar="ID", help="Whose it is, if its ARN does not say (default: the caller's).")
@click.option(
    "--context",
    "pairs",
    metavar="KEY=VALUE",
    multiple=True,
    help='A context key. Several values: repeat it, or KEY=["a", "b"].',
)
@click.option(
    "--unknown", metavar="KEY", multiple=True, help="A context key of which nobody knows the value; KEY/* too."
)
@click.option("--explain", "explained", is_flag=True, help="Tell what became of every statement, and every fix.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--expect", type=click.Choice(["allow", "deny"]), help="Exit with 0 if that is the verdict, with 1 if not."
)
def command(
    policies: Sequence[str],
    boundaries: Sequence[str],
    sessions: Sequence[str],
    resource_policy: str | None,
    scps: Sequence[str],
    rcps: Sequence[str],
    endpoints: Sequence[str],
    principal: str,
    action: str,
    resource: str,
    resource_account: str | None,
    pairs: Sequence[str],
    unknown: Sequence[str],
    explained: bool,
    output: str,
    expect: str | None,
) -> None:
    """Decide one request by all the policies that apply.

    Every FILE is a policy in JSON; - reads standard input. Exit codes: 0 allowed (or as --expect says), 1 denied (or
    not as --expect says), 2 usage or unreadable input, 3 undecided.
    """
    policy_set = PolicySet(
        identity=_read(policies, PolicyKind.IDENTITY),
        permissions_boundary=_read(boundaries, PolicyKind.IDENTITY),
        session=_read(sessions, PolicyKind.SESSION),
        resource=None if resource_policy is None else read_policy(resource_policy),
        scp=[[document] for document in _read(scps, PolicyKind.SCP)],
        rcp=[[document] for document in _read(rcps, PolicyKind.RCP)],
        vpc_endpoint=_read(endpoints, PolicyKind.VPC_ENDPOINT),
    )
    try:
        request = Request(principal, action, resource, Context(_context(pairs), unknown), resource_account)
    except PolicyError as error:
        raise InputError(str(error)) from None
    decision = policy_set.evaluate(request)
    if output == "json":
        click.echo(json.dumps(as_json(decision, explained=explained), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(as_text(decision, explained=explained)))
    raise SystemExit(_exit_code(decision, expect))


def _read(paths: Sequence[str], kind: PolicyKind) -> list[PolicyDocument]:
    return [read_policy(path, kind) for path in paths]


def _context(pairs: Sequence[str]) -> dict[str, Given]:
    context: dict[str, Given] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not key or not equals:
            raise click.UsageError(f"--context {pair}: write KEY=VALUE, such as aws:SourceVpc=vpc-1")
        value = _value(key, text)
        before = context.get(key)
        context[key] = value if before is None else [*_list(before), *_list(value)]
    return context


def _value(key: str, text: str) -> str | list[str]:
    if not text.startswith("["):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # not JSON, a number of too many digits, too many brackets
        told = f'--context {key}: {quoted(text)} is not a JSON list of texts; write as in {key}=["a", "b"]'
        raise click.UsageError(told) from None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise click.UsageError(f"--context {key}: the list holds something other than texts")
    return value


def _list(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload] # made by _value


def _exit_code(decision: Decision, expect: str | None) -> int:
    if decision.verdict is Verdict.UNDECIDED:
        return 3
    return 0 if decision.allowed is (expect != "deny") else 1


def as_json(decision: Decision, *, explained: bool) -> dict[str, object]:
    request = decision.request
    explanation = explain(decision).to_dict()
    if not explained:
        del explanation["statements"]
    matched = decision.matched
    return {
        "request": {
            "principal": request.principal.arn,
            "action": request.action,
            "resource": request.resource,
            "resource_account": request.resource_account,
        },
        **explanation,
        "matched": None if matched is None else {"policy": matched.document.name, "statement": matched.statement.index},
        "message": decision.message() if _is_denied(decision) else None,
        "repairs": repairs(decision).to_dict(),
    }


def as_text(decision: Decision, *, explained: bool) -> list[str]:
    lines = [styled(decision.verdict.value.upper(), _COLORS[decision.verdict], bold=True)]
    lines.append(labelled("why", summary(decision)))
    if _is_denied(decision):
        lines.append(labelled("AWS", decision.message()))
        near = nearest_miss(decision)
        if near is not None:
            lines.append(labelled("near", near.sentence))
    if not decision.allowed:
        lines += _fixes(repairs(decision), most=5 if explained else 1)
    if explained:
        lines += _statements(explain(decision))
    return lines


def _fixes(offered: Repairs, most: int) -> list[str]:
    lines = [labelled("fix", repair.describe()) for repair in (*offered.request[:most], *offered.policy[:most])]
    if offered.obstacle:
        lines.append(labelled("but", offered.obstacle))
    return lines


_MARKS = {True: "met", False: "not met", None: "unknown"}


def _statements(explanation: Explanation) -> list[str]:
    lines: list[str] = []
    for outcome in explanation.statements:
        lines += ["", _heading(outcome)]
        lines += [labelled(_MARKS[element.met].ljust(8), element.detail) for element in outcome.elements]
    return lines


def _heading(outcome: StatementOutcome) -> str:
    matched = {True: "matches", False: "does not match", None: "may match"}[outcome.matched]
    return f"{outcome.effect} in {outcome.label} {matched}"


def _is_denied(decision: Decision) -> bool:
    return decision.verdict in (Verdict.IMPLICITLY_DENIED, Verdict.EXPLICITLY_DENIED)
