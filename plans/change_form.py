"""The form for another plan where no model answers: its topics with their minutes, and one to add."""

from collections.abc import Iterator
from typing import Any
from zlib import crc32

from django import forms

from coach.candidate_text import clean_text
from coach.models import User
from llm_modes.language.words import count_words
from llm_modes.offline.bank import general, role_bank
from llm_modes.offline.changing import Changed, changed
from llm_modes.offline.wishes import Wish, written
from llm_modes.suggest_plan.plan import (
    MAX_DAILY_MINUTES,
    MAX_TOPICS,
    MIN_TOPIC_MINUTES,
    MIN_TOPICS,
    NAME_CHARACTERS,
    NAME_WORDS,
    Topic,
    key,
)
from plans.first_plan import FirstPlan, Step
from plans.forms import FocusForm
from plans.journey import brief_of
from plans.plan_in_force import topics_in_force
from plans.proposals.writing import minutes_for

# What a topic to be added gets, unless something else is typed.
USUAL_MINUTES = 10


class ChangeForm(FocusForm):
    """The plan in force, else the open proposal: a line for what is wished different about each topic, and to add.

    A row is known by its topic's name, so that one from a page of an earlier plan does not speak of another topic.
    """

    add_topic = forms.ChoiceField(label="Add a topic", required=False)
    add_own = forms.CharField(
        label="Or one of your own",
        max_length=NAME_CHARACTERS,
        required=False,
        help_text=f"Up to {NAME_WORDS} words.",
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def __init__(self, user: User, topics: list[Topic], data: Any = None) -> None:
        super().__init__(data, auto_id="change_%s")
        self.user, self.topics = user, topics
        for topic in topics:
            self.fields[_row("minutes", topic)] = _minutes(f"Minutes a day for {topic.name}", topic.daily_study_minutes)
            self.fields[_row("drop", topic)] = forms.BooleanField(
                required=False, widget=forms.CheckboxInput(attrs={"aria-label": f"Drop {topic.name}"})
            )
        self.fields["add_minutes"] = _minutes("Minutes a day for it", USUAL_MINUTES)
        there = {topic.key for topic in topics}
        names = [topic.name for bank in (role_bank(user.current_role), general()) for topic in bank.topics]
        others = [(name, name) for name in dict.fromkeys(names) if key(name) not in there]
        self.fields["add_topic"].choices = [("", "no topic"), *others]  # type: ignore[attr-defined]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each topic with its two fields."""
        return [
            {"topic": one, "minutes": self[_row("minutes", one)], "drop": self[_row("drop", one)]}
            for one in self.topics
        ]

    def clean_add_own(self) -> str:
        name = " ".join(clean_text(self.cleaned_data["add_own"]).split())
        if count_words(name, leniently=True) > NAME_WORDS:
            raise forms.ValidationError(f"Up to {NAME_WORDS} words, please.")
        if name and not key(name):
            raise forms.ValidationError("Please use letters that can be seen.")
        if key(name) in {topic.key for topic in self.topics}:
            raise forms.ValidationError("Your plan has this topic already.")
        return name

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            dropped = sum(bool(self.cleaned_data[_row("drop", topic)]) for topic in self.topics)
            count = len(self.topics) - dropped + len(self._added())
            if not MIN_TOPICS <= count <= MAX_TOPICS:
                raise forms.ValidationError(
                    f"A plan has {MIN_TOPICS} to {MAX_TOPICS} topics; this one would have {count}."
                )
            # What cannot be done is said before anything is promised.
            if refused := self._tried().refused:
                raise forms.ValidationError(list(refused))
        return self.cleaned_data

    @property
    def wish(self) -> str:
        """What differs, a line for each; "" where nothing does."""
        return "\n".join(map(written, self._wishes())) if self._tried().changes else ""

    def _tried(self) -> Changed:
        """The plan with what differs carried out, as the coach will do it."""
        brief = brief_of(self.user)
        time = minutes_for(brief.daily_minutes, self.topics)
        return changed(self.topics, list(self._wishes()), available=time, motivation=brief.motivation)

    def _wishes(self) -> Iterator[Wish]:
        for topic in self.topics:
            if self.cleaned_data[_row("drop", topic)]:
                yield Wish("drop", topic.name)
            elif _row("minutes", topic) in self.changed_data:
                yield Wish("minutes", topic.name, self.cleaned_data[_row("minutes", topic)])
        for name in self._added():
            yield Wish("add", name, self.cleaned_data["add_minutes"])

    def _added(self) -> list[str]:
        names = (self.cleaned_data["add_topic"], self.cleaned_data["add_own"])
        return list({key(name): name for name in names if name}.values())


def change_form(user: User, plan: FirstPlan | None, data: Any = None) -> ChangeForm | None:
    """The form for what the next proposal will be based on; None where there is nothing to change.

    `plan` is the next step to a first plan; None with a plan in force.
    """
    if plan is None:
        return ChangeForm(user, topics_in_force(user), data)
    is_there = plan.proposal and plan.step in (Step.DECIDE, Step.SHORTEN)
    return ChangeForm(user, plan.proposal.topics, data) if plan.proposal and is_there else None


def _row(field: str, topic: Topic) -> str:
    return f"{field}-{crc32(topic.key.encode())}"


def _minutes(label: str, initial: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        initial=initial,
        min_value=MIN_TOPIC_MINUTES,
        max_value=MAX_DAILY_MINUTES,
        show_hidden_initial=True,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "minutes", "aria-label": label}),
    )
