"""CloudWatch, CloudWatch Logs and EventBridge."""

import json
import re

from refusal import Refusal

from .rule import invalid, rule
from .scaling import schedule_problem

# CloudWatch Logs.

RETENTION = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
@rule("logs", "PutRetentionPolicy")
def logs_are_kept_for_so_many_days(params, where):
    days = params.get("retentionInDays")
    if days not in RETENTION:
        raise invalid(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: {RETENTION}"
        )


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
@rule("logs", "CreateLogGroup")
def log_groups_of_aws_are_aws(params, where):
    if (params.get("logGroupName") or "").startswith("aws/"):
        raise invalid("Log groups starting with AWS/ are reserved for AWS.")


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html, kmsKeyId
@rule("logs", "CreateLogGroup", "AssociateKmsKey")
def logs_have_keys_by_arn(params, where):
    key = params.get("kmsKeyId")
    if key and not re.fullmatch(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/.+", key):
        raise invalid("The specified KMS key identifier is not valid: it must be the ARN of a key.")


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
@rule("logs", "PutMetricFilter")
def metric_filters_have_a_default_or_dimensions(params, where):
    for t in params.get("metricTransformations") or []:
        if t.get("dimensions") and t.get("defaultValue") is not None:
            raise invalid("Invalid metric transformation: dimensions and default value are mutually exclusive properties.")


# CloudWatch.


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
@rule("cloudwatch", "PutMetricAlarm")
def alarms_have_periods(params, where):
    periods = [params.get("Period")] + [(m.get("MetricStat") or {}).get("Period") or m.get("Period") for m in params.get("Metrics") or []]
    for period in periods:
        if period is not None and period not in (10, 20, 30) and (period < 60 or period % 60):
            raise Refusal("ValidationError", f"Invalid period {period}: it must be 10, 20, 30 or a multiple of 60")


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, EvaluationPeriods
@rule("cloudwatch", "PutMetricAlarm")
def alarms_look_back_a_day_or_a_week(params, where):
    period, count = params.get("Period"), params.get("EvaluationPeriods")
    if period is None or count is None:
        return
    if period < 3600 and period * count > 86400:
        raise Refusal("ValidationError", "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
    if period >= 3600 and period * count > 604800:
        raise Refusal("ValidationError", "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).")


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, DatapointsToAlarm
@rule("cloudwatch", "PutMetricAlarm")
def alarms_count_datapoints_of_their_periods(params, where):
    points, count = params.get("DatapointsToAlarm"), params.get("EvaluationPeriods")
    if points is not None and count is not None and points > count:
        raise Refusal("ValidationError", "DatapointsToAlarm must be less than or equal to EvaluationPeriods")


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
@rule("cloudwatch", "PutMetricAlarm")
def alarms_are_of_a_metric(params, where):
    ways = [bool(params.get("MetricName")), bool(params.get("Metrics"))]
    if sum(ways) != 1:
        raise Refusal("ValidationError", "An alarm needs either MetricName, with Namespace and Period, or Metrics")
    if params.get("MetricName") and not (params.get("Namespace") and params.get("Period")):
        raise Refusal("ValidationError", "MetricName needs Namespace and Period")
    if params.get("MetricName") and bool(params.get("Statistic")) == bool(params.get("ExtendedStatistic")):
        raise Refusal("ValidationError", "Exactly one of Statistic and ExtendedStatistic must be specified")


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
@rule("cloudwatch", "PutDashboard")
def dashboards_are_json(params, where):
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", params.get("DashboardName") or ""):
        raise Refusal("InvalidParameterValue", "The dashboard name must be 1 to 255 of A-Z, a-z, 0-9, - and _")
    try:
        body = json.loads(params.get("DashboardBody") or "")
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("widgets"), list):
        raise Refusal("InvalidParameterInput", "The field DashboardBody must be a valid JSON object with widgets")


# EventBridge.

OPERATORS = {
    "prefix", "suffix", "anything-but", "numeric", "cidr", "exists", "equals-ignore-case", "wildcard",
}  # fmt: skip


def pattern_problem(node, depth=1):
    """What is wrong with a part of an event pattern; "" where nothing is."""
    if not isinstance(node, dict) or (depth == 1 and not node):
        return "Filter is not an object"
    for name, value in node.items():
        if name == "$or":
            if not isinstance(value, list) or len(value) < 2:
                return "$or must be an array with at least 2 patterns"
            problem = next(filter(None, (pattern_problem(part, depth + 1) for part in value)), "")
        elif isinstance(value, dict):
            problem = pattern_problem(value, depth + 1) if value else "Empty objects are not allowed"
        elif not isinstance(value, list):
            problem = f'"{name}" must be an object or an array'
        else:
            problem = "Empty arrays are not allowed" if not value else next(filter(None, map(matcher_problem, value)), "")
        if problem:
            return problem
    return ""


def matcher_problem(item):
    if isinstance(item, list):
        return "Match value must be String, number, true, false, or null"
    if not isinstance(item, dict):
        return ""
    if len(item) != 1:
        return "Only one key allowed in match expression"
    operator, value = next(iter(item.items()))
    if operator not in OPERATORS:
        return f"Unrecognized match type {operator}"
    if operator == "exists" and not isinstance(value, bool):
        return "exists match pattern must be either true or false."
    return ""


# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
@rule("events", "PutRule")
def patterns_are_valid(params, where):
    pattern = params.get("EventPattern")
    if not pattern:
        return
    try:
        problem = pattern_problem(json.loads(pattern))
    except ValueError:
        problem = "The pattern is no JSON"
    if problem:
        raise Refusal("InvalidEventPatternException", f"Event pattern is not valid. Reason: {problem}")


# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
@rule("events", "PutRule")
def rules_match_or_are_scheduled(params, where):
    schedule = params.get("ScheduleExpression")
    if not schedule and not params.get("EventPattern"):
        raise Refusal("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if schedule and (schedule.startswith("at(") or schedule_problem(schedule)):
        raise Refusal("ValidationException", "Parameter ScheduleExpression is not valid.")
