"""The rows that an address or a form names one by one."""

from django.http import QueryDict

from businesses.queries.keys import can_be_key


def named_subs(parameters: QueryDict) -> list[str]:
    """Return the subs that are named, each once; one that no record can have names nobody."""
    return list(filter(can_be_key, dict.fromkeys(parameters.getlist("sub"))))
