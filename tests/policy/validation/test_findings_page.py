"""docs/findings.md: a section for every rule and no other, and each example does what the section says."""

import json
import re
from pathlib import Path

import pytest

from launchrole.facts import actions
from launchrole.policy import PolicySyntaxError, parse
from launchrole.policy.validation import RULES, refusal, validate

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "findings.md").read_text(encoding="utf-8")
SECTIONS = {
    found["id"]: found["text"]
    for found in re.finditer(r"^## (?P<id>LRP\d+)\n(?P<text>.*?)(?=^#|\Z)", PAGE, re.DOTALL | re.MULTILINE)
}


def examples(section):
    return [policy(json.loads(block)) for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL)]


def policy(example):
    statements_only = isinstance(example, list) or "Statement" not in example
    return {"Version": "2012-10-17", "Statement": example} if statements_only else example


def ids(document):
    try:
        return {finding.id for finding in validate(parse(json.dumps(document)), actions)}
    except PolicySyntaxError as error:
        return {refusal(error).id}


def test_every_rule_has_a_section_and_every_section_a_rule():
    assert list(SECTIONS) == [rule.id for rule in RULES] == sorted(rule.id for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_section_names_the_rule_s_severity(rule):
    title = SECTIONS[rule.id].strip().partition("\n")[0]
    assert title.endswith(f"** · {rule.severity.value.replace('-', ' ')}")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_first_example_has_the_finding_and_the_second_has_none_of_it(rule):
    bad, good = examples(SECTIONS[rule.id])
    assert rule.id in ids(bad)
    assert rule.id not in ids(good)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_names_the_page_it_comes_from(rule):
    assert rule.source.startswith("https://docs.aws.amazon.com/")
    assert rule.anchor == rule.id.lower()
