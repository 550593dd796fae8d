"""Whole numbers in a request that no form reads."""

MOST = 2_147_483_647  # the largest integer of PostgreSQL


def whole_number(text: str | None, *, most: int = MOST) -> int | None:
    """The number, 0 to `most`, that these digits mean; None for anything else.

    `isdigit` is true for "²", for which int() raises; int() also raises for thousands of digits.
    """
    text = text or ""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    number = int(text)
    return number if number <= most else None
