"""The lines for `.env` that follow from all findings."""

from collections.abc import Iterable

from llm_modes.checking.findings import Finding


def merged(found: Iterable[Finding]) -> list[str]:
    """One line for each setting; of several numbers the largest, which serves all that asked for it."""
    values: dict[str, str] = {}
    for line in (line for finding in found for line in finding.lines):
        name, _, value = line.partition("=")
        known = values.get(name, value)
        values[name] = max(known, value, key=int) if known.isdecimal() and value.isdecimal() else known
    return [f"{name}={value}" for name, value in values.items()]
