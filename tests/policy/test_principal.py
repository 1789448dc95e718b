"""Who calls, and whom a Principal element means."""

import pytest

from launchrole.policy.document import PrincipalElement
from launchrole.policy.errors import ContextError, PrincipalError
from launchrole.policy.principal import Grant, Principal, PrincipalKind, account_of_entry, escapes_deny, grant

ACCOUNT = "123456789012"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/team/alice"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/R"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"
FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/fred"


@pytest.mark.parametrize(
    ("text", "kind", "account"),
    [
        (ROOT, PrincipalKind.ROOT, ACCOUNT),
        (ALICE, PrincipalKind.USER, ACCOUNT),
        (ROLE, PrincipalKind.ROLE, ACCOUNT),
        (SESSION, PrincipalKind.ROLE_SESSION, ACCOUNT),
        (FEDERATED, PrincipalKind.FEDERATED_USER, ACCOUNT),
        (f"arn:aws:iam::{ACCOUNT}:saml-provider/p", PrincipalKind.IDENTITY_PROVIDER, ACCOUNT),
        ("cognito-identity.amazonaws.com", PrincipalKind.IDENTITY_PROVIDER, None),
        ("lambda.amazonaws.com", PrincipalKind.SERVICE, None),
        ("logs.us-east-1.amazonaws.com", PrincipalKind.SERVICE, None),
        ("*anonymous*", PrincipalKind.ANONYMOUS, None),
    ],
)
def test_parse(text, kind, account):
    principal = Principal.parse(text)
    assert (principal.kind, principal.account) == (kind, account)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "*",
        "arn:aws:iam::123:user/alice",
        f"arn:aws:iam::{ACCOUNT}:user/",
        f"arn:aws:iam::{ACCOUNT}:group/g",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/R",
        f"arn:aws:sts::{ACCOUNT}:federated-user/",
        f"arn:aws:s3::{ACCOUNT}:bucket",
    ],
)
def test_what_is_no_caller_is_refused(text):
    with pytest.raises(PrincipalError, match="is no caller"):
        Principal.parse(text)


def element(*entries, negated=False):
    return PrincipalElement(negated, tuple(entries))


@pytest.mark.parametrize(
    ("entry", "caller", "expected"),
    [
        (("AWS", ALICE), ALICE, Grant.BOUNDARY),
        (("AWS", f"arn:aws:iam::{ACCOUNT}:user/*"), ALICE, None),
        (("AWS", ROOT), ALICE, Grant.ACCOUNT),
        (("AWS", ACCOUNT), ALICE, Grant.ACCOUNT),
        (("AWS", "999999999999"), ALICE, None),
        (("AWS", ACCOUNT), ROOT, Grant.ACCOUNT),
        (("AWS", ROLE), SESSION, Grant.IDENTITY),
        (("AWS", SESSION), SESSION, Grant.SESSION),
        (("AWS", ROLE), ROLE, Grant.IDENTITY),
        (("AWS", FEDERATED), FEDERATED, Grant.SESSION),
        (("AWS", "*"), ALICE, Grant.SESSION),
        (("*", "*"), "*anonymous*", Grant.SESSION),
        (("AWS", ACCOUNT), "*anonymous*", None),
        (("AWS", ACCOUNT), f"arn:aws:iam::{ACCOUNT}:saml-provider/p", None),
        (("Service", "lambda.amazonaws.com"), "lambda.amazonaws.com", Grant.SESSION),
        (("Service", "sns.amazonaws.com"), "lambda.amazonaws.com", None),
        (("Federated", "accounts.google.com"), "accounts.google.com", Grant.SESSION),
        (("Federated", "accounts.google.com"), "lambda.amazonaws.com", None),
        (("CanonicalUser", "79a5"), ALICE, None),
    ],
)
def test_grants(entry, caller, expected):
    principal = Principal.parse(caller)
    assert grant(element(entry), principal) == expected
    # the most direct entry counts, and NotPrincipal means the others
    assert grant(element(("AWS", "999999999999"), entry), principal) == expected
    assert grant(element(entry, negated=True), principal) == (None if expected is not None else Grant.SESSION)


def test_grants_that_need_more_than_an_arn():
    fred = Principal(PrincipalKind.FEDERATED_USER, FEDERATED, ACCOUNT, user_arn=ALICE)
    assert grant(element(("AWS", ALICE)), fred) == Grant.IDENTITY
    owner = Principal(PrincipalKind.USER, ALICE, ACCOUNT, canonical_user_id="79a5")
    assert grant(element(("CanonicalUser", "79a5")), owner) == Grant.ACCOUNT
    with_path = f"arn:aws:iam::{ACCOUNT}:role/service-role/R"
    assert grant(element(("AWS", with_path)), Principal.parse(SESSION)) is None
    assert grant(element(("AWS", with_path)), Principal.parse(SESSION).with_role_arn(with_path)) == Grant.IDENTITY


@pytest.mark.parametrize(
    ("listed", "caller", "escapes"),
    [
        ([("AWS", ALICE), ("AWS", ROOT)], ALICE, True),
        ([("AWS", ALICE), ("AWS", ACCOUNT)], ALICE, True),
        ([("AWS", ALICE)], ALICE, False),
        ([("AWS", ROOT)], ALICE, False),
        ([("AWS", ROLE), ("AWS", SESSION), ("AWS", ROOT)], SESSION, True),
        ([("AWS", ROLE), ("AWS", ROOT)], SESSION, False),
        ([("AWS", ROLE), ("AWS", ROOT)], ROLE, True),
        ([("AWS", ROOT)], ROOT, True),
        ([("AWS", "*")], ALICE, True),
        ([("Service", "lambda.amazonaws.com")], "lambda.amazonaws.com", True),
        ([("Service", "lambda.amazonaws.com")], "*anonymous*", False),
    ],
)
def test_a_deny_with_not_principal_spares_whom_it_lists_in_full(listed, caller, escapes):
    assert escapes_deny(element(*listed, negated=True), Principal.parse(caller)) is escapes


@pytest.mark.parametrize(
    ("value", "account"),
    [(ACCOUNT, ACCOUNT), (ROOT, ACCOUNT), (ALICE, None), ("arn:aws:s3:::root", None), ("*", None)],
)
def test_entries_that_name_an_account(value, account):
    assert account_of_entry(value) == account


def test_service_linked_roles():
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    assert Principal.parse(role).is_service_linked_role
    assert not Principal.parse(ROLE).is_service_linked_role
    assert not Principal.parse(ALICE).is_service_linked_role


@pytest.mark.parametrize(
    ("caller", "role"),
    [
        (SESSION, "arn:aws:iam::999999999999:role/R"),
        (SESSION, f"arn:aws:iam::{ACCOUNT}:role/path/Other"),
        (SESSION, "R"),
        (ROLE, ROLE),
        (ALICE, ROLE),
    ],
)
def test_only_a_session_has_a_role_and_only_its_own(caller, role):
    with pytest.raises(ContextError, match="that is no ARN, with its path, of the role of"):
        Principal.parse(caller).with_role_arn(role)
