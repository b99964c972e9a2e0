"""Schedules, Application Auto Scaling and AWS Backup."""

import datetime
import re
import zoneinfo

from refusal import Refusal

from .rule import rule

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
FIELDS = [
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of month", 1, 31, []),
    ("month", 1, 12, MONTHS),
    ("day of week", 1, 7, DAYS),
    ("year", 1970, 2199, []),
]


def schedule_problem(text):
    """What is wrong with at(…), rate(…) or cron(…); "" where nothing is."""
    found = re.fullmatch(r"(at|rate|cron)\((.*)\)", text)
    if not found:
        return "it must be at(...), rate(...) or cron(...)"
    kind, inner = found.groups()
    if kind == "at":
        try:
            datetime.datetime.strptime(inner, "%Y-%m-%dT%H:%M:%S")
        except ValueError:
            return "at needs yyyy-mm-ddThh:mm:ss"
        return ""
    if kind == "rate":
        rate = re.fullmatch(r"(\d+) (minute|hour|day)(s?)", inner)
        if not rate or int(rate[1]) == 0 or (int(rate[1]) == 1) == bool(rate[3]):
            return "rate needs a positive number and minute, hour or day, in the plural above 1"
        return ""
    fields = inner.split()
    if len(fields) != 6:
        return f"cron needs 6 fields, got {len(fields)}"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "cron needs ? as the day of month or as the day of week"
    for field, (name, low, high, words) in zip(fields, FIELDS, strict=True):
        if not cron_field(field, name, low, high, words):
            return f"the {name} of cron is {field}"
    return ""


def cron_field(field, name, low, high, words):
    if field in ("*", "?"):
        return field == "*" or "day" in name
    special = {"day of month": r"L|LW|\d{1,2}W", "day of week": r"([1-7]|[A-Z]{3})?L|([1-7]|[A-Z]{3})#[1-5]"}.get(name)
    if special and re.fullmatch(special, field):
        return True
    for part in field.split(","):
        values, _, step = part.partition("/")
        if "/" in part and not (step.isdigit() and int(step) > 0):
            return False
        ends = [] if values == "*" else values.split("-")
        numbers = [words.index(end.upper()) + low if end.upper() in words else int(end) if end.isdigit() else -1 for end in ends]
        if len(numbers) > 2 or not all(low <= number <= high for number in numbers):
            return False
    return True


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
@rule("application-autoscaling", "PutScheduledAction")
def schedules_are_valid(params, where):
    if params.get("Schedule"):
        problem = schedule_problem(params["Schedule"])
        if problem:
            raise Refusal("ValidationException", f"Invalid schedule expression: {problem}. Details: {params['Schedule']}")
    if params.get("Timezone") and is_no_zone(params["Timezone"]):
        raise Refusal("ValidationException", f"Invalid timezone: {params['Timezone']}")


def is_no_zone(name):
    """True for a name that is no time zone; on a machine without any of them every name may be one."""
    for known in ("Europe/London", name):
        try:
            zoneinfo.ZoneInfo(known)
        except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
            return known == name
    return False


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalableTargetAction.html
@rule("application-autoscaling", "PutScheduledAction")
def scheduled_actions_change_something(params, where):
    action = params.get("ScalableTargetAction")
    if action is None or not ({"MinCapacity", "MaxCapacity"} & set(action)):
        raise Refusal("ValidationException", "At least one of MinCapacity and MaxCapacity must be specified")
    capacities_in_order(action)


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
@rule("application-autoscaling", "RegisterScalableTarget")
def targets_have_capacities(params, where):
    capacities_in_order(params)


def capacities_in_order(params):
    low, high = params.get("MinCapacity"), params.get("MaxCapacity")
    for value in (low, high):
        if value is not None and value < 0:
            raise Refusal("ValidationException", f"Capacity must not be negative: {value}")
    if low is not None and high is not None and low > high:
        raise Refusal("ValidationException", "Maximum capacity cannot be less than minimum capacity")


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
@rule("application-autoscaling", "PutScalingPolicy")
def target_tracking_has_one_metric(params, where):
    tracking = params.get("TargetTrackingScalingPolicyConfiguration")
    if tracking is None:
        return
    if sum(1 for name in ("PredefinedMetricSpecification", "CustomizedMetricSpecification") if tracking.get(name)) != 1:
        raise Refusal("ValidationException", "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified")
    if tracking.get("TargetValue", 0) <= 0:
        raise Refusal("ValidationException", "TargetValue must be greater than 0")


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_CustomizedMetricSpecification.html
@rule("application-autoscaling", "PutScalingPolicy")
def customized_metrics_are_named(params, where):
    metric = (params.get("TargetTrackingScalingPolicyConfiguration") or {}).get("CustomizedMetricSpecification")
    if metric and not metric.get("Metrics"):
        for name in ("MetricName", "Namespace", "Statistic"):
            if not metric.get(name):
                raise Refusal("ValidationException", f"{name} is required in CustomizedMetricSpecification without Metrics")


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRuleInput.html
@rule("backup", "CreateBackupPlan", "UpdateBackupPlan")
def backups_have_schedules(params, where):
    for entry in (params.get("BackupPlan") or {}).get("Rules") or []:
        schedule = entry.get("ScheduleExpression")
        if schedule and schedule_problem(schedule):
            raise Refusal("InvalidParameterValueException", f"Invalid schedule expression: {schedule_problem(schedule)}")
        minute = schedule[5:].split()[0] if schedule and schedule.startswith("cron(") else "0"
        if not minute.isdigit():
            raise Refusal("InvalidParameterValueException", "Invalid schedule expression: the backup frequency must be at least one hour")
        days = (entry.get("Lifecycle") or {}).get("DeleteAfterDays")
        if days is not None and days < 1:
            raise Refusal("InvalidParameterValueException", "DeleteAfterDays must be at least 1")
