"""The interview that a plan is for, as the two modes that plan are told of it."""

from pydantic import BaseModel

from coach.counted import counted
from llm_modes.language.mode import inline
from llm_modes.language.tokens import clip

# As candidates type it; the coach's words are fewer.
FORMAT_TOKENS = 60


class Interview(BaseModel):
    """What is known of the interview. `days_left`: 0 on its day; None where none is known, or it is over."""

    days_left: int | None = None
    format: str = ""

    @property
    def weeks_left(self) -> int | None:
        """The days in weeks that have begun, 1 or more."""
        return None if self.days_left is None else max(1, -(-self.days_left // 7))

    def line(self) -> str:
        """One line of a prompt."""
        if self.days_left is None or self.weeks_left is None:
            when = ""
        else:
            when = f"in {counted(self.days_left, 'day')} ({counted(self.weeks_left, 'week')})"
        form = clip(inline(self.format), FORMAT_TOKENS) if self.format else ""
        said = "; ".join(part for part in (when, form) if part)
        return said or "unknown"
