"""The address of whoever sent a request, as far as it can be trusted.

Each proxy adds to X-Forwarded-For the address that it was asked from, so that the last entries are
those of our own proxies; what stands before them, a stranger may have written.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

# A provider gives a customer as many addresses as these bits hold, or more.
# https://www.rfc-editor.org/rfc/rfc6177
OF_ONE_CUSTOMER = 64


def client_address(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """Return the address of the client; of the last proxy if that one names none; None if unknown.

    It is unknown if a proxy without TRUSTED_PROXIES uses a socket file.
    """
    server = request.META.get("REMOTE_ADDR", "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    hops = [*forwarded.split(","), server] if forwarded else [server]
    if len(hops) > settings.TRUSTED_PROXIES:
        return _address(hops[-1 - settings.TRUSTED_PROXIES]) or _address(server)
    return _address(server)


def locked_address(request: HttpRequest) -> str | None:
    """Return the address by which a client is locked out: of IPv6, that of the whole network."""
    address = client_address(request)
    if isinstance(address, IPv6Address):
        network = IPv6Network((address, OF_ONE_CUSTOMER), strict=False)
        return str(network.network_address)
    return None if address is None else str(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
