"""The codes that Cognito sends. Here each one is written to the log instead of an e-mail."""

import logging
import secrets
from collections import deque
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMessage:
    """A code that a person would have received. address: where it was sent; "" if nowhere."""

    user_pool_id: str
    username: str
    address: str
    code: str


class Codes:
    """Makes the codes of every pool of one account, and keeps the latest 10,000 messages."""

    def __init__(self) -> None:
        self.messages: deque[CodeMessage] = deque(maxlen=10_000)

    def deliver(self, pool: dict[str, Any], user: dict[str, Any], address: str) -> str:
        """Send a new code of six digits to a user's address and return it."""
        code = f"{secrets.randbelow(1_000_000):06d}"
        username, pool_id = user["Username"], pool["Id"]
        message = CodeMessage(user_pool_id=pool_id, username=username, address=address, code=code)
        self.messages.append(message)
        # The people of the embedded AWS are invented, and this line is the message itself.
        to = address or "nobody, as there is no address"
        logger.info("Code %s for user %s of pool %s, to %s", code, username, pool_id, to)
        return code
