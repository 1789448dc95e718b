"""IAM Access Analyzer's checks of policies, which are in `access_checks`. What they are proved with takes a tenth of
a start: it is loaded when the first of them is asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from launchrole.account.service import Call, Service

accessanalyzer = Service("accessanalyzer", whole=True)


def _answered(operation: str, call: Call) -> Mapping[str, Any]:
    from launchrole.services import access_checks

    return access_checks.OPERATIONS[operation](call)


for _name in ("CheckNoNewAccess", "CheckAccessNotGranted", "CheckNoPublicAccess", "ValidatePolicy"):
    accessanalyzer.operation(_name)(functools.partial(_answered, _name))
