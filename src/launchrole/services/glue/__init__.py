"""What moto's Glue lacks or does wrongly, by theme. https://docs.aws.amazon.com/glue/latest/webapi/WebAPI_Welcome.html"""

from launchrole.services.glue import catalog, classifiers, jobs
from launchrole.services.glue.base import glue

__all__ = ["catalog", "classifiers", "glue", "jobs"]
