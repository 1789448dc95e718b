"""The built-in portfolio: SageMaker's project templates and three solutions, with their seed code and their roles."""

from launchrole.portfolio.roles import LAUNCH_ROLE, Role, roles

__all__ = ["LAUNCH_ROLE", "Role", "roles"]
