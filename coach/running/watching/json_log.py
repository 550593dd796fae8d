"""The log as JSON: a record is one object in one line, as quiet as in words (coach/running/quiet_logging.py)."""

import logging
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from coach.running.quiet_logging import TypeAndPlaceFormatter
from coach.running.watching.ids import request_id, task_id
from coach.running.watching.lines import time_of


class JsonLines(TypeAndPlaceFormatter, JsonFormatter):
    """Formats a record as {"time", "level", "logger", "message", "process"}, and what else there is of:

    "exception" (type and place), "request" and "task" (ids), and the fields of a record of access (requests.py). What
    libraries add to a record, such as a whole request, is left out.
    """

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Put the fields together."""
        log_data["time"] = time_of(record.created)
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = record.message
        log_data["process"] = record.process
        if "exc_info" in message_dict:
            log_data["exception"] = message_dict["exc_info"]
        for name, value in (("request", request_id.get()), ("task", task_id.get())):
            if value:
                log_data[name] = value
        log_data.update(record.__dict__.get("access", {}))
