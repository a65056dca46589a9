"""The lines of the log: what each record becomes, as text or as JSON."""

import logging

from pythonjsonlogger.core import LogData
from pythonjsonlogger.json import JsonFormatter

from onboarding_site.observation.current import current
from onboarding_site.observation.scrubbing import in_one_entry, scrubbed, scrubbed_values

FAILED = 500
# Django's lines about a request that it refused or could not answer.
_OF_REQUESTS = ("django.request", "django.security.")


def becomes_a_cause(record: logging.LogRecord) -> bool:
    """Return whether a record says why a request was refused or failed, without a traceback."""
    status = getattr(record, "status_code", 0)
    is_fault = status >= FAILED and record.exc_info
    return bool(status) and record.name.startswith(_OF_REQUESTS) and not is_fault


class OneLineARequest(logging.Filter):
    """Gives each record its request's id, and makes one line of what is told of one request.

    Why a request was refused or failed becomes part of its access line. Django would log it apart
    from that, a refused host with a traceback, and once more as "Bad Request". Only a traceback of
    the site's own fault remains a record of its own.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is written."""
        observed = current.get()
        record.request_id = observed.id if observed else ""
        if observed is None or not becomes_a_cause(record):
            return True
        if (cause := record.getMessage()) not in observed.causes:  # each handler asks
            observed.causes.append(cause)
        return False


class TextLine(logging.Formatter):
    """Lines for a person who reads them in a terminal; those that follow the first are indented."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        return in_one_entry(scrubbed(super().format(record)))


class JsonLine(JsonFormatter):
    """One JSON object in one line for each record, in ASCII."""

    def __init__(self) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="time",
            # Objects that Django and gunicorn add to their records.
            reserved_attrs=[*self.own_attributes(), "request", "server_time", "websocket"],
        )

    @staticmethod
    def own_attributes() -> list[str]:
        """Return what every record has, and what is in the line under another name."""
        return [*vars(logging.makeLogRecord({})), "asctime", "message", "taskName"]

    def process_log_record(self, log_data: LogData) -> LogData:
        """Return what the line shows."""
        shown: LogData = scrubbed_values(log_data)
        return shown
