"""What moto's API Gateway lacks or does wrongly: updates of what it keeps, and tags.

https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
"""

from launchrole.services.apigateway import apis, documents, methods, tags
from launchrole.services.apigateway.base import apigateway

__all__ = ["apigateway", "apis", "documents", "methods", "tags"]
