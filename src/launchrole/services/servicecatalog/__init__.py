"""AWS Service Catalog: portfolios of products, and products provisioned as stacks under their launch roles.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_Reference.html
"""

from launchrole.services.servicecatalog import (
    actions,
    associations,
    browsing,
    constraints,
    copying,
    importing,
    launches,
    memberships,
    plans,
    portfolios,
    products,
    provisioned,
    provisioning,
    shares,
)
from launchrole.services.servicecatalog.service import servicecatalog

__all__ = [
    "actions",
    "associations",
    "browsing",
    "constraints",
    "copying",
    "importing",
    "launches",
    "memberships",
    "plans",
    "portfolios",
    "products",
    "provisioned",
    "provisioning",
    "servicecatalog",
    "shares",
]
