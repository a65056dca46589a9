"""What Django's page about an error hides, which it shows while DEBUG is on."""

import re

from django.views.debug import SafeExceptionReporterFilter


class Filter(SafeExceptionReporterFilter):
    """Hides URLs with passwords too: a development server adds its variables to each request."""

    hidden_settings = re.compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}|(DATABASE|CACHE)_URL|HTTPS?_PROXY",
        re.IGNORECASE,
    )
