"""Questions about all requests at once: what do new policies allow that old ones did not?

    from launchrole.reasoning import Facts, KnownActions, compare

    facts = Facts(KnownActions(["s3:GetObject", "s3:PutObject"]))
    comparison = compare(old_policy, new_policy, facts)
    comparison.verdict, comparison.added.findings, comparison.removed.findings

Every finding has a request as witness that the evaluator allows on one side and not on the other; where there are no
findings, that is proved, or `undecided` says what is not. docs/reasoning.md tells how, and where the limits are.
`checks` and `public_access` answer as IAM Access Analyzer does. Standard library only, no I/O: what AWS publishes about
actions and condition keys is given by the caller, as `Facts`.
"""

from __future__ import annotations

from launchrole.reasoning.actions import KnownActions
from launchrole.reasoning.checks import (
    Access,
    CheckAnswer,
    CheckRequestError,
    CheckUndecided,
    Reason,
    access_of,
    check_access_not_granted,
    check_no_new_access,
)
from launchrole.reasoning.comparison import BUDGET, Facts, compare, new_access
from launchrole.reasoning.findings import Comparison, Difference, Finding, Flag, Grant, Resource, Undecided, Verdict
from launchrole.reasoning.findings import described as request_as_dict
from launchrole.reasoning.public_access import RESOURCE_TYPES, check_no_public_access
from launchrole.reasoning.sides import ReasoningError

__all__ = [
    "BUDGET",
    "RESOURCE_TYPES",
    "Access",
    "CheckAnswer",
    "CheckRequestError",
    "CheckUndecided",
    "Comparison",
    "Difference",
    "Facts",
    "Finding",
    "Flag",
    "Grant",
    "KnownActions",
    "Reason",
    "ReasoningError",
    "Resource",
    "Undecided",
    "Verdict",
    "access_of",
    "check_access_not_granted",
    "check_no_new_access",
    "check_no_public_access",
    "compare",
    "new_access",
    "request_as_dict",
]
