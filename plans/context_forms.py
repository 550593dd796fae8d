"""The forms of the candidate's experience and the job advert, and of what the coach takes from them."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from coach.candidate_text import CandidateTextField, digest_of
from coach.files.refusal import MEGABYTES, MOST_BYTES, MOST_PAGES, REFUSALS, Refused
from coach.files.text_of import text_of
from coach.forms import FocusOnWrong
from llm_modes.language.words import count_words
from llm_modes.read_context.preparation import (
    MOST_COMPETENCIES,
    NAME_WORDS,
    PROFILE_WORDS,
    QUOTE_WORDS,
    Competency,
    Preparation,
)
from plans.forms import CHARACTERS_PER_WORD, FocusForm

# Of each field that a file is for.
FILE_OF = {"text": "text_file", "job_advert": "advert_file"}
WHAT_TO_TELL = (
    "Jobs, projects, numbers, failures, what you are proud of and what you avoid talking about. No need to format it."
)


class TextFileField(forms.FileField):
    """A file for the text of a field. Its cleaned value is the text, and nothing else of it is looked at."""

    def __init__(self, **options: Any) -> None:
        attrs = {"accept": ".pdf,.docx,.txt,.md,.markdown,text/plain", "data-most-bytes": str(MOST_BYTES)}
        super().__init__(
            required=False,
            widget=forms.FileInput(attrs=attrs),
            help_text=f"PDF, Word (.docx), plain text or Markdown, at most {MEGABYTES} MB and {MOST_PAGES} pages. Its "
            "text is put into the field for you to correct; the file is not kept.",
            error_messages={"empty": REFUSALS["empty"]},
            **options,
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The file's text; "" without a file."""
        file = super().clean(data, initial)
        if not isinstance(file, UploadedFile):
            return ""
        try:
            return text_of(file, file.name or "")
        except Refused as refused:
            raise forms.ValidationError(refused.message) from None


class ContextForm(FocusOnWrong, forms.Form):
    """Everything about the candidate's experience, in their own words, and the advert of the post they apply for.

    `taken`: the labels of the fields into which a file's text was put.
    """

    taken: list[str] = []

    text = CandidateTextField(
        label="Your experience",
        required=False,
        max_characters=settings.CONTEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=f"{WHAT_TO_TELL} The coach reads it when it plans and when it builds stories with you.",
    )
    text_file = TextFileField(label="Take your experience from a file")
    job_advert = CandidateTextField(
        label="The job advert",
        required=False,
        max_characters=settings.CONTEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="As it was published. The coach takes from it what the post asks for.",
    )
    advert_file = TextFileField(label="Take the advert from a file")
    # Which texts the page began with: what nobody changed on it does not overwrite what another page has saved.
    seen_text = forms.CharField(required=False, widget=forms.HiddenInput)
    seen_job_advert = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in FILE_OF:
            self.initial[f"seen_{name}"] = digest_of(str(self.initial.get(name, "")))
        if settings.OFFLINE_COACH:
            said = "As it was published. Without a model the coach cannot read it; it is kept for you."
            self.fields["job_advert"].help_text = said
            self.fields["text"].help_text = WHAT_TO_TELL

    def changed_texts(self) -> dict[str, str]:
        """Of a valid form: the texts that it was sent with and that are not as the page began with them, by field."""
        typed = {name: self.cleaned_data[name] for name in FILE_OF if name in self.data}
        return {name: text for name, text in typed.items() if digest_of(text) != self.cleaned_data[f"seen_{name}"]}

    def with_files(self) -> "ContextForm":
        """The form to show instead of this one: what the files say stands below what was typed, and nothing is gone."""
        self.full_clean()
        data = dict(self.data.items())
        taken = [name for name, file in FILE_OF.items() if self.cleaned_data.get(file)]
        for name in taken:
            typed = str(data.get(name, "")).rstrip()
            data[name] = "\n\n".join(filter(None, [typed, self.cleaned_data[FILE_OF[name]]]))
        form = ContextForm(data)
        form.full_clean()
        for file in FILE_OF.values():
            for error in self.errors.get(file, ()):
                form.add_error(file, error)
        form.focus_on_wrong()
        form.taken = [str(self.fields[name].label) for name in taken]
        return form


class ReadingForm(FocusForm):
    """What the coach takes from the texts, for the candidate to correct: a profile, and a row for each competency.

    The last row is for one more line of the candidate's own, as long as there is room.
    """

    profile = CandidateTextField(
        label="Who you are for this post",
        required=False,
        max_characters=PROFILE_WORDS * CHARACTERS_PER_WORD,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"At most {PROFILE_WORDS} words.",
    )
    seen_version = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def __init__(self, shown: Preparation, seen: int, data: Any = None) -> None:
        initial: dict[str, Any] = {"profile": shown.profile, "seen_version": seen}
        for number, one in enumerate(shown.competencies):
            initial |= {f"{name}-{number}": value for name, value in one.model_dump().items()}
        super().__init__(data, initial=initial, auto_id="reading_%s")
        given = shown.competencies if data is None else [name for name in data if name.startswith("wanted-")]
        self.numbers = range(min(len(given) + (data is None), MOST_COMPETENCIES))
        for number in self.numbers:
            self._add_row(number)

    def _add_row(self, number: int) -> None:
        labels = {"name": "What it is", "wanted": "What the post wants", "evidence": "Where you have shown it"}
        for name, words in (("name", NAME_WORDS), ("wanted", QUOTE_WORDS), ("evidence", QUOTE_WORDS)):
            self.fields[f"{name}-{number}"] = CandidateTextField(
                label=labels[name],
                required=False,
                max_characters=words * CHARACTERS_PER_WORD,
                widget=forms.TextInput() if name == "name" else forms.Textarea(attrs={"rows": 2, "class": "short"}),
            )
        self.fields[f"drop-{number}"] = forms.BooleanField(label="Leave this out", required=False)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The bound fields of each row; `is_new` for the one that is still empty."""
        fields = ("name", "wanted", "evidence", "drop")
        rows = [{name: self[f"{name}-{number}"] for name in fields} for number in self.numbers]
        return [row | {"is_new": not (row["name"].value() or row["wanted"].value())} for row in rows]

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        self._check("profile", PROFILE_WORDS)
        for number in self.numbers:
            name, wanted, evidence = (typed.get(f"{field}-{number}") for field in ("name", "wanted", "evidence"))
            if typed.get(f"drop-{number}"):
                continue
            self._check(f"name-{number}", NAME_WORDS)
            self._check(f"wanted-{number}", QUOTE_WORDS)
            self._check(f"evidence-{number}", QUOTE_WORDS)
            if (wanted or evidence) and not name and f"name-{number}" not in self.errors:
                self.add_error(f"name-{number}", "Give this line a name, or leave it out.")
        return typed

    def _check(self, field: str, most: int) -> None:
        words = count_words(self.cleaned_data.get(field) or "", leniently=True)
        if words > most:
            self.add_error(field, f"This has {words} words; at most {most} fit. Nothing was cut: shorten it.")

    def preparation(self) -> Preparation:
        """What the candidate wants the coach to know, of a valid form."""
        typed = self.cleaned_data
        kept = [number for number in self.numbers if typed[f"name-{number}"] and not typed[f"drop-{number}"]]
        competencies = [
            Competency(
                name=" ".join(typed[f"name-{number}"].split()),
                wanted=" ".join(typed[f"wanted-{number}"].split()),
                evidence=" ".join(typed[f"evidence-{number}"].split()) or None,
            )
            for number in kept
        ]
        return Preparation(profile=typed["profile"], competencies=competencies)
