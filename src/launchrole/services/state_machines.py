"""What the definitions of state machines say: their tasks, and the rules that Step Functions makes for them.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_RULES: Mapping[str, str] = {
    "batch:submitJob.sync": "StepFunctionsGetEventsForBatchJobsRule",
    "codebuild:startBuild.sync": "StepFunctionsGetEventForCodeBuildStartBuildRule",
    "ecs:runTask.sync": "StepFunctionsGetEventsForECSTaskRule",
    "sagemaker:createHyperParameterTuningJob.sync": "StepFunctionsGetEventsForSageMakerTuningJobsRule",
    "sagemaker:createProcessingJob.sync": "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    "sagemaker:createTrainingJob.sync": "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    "sagemaker:createTransformJob.sync": "StepFunctionsGetEventsForSageMakerTransformJobsRule",
    "states:startExecution.sync": "StepFunctionsGetEventsForStepFunctionsExecutionRule",
}
"""The rules by which Step Functions learns of the end of a job, by the integration.
https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html and the services' pages
there; integrations that poll have none."""

_INTEGRATION = re.compile(r"arn:[\w-]+:states:[^:]*:[^:]*:(?P<name>.+?)(?::2)?")


def tasks(definition: Any) -> Iterator[Mapping[str, Any]]:
    """The states of a definition that name what they call, those within Map and Parallel among them.
    https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html"""
    if isinstance(definition, list):
        for one in definition:
            yield from tasks(one)
    elif isinstance(definition, dict):
        for state in _values(definition.get("States")):
            if state.get("Type") == "Task" and isinstance(state.get("Resource"), str):
                yield state
            for inside in ("Branches", "Iterator", "ItemProcessor"):
                yield from tasks(state.get(inside))


def _values(states: Any) -> list[dict[str, Any]]:
    return [one for one in states.values() if isinstance(one, dict)] if isinstance(states, dict) else []


def rules_of(definition: Any) -> list[str]:
    """The names of the rules that Step Functions manages for a definition's jobs, in order."""
    named = [_INTEGRATION.fullmatch(str(one["Resource"])) for one in tasks(definition)]
    return sorted({_RULES[one["name"]] for one in named if one is not None and one["name"] in _RULES})
