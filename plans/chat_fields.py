"""The field that stands under the coach's question where no model answers: one for each thing that a plan needs."""

from collections.abc import Sequence
from typing import Any

from django import forms

from coach.candidate_text import CandidateTextField, clean_text
from coach.models import User
from llm_modes.language.words import count_words
from llm_modes.offline.bank import RoleBank, general, role_bank
from llm_modes.offline.fields import FIELDS, SAYINGS, choice, prefilled
from llm_modes.plan_chat.schema import WEAKNESSES_WORDS, Known
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, MIN_DAILY_MINUTES, NAME_WORDS, ROLE_CHARACTERS
from plans.first_plan import FirstPlan, Step
from plans.forms import CHARACTERS_PER_WORD, FocusForm
from plans.models import ChatMessage

NOT_SURE: str = SAYINGS["not_sure"]


class FieldForm(FocusForm):
    """What all four have in common. `name`: of the field, one of FIELDS.

    `role` is the candidate's; `begins` what of their words fits, for all but weak spots one value at most.
    """

    name = ""

    def __init__(self, data: Any = None, *, role: str = "", begins: Sequence[Any] = ()) -> None:
        super().__init__(data, initial=self.beginning(begins), auto_id="field_%s")

    def beginning(self, begins: Sequence[Any]) -> dict[str, Any]:
        """The initial values for what the field begins with."""
        return {self.name: next(iter(begins), None)}

    def value(self) -> Any:
        """What was chosen, of a valid form."""
        return self.cleaned_data[self.name]

    @property
    def known(self) -> Known:
        """What was chosen, as it is stored."""
        return Known(**{self.name: self.value()})

    @property
    def message(self) -> str:
        """What was chosen, as the candidate's line of the conversation."""
        return choice(self.name, self.value())


class RoleField(FieldForm):
    """The role. Any may be typed; some are suggested."""

    name = "role"
    suggestions = SAYINGS["roles"]

    role = forms.CharField(
        label="The role you apply for",
        max_length=ROLE_CHARACTERS,
        widget=forms.TextInput(attrs={"dir": "auto", "list": "roles", "autocomplete": "off"}),
    )

    def clean_role(self) -> str:
        if not (role := clean_text(self.cleaned_data["role"])):
            raise forms.ValidationError(self.fields["role"].error_messages["required"])
        return role


class TimeField(FieldForm):
    """Minutes a day."""

    name = "daily_minutes"
    suggestions = SAYINGS["minutes"]

    daily_minutes = forms.IntegerField(
        label="Minutes a day",
        min_value=MIN_DAILY_MINUTES,
        max_value=MAX_DAILY_MINUTES,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "minutes"}),
    )


class WeakSpotsField(FieldForm):
    """Topics of the role and of every interview to tick, and lines of one's own."""

    name = "weaknesses"

    weak_topic = forms.MultipleChoiceField(
        label="Topics of your role", required=False, widget=forms.CheckboxSelectMultiple
    )
    weak_general = forms.MultipleChoiceField(
        label="For every role", required=False, widget=forms.CheckboxSelectMultiple
    )
    weak_lines = CandidateTextField(
        label="Others",
        max_characters=WEAKNESSES_WORDS * CHARACTERS_PER_WORD,
        required=False,
        help_text=f"One to a line, up to {NAME_WORDS} words each.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    weak_unsure = forms.BooleanField(label="I am not sure yet", required=False)

    def __init__(self, data: Any = None, *, role: str = "", begins: Sequence[Any] = ()) -> None:
        self.bank = role_bank(role)
        super().__init__(data, begins=begins)
        of_role, of_all = _names(self.bank), _names(general())
        if self.bank is general():
            del self.fields["weak_topic"]
        else:
            self.fields["weak_topic"].choices = [(name, name) for name in of_role]  # type: ignore[attr-defined]
            of_all = [name for name in of_all if name not in of_role]
        self.fields["weak_general"].choices = [(name, name) for name in of_all]  # type: ignore[attr-defined]

    def beginning(self, begins: Sequence[Any]) -> dict[str, Any]:
        listed = {*_names(self.bank), *_names(general())}
        ticked = [name for name in begins if name in listed]
        lines = "\n".join(name for name in begins if name not in listed)
        return {"weak_topic": ticked, "weak_general": ticked, "weak_lines": lines}

    def clean_weak_lines(self) -> str:
        lines = [line for said in self.cleaned_data["weak_lines"].splitlines() if (line := said.strip(" ,;"))]
        if long := [line for line in lines if count_words(line, leniently=True) > NAME_WORDS]:
            raise forms.ValidationError(f"Up to {NAME_WORDS} words to a line, please; this one has more: {long[0]}")
        return "\n".join(lines)

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self._spots() and not self.cleaned_data["weak_unsure"]:
            raise forms.ValidationError("Tick or write at least one, or tick that you are not sure yet.")
        if (words := count_words(self.value(), leniently=True)) > WEAKNESSES_WORDS:
            raise forms.ValidationError(
                f"These are {words} words; at most {WEAKNESSES_WORDS} fit. Leave some for later."
            )
        return self.cleaned_data

    def value(self) -> str:
        return "; ".join(dict.fromkeys(self._spots())) or NOT_SURE

    def _spots(self) -> list[str]:
        chosen = self.cleaned_data
        ticked = [*chosen.get("weak_topic", ()), *chosen.get("weak_general", ())]
        return [*ticked, *chosen.get("weak_lines", "").splitlines()]


class MotivationField(FieldForm):
    """Three choices, each in words of energy."""

    name = "motivation"

    motivation = forms.ChoiceField(
        label="Your motivation just now", choices=list(SAYINGS["energy"].items()), widget=forms.RadioSelect
    )


FORMS: dict[str, type[FieldForm]] = {
    form.name: form for form in (RoleField, TimeField, WeakSpotsField, MotivationField)
}


def open_field(user: User, plan: FirstPlan | None) -> FieldForm | None:
    """The field of the question that is open; None where `plan`, the next step to a first one, is another one.

    It begins with what fits of the candidate's newest words, if they were no answer.
    """
    if plan is None or plan.step != Step.TALK:
        return None
    name = next(name for name in FIELDS if name in plan.missing)
    replies = ChatMessage.objects.filter(user=user, author=ChatMessage.Author.COACH).select_related("in_reply_to")
    reply, begins = replies.order_by("-pk").first(), list[str]()
    if reply and reply.in_reply_to and SAYINGS["noted"].partition("{")[0] not in reply.text:
        begins = prefilled(name, reply.in_reply_to.text, user.current_role)
    return FORMS[name](role=user.current_role, begins=begins)


def _names(bank: RoleBank) -> list[str]:
    return [topic.name for topic in bank.topics]
