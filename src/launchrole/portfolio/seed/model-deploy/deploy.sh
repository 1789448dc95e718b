#!/bin/sh
# Deploy a stage's endpoint without CodePipeline: ./deploy.sh staging
set -eu
stage="$1"
overrides=$(python3 -c '
import json, sys
for name, value in json.load(open(sys.argv[1]))["Parameters"].items():
    print(f"{name}={value}")
' "$stage-config-export.json")
# shellcheck disable=SC2086 # a parameter is a word
aws cloudformation deploy \
  --stack-name "sagemaker-$SAGEMAKER_PROJECT_NAME-$SAGEMAKER_PROJECT_ID-$stage" \
  --template-file endpoint-template.yml \
  --no-fail-on-empty-changeset \
  --parameter-overrides $overrides
