"""Managed policies over time: what ships, what was imported, what each version really changed.

    from launchrole.registry import Registry, import_, read

    import_(directory, read(path).policies)
    with Registry.of(directory) as registry:
        registry.policy("AmazonSageMakerFullAccess").versions

Everything is worked out from one list of events that is only ever added to (`events`). `proofs` compares versions,
`notes` holds what is said about them against that, `feeds` tells the world.
"""

from __future__ import annotations

from launchrole.registry.errors import NotKnown, RegistryError
from launchrole.registry.events import Claim, Event, Kind
from launchrole.registry.history import Period, Policy, Version
from launchrole.registry.reading import Read, read
from launchrole.registry.registry import Imported, Registry, import_

__all__ = [
    "Claim",
    "Event",
    "Imported",
    "Kind",
    "NotKnown",
    "Period",
    "Policy",
    "Read",
    "Registry",
    "RegistryError",
    "Version",
    "import_",
    "read",
]
