"""The forms of practising."""

from datetime import date, timedelta

from django import forms
from django.conf import settings

from coach.candidate_text import CandidateTextField, MarkdownField, clean_text
from study.models import QuestionRound
from study.stories_file import MOST_CHARACTERS

SHORTEST, LONGEST = 1, 480
OWN_QUESTION_CHARACTERS = 500
# A day of longer ago has another year than was meant.
LONGEST_AGO = timedelta(days=3653)


def check_is_past(day: date, today: date, *, to_come: str) -> None:
    """Refuse, with the words `to_come`, a day after today; and one of longer ago than LONGEST_AGO."""
    if day > today:
        raise forms.ValidationError(to_come)
    if day < today - LONGEST_AGO:
        raise forms.ValidationError("That is more than ten years ago. Is the year right?")


class StartForm(forms.Form):
    """Which topic, and for how many minutes."""

    topic_id = forms.IntegerField(widget=forms.HiddenInput)
    planned_study_time = forms.IntegerField(
        label="Minutes",
        min_value=SHORTEST,
        max_value=LONGEST,
        error_messages={
            "required": "How many minutes?",
            "invalid": "How many minutes? A whole number, please.",
            "min_value": "A session takes at least 1 minute.",
            "max_value": "A session takes at most 480 minutes.",
        },
    )


class EarlierRoundForm(forms.Form):
    """Which of the session's rounds is meant."""

    round = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class WishForm(forms.Form):
    """Which other questions the candidate would like."""

    wish = forms.ChoiceField(choices=QuestionRound.Wish.choices, required=False)


class OwnQuestionForm(forms.Form):
    """A question of the candidate's own."""

    text = CandidateTextField(
        label="Your own question",
        max_characters=OWN_QUESTION_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Type the question that you want to practise."},
    )


class AnswerForm(forms.Form):
    """An answer, and the mark that the candidate gives it before the coach does."""

    raw_answer = CandidateTextField(
        label="Your answer",
        max_characters=settings.ANSWER_CHARACTERS,
        error_messages={"required": "There is no answer to mark yet. Write one, even a short one."},
    )
    draft_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    self_mark = forms.TypedChoiceField(
        label="Your own mark, before the coach's",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "none"), *((mark, str(mark)) for mark in range(1, 11))],
    )


class NotesForm(forms.Form):
    """Rough notes, from which the coach makes the structure of a story."""

    notes = CandidateTextField(
        label="Your rough notes",
        max_characters=settings.ANSWER_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="What happened, what you did, what came of it, in fragments. The coach adds no facts of its own.",
        error_messages={"required": "Write down what comes to mind first, even two lines."},
    )


class StoryForm(forms.Form):
    """A story's text, and the version of it that the page has."""

    text = MarkdownField(
        label="Your story",
        required=False,
        max_characters=settings.ANSWER_CHARACTERS,
        widget=forms.Textarea(attrs={"class": "code", "rows": 14}),
        help_text="Markdown: ### before a heading, - before a point, **bold**.",
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class FileForm(forms.Form):
    """The stories file as text, and the version of it that the page has."""

    text = MarkdownField(
        label="The stories file",
        required=False,
        max_characters=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"class": "code", "rows": 30}),
        help_text="Markdown. Each question begins with ##, and its story stands below it. Take a question out of the "
        "file, and its story goes.",
    )
    version = forms.CharField(max_length=16, widget=forms.HiddenInput)


class UploadForm(forms.Form):
    """A stories.md from the candidate's device."""

    file = forms.FileField(
        label="A stories file of yours",
        widget=forms.ClearableFileInput(attrs={"accept": ".md,.markdown,.txt,text/markdown,text/plain"}),
        error_messages={"required": "Choose a file first.", "empty": "That file is empty."},
    )

    def clean_file(self) -> str:
        """The file's text. It has to be UTF-8, and not too large."""
        uploaded = self.cleaned_data["file"]
        if uploaded.size > 4 * MOST_CHARACTERS:
            raise forms.ValidationError("That file is too large to be a stories file. Nothing was changed.")
        try:
            return uploaded.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError(
                "That file is no plain text. Save it as plain text (UTF-8) or Markdown. Nothing was changed."
            ) from None


def draft_text(text: str) -> str:
    """A draft as it is stored: with Unix line ends, but with its outer white space, since it is still being written."""
    kept = clean_text(f"|{text}|")
    return kept[1:-1]
