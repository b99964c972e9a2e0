"""Secrets Manager, KMS, ECR, Cloud Map, DynamoDB and S3."""

import json
import re

from refusal import Refusal

from .rule import invalid, rule


# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
@rule("secretsmanager", "CreateSecret")
def secrets_have_names(params, where):
    if not re.fullmatch(r"[A-Za-z0-9/_+=.@!-]{1,512}", params.get("Name") or ""):
        raise Refusal("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")


# https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
@rule("kms", "ScheduleKeyDeletion")
def keys_are_kept_for_a_while(params, where):
    days = params.get("PendingWindowInDays")
    if days is not None and not 7 <= days <= 30:
        raise Refusal("ValidationException", "PendingWindowInDays must be between 7 and 30 (inclusive)")


# https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
@rule("kms", "CreateAlias")
def aliases_of_aws_are_aws(params, where):
    name = params.get("AliasName") or ""
    if name.startswith("alias/aws/"):
        raise Refusal("InvalidAliasNameException", "Alias names that begin with alias/aws/ are reserved for AWS")
    if not re.fullmatch(r"alias/[a-zA-Z0-9/_-]+", name):
        raise Refusal("ValidationException", "Invalid identifier: an alias must be alias/ and letters, digits, /, _ or -")


# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfiguration.html
@rule("ecr", "CreateRepository")
def repositories_use_a_key_for_kms(params, where):
    encryption = params.get("encryptionConfiguration") or {}
    if encryption.get("kmsKey") and encryption.get("encryptionType") == "AES256":
        raise invalid("Invalid parameter at 'encryptionConfiguration': kmsKey is for the encryption type KMS")


# https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
@rule("ecr", "PutLifecyclePolicy")
def lifecycles_expire_something(params, where):
    try:
        entries = json.loads(params.get("lifecyclePolicyText") or "")["rules"]
        numbers = [e["selection"]["countNumber"] for e in entries]
        priorities = [e["rulePriority"] for e in entries]
    except (ValueError, KeyError, TypeError) as error:
        raise invalid("Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure'") from error
    if not entries or any(not isinstance(n, int) or n < 1 for n in numbers) or len(set(priorities)) < len(priorities):
        raise invalid("Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure'")


# https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-rule.html
@rule("ecr", "CreatePullThroughCacheRule")
def caches_have_credentials(params, where):
    url, secret = params.get("upstreamRegistryUrl") or "", params.get("credentialArn")
    needs = url in ("registry-1.docker.io", "ghcr.io", "registry.gitlab.com") or url.endswith(".azurecr.io")
    if needs and not secret:
        raise invalid(f"Invalid parameter at 'credentialArn': the upstream registry {url} needs credentials")
    if secret and url in ("public.ecr.aws", "quay.io", "registry.k8s.io"):
        raise invalid(f"Invalid parameter at 'credentialArn': the upstream registry {url} takes no credentials")
    prefix = params.get("ecrRepositoryPrefix") or ""
    if prefix != "ROOT" and not 2 <= len(prefix) <= 30:
        raise invalid("Invalid parameter at 'ecrRepositoryPrefix': 2 to 30 characters, or ROOT")


# https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html
# https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html
@rule("servicediscovery", "CreateService", "CreatePrivateDnsNamespace")
def dns_labels_are_short(params, where):
    name = params.get("Name") or ""
    if where.operation == "CreateService" and len(name) > 127:
        raise Refusal("InvalidInput", "The name of a service must be at most 127 characters")
    if any(not 1 <= len(label) <= 63 for label in name.split(".")):
        raise Refusal("InvalidInput", "Each label of the name must be from 1 to 63 characters")


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
@rule("dynamodb", "CreateTable")
def tables_have_names(params, where):
    if not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", params.get("TableName") or ""):
        raise Refusal("ValidationException", "Invalid table name: 3 to 255 of a-z, A-Z, 0-9, _, - and .")


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
@rule("s3", "CreateBucket")
def buckets_have_names(params, where):
    name = params.get("Bucket") or ""
    reserved = name.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or name.endswith(("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"))
    if reserved or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) or ".." in name or re.fullmatch(r"\d+(\.\d+){3}", name):
        raise Refusal("InvalidBucketName", "The specified bucket is not valid.")
