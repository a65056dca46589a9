"""Whether a policy fits into one managed policy, and what to do otherwise.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import json
from collections.abc import Mapping
from typing import Any

LONGEST_POLICY = 6_144  # characters of a managed policy, white space aside
LONGEST_INLINE = 10_240  # of all inline policies of a role


def too_long(policy: Mapping[str, Any]) -> str:
    """Return what to do with a policy that no managed policy takes; "" if one does."""
    length = len(json.dumps(policy, separators=(",", ":")))
    if length <= LONGEST_POLICY:
        return ""
    return (
        f"The policy has {length:,} characters, white space aside, and a managed policy takes "
        f"{LONGEST_POLICY:,}. Divide its statements between two managed policies, or give it to a "
        f"role as an inline policy, which takes {LONGEST_INLINE:,}."
    )
