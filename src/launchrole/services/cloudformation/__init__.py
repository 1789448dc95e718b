"""CloudFormation: stacks whose every resource call goes through the door, with the credentials that AWS would use.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/
"""

from launchrole.services.cloudformation import (
    change_set_operations,
    describing,
    drift_operations,
    stack_operations,
    stack_set_operations,
    template_operations,
    type_operations,
)
from launchrole.services.cloudformation.service import cloudformation

__all__ = [
    "change_set_operations",
    "cloudformation",
    "describing",
    "drift_operations",
    "stack_operations",
    "stack_set_operations",
    "template_operations",
    "type_operations",
]
