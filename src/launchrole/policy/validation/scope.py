"""Resources and principals: does an action take them, can anybody be meant?

IAM User Guide: reference_policies_elements_resource.html, reference_policies_elements_principal.html; which types of
resources an action takes stands in the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchrole.policy.overlap import resource_meets_format
from launchrole.policy.reference import Action
from launchrole.policy.validation.findings import Flaw
from launchrole.policy.validation.subject import ActionEntry, StatementView, Subject
from launchrole.policy.variables import has_variables


def action_takes_no_resource(subject: Subject) -> Iterator[Flaw]:
    """An action that takes only `*`, in a statement that names resources."""
    for view in _limited(subject):
        for entry in view.entries:
            if entry.actions and not entry.is_undocumented and not any(one.resources for one in entry.actions):
                yield Flaw(
                    entry.path,
                    f"by AWS' reference `{entry.written.strip()}` takes no resource but `*`, and the statement names "
                    "others: it matches nothing",
                    "put it into a statement with `Resource` `*`",
                )


def action_takes_other_resources(subject: Subject) -> Iterator[Flaw]:
    """An action that takes resources, but none of those that its statement names."""
    for view in _limited(subject):
        for entry in view.entries:
            if any(one.resources for one in entry.actions) and not entry.is_undocumented and not _is_taken(entry, view):
                formats = dict.fromkeys(kind.type.arn for action in entry.actions for kind in action.resources)
                yield Flaw(
                    entry.path,
                    f"by AWS' reference `{entry.written.strip()}` takes none of the statement's resources: it matches "
                    "nothing",
                    _formats(list(formats)),
                )


def resource_of_no_action(subject: Subject) -> Iterator[Flaw]:
    """A resource that none of the statement's actions takes, beside others that they do take."""
    for view in _limited(subject):
        if not view.is_understood:
            continue
        actions = tuple(view.actions())
        unused = [(path, arn) for path, arn in view.resources if not any(_takes(action, arn) for action in actions)]
        if len(unused) < len(view.resources):
            for path, arn in unused:
                yield Flaw(path, f"by AWS' reference none of the statement's actions takes `{arn}`", "take it away")


def variable_outside_resource_part(subject: Subject) -> Iterator[Flaw]:
    """Variables work only behind the fifth colon (reference_policies_variables.html).

    AmazonTimestreamInfluxDBServiceRolePolicy has one in the account's place, so AWS is not of one mind about it.
    """
    if not subject.document.has_variables:
        return
    for view in subject.statements:
        for path, arn in view.resources:
            if has_variables(arn) and arn.partition("${")[0].count(":") < 5:
                yield Flaw(
                    path,
                    f"`{arn}` has a policy variable in front of the fifth colon, where it is plain text",
                    "write `*` there, and put the variable behind the fifth colon or into a Condition",
                )


def wildcard_in_principal(subject: Subject) -> Iterator[Flaw]:
    """A principal's ARN takes no wildcards: it is compared as it is written."""
    for view in subject.statements:
        principal = view.statement.principal
        if principal is None:
            continue
        element = "NotPrincipal" if principal.negated else "Principal"
        counts: dict[str, int] = {}
        for kind, text in principal.entries:
            index = counts.get(kind, 0)
            counts[kind] = index + 1
            if kind == "AWS" and text != "*" and ("*" in text or "?" in text):
                yield Flaw(
                    (*view.path, element, kind, index),
                    f"`{text}` means nobody: a principal takes no wildcard but a lone `*`",
                    "name the principal, or write `*` and limit it with ArnLike on `aws:PrincipalArn`",
                )


def _limited(subject: Subject) -> Iterator[StatementView]:
    """The statements that name resources other than everything."""
    if subject.has_own_resource:
        return
    for view in subject.statements:
        statement = view.statement
        negated = statement.not_resource or statement.not_action
        if statement.resources and not negated and not any(set(arn) == {"*"} for arn in statement.resources):
            yield view


def _is_taken(entry: ActionEntry, view: StatementView) -> bool:
    return any(_takes(action, arn) for action in entry.actions for _, arn in view.resources)


def _takes(action: Action, arn: str) -> bool:
    return any(resource_meets_format(arn, resource.type.arn) for resource in action.resources)


_MOST_FORMATS = 3


def _formats(formats: list[str]) -> str:
    shown = ", ".join(formats[:_MOST_FORMATS])
    return f"its resources look like {shown}" + (" ..." if len(formats) > _MOST_FORMATS else "")
