"""The forms in which the candidate writes about the plan."""

from datetime import date
from functools import lru_cache
from typing import Any

from django import forms
from django.conf import settings
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from coach.candidate_text import CandidateTextField, clean_text, one_line
from coach.languages import known_tag, offered, own_name
from coach.models import User
from coach.time_zone import local_day
from llm_modes.language.words import count_words
from llm_modes.plan_chat.schema import FORMAT_WORDS, WEAKNESSES_WORDS
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, MIN_DAILY_MINUTES, MIN_TOPIC_MINUTES, ROLE_CHARACTERS
from plans.interview import why_not
from plans.models import MOTIVATIONS, PlanBrief

# Enough for the longest name that the coach gives a topic, of three words.
REASON_CHARACTERS = 1_000
NOTE_CHARACTERS = 4_000
# Room for any word, in a field whose words are counted.
CHARACTERS_PER_WORD = 40


class FocusForm(forms.Form):
    """A form that takes the focus with its first wrong field, when it comes back into a page."""

    def full_clean(self) -> None:
        """Check all."""
        super().full_clean()
        for wrong in (name for name in self.fields if name in self.errors):
            self.fields[wrong].widget.attrs["data-focus"] = ""


class MessageForm(forms.Form):
    """A line of the plan chat."""

    text = CandidateTextField(
        label="Your message",
        max_characters=settings.MESSAGE_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write something first."},
    )


class LanguageSelect(forms.Select):
    """Languages by their own names, each marked as being in it."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The same as Django writes, without rendering two templates for each of a hundred languages."""
        chosen, *_ = self.format_value(value) or ("",)
        options = _options(tuple(self.choices), chosen)
        return format_html(
            '<select name="{}"{}>\n{}\n</select>', name, flatatt(self.build_attrs(self.attrs, attrs)), options
        )


@lru_cache(maxsize=500)
def _options(choices: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    """The options of a select. Nobody changes them: they are written once for each that may be chosen."""
    written = (
        (value, SafeString(" selected") if value == chosen else "", flatatt({"lang": value} if value else {}), label)
        for value, label in choices
    )
    return format_html_join("\n", '<option value="{}"{}{}>{}</option>', written)


class LanguageField(forms.CharField):
    """The tag of a language, in its one spelling; "" for none. One that is not offered is taken if it exists."""

    widget = LanguageSelect

    def clean(self, value: Any) -> str:
        said = super().clean(value)
        if not said:
            return ""
        if (tag := known_tag(said)) is None:
            raise forms.ValidationError("There is no such language. Choose one of the list.")
        return tag


class BriefForm(forms.Form):
    """What the coach has understood, for the candidate to correct.

    Only changed fields are saved (`show_hidden_initial`): what the coach learned meanwhile stays.
    """

    role = forms.CharField(
        label="Role you apply for",
        max_length=ROLE_CHARACTERS,
        required=False,
        show_hidden_initial=True,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    daily_minutes = forms.IntegerField(
        label="Minutes a day",
        min_value=MIN_DAILY_MINUTES,
        max_value=MAX_DAILY_MINUTES,
        required=False,
        show_hidden_initial=True,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    weaknesses = CandidateTextField(
        label="Where you feel weak",
        max_characters=WEAKNESSES_WORDS * CHARACTERS_PER_WORD,
        required=False,
        show_hidden_initial=True,
        widget=forms.Textarea(attrs={"rows": 2, "class": "short"}),
    )
    motivation = forms.ChoiceField(
        label="Motivation",
        choices=[("", "not said"), *MOTIVATIONS.items()],
        required=False,
        show_hidden_initial=True,
    )
    interview_on = forms.DateField(
        label="Day of the interview",
        required=False,
        show_hidden_initial=True,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Please choose a day, or write it as year, month and day: 2026-12-31."},
        help_text="Leave it empty if there is no date, or no longer.",
    )
    interview_format = CandidateTextField(
        label="How the interview goes",
        max_characters=FORMAT_WORDS * CHARACTERS_PER_WORD,
        required=False,
        show_hidden_initial=True,
        widget=forms.Textarea(attrs={"rows": 2, "class": "short"}),
        help_text=f"Kind, length, who asks: “system design, 45 minutes, panel of three”. Up to {FORMAT_WORDS} words.",
    )
    language = LanguageField(label="Interview language", required=False, show_hidden_initial=True)

    def __init__(self, user: User, brief: PlanBrief, data: Any = None) -> None:
        self.user, self.brief = user, brief
        initial = {
            "role": user.current_role,
            "daily_minutes": brief.daily_minutes,
            "weaknesses": brief.weaknesses,
            "motivation": brief.motivation,
            "interview_on": brief.interview_on,
            "interview_format": brief.interview_format,
            "language": brief.language,
        }
        super().__init__(data, initial=initial, auto_id="brief_%s")
        self.fields["language"].widget.choices = _languages(brief.language)
        if settings.OFFLINE_COACH:
            self.fields["language"].help_text = "For dictation. The offline coach reads and writes English only."

    def clean_role(self) -> str:
        return clean_text(self.cleaned_data["role"])

    def clean_weaknesses(self) -> str:
        return _of_few_words(self.cleaned_data["weaknesses"], WEAKNESSES_WORDS)

    def clean_interview_format(self) -> str:
        return _of_few_words(one_line(self.cleaned_data["interview_format"]), FORMAT_WORDS)

    def clean_interview_on(self) -> date | None:
        """A day that is over may stay, and no other such day may be chosen."""
        day: date | None = self.cleaned_data["interview_on"]
        if day and day != self.brief.interview_on and (wrong := why_not(day, local_day(self.user))):
            raise forms.ValidationError(wrong)
        return day

    def save(self) -> list[str]:
        """Save the changed fields. Returns their names."""
        changed = [name for name in self.changed_data if name in self.cleaned_data]
        if "role" in changed:
            self.user.current_role = self.cleaned_data["role"]
            self.user.save(update_fields=["current_role"])
        fields = [name for name in changed if name != "role"]
        for name in fields:
            setattr(self.brief, name, self.cleaned_data[name])
        if fields:
            self.brief.save(update_fields=fields)
        return changed


def _languages(stored: str) -> list[tuple[str, str]]:
    """What may be chosen. A stored language that is not offered stays."""
    languages = [(language.tag, language.own_name) for language in offered()]
    if stored and stored not in dict(languages):
        languages.insert(0, (stored, own_name(stored)))
    return [("", "not said (English)"), *languages]


def _of_few_words(text: str, most: int) -> str:
    if (words := count_words(text, leniently=True)) > most:
        raise forms.ValidationError(f"These are {words} words; at most {most} fit. Nothing was cut.")
    return text


class FeedbackForm(forms.Form):
    """What should be different about the plan."""

    feedback = CandidateTextField(
        label="What should be different?",
        max_characters=settings.MESSAGE_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    # For a plan from what is known so far.
    assume = forms.BooleanField(required=False, widget=forms.HiddenInput)


class RejectionForm(forms.Form):
    """Why a proposal is not wanted. It may be empty."""

    reason = CandidateTextField(
        label="What is wrong with it?",
        max_characters=REASON_CHARACTERS,
        required=False,
        help_text="Goes into the next proposal.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ShortDayForm(forms.Form):
    """ "I only have 10 minutes today." """

    minutes = forms.IntegerField(min_value=MIN_TOPIC_MINUTES, max_value=MAX_DAILY_MINUTES, required=False)


class NoteForm(forms.Form):
    """What the coach believes about a topic, in words that the candidate may correct."""

    note = CandidateTextField(
        label="Note", max_characters=NOTE_CHARACTERS, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
