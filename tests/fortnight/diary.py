"""What was seen while somebody lived with the coach: by day, by session, by proposal."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tests.fortnight.personas import Persona

# A topic's `progress` as REST gives it: strength_rating, total_time_spent, level, trend, signal.
Progress = dict[int, dict[str, Any]]


@dataclass
class SessionSeen:
    """One session. `suggested` is what home suggested when it began; `plan` the minutes a day of each topic then.

    `before` and `after`: what REST said of each topic before the start, and when the worker had done its part. `new`:
    the questions that REST calls new; `redos`, `drills` and `filled` (known, and without a mark so far) are how many of
    the others there were. `marks` are those for questions of the topic practised, `drilled` those of drills, which are
    kept apart, `elsewhere` by topic those for others' questions. `passed_over`: questions due for longer than one that
    was asked; `tired`: asked although they should rest. All but the texts and the numbers is read from rows: no page
    gives it as data.
    """

    number: int
    day: int
    at: datetime
    suggested: int | None
    practised: int
    minutes: int
    plan: dict[int, int]
    before: Progress
    after: Progress = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    redos: int = 0
    drills: int = 0
    filled: int = 0
    marks: list[int] = field(default_factory=list)
    drilled: list[int] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    tired: list[str] = field(default_factory=list)
    elsewhere: dict[int, list[int]] = field(default_factory=dict)
    rung: int = 0
    approach: str = ""
    advice: str = ""
    away_before: int = 0

    @property
    def listed(self) -> int:
        """How many questions the list had."""
        return len(self.new) + self.redos + self.drills + self.filled


@dataclass
class DaySeen:
    """One day, looked at in the morning, when the worker had done its part.

    `pages`: status by path; `suggested`: the next topic by page; `review` what the review says, `rests_on` its whole
    page; `notes` and `focus` by topic; `due`: questions whose time has come, and `open_proposals`,
    read from rows.
    """

    number: int
    date: date
    pages: dict[str, int] = field(default_factory=dict)
    suggested: dict[str, int | None] = field(default_factory=dict)
    review: str = ""
    rests_on: str = ""
    home: str = ""
    why: str = ""
    notes: dict[int, str] = field(default_factory=dict)
    focus: dict[int, list[str]] = field(default_factory=dict)
    progress: Progress = field(default_factory=dict)
    stored: dict[int, dict[str, Any]] = field(default_factory=dict)
    on_home: int | None = None
    waits: str = ""
    due: int = 0
    open_proposals: int = 0


@dataclass
class ProposalSeen:
    """A proposal of the review, as its row has it: `moves` are minutes a day by topic's name (0: removed).

    `ideas`: (topic, change) pairs. `decided`: approved, refused or left.
    """

    pk: int
    day: int
    at: datetime
    before: dict[str, int]
    after: dict[str, int]
    ideas: frozenset[tuple[str, str]]
    sessions_so_far: int
    decided: str = "left"
    decided_at: datetime | None = None


@dataclass
class Diary:
    """A whole run. `trouble`: what went wrong on the way, in sentences; `processor`: seconds that Python computed.

    `unfinished`: what still had no answer of the coach a day after the end, read from rows.
    """

    persona: Persona
    coach: str
    a_day: int
    length: int
    names: dict[int, str] = field(default_factory=dict)
    days: list[DaySeen] = field(default_factory=list)
    sessions: list[SessionSeen] = field(default_factory=list)
    proposals: list[ProposalSeen] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0

    @property
    def title(self) -> str:
        return f"{self.persona.name}, {self.coach}, {self.a_day} a day, {self.length} days"

    def of(self, topic: int) -> list[SessionSeen]:
        """The sessions in which this topic was practised."""
        return [one for one in self.sessions if one.practised == topic]

    def topics(self) -> list[int]:
        """All topics that ever were in the plan, in its order."""
        return list(self.names)
