"""AWS' own managed policies: every one is read, none is refused."""

import gzip
import json

from launchrole.policy.document import PolicyKind, parse
from shared_inputs import SHARED, needs_shared


def test_every_bundled_policy_is_read(bundled_policies):
    assert len(bundled_policies) > 1500
    for name, document in bundled_policies.items():
        read = parse(json.dumps(document), PolicyKind.AWS_MANAGED, name=name)
        statements = document["Statement"]
        assert len(read.statements) == (1 if isinstance(statements, dict) else len(statements))


@needs_shared
def test_every_known_version_is_read():
    versions = 0
    with gzip.open(SHARED / "managed-policies" / "all-versions.jsonl.gz", "rt") as lines:
        for line in lines:
            parse(json.loads(line)["document"], PolicyKind.AWS_MANAGED)
            versions += 1
    assert versions > 6000
