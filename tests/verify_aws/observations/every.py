"""All observations: each module registers its own when it is imported."""

from tests.verify_aws.observations import (
    api,
    api_limits,
    pools,
    resolver_code,
    sign_ups,
    stacks,
    updates,
)
from tests.verify_aws.observations.registry import OBSERVATIONS

__all__ = [
    "OBSERVATIONS",
    "api",
    "api_limits",
    "pools",
    "resolver_code",
    "sign_ups",
    "stacks",
    "updates",
]
