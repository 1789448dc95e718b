"""Updates as the data has them: no change of a property that a call carries goes by unnoticed."""

import json
import re

from launchrole.services.cloudformation.handlers import registry
from launchrole.services.cloudformation.handlers.declarations import declaration, declared_types

_READ = re.compile(r'"\{([A-Z]\w*)')
_NO_CHANGE_OF_ITS_OWN = {"AWS::RDS::DBInstance": {"ApplyImmediately"}}
"""Properties that say how a change is made, and are none."""


def unnoticed(type):
    """The properties that an update's call carries without which it would be made where they alone have changed."""
    published = registry.handler(type).type
    kept = {pointer.lstrip("/").partition("/")[0] for pointer in published.create_only}
    for step in declaration(type).update:
        if step.only and not step.when:
            read = set(_READ.findall(json.dumps(step.given, default=str))) & set(published.properties)
            yield from read - set(step.only) - kept - _NO_CHANGE_OF_ITS_OWN.get(type, set())


def test_every_change_that_an_update_carries_has_it_made():
    found = {type: sorted(unnoticed(type)) for type in declared_types()}
    assert {type: names for type, names in found.items() if names} == {}


def test_a_secret_gets_its_new_value(stacks):
    def template(value):
        secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "mine", "SecretString": value}}
        return {"Resources": {"Mine": secret}}

    stacks.create(template("one"))
    stacks.update(template("two"))
    assert stacks.aws("secretsmanager").get_secret_value(SecretId="mine")["SecretString"] == "two"
