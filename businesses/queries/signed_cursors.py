"""Cursors as part of a URL, signed so that nobody can make one up."""

from django.core.signing import Signer

from businesses.queries.paging import Cursor, Position


def sign(cursor: Cursor, scope: str) -> str:
    """Encode a cursor for a URL, so that nobody can make one up or use it in another list."""
    place = cursor.position
    key = [place.source, place.key, place.id] if place else []
    return _signer(scope).sign_object([cursor.direction, cursor.token, *key])


def unsign(token: str, scope: str) -> Cursor:
    """Decode a cursor from `sign`. Raises django.core.signing.BadSignature for anything else."""
    direction, group_token, *key = _signer(scope).unsign_object(token)
    return Cursor(direction, Position(*key) if key else None, group_token)


def _signer(scope: str) -> Signer:
    return Signer(salt=f"businesses.cursor:{scope}")
