"""Joining and signing in over the REST facade, through the same functions as on the pages."""

from typing import NoReturn

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from ninja import Router
from pydantic import Field

from coach import joining
from coach.api_errors import BODY, ApiError, Body, errors
from coach.candidate_text import clean_text
from coach.forms import JoinForm
from coach.joining import NameTaken, NotInvited, TooManyJoins
from coach.models import NAME_TAKEN
from coach.signing_in import TooManyFailures, check_credentials
from plans import daily_review

router = Router(tags=["users"], auth=None)


class NewUser(Body):
    """A new candidate."""

    username: str = Field(
        min_length=1, max_length=150, description="letters of any script, digits and @ . + - _", examples=["alice"]
    )
    password: str = Field(
        min_length=8,
        max_length=1000,
        description="not only digits, not a common one, not like the name",
        examples=["quiet-desk-27"],
    )
    name: str = Field(default="", max_length=100, description="how the coach may call you", examples=["Alice"])
    current_role: str = Field(
        default="", max_length=100, description="the role you apply for", examples=["Backend engineer"]
    )
    invitation: str = Field(
        default="",
        max_length=100,
        description="where joining is by invitation: what stands behind `invitation=` in the link",
        examples=[""],
    )


class Credentials(Body):
    """User name and password."""

    username: str = Field(min_length=1, max_length=150, pattern=r"^[^\x00]+$", examples=["alice"])
    password: str = Field(min_length=1, max_length=1000, examples=["quiet-desk-27"])


@router.post("/create", response={302: None, **errors(403, 409, 429, *BODY)}, summary="Join, and be signed in")
def create(request: HttpRequest, body: NewUser) -> HttpResponse:
    """Makes an account, sets the session and csrftoken cookies, and redirects to the home page.

    403 where joining is closed or the invitation is missing, used or too old; 429 after too many new accounts from one
    address in an hour.
    """
    form = JoinForm(body.model_dump(include={"username", "password", "name"}))
    form.instance.current_role = clean_text(body.current_role)
    try:
        joining.refuse_uninvited(body.invitation)
        if not form.is_valid():
            taken = form.has_error("username", "unique")
            _refuse(taken, {name: " ".join(map(str, messages)) for name, messages in form.errors.items()})
        user = joining.join(request, form, token=body.invitation)
    except NotInvited as problem:
        raise ApiError(403, "not_invited", str(problem)) from None
    except TooManyJoins as problem:
        raise ApiError(429, "too_many_joins", str(problem), retry_after=problem.seconds) from None
    except NameTaken:
        _refuse(True, {"username": NAME_TAKEN})
    auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponseRedirect(resolve_url("home"))


def _refuse(taken: bool, fields: dict[str, str]) -> NoReturn:
    if taken:
        raise ApiError(409, "name_taken", NAME_TAKEN, fields=fields)
    raise ApiError(422, "invalid", "The account was not made.", fields=fields)


@router.post("/login", response={302: None, **errors(401, 429, *BODY)}, summary="Sign in")
def login(request: HttpRequest, body: Credentials) -> HttpResponse:
    """Sets the session and csrftoken cookies, redirects to the home page, and has the day's review written."""
    try:
        user = check_credentials(request, username=body.username, password=body.password)
    except TooManyFailures as problem:
        raise ApiError(429, "too_many_failures", str(problem), retry_after=problem.seconds) from None
    if user is None:
        raise ApiError(401, "wrong_credentials", "That user name and password do not belong together.")
    auth.login(request, user)
    daily_review.start_for(user)
    return HttpResponseRedirect(resolve_url("home"))
