"""One change of a plan with its reason: what a proposal is made of, and what a decision keeps."""

from dataclasses import dataclass
from typing import Any

from llm_modes.suggest_plan.plan import key
from llm_modes.suggest_plan_changes.differences import ChangeKind


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of one topic, wherever it stands: proposed, approved, declined, or on a page.

    `topic`: its name in the new plan, or in the old one when it was removed. `topic_id`: of its row, where that is
    known. `evidence`: the counts that a review's change rests on, in words. `sizes_plan`: whether it brings the plan to
    the size that is done. `then`: the numbers of sessions, marks and offers of the topic when it was decided.

    A row of the first release has no more than topic, change, reason and evidence.
    """

    topic: str
    change: ChangeKind
    reason: str = ""
    topic_id: int | None = None
    evidence: str = ""
    sizes_plan: bool = False
    then: dict[str, int] | None = None

    @property
    def key(self) -> tuple[str, ChangeKind]:
        """By which it is the same change as another one: the key of the topic's name, and what changes."""
        return key(self.topic), self.change

    def as_json(self) -> dict[str, Any]:
        """As it is stored and exported; without what is not known of it. `Change(**stored)` reads it."""
        said = {"topic": self.topic, "change": self.change, "reason": self.reason}
        return said | {field: value for field, value in vars(self).items() if field not in said and value}
