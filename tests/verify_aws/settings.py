"""The site's settings for a verification: those of the tests with the operator's own AWS."""

import os

# tests.settings drops the developer's own variables.
given = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}

from tests.settings import *  # noqa: E402, F403

for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED"):
    os.environ.pop(name, None)
os.environ.update(given)

AWS_REGION = given.get("AWS_REGION") or given.get("AWS_DEFAULT_REGION", "")
