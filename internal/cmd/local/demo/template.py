"""Writes the default base job template of an ECS work pool: what the command
`prefect work-pool get-default-base-job-template --type ecs` prints.
"""

import json
import sys

from prefect_aws.workers.ecs_worker import ECSWorker

json.dump(ECSWorker.get_default_base_job_template(), sys.stdout)
