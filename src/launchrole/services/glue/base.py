"""The service that Glue's modules register their operations with."""

from launchrole.account.service import Service

glue = Service("glue")
