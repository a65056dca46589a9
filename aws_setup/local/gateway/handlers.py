"""Puts all of our handlers in place of ministack's."""

from aws_setup.local.appsync.javascript import deployment_check, evaluate_code
from aws_setup.local.cloudformation import resources
from aws_setup.local.cloudformation.template import yaml_reader
from aws_setup.local.cloudwatch import alarms, metric_filters, service_metrics
from aws_setup.local.cognito import handlers as cognito
from aws_setup.local.cognito.codes import Codes
from aws_setup.local.dynamodb import (
    expiry,
    index_keys,
    index_projections,
    restores,
    table_keys,
    update_expressions,
)
from aws_setup.local.iam import condition_keys, policy_sizes, service_linked_roles, table_arns


def register(codes: Codes) -> None:
    """Answer in ministack's place; of several calls, the codes of the last one count."""
    resources.register()
    yaml_reader.register()
    service_linked_roles.register()
    condition_keys.register()
    table_arns.register()
    policy_sizes.register()
    evaluate_code.register()
    deployment_check.register()
    cognito.register(codes)
    alarms.register()
    metric_filters.register()
    service_metrics.register()
    expiry.register()
    index_keys.register()
    index_projections.register()
    restores.register()
    table_keys.register()
    update_expressions.register()
