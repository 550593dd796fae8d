"""Numbers as sentences say them: one rounding of time, one way to say how many."""


def counted(number: int, noun: str) -> str:
    """ "1 minute", "2 minutes", "0 words": the number with its noun, whose plural ends in s."""
    return f"{number} {noun if number == 1 else f'{noun}s'}"


def whole_minutes(seconds: int) -> int:
    """Seconds of practice in whole minutes, halves up; whoever practised has spent one at least.

    Round a session once, and add up what was rounded: then the parts on one page are the sum on another.
    """
    return max(1, (seconds + 30) // 60) if seconds > 0 else 0


def stopwatch(seconds: int) -> str:
    """Minutes and seconds as on a stopwatch: "4:05", "1:02:05"."""
    minutes, rest = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
