"""Numbers for sentences: "2 minutes", and how practice time is rounded."""


def counted(number: int, noun: str) -> str:
    """ "1 minute", "2 minutes", "0 words". `noun` is singular; its plural must end in s."""
    return f"{number} {noun if number == 1 else f'{noun}s'}"


def whole_minutes(seconds: int) -> int:
    """Seconds of practice in whole minutes: rounded, half a minute up, but at least 1 if there was any practice.

    Round each session once and add the rounded minutes: then the sums on all pages agree.
    """
    return max(1, (seconds + 30) // 60) if seconds > 0 else 0


def stopwatch(seconds: int) -> str:
    """The seconds as on a stopwatch: "4:05", "1:02:05". Fewer than 0 count as 0."""
    minutes, rest = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
