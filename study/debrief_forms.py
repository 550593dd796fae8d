"""The forms in which the candidate tells of a real interview, and corrects what the coach read in it."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from coach.candidate_text import CandidateTextField, digest_of, one_line
from coach.forms import FocusOnWrong
from coach.models import User
from coach.time_zone import local_day
from plans.models import Debrief, PlanTopic
from study.debriefs import Line
from study.forms import OWN_QUESTION_CHARACTERS, check_is_past

TOLD_CHARACTERS = 20_000
GAP_CHARACTERS = 200
WENT = {"well": "well", "so_so": "so-so", "badly": "badly"}
# The fields with words.
WORDS = re.compile(r"(question|gap)-\d+")


class DebriefForm(FocusOnWrong, forms.Form):
    """What was asked, what went badly, what they said; the day; and how it ended. `user`: whose today it is."""

    text = CandidateTextField(
        label="What happened",
        required=False,
        max_characters=TOLD_CHARACTERS,
        widget=forms.Textarea(attrs={"class": "long", "rows": 10}),
        help_text="What was asked, what went badly, what they said, in any order. You can paste a transcript too.",
    )
    day = forms.DateField(
        label="The day it was on",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": "On which day was it?",
            "invalid": "Give the day as year, month and day: 2026-12-08.",
        },
    )
    outcome = forms.ChoiceField(
        label="How it ended", choices=Debrief.Outcome.choices, required=False, widget=forms.RadioSelect
    )

    # With which text the page began: what nobody changed on it does not overwrite what another page has saved.
    seen_text = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, user: User, data: Any = None, *, told: Debrief | None = None, day: date | None = None) -> None:
        self.today, self.told = local_day(user), told
        initial: dict[str, Any] = {"day": day}
        if told:
            initial = {"text": told.text, "day": told.held_on, "outcome": told.outcome}
            initial["seen_text"] = digest_of(str(told.text))
        super().__init__(data, initial=initial)
        if told and told.confirmed_at:
            del self.fields["text"]

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        check_is_past(day, self.today, to_come="That day is still to come. Tell how it went when it is over.")
        return day

    def clean(self) -> dict[str, Any]:
        """Something has to be told: in words, or how it ended."""
        kept = bool(self.told and self.told.text)
        if not (self.errors or kept or self.cleaned_data.get("text") or self.cleaned_data.get("outcome")):
            self.add_error("text", "Write what you remember, even two lines; or choose how it ended.")
        return self.cleaned_data

    def fields_of_it(self) -> dict[str, Any]:
        """What is stored: day, outcome and text. A text that is not in the form, or not changed in it, stays."""
        text = self.cleaned_data.get("text", self.told.text if self.told else "")
        if self.told and digest_of(text) == self.cleaned_data["seen_text"]:
            text = self.told.text
        return {"held_on": self.cleaned_data["day"], "outcome": self.cleaned_data["outcome"], "text": text}


class LinesForm(FocusOnWrong, forms.Form):
    """What the coach read in it, line by line: words to correct, topics to choose, ticks for what is left out.

    Questions that were kept have joined the candidate's own, so only gaps stand in it then.
    """

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, debrief: Debrief, topics: Sequence[PlanTopic], data: Any = None) -> None:
        self.debrief = debrief
        self.asked = [] if debrief.confirmed_at else debrief.asked
        super().__init__(data, initial={"version": debrief.version}, auto_id="line_%s")
        choices = [("", "no topic"), *((topic.pk, topic.called) for topic in topics)]
        for place, line in enumerate(self.asked):
            self._add_question(place, line, choices)
        for place, line in enumerate(debrief.gaps):
            self.fields[f"gap-{place}"] = _words("What you lacked,", place, line["gap"], GAP_CHARACTERS)
            self.fields[f"gap-drop-{place}"] = _drop("what you lacked,", place)

    def _add_question(self, place: int, line: Line, choices: list[tuple[Any, str]]) -> None:
        self.fields[f"question-{place}"] = _words("Question", place, line["question"], OWN_QUESTION_CHARACTERS)
        self.fields[f"question-topic-{place}"] = forms.TypedChoiceField(
            label=f"Topic of question {place + 1}",
            choices=choices,
            initial=line["topic"] or "",
            coerce=int,
            empty_value=None,
            required=False,
            widget=forms.Select(attrs={"class": "fit", "dir": "auto"}),
        )
        self.fields[f"question-went-{place}"] = forms.ChoiceField(
            label=f"How question {place + 1} went",
            choices=[("", "not said"), *WENT.items()],
            initial=line["went"],
            required=False,
            widget=forms.Select(attrs={"class": "fit"}),
        )
        self.fields[f"question-drop-{place}"] = _drop("question", place)

    def kept_questions(self) -> list[Line]:
        """The questions as the candidate has them, without those that they left out or emptied."""
        found = []
        for place in range(len(self.asked)):
            question, topic, went, drop = (
                self.cleaned_data[name.format(place)]
                for name in ("question-{}", "question-topic-{}", "question-went-{}", "question-drop-{}")
            )
            if one_line(question) and not drop:
                found.append({"question": one_line(question), "topic": topic, "went": went})
        return found

    def kept_gaps(self) -> list[Line]:
        """The gaps in the same way, each with the quote that it rests on."""
        found = []
        for place, line in enumerate(self.debrief.gaps):
            gap = one_line(self.cleaned_data[f"gap-{place}"])
            if gap and not self.cleaned_data[f"gap-drop-{place}"]:
                found.append({**line, "gap": gap})
        return found

    @property
    def question_lines(self) -> list[dict[str, Any]]:
        """For the page: the fields of each question."""
        names = {"question": "question-{}", "topic": "question-topic-{}", "went": "question-went-{}"}
        return self._lines(len(self.asked), {**names, "drop": "question-drop-{}"})

    @property
    def gap_lines(self) -> list[dict[str, Any]]:
        """For the page: the fields of each gap, and its quote."""
        lines = self._lines(len(self.debrief.gaps), {"gap": "gap-{}", "drop": "gap-drop-{}"})
        return [{**line, "quote": at["quote"]} for line, at in zip(lines, self.debrief.gaps, strict=True)]

    def _lines(self, count: int, names: dict[str, str]) -> list[dict[str, Any]]:
        return [{part: self[name.format(place)] for part, name in names.items()} for place in range(count)]


def _words(what: str, place: int, words: str, most: int) -> CandidateTextField:
    widget = forms.Textarea(attrs={"rows": 1, "class": "short"})
    label = f"{what} {place + 1}"
    return CandidateTextField(label=label, initial=words, max_characters=most, required=False, widget=widget)


def _drop(what: str, place: int) -> forms.BooleanField:
    hint = forms.CheckboxInput(attrs={"aria-label": f"Leave out {what} {place + 1}"})
    return forms.BooleanField(label="Leave it out", required=False, widget=hint)
