"""AWS' machine images in moto's EC2: 1,300 of them in each account and region, with a snapshot each.

moto reads them anew for every account and region that is first used, asks the clock for each and draws their snapshots'
ids. What is to be seen of them is the same, ids included.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from moto.core.parse import default_timestamp_parser
from moto.core.utils import utcnow
from moto.ec2.models import amis, elastic_block_store
from moto.ec2.utils import random_snapshot_id, random_volume_id
from moto.utilities.utils import load_resource

from launchrole.account.determinism import drawn, replaced

_PATTERN = re.compile(r"[*?\[]")
_FILES = ("ec2/resources/latest_amis", "ec2/resources/ecs/optimized_amis")


@functools.lru_cache(maxsize=8)
def images(region: str) -> tuple[Mapping[str, Any], ...]:
    """What moto knows of the images of a region, as its images are made of it."""
    found = list(amis.AMIS)
    for path in _FILES:
        try:
            found += load_resource(f"{path}/{region}.json")
        except FileNotFoundError:
            continue  # moto knows none there
    return tuple(_image(one) for one in found)


def _image(data: Mapping[str, Any]) -> Mapping[str, Any]:
    created = data.get("creation_date")
    dated = {"creation_date": default_timestamp_parser(created)} if isinstance(created, str) and created else {}
    return {**data, **dated, "owner_alias": "amazon"}


def _load(backend: Any) -> None:
    """`AmiBackend._load_amis`, within a call whose clock stands still."""
    listed = images(backend.region_name)
    ids = iter(drawn((random_volume_id, random_snapshot_id), len(listed)))
    now = utcnow()
    with (
        replaced(amis, "utcnow", lambda: now),
        replaced(elastic_block_store, "utcnow", lambda: now),
        replaced(elastic_block_store, "random_volume_id", ids.__next__),
        replaced(elastic_block_store, "random_snapshot_id", ids.__next__),
    ):
        for one in listed:
            backend.amis[one["ami_id"]] = amis.Ami(backend, **one)


_found = amis.AmiBackend.describe_images


def _describe(backend: Any, *listed: Any, filters: Mapping[str, Any] | None = None, **limits: Any) -> Any:
    """`AmiBackend.describe_images`. Whoever asks for one image by its id, as each instance does for its own, is not
    kept waiting until that was compared with the id of every image."""
    identifier = filters.get("image-id") if filters and len(filters) == 1 else None
    if isinstance(identifier, str) and not listed and not limits and _PATTERN.search(identifier) is None:
        image = backend.amis.get(identifier)
        return [] if image is None else [image]
    return _found(backend, *listed, filters=filters, **limits)


def install() -> None:
    """Have moto's EC2 make and find them in this way."""
    amis.AmiBackend._load_amis = _load
    amis.AmiBackend.describe_images = _describe
