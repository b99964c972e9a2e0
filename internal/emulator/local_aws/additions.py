"""What moto lacks, and the project's stacks need.

One function for one service; apply() adds all of it. What is made is kept in
moto's own backends, by account and region, so that a reset forgets it.
"""

import json
import uuid

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import unix_time


def kept(backend, name):
    """A dictionary of ours in one of moto's backends."""
    return vars(backend).setdefault(name, {})


def services_as_they_were_set():
    """Keeps what moto drops of an ECS service: its strategy, its deployment settings and its switches."""
    from moto.ecs.responses import EC2ContainerServiceResponse as Responses

    create, update = Responses.create_service, Responses.update_service
    settings = {
        "availabilityZoneRebalancing": "DISABLED",
        "capacityProviderStrategy": [],
        "deploymentConfiguration": {},
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        "healthCheckGracePeriodSeconds": None,
    }

    def keep(self, service, new):
        for name, default in settings.items():
            value = self._get_param(name)
            if value is None and new:
                value = default
            if value is not None:
                setattr(service, name, value)
        if service.capacityProviderStrategy:
            service.launch_type = None  # AWS has the one or the other

    def create_service(self):
        answer = create(self)
        keep(self, answer.result["service"], new=True)
        return answer

    def update_service(self):
        answer = update(self)
        keep(self, answer.result["service"], new=False)
        return answer

    Responses.create_service = create_service
    Responses.update_service = update_service


def saved_queries():
    """CloudWatch Logs: query definitions."""
    from moto.logs.responses import LogsResponse as Responses

    def put_query_definition(self):
        query = {name: self._get_param(name) for name in ("name", "queryString", "logGroupNames", "queryLanguage")}
        query = {name: value for name, value in query.items() if value is not None}
        query |= {"queryDefinitionId": self._get_param("queryDefinitionId") or str(uuid.uuid4()), "lastModified": int(unix_time() * 1000)}
        kept(self.logs_backend, "query_definitions")[query["queryDefinitionId"]] = query
        return json.dumps({"queryDefinitionId": query["queryDefinitionId"]})

    def describe_query_definitions(self):
        prefix = self._get_param("queryDefinitionNamePrefix") or ""
        queries = kept(self.logs_backend, "query_definitions").values()
        return json.dumps({"queryDefinitions": [q for q in queries if q["name"].startswith(prefix)]})

    def delete_query_definition(self):
        gone = kept(self.logs_backend, "query_definitions").pop(self._get_param("queryDefinitionId"), None)
        return json.dumps({"success": gone is not None})

    Responses.put_query_definition = put_query_definition
    Responses.describe_query_definitions = describe_query_definitions
    Responses.delete_query_definition = delete_query_definition


def pull_through_caches():
    """ECR: pull through cache rules."""
    from moto.core.exceptions import JsonRESTError
    from moto.ecr.responses import ECRResponse as Responses

    def rules(self):
        return kept(self.ecr_backend, "pull_through_cache_rules")

    def existing(self):
        prefix = self._get_param("ecrRepositoryPrefix")
        if prefix not in rules(self):
            raise JsonRESTError("PullThroughCacheRuleNotFoundException", f"Rule with prefix '{prefix}' does not exist")
        return rules(self)[prefix]

    def create_pull_through_cache_rule(self):
        names = ("ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRegistry", "credentialArn")
        rule = {name: self._get_param(name) for name in names if self._get_param(name) is not None}
        prefix = rule["ecrRepositoryPrefix"]
        if prefix in rules(self):
            raise JsonRESTError("PullThroughCacheRuleAlreadyExistsException", f"Rule with prefix '{prefix}' already exists")
        rules(self)[prefix] = rule | {"registryId": self.current_account, "createdAt": unix_time()}
        return ActionResult(rules(self)[prefix])

    def describe_pull_through_cache_rules(self):
        prefixes = self._get_param("ecrRepositoryPrefixes")
        found = [rule for prefix, rule in rules(self).items() if not prefixes or prefix in prefixes]
        if prefixes and not found:
            raise JsonRESTError("PullThroughCacheRuleNotFoundException", f"Rules with prefixes {prefixes} do not exist")
        return ActionResult({"pullThroughCacheRules": found})

    def update_pull_through_cache_rule(self):
        existing(self)["credentialArn"] = self._get_param("credentialArn")
        return ActionResult(existing(self))

    def delete_pull_through_cache_rule(self):
        rule = existing(self)
        del rules(self)[rule["ecrRepositoryPrefix"]]
        return ActionResult(rule)

    for action in (
        create_pull_through_cache_rule,
        describe_pull_through_cache_rules,
        update_pull_through_cache_rule,
        delete_pull_through_cache_rule,
    ):
        setattr(Responses, action.__name__, action)


