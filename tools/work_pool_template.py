"""Lays the output work_pool_variables over an ECS work pool's base job template.

Usage: work_pool_template.py TEMPLATE VARIABLES > base-job-template.json

TEMPLATE is what `prefect work-pool get-default-base-job-template --type ecs`
writes, VARIABLES what `terraform output -raw work_pool_variables` does. Each
variable's value becomes the template's default, which a deployment may still
override.
"""

import json
import sys


def load(name):
    with open(name) as file:
        return json.load(file)


def main():
    template, variables = (load(name) for name in sys.argv[1:])
    properties = template["variables"]["properties"]
    for name, value in variables.items():
        if name not in properties:
            sys.exit(f"{name}: not a variable of this template, which has {', '.join(properties)}; use a newer prefect-aws")
        if value is not None:
            properties[name]["default"] = value
    json.dump(template, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
