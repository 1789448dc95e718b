"""The change log: what is proved of versions, and the page of the launch role's policy."""

import json

from launchrole.facts.access import facts_for
from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY
from launchrole.policy import parse
from launchrole.reasoning.sides import side
from launchrole.registry import Registry, import_, read
from launchrole.registry.log import log, proved
from launchrole.registry.page import page
from registry_sources import document, folder_of, write
from shared_inputs import REPOSITORY


def rows_of(state, name):
    with Registry.of(state) as registry:
        return {row.version.name: row for row in log(registry, registry.policy(name))}


def test_a_version_is_compared_with_the_nearest_one_that_is_known(tmp_path):
    source = folder_of(tmp_path / "Build", document("s3:GetObject"), None, document("s3:PutObject"))
    import_(tmp_path / "state", read(source).policies, with_gaps=True)
    rows = rows_of(tmp_path / "state", "Build")
    assert proved(rows["v3"]) == [
        "both: allows more and takes away (compared with v1)",
        "newly allowed: s3:PutObject",
        "taken away: s3:GetObject",
    ]
    assert proved(rows["v1"]) == ["first version: allows 1 action of 1 service"]


def test_nothing_is_proved_of_a_version_without_its_document():
    registry = Registry()
    rows = list(log(registry, registry.policy("AmazonSageMakerServiceCatalogProductsGlueServiceRolePolicy")))
    assert [row.version.name for row in rows] == ["v2", "v1"]
    assert proved(rows[1]) == ["the document is not known, so nothing was proved"]


def test_actions_to_come_are_told_but_no_note_has_to_name_them(tmp_path):
    source = folder_of(tmp_path / "in" / "Build", document("sqs:SendMessage"), document("sqs:*"))
    write(tmp_path / "in" / "claims.json", {"claims": [{"policy": "Build", "version": "v2", "note": "Add sqs."}]})
    import_(tmp_path / "state", read(source.parent).policies)
    said = proved(rows_of(tmp_path / "state", "Build")["v2"])
    assert any("more" in one or "sqs:* (actions to come)" in one for one in said)
    assert said[-1] == "the note names every action that changed"


def test_every_witness_of_the_page_s_policy_is_allowed_on_its_side_alone():
    registry = Registry()
    policy = registry.policy(LAUNCH_ROLE_POLICY)
    shown = 0
    for row in log(registry, policy):
        comparison = row.transition.comparison
        if comparison is None:
            continue
        new, old = (side(registry.document(one)) for one in (row.version, row.transition.before))
        for difference, giver, other in ((comparison.added, new, old), (comparison.removed, old, new)):
            assert not difference.undecided
            for finding in difference.findings:
                assert giver.allows(finding.witness)
                assert not other.allows(finding.witness)
                shown += 1
    assert shown > 12


def test_only_services_that_policies_name_are_read_unless_one_may_mean_others():
    named = facts_for([parse(document("sqs:SendMessage", "S3:Get*"))]).actions.names
    assert {one.partition(":")[0] for one in named} == {"sqs", "s3"}
    for statement in ({"Action": "*"}, {"NotAction": "s3:*"}, {"Action": "s?s:Send*"}):
        text = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*", **statement}})
        assert len(facts_for([parse(text)]).actions.names) > 10_000


def test_keys_with_several_values_are_known():
    facts = facts_for([parse(document("s3:GetObject"))])
    assert facts.is_multivalued("aws:tagkeys")
    assert not facts.is_multivalued("aws:username")
    assert not facts.is_multivalued("nobody:knows")


def test_the_page_in_docs_is_what_the_tool_writes():
    registry = Registry()
    written = (REPOSITORY / "docs" / "policies.md").read_text(encoding="utf-8")
    assert written == page(registry, registry.policy(LAUNCH_ROLE_POLICY))
