"""The forms by which many questions of the candidate's own come in, and are decided on."""

from datetime import date
from typing import Any

from django import forms

from coach.candidate_text import CandidateTextField, one_line
from coach.forms import FocusOnWrong
from coach.models import User
from coach.time_zone import local_day
from llm_modes.language.repetition import normalised
from plans.models import PlanTopic
from study.forms import OWN_QUESTION_CHARACTERS, check_is_past
from study.models import QuestionPaste
from study.pasted_lines import MOST_LINES, PastedLine, read
from study.pasting import Chosen

# Room for the longest questions, with what stands before and behind them.
PASTE_CHARACTERS = MOST_LINES * (OWN_QUESTION_CHARACTERS + 100)
NOT_CUT = "Nothing was cut"


class PastDayField(forms.DateField):
    """A day that is not to come, in the candidate's zone; or none."""

    def __init__(self, today: date, **options: Any) -> None:
        self.today = today
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "max": today.isoformat()})
        super().__init__(required=False, widget=widget, error_messages={"invalid": "That is no day."}, **options)

    def validate(self, value: date | None) -> None:
        """Refuse a day that is to come, and one of so long ago that its year is a slip."""
        super().validate(value)
        if value:
            check_is_past(value, self.today, to_come="That day is still to come. When was it asked?")


class PasteForm(FocusOnWrong, forms.Form):
    """Questions, one a line, and the day on which all of them were asked for real."""

    text = CandidateTextField(
        label=f"One question a line, up to {MOST_LINES}",
        max_characters=PASTE_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Bullets and numbers in front go by themselves. Was one asked in a real interview? Write “asked on "
        "8 December” behind it.",
        error_messages={"required": "Type or paste at least one question."},
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        self.today = local_day(user)
        self.fields["asked_on"] = PastDayField(
            self.today,
            label="All of them were asked for real on",
            help_text="In a real interview. Such questions come first in the next session of their topic.",
        )

    def clean(self) -> dict[str, Any]:
        """Read the lines; none is lost, so that too many or too long ones come back as they are."""
        typed = self.cleaned_data
        if "text" not in typed:
            return typed
        self.lines = read(typed["text"], today=self.today, asked_on=typed.get("asked_on"))
        if not self.lines:
            self.add_error("text", "Type or paste at least one question.")
        if len(self.lines) > MOST_LINES:
            self.add_error(
                "text",
                f"These are {len(self.lines)} questions; up to {MOST_LINES} fit at once. {NOT_CUT}: keep some for the "
                "next time, and send the others.",
            )
        for place, line in enumerate(self.lines[:MOST_LINES], start=1):
            if len(line.question) > OWN_QUESTION_CHARACTERS:
                self.add_error("text", f"Question {place} (“{line.question[:40]}…”) {_too_long(line.question)}")
        return typed


def _too_long(question: str) -> str:
    return (
        f"is {len(question):,} characters long; a question has at most {OWN_QUESTION_CHARACTERS}. {NOT_CUT}: shorten "
        "it, and send it again."
    )


class DecisionForm(FocusOnWrong, forms.Form):
    """Pasted questions as the candidate decides on them: wording, topic, day, and whether to leave one out.

    `topic` is for all that have none of their own. Of those that the candidate has already, only the day is asked.
    """

    def __init__(self, paste: QuestionPaste, topics: list[PlanTopic], data: Any = None) -> None:
        super().__init__(data, auto_id="paste_%s")
        self.lines, self.topics = paste.lines, {topic.pk: topic for topic in topics}
        today = local_day(paste.user)
        number = 0
        for place, line in enumerate(self.lines):
            number += line.known_id is None
            self._add_line(place, line, number, today)
        # Always there, so that a page from before they were sorted can be sent; shown while some lack a topic.
        self.lacking = sum(line.known_id is None and line.topic_id not in self.topics for line in self.lines)
        self.fields["topic"] = self._topic_field(f"Topic of the {self.lacking} that have none yet")

    def _add_line(self, place: int, line: PastedLine, number: int, today: date) -> None:
        self.fields[f"asked_on-{place}"] = PastDayField(today, label="Asked for real on", initial=line.asked_on)
        if line.known_id is not None:
            return
        self.fields[f"question-{place}"] = CandidateTextField(
            label=f"Question {number}",
            max_characters=OWN_QUESTION_CHARACTERS,
            required=False,
            initial=line.question,
            widget=forms.Textarea(attrs={"rows": 2, "class": "short"}),
        )
        self.fields[f"topic-{place}"] = self._topic_field("Topic", line.topic_id)
        self.fields[f"leave-{place}"] = forms.BooleanField(label="Leave it out", required=False)

    def _topic_field(self, label: str, chosen: int | None = None) -> forms.TypedChoiceField:
        return forms.TypedChoiceField(
            label=label,
            required=False,
            coerce=int,
            empty_value=None,
            initial=chosen if chosen in self.topics else None,
            widget=forms.Select(attrs={"dir": "auto"}),
            choices=[("", "choose a topic"), *((pk, topic.called) for pk, topic in self.topics.items())],
            error_messages={"invalid_choice": "That topic has left your plan. Choose another one."},
        )

    def clean(self) -> dict[str, Any]:
        """Each question that is not left out needs words and a topic; what is left out may be as it is."""
        for place, line in enumerate(self.lines):
            if self._is_left_out(place):
                for name in ("question", "topic", "asked_on"):
                    self.errors.pop(f"{name}-{place}", None)
            if line.known_id is not None or self._is_left_out(place):
                continue
            if f"question-{place}" not in self.errors and not normalised(self._question(place)):
                self.add_error(f"question-{place}", "Write the question, or leave it out.")
            if f"topic-{place}" not in self.errors and self._topic(place) is None:
                self.add_error(f"topic-{place}", "Choose a topic for it, or leave it out.")
        return self.cleaned_data

    def chosen(self) -> list[Chosen]:
        """What is to be kept, in the order of the lines."""
        return [
            Chosen(line, self._question(place), self._topic(place), self.cleaned_data.get(f"asked_on-{place}"))
            for place, line in enumerate(self.lines)
            if not self._is_left_out(place)
        ]

    def _question(self, place: int) -> str:
        line = self.lines[place]
        return line.question if line.known_id is not None else one_line(self.cleaned_data[f"question-{place}"])

    def _topic(self, place: int) -> PlanTopic | None:
        if self.lines[place].known_id is not None:
            return None
        return self.topics.get(self.cleaned_data.get(f"topic-{place}") or self.cleaned_data.get("topic") or 0)

    def _is_left_out(self, place: int) -> bool:
        return bool(self.cleaned_data.get(f"leave-{place}"))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """For the page: each new question with its fields."""
        names = ("question", "topic", "asked_on", "leave")
        return [
            {"line": line, **{name: self[f"{name}-{place}"] for name in names}}
            for place, line in enumerate(self.lines)
            if line.known_id is None
        ]

    @property
    def known(self) -> list[dict[str, Any]]:
        """For the page: each question that the candidate has already, with its day."""
        return [
            {"line": line, "asked_on": self[f"asked_on-{place}"]}
            for place, line in enumerate(self.lines)
            if line.known_id is not None
        ]
