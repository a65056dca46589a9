"""All observations: the modules list theirs when they are imported."""

from tests.verify_aws.observations import api, pools, resolver_code, sign_ups, stacks
from tests.verify_aws.observations.registry import OBSERVATIONS

__all__ = ["OBSERVATIONS", "api", "pools", "resolver_code", "sign_ups", "stacks"]
