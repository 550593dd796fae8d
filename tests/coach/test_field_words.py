"""What a field says when something is wrong with it: every form of ours, in our words."""

from contextlib import suppress
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

import coach.forms
import plans.forms
import plans.proposals.approval_form
import study.forms
from tests.factories import PASSWORD, make_brief, make_plan, make_proposal, make_user

# How Django begins.
DJANGOS = (
    "This field is required",
    "Enter a valid",
    "Enter a whole number.",
    "Select a valid choice",
    "Ensure this",
    "Null characters",
    "The submitted file",
    "No file was submitted",
    "This password is",
    "The password is too similar",
    "The two password fields",
    "Your old password",
)
BAD: tuple[Any, ...] = ("", None, "\x00", "x" * 600_000, "-1", "0", "9" * 30, "1.5", "many", "😀", [], ["x"])


def sentences(field: forms.Field) -> set[str]:
    """All that a field can say, by its own words and by what it is given."""
    said = {str(message) for message in field.error_messages.values()}
    for value in (*BAD, SimpleUploadedFile("empty.md", b""), SimpleUploadedFile("n" * 300, b"x")):
        try:
            with suppress(AttributeError, TypeError):  # no value that a browser sends to such a field
                field.clean(value)
        except ValidationError as problem:
            said |= set(problem.messages)
    return said


def of_django(said: set[str]) -> list[str]:
    return [sentence for sentence in said if any(sentence.startswith(begins) for begins in DJANGOS)]


@pytest.mark.django_db
def test_no_field_of_ours_speaks_as_django_does(rf):
    alice = make_user("alice")
    brief = make_brief(alice)
    request = rf.get("/")
    request.user = alice
    made = {
        "LoginForm": lambda: coach.forms.LoginForm(request),
        "NewPasswordForm": lambda: coach.forms.NewPasswordForm(request),
        "DeletionForm": lambda: coach.forms.DeletionForm(request),
        "BriefForm": lambda: plans.forms.BriefForm(alice, brief),
        "ApprovalForm": lambda: plans.proposals.approval_form.ApprovalForm(make_proposal(alice)),
    }
    seen = 0
    for module in (coach.forms, plans.forms, plans.proposals.approval_form, study.forms):
        for name, form in vars(module).items():
            ours = isinstance(form, type) and issubclass(form, forms.BaseForm) and form.__module__ == module.__name__
            for field_name, field in made.get(name, form)().fields.items() if ours else ():
                assert not of_django(sentences(field)), f"{name}.{field_name}"
                seen += 1
    assert seen >= 30


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "fields", "focus"),
    [
        ("join", {"username": "", "password": "", "name": ""}, "username"),
        ("join", {"username": "nurse", "password": "12345678", "name": ""}, "password"),
        ("join", {"username": "nurse", "password": "nurse", "name": ""}, "password"),
        ("login", {"username": "alice", "password": "wrong"}, "password"),
        ("login", {"username": "", "password": "wrong"}, "username"),
        ("login", {"username": "alice", "password": ""}, "password"),
        ("password", {"old_password": "", "new_password1": "", "new_password2": ""}, "old_password"),
        ("password", {"old_password": PASSWORD, "new_password1": "a", "new_password2": "b"}, "new_password2"),
        ("password", {"old_password": PASSWORD, "new_password1": "alice", "new_password2": "alice"}, "new_password2"),
        ("deletion", {"password": ""}, "password"),
    ],
)
def test_the_pages_around_the_password_speak_our_words_and_focus_what_is_wrong(client, page, fields, focus):
    alice = make_user("alice")
    make_plan(alice)
    if page in ("password", "deletion"):
        client.force_login(alice)
    response = client.post(reverse(page), fields)
    assert response.status_code == 422
    content = response.content.decode()
    assert not [begins for begins in DJANGOS if begins in content]
    assert content.count("autofocus") == 1
    (focused,) = [field for field in content.split("<input")[1:] if "autofocus" in field.partition(">")[0]]
    assert f'name="{focus}"' in focused
