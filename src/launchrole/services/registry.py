"""The services that are ours, by botocore's names."""

from __future__ import annotations

from collections.abc import Mapping

from launchrole.account.service import Service
from launchrole.services.accessanalyzer import accessanalyzer
from launchrole.services.apigateway import apigateway
from launchrole.services.application_autoscaling import application_autoscaling
from launchrole.services.budgets import budgets
from launchrole.services.cloudformation import cloudformation
from launchrole.services.cloudwatch import cloudwatch
from launchrole.services.codebuild import codebuild
from launchrole.services.codecommit import codecommit
from launchrole.services.codepipeline import codepipeline
from launchrole.services.cognito_identity import cognito_identity
from launchrole.services.cognito_idp import cognito_idp
from launchrole.services.connections import codeconnections, codestar_connections
from launchrole.services.ec2 import ec2
from launchrole.services.ecs import ecs
from launchrole.services.emr import emr
from launchrole.services.events import events
from launchrole.services.glue import glue
from launchrole.services.iam_policy_versions import iam_policy_versions
from launchrole.services.iam_simulation import iam_simulation
from launchrole.services.lambda_ import lambda_
from launchrole.services.logs import logs
from launchrole.services.rds import rds
from launchrole.services.resource_groups import resource_groups
from launchrole.services.sagemaker import sagemaker
from launchrole.services.servicecatalog import servicecatalog
from launchrole.services.sqs import sqs
from launchrole.services.ssm import ssm
from launchrole.services.stepfunctions import stepfunctions
from launchrole.services.sts import sts


def services() -> Mapping[str, Service]:
    """All of them. moto serves the rest."""
    found = (
        accessanalyzer,
        apigateway,
        application_autoscaling,
        budgets,
        cloudformation,
        cloudwatch,
        codebuild,
        codecommit,
        codeconnections,
        codepipeline,
        codestar_connections,
        cognito_identity,
        cognito_idp,
        ec2,
        ecs,
        emr,
        events,
        glue,
        iam_policy_versions,
        iam_simulation,
        lambda_,
        logs,
        rds,
        resource_groups,
        sagemaker,
        servicecatalog,
        sqs,
        ssm,
        stepfunctions,
        sts,
    )
    return {service.name: service for service in found}
