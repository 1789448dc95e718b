"""The data about ValidatePolicy's checks fits what it is about: faults, rules, codes."""

import string

import pytest

from launchrole.facts import policy_checks
from launchrole.policy.answers import Fault
from launchrole.policy.document import PolicyKind
from launchrole.policy.validation import RULES

DATA = policy_checks._data()
USED_ELSEWHERE = {"JSON_SYNTAX_ERROR", *(code for code in DATA["checks"] if code.startswith("POLICY_SIZE_EXCEEDS_"))}


def codes(row):
    return [row] if isinstance(row, str) else list(row.values()) if isinstance(row, dict) else row


def test_every_fault_and_every_rule_exists():
    assert set(DATA["faults"]) <= {fault.name for fault in Fault}
    assert set(DATA["rules"]) <= {rule.id for rule in RULES}
    kinds = {kind for row in DATA["faults"].values() if isinstance(row, dict) for kind in row}
    assert kinds <= {"any", *(kind.name.lower() for kind in PolicyKind)}


def test_every_code_is_described_and_used():
    rows = [*DATA["faults"].values(), *DATA["rules"].values(), DATA["resource_control_policies"]]
    assert {code for row in rows for code in codes(row)} | USED_ELSEWHERE == set(DATA["checks"])


@pytest.mark.parametrize("code", DATA["checks"])
def test_a_check_reads_well(code):
    check = policy_checks.check(code)
    assert check.type in ("ERROR", "SECURITY_WARNING", "WARNING", "SUGGESTION")
    assert check.link.rpartition("-checks-")[2].endswith(code.lower().replace("_", "-"))
    assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(check.details))


def test_faults_of_some_kinds_of_policy_only():
    assert policy_checks.of_fault("PRINCIPAL_PROHIBITED", "identity").code == "UNSUPPORTED_PRINCIPAL"
    assert policy_checks.of_fault("PRINCIPAL_PROHIBITED", "scp").code == "SCP_SYNTAX_ERROR_PRINCIPAL"
    assert policy_checks.of_fault("REPEATED_SID", "resource") is None
    assert policy_checks.of_fault("CHARACTERS", "identity") is None
    assert policy_checks.of_rule("LRP601") == ("MISSING_VERSION",)
    assert policy_checks.of_rule("LRP407") == ()
