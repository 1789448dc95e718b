"""The built-in portfolio: SageMaker's project templates and three solutions, with their seed code and their roles.

Data for the most part: `roles.yaml`, `products.yaml`, `templates/` and `seed/`. Templates and code are launchrole's
own; what they create is what AWS documents of its templates.
"""

from launchrole.portfolio.products import (
    PROJECT_PARAMETERS,
    TEMPLATE_TAGS,
    Parameter,
    Product,
    product,
    products,
    seed_bucket,
    template_bucket,
)
from launchrole.portfolio.roles import LAUNCH_ROLE, Role, roles

__all__ = [
    "LAUNCH_ROLE",
    "PROJECT_PARAMETERS",
    "TEMPLATE_TAGS",
    "Parameter",
    "Product",
    "Role",
    "product",
    "products",
    "roles",
    "seed_bucket",
    "template_bucket",
]
