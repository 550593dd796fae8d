"""What the tests of the LLM layer share."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """Every line that any logger writes, wherever it goes, with its traceback."""
    lines: list[str] = []
    factory = logging.getLogRecordFactory()

    def collecting(*args, **kwargs):
        record = factory(*args, **kwargs)
        lines.append(logging.Formatter().format(record))
        return record

    logging.setLogRecordFactory(collecting)
    yield lines
    logging.setLogRecordFactory(factory)
