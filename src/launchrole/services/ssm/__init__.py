"""What moto's Systems Manager lacks: changes of maintenance windows and of patch baselines, an error's text.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/
"""

from launchrole.services.ssm import maintenance_windows, parameters, patch_baselines
from launchrole.services.ssm.base import ssm

__all__ = ["maintenance_windows", "parameters", "patch_baselines", "ssm"]
