"""The door to an AWS account: who calls, what must be authorized, the decision, and only then the service."""
