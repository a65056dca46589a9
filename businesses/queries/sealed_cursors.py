"""Cursors as part of a URL, sealed so that nobody can make one up, or read what is in it.

A position in a list that is sorted by name or by e-mail has a name or an address as its key, and a
URL is kept by browsers, proxies and their logs.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.core.signing import BadSignature
from django.utils.crypto import salted_hmac

from businesses.queries.paging import Cursor, Position


def seal(cursor: Cursor, scope: str) -> str:
    """Encode a cursor for a URL; it is of no use in another list. Equal ones look the same.

    https://www.rfc-editor.org/rfc/rfc5297
    """
    place = cursor.position
    key = [place.source, place.key, place.id] if place else []
    text = json.dumps([cursor.direction, cursor.token, *key]).encode()
    sealed = _cipher(settings.SECRET_KEY).encrypt(text, [scope.encode()])
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(token: str, scope: str) -> Cursor:
    """Decode a cursor from `seal`. Raises django.core.signing.BadSignature for anything else."""
    direction, group_token, *key = json.loads(_opened(token, scope.encode()))
    return Cursor(direction, Position(*key) if key else None, group_token)


def _opened(token: str, scope: bytes) -> bytes:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            sealed = urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
            return _cipher(secret).decrypt(sealed, [scope])
        except (InvalidTag, ValueError):
            continue
    raise BadSignature("No such cursor was sealed with a key of this site.")


def _cipher(secret: str | bytes) -> AESSIV:
    return AESSIV(salted_hmac("businesses.cursor", "key", secret, algorithm="sha512").digest())
