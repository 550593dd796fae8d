"""The form by which a candidate decides on a proposal."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from coach.candidate_text import one_line
from coach.numbers import whole_number
from llm_modes.suggest_plan.plan import (
    DESCRIPTION_CHARACTERS,
    MAX_DAILY_MINUTES,
    MAX_TOPICS,
    MIN_TOPIC_MINUTES,
    NAME_CHARACTERS,
    NAME_WORDS,
    Topic,
)
from plans.models import PlanProposal
from plans.proposals.comparison import Edit, by_priority, counterpart
from plans.proposals.lines import is_first, lines_of

OWN_FIELDS = ("name", "description", "minutes", "priority")
# The fields with words of a topic of the candidate's own.
OWN_WORDS = re.compile(r"own-(name|description)-\d+")
NOTHING_TYPED: Mapping[str, Edit] = {}


class ApprovalForm(forms.Form):
    """A proposal as the candidate decides on it: a tick for each line, names and numbers to edit, topics to add.

    `own`: topics that the candidate added on an earlier page of it. `typed`: what they typed there over its topics, by
    the key of the name.
    """

    name_words = NAME_WORDS  # for the page to say
    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    by_line = forms.BooleanField(required=False, initial=True, widget=forms.HiddenInput)

    def __init__(
        self,
        proposal: PlanProposal,
        data: Any = None,
        own: Sequence[Topic] = (),
        typed: Mapping[str, Edit] = NOTHING_TYPED,
    ) -> None:
        self.topics = by_priority(proposal.topics)
        self.base = proposal.base_topics
        self.lines = lines_of(proposal)
        self.is_first = is_first(proposal)
        super().__init__(data, initial={"seen_version": proposal.base_version, "by_line": True}, auto_id="plan_%s")
        for line in self.lines:
            self.fields[f"accept-{line.name}"] = forms.BooleanField(label=line.topic, required=False, initial=True)
        for place, topic in enumerate(self.topics):
            self._add_topic(place, topic, typed.get(topic.key, Edit()))

        # One row for a topic of the candidate's own, and another each time they ask for it.
        shown = whole_number(self.data.get("own-rows"), most=MAX_TOPICS) or max(1, len(own))
        self.own_rows = min(MAX_TOPICS, shown + self.asks_for_row)
        for row in range(self.own_rows):
            self._add_own_row(row, own[row] if row < len(own) else None)

    @property
    def asks_for_row(self) -> bool:
        """Whether the candidate only asked for another row, and did not decide."""
        return "add-row" in self.data

    def _add_own_row(self, row: int, typed: Topic | None) -> None:
        """Fields for a topic that the candidate adds. They need not be posted."""
        shown = Edit(typed.name, typed.daily_study_minutes, typed.priority or None) if typed else Edit()
        self._add_fields(f"own-{{}}-{row}", shown, called=f"your own topic {row + 1}")
        self.fields[f"own-description-{row}"] = forms.CharField(
            initial=typed.description if typed else None,
            max_length=DESCRIPTION_CHARACTERS,
            required=False,
            widget=forms.TextInput(attrs={"dir": "auto", "aria-label": f"What your own topic {row + 1} is for"}),
        )

    def clean(self) -> dict[str, Any]:
        """A topic of the candidate's own needs a name and minutes when they decide."""
        if self.asks_for_row:
            return self.cleaned_data
        for row in range(self.own_rows):
            typed = {name: self.cleaned_data.get(f"own-{name}-{row}") for name in OWN_FIELDS}
            if not any(typed.values()):
                continue
            if not one_line(typed["name"] or "") and f"own-name-{row}" not in self.errors:
                self.add_error(f"own-name-{row}", "Give your topic a name.")
            if not typed["minutes"] and f"own-minutes-{row}" not in self.errors:
                self.add_error(f"own-minutes-{row}", "Give your topic minutes a day.")
        return self.cleaned_data

    def own(self) -> list[Topic]:
        """The topics that the candidate adds. Those without a priority come last."""
        found = []
        for row in range(self.own_rows):
            typed = {name: self.cleaned_data.get(f"own-{name}-{row}") for name in OWN_FIELDS}
            if typed["name"] and typed["minutes"]:
                found.append(
                    Topic(
                        name=one_line(typed["name"]),
                        description=one_line(typed["description"] or ""),
                        priority=typed["priority"] or 0,
                        daily_study_minutes=typed["minutes"],
                    )
                )
        return found

    @property
    def own_lines(self) -> list[dict[str, Any]]:
        """For the page: the fields of each row for a topic of the candidate's own."""
        return [{name: self[f"own-{name}-{row}"] for name in OWN_FIELDS} for row in range(self.own_rows)]

    @property
    def typed_total(self) -> int:
        """The minutes a day in the form, added up: the numbers of ticked topics."""
        rows = [row for row in self.rows if not self.is_bound or row["tick"] is None or row["tick"].value()]
        fields = [row["minutes"] for row in rows] + [line["minutes"] for line in self.own_lines]
        return sum(whole_number(str(field.value() or ""), most=MAX_DAILY_MINUTES) or 0 for field in fields)

    def _add_topic(self, place: int, topic: Topic, typed: Edit) -> None:
        """Fields for one topic. They need not be posted: what is missing stays as proposed."""
        shown = Edit(
            typed.name or topic.name, typed.minutes or topic.daily_study_minutes, typed.priority or topic.priority
        )
        self._add_fields(f"{{}}-{place}", shown, called=topic.name)

    def _add_fields(self, names: str, shown: Edit, *, called: str) -> None:
        """Add name, minutes and priority of a topic. `names`: makes the fields' names. `called`: the name in labels."""
        number = {"class": "minutes", "inputmode": "numeric"}
        self.fields[names.format("name")] = forms.CharField(
            initial=shown.name,
            max_length=NAME_CHARACTERS,
            required=False,
            widget=forms.TextInput(attrs={"dir": "auto", "aria-label": f"Name of {called}"}),
        )
        self.fields[names.format("minutes")] = forms.IntegerField(
            initial=shown.minutes,
            min_value=MIN_TOPIC_MINUTES,
            max_value=MAX_DAILY_MINUTES,
            required=False,
            widget=forms.NumberInput(attrs={**number, "aria-label": f"Minutes a day for {called}"}),
        )
        self.fields[names.format("priority")] = forms.IntegerField(
            initial=shown.priority,
            min_value=1,
            max_value=MAX_TOPICS,
            required=False,
            widget=forms.NumberInput(attrs={**number, "aria-label": f"Priority of {called}"}),
        )

    def accepted(self) -> list[str] | None:
        """The names of the ticked lines; None if the form did not show lines."""
        if not self.cleaned_data["by_line"]:
            return None
        return [line.name for line in self.lines if self.cleaned_data[f"accept-{line.name}"]]

    def edits(self) -> dict[int, Edit]:
        """What was typed over the proposal, by the topic's place. A number as proposed is no edit."""
        found = {}
        for place, topic in enumerate(self.topics):
            name = one_line(self.cleaned_data.get(f"name-{place}") or "")
            minutes, priority = self.cleaned_data.get(f"minutes-{place}"), self.cleaned_data.get(f"priority-{place}")
            edit = Edit(
                name if name and name != topic.name else None,
                minutes if minutes and minutes != topic.daily_study_minutes else None,
                priority if priority and priority != topic.priority else None,
            )
            if edit != Edit():
                found[place] = edit
        return found

    def typed(self) -> dict[str, Edit]:
        """The same by the keys of the topics' names, for showing the proposal beside another plan."""
        return {self.topics[place].key: edit for place, edit in self.edits().items()}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """For the page: each topic with its fields, and in a first plan with its tick."""
        ticks = {line.name: self[f"accept-{line.name}"] for line in self.lines}
        return [
            {
                "tick": ticks.get(f"added-{place}") if self.is_first else None,
                "topic": topic,
                "before": before.daily_study_minutes if (before := counterpart(topic, self.base)) else None,
                "name": self[f"name-{place}"],
                "minutes": self[f"minutes-{place}"],
                "priority": self[f"priority-{place}"],
            }
            for place, topic in enumerate(self.topics)
        ]

    @property
    def ticks(self) -> list[dict[str, Any]]:
        """For the page: each line with its tick."""
        return [{"line": line, "field": self[f"accept-{line.name}"]} for line in self.lines]
