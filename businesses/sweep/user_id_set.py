"""A set of user ids that stays small in memory even with a million users."""

from hashlib import blake2b

SHARDS = 4096
DIGEST_BYTES = 16
# Two bytes of the digest choose the shard; the rest is kept.
KEPT_BYTES = DIGEST_BYTES - 2


class UserIdSet:
    """A set of texts that supports only `add` and `in`, at about 16 bytes per text.

    It keeps digests in byte strings instead of one object per text. With a million texts, it
    confuses two of them with a probability of about 2**-100. A text that is added twice is stored
    twice.
    """

    def __init__(self) -> None:
        self._shards = [bytearray() for _ in range(SHARDS)]

    def add(self, text: str) -> None:
        """Add one text."""
        shard, kept = self._place(text)
        shard += kept

    def __contains__(self, text: str) -> bool:
        shard, kept = self._place(text)
        at = shard.find(kept)
        # A match that spans two neighbouring digests is neither of them.
        while at >= 0 and at % KEPT_BYTES:
            at = shard.find(kept, at + 1)
        return at >= 0

    def _place(self, text: str) -> tuple[bytearray, bytes]:
        digest = blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()
        return self._shards[int.from_bytes(digest[:2]) % SHARDS], digest[2:]
