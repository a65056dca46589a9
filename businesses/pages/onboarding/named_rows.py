"""The rows that an address or a form names one by one."""

from django.http import QueryDict


def named_subs(parameters: QueryDict) -> list[str]:
    """Return the subs that are named, each once; an empty one names nobody."""
    return [sub for sub in dict.fromkeys(parameters.getlist("sub")) if sub]
