"""Whole numbers that come in a request outside of a form."""

MOST = 2_147_483_647  # what PostgreSQL's integer holds


def whole_number(text: str | None, *, most: int = MOST) -> int | None:
    """The number 0 to `most` that these digits are; None for anything else.

    `isdigit` would let "²" through, on which int() fails, and int() itself fails on thousands of digits.
    """
    text = text or ""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    number = int(text)
    return number if number <= most else None
