"""Every field of every form, and of every body of the REST facade, takes any text in the time that prose takes.

Forms and bodies are found by themselves: a new one is tried without being listed here, or says how it is made.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import get_resolver
from pydantic import ValidationError

from coach.admin import UserCreationForm
from coach.api_errors import Body
from coach.candidate_text import clean_markdown, clean_text, one_line
from coach.encryption.unreadable_texts import AnewForm
from coach.forms import AccountForm, DeletionForm, LoginForm, NewPasswordForm
from coach.models import RawUserContext
from llm_modes.read_context.preparation import Preparation
from plans.change_form import ChangeForm
from plans.context_forms import ReadingForm
from plans.forms import BriefForm
from plans.journey import brief_of
from plans.proposals.approval_form import ApprovalForm
from study.debrief_forms import DebriefForm, LinesForm
from study.forms import draft_text
from study.paste_forms import DecisionForm, PasteForm
from tests.factories import make_debrief, make_paste, make_proposal, make_user, plan_data
from tests.long_texts import assert_cheap

pytestmark = pytest.mark.django_db

OURS = ("coach.", "plans.", "study.", "llm_modes.")
# Characters posted where a field has no limit of its own.
UNLIMITED = 20_000


def all_of(kind: type) -> list[type]:
    """The classes of our program that are of this kind, wherever they are defined."""
    get_resolver().url_patterns  # noqa: B018 - loads all views, and with them all forms and bodies
    found, todo = set(), [kind]
    while todo:
        for one in todo.pop().__subclasses__():
            todo.append(one)
            if one.__module__.startswith(OURS):
                found.add(one)
    return sorted(found, key=lambda one: (one.__module__, one.__qualname__))


def signed_in(user: Any) -> HttpRequest:
    request = RequestFactory().post("/account/")
    request.user = user
    return request


# Forms that are made of more than what was posted.
MADE: dict[type, Callable[[Any], Callable[[dict[str, str]], forms.BaseForm]]] = {
    AccountForm: lambda user: lambda data: AccountForm(data, instance=user),
    ApprovalForm: lambda user: partial(ApprovalForm, make_proposal(user)),
    ChangeForm: lambda user: partial(ChangeForm, user, plan_data()),
    BriefForm: lambda user: lambda data: BriefForm(user, brief_of(user), data),
    ReadingForm: lambda user: lambda data: ReadingForm(Preparation(), 0, {"wanted-0": ""} | data),
    DebriefForm: lambda user: lambda data: DebriefForm(user, data),
    LinesForm: lambda user: partial(LinesForm, make_debrief(user), []),
    PasteForm: lambda user: partial(PasteForm, user),
    DecisionForm: lambda user: partial(DecisionForm, make_paste(user), []),
    AnewForm: lambda user: partial(AnewForm, field=RawUserContext._meta.get_field("text")),
    DeletionForm: lambda user: partial(DeletionForm, signed_in(user)),
    LoginForm: lambda user: lambda data: LoginForm(RequestFactory().post("/login/"), data),
    NewPasswordForm: lambda user: partial(NewPasswordForm, signed_in(user)),
    UserCreationForm: lambda user: lambda data: UserCreationForm(data),
}


def limit(field: forms.Field) -> int:
    return getattr(field, "max_characters", None) or getattr(field, "max_length", None) or UNLIMITED


@pytest.mark.parametrize("form", all_of(forms.BaseForm), ids=lambda form: form.__name__)
def test_a_form(form):
    make = MADE.get(form, lambda user: form)(make_user())
    for name, field in make({}).fields.items():

        def post(text: str, name: str = name, field: forms.Field = field) -> None:
            if isinstance(field, forms.FileField):
                posted = form(data={}, files={name: SimpleUploadedFile("a.md", text.encode())})
            else:
                # The others empty: as far as it goes, each field is read by itself.
                posted = make({name: text})
            posted.is_valid()
            if isinstance(field, forms.CharField):
                str(posted[name])

        for length in (limit(field), 4 * limit(field)):
            assert_cheap(post, min(length, 500_000))


@pytest.mark.parametrize("clean", [clean_text, clean_markdown, one_line, draft_text])
def test_cleaning_what_may_be_as_long_as_a_request(clean):
    assert_cheap(clean, 500_000)


# --- the REST facade -------------------------------------------------------------------------------------------------

BODIES = all_of(Body)
# As long as a body may be, or nearly.
WHOLE_BODY = 400_000


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_a_body(body):
    fields = body.model_fields.items()
    for name, field in fields:
        # What has no example is made of other bodies, which are tried by themselves.
        assert field.examples or any(other.__name__ in str(field.annotation) for other in BODIES), name
    right = {name: field.examples[0] for name, field in fields if field.examples}
    for name in (name for name, value in right.items() if isinstance(value, str | list)):

        def read(text: str, name: str = name) -> None:
            value = text if isinstance(right[name], str) else [text[: len(text) // 20]] * 20
            with suppress(ValidationError):
                read = body.model_validate_json(json.dumps(right | {name: value}))
                getattr(read, "as_topic", str)()

        assert_cheap(read, UNLIMITED)
        assert_cheap(read, WHOLE_BODY)
