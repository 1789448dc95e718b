"""What moto's ECS lacks: the settings of a cluster by themselves.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateClusterSettings.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call, Service

ecs = Service("ecs")


@ecs.operation("UpdateClusterSettings", in_memory=True)
def update_cluster_settings(call: Call) -> Mapping[str, Any]:
    """Raises ClusterNotFoundException."""
    with as_service_errors():
        changed = call.surroundings.memory("ecs").update_cluster(
            call.params["cluster"], call.params["settings"], None, None
        )
    return {"cluster": changed}
