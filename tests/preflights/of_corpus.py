"""Real templates as cases of preflight, under the built-in launch role or another."""

from __future__ import annotations

import json
from pathlib import Path

from corpus import _PROJECT, CORPUS, PARAMETERS, templates, text_of
from launchrole import portfolio
from launchrole.facts import managed_policies
from launchrole.preflights.examination import Case
from launchrole.preflights.subject import PRODUCT, PROJECT, Policy, Role, Wanted, World
from launchrole.services.cloudformation.template import parse

ACCOUNT = "123456789012"
ADMINISTRATOR = Policy(
    "administrator",
    json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
)
