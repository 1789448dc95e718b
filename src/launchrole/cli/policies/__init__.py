"""`launchrole policies`: managed policies over time."""

from __future__ import annotations

import click

from launchrole.cli.verbs import CONTEXT, Verbs

_VERBS = {
    "list": "List managed policies.",
    "show": "Show a version's document.",
    "versions": "List a policy's versions, with dates and when each was the default.",
    "log": "Show what each version changed, what is said of it, and what is proved.",
    "diff": "Prove what one policy allows and another does not, with requests that show it.",
    "check-no-new-access": "Check that a new policy allows nothing that an old one does not.",
    "check-access-not-granted": "Check that a policy does not allow some actions or resources.",
    "check-no-public-access": "Check that a resource's policy does not let the public in.",
    "who-can": "Find the policies, or an account's roles, that allow an action on a resource.",
    "claims": "Hold what is said of a policy against what it allows.",
    "impact": "Find what launches under one version of a policy and not under another.",
    "import": "Add policies and versions from files.",
    "sync": "Add what an AWS endpoint has of policies and versions.",
    "feed": "Write feeds of changes, in RSS and Atom.",
    "watch": "Print what is new, or post it to a webhook.",
}
_MODULES = {
    "list": "list_",
    "check-no-new-access": "check_no_new_access",
    "check-access-not-granted": "check_access_not_granted",
    "check-no-public-access": "check_no_public_access",
    "who-can": "who_can",
    "import": "import_",
}


@click.group(cls=Verbs, package=__name__, verbs=_VERBS, modules=_MODULES, context_settings=CONTEXT)
def command() -> None:
    """AWS' managed policies and your own, version by version: what each really allows or takes away.

    \b
    launchrole policies log AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy
    launchrole policies diff AmazonSageMakerFullAccess:v29 new-policy.json

    Policies are named NAME or NAME:v4, a customer's where two accounts have it 123456789012/NAME; where a policy is
    asked for, a FILE with a document does as well. What ships is there without importing.

    Exit codes: 0 fine, 1 findings, 2 usage, unreadable input or nothing of that name, 3 undecided.
    """