def backup_selections():
    """AWS Backup: a plan's selections, and changes of a plan."""
    from moto.backup.exceptions import (
        InvalidRequestException,
        ResourceNotFoundException,
    )
    from moto.backup.responses import BackupResponse as Responses

    delete_plan = Responses.delete_backup_plan

    def selections(self):
        return kept(self.backup_backend, "selections")

    def ids(self):
        """The plan's and the selection's id: /backup/plans/PLAN/selections/SELECTION"""
        parts = self.path.strip("/").split("/")
        return parts[2], parts[4] if len(parts) > 4 else None

    def existing(self):
        plan, selection = ids(self)
        if selection not in selections(self) or selections(self)[selection]["BackupPlanId"] != plan:
            raise ResourceNotFoundException(f"Cannot find Backup selection with ID {selection}")
        return selections(self)[selection]

    def create_backup_selection(self):
        plan, _ = ids(self)
        params = json.loads(self.body)
        selection = {
            "BackupPlanId": plan,
            "BackupSelection": params["BackupSelection"],
            "CreationDate": unix_time(),
            "SelectionId": str(uuid.uuid4()),
        }
        if "CreatorRequestId" in params:
            selection["CreatorRequestId"] = params["CreatorRequestId"]
        selections(self)[selection["SelectionId"]] = selection
        return json.dumps({name: selection[name] for name in ("BackupPlanId", "CreationDate", "SelectionId")})

    def get_backup_selection(self):
        return json.dumps(existing(self))

    def delete_backup_selection(self):
        del selections(self)[existing(self)["SelectionId"]]
        return EmptyResult()

    def update_backup_plan(self):
        from moto.backup.models import Plan

        plan = self.backup_backend.plans[ids(self)[0]]
        new = Plan(json.loads(self.body)["BackupPlan"], plan.creator_request_id, self.backup_backend)
        plan.backup_plan, plan.version_id = new.backup_plan, new.version_id
        plan.advanced_backup_settings = new.advanced_backup_settings
        return json.dumps(plan.to_dict())

    def delete_backup_plan(self):
        if any(s["BackupPlanId"] == ids(self)[0] for s in selections(self).values()):
            raise InvalidRequestException("Related backup plan selections must be deleted prior to backup plan deletion")
        return delete_plan(self)

    for action in (create_backup_selection, get_backup_selection, delete_backup_selection, update_backup_plan, delete_backup_plan):
        setattr(Responses, action.__name__, action)


def newer_versions_kept():
    """S3: how many newer versions a lifecycle rule keeps."""
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response as Responses

    set_lifecycle, get_lifecycle = FakeBucket.set_lifecycle, Responses.get_bucket_lifecycle

    def keeping(self, rules):
        set_lifecycle(self, rules)
        for kept_rule, rule in zip(self.rules, rules):
            kept_rule.newer_versions = (rule.get("NoncurrentVersionExpiration") or {}).get("NewerNoncurrentVersions")

    def get_bucket_lifecycle(self):
        serialized = self.serialized

        def with_newer_versions(answer):
            rules = answer.result["Rules"] if isinstance(answer.result, dict) else []  # else an error
            for rule, kept_rule in zip(rules, self.backend.get_bucket(self.bucket_name).rules):
                if kept_rule.newer_versions is not None:
                    rule["NoncurrentVersionExpiration"]["NewerNoncurrentVersions"] = int(kept_rule.newer_versions)
            return serialized(answer)

        self.serialized = with_newer_versions
        return get_lifecycle(self)

    FakeBucket.set_lifecycle = keeping
    Responses.get_bucket_lifecycle = get_bucket_lifecycle


def apply():
    services_as_they_were_set()
    saved_queries()
    pull_through_caches()
    backup_selections()
    newer_versions_kept()
