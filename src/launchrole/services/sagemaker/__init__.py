"""What moto's SageMaker lacks or does too loosely, by theme. What moto keeps stays in moto's memory.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/
"""

from launchrole.services.sagemaker import (
    catalog_portfolio,
    code_repositories,
    domains,
    edge,
    endpoints,
    images,
    models,
    monitoring,
    notebooks,
    projects,
    studio,
    tags,
    workteams,
)
from launchrole.services.sagemaker.base import sagemaker

__all__ = [
    "catalog_portfolio",
    "code_repositories",
    "domains",
    "edge",
    "endpoints",
    "images",
    "models",
    "monitoring",
    "notebooks",
    "projects",
    "sagemaker",
    "studio",
    "tags",
    "workteams",
]
