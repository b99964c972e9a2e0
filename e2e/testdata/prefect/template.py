"""Prints the base job template of an ECS work pool, as the Prefect CLI does:

    prefect work-pool get-default-base-job-template --type ecs

Usage: template.py VARIABLES, which is checked first: the output
work_pool_variables must be known to the ECS worker, and of the types it wants.
"""

import json
import sys

from prefect_aws.workers.ecs_worker import ECSVariables, ECSWorker


def main():
    with open(sys.argv[1]) as file:
        variables = json.load(file)
    if unknown := set(variables) - set(ECSVariables.model_fields):
        sys.exit(f"not variables of the ECS work pool: {unknown}")
    ECSVariables.model_validate(variables)
    json.dump(ECSWorker.get_default_base_job_template(), sys.stdout)


if __name__ == "__main__":
    main()
