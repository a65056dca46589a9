"""A set of users that stays small in memory with a million of them."""

from hashlib import blake2b

SHARDS = 4096
DIGEST_BYTES = 16
# Two bytes of the digest choose the shard; the rest is kept.
KEPT_BYTES = DIGEST_BYTES - 2


class UserIdSet:
    """A set of texts that can be added to and asked, nothing else: about 16 bytes for each.

    It keeps digests in byte strings instead of one object for each text, and takes two texts for
    the same with a probability of about 2**-100 at a million. A text that is added twice is kept
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
        # What is found across the border of two digests is neither of them.
        while at >= 0 and at % KEPT_BYTES:
            at = shard.find(kept, at + 1)
        return at >= 0

    def _place(self, text: str) -> tuple[bytearray, bytes]:
        digest = blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()
        return self._shards[int.from_bytes(digest[:2]) % SHARDS], digest[2:]
