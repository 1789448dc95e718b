"""The service that the modules of this package register their operations with."""

from launchrole.account.service import Service

cloudformation = Service("cloudformation", whole=True)
