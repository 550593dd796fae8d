"""The one form in which the REST facade says that something went wrong."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf
from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from coach.candidate_text import clean_text
from coach.models import User

# What each status means here, for the OpenAPI document.
MEANINGS = {
    401: "No session: sign in first.",
    403: "The X-CSRFToken header is missing or stale; or, when joining, there is no valid invitation.",
    404: "There is no such thing, or it belongs to someone else.",
    409: "It cannot be done in the present state; nothing was changed.",
    413: "Too long: an answer has at most 12,000 characters, a body 512 KB. Nothing was cut.",
    415: "The body has to be application/json.",
    422: "The body is not as described; `fields` names what is wrong.",
    429: "Too many: failed attempts, calls of the coach (`too_many_at_once`, `too_many_calls`: what was sent is "
    "saved), or things made in a day. `message` says what, Retry-After how many seconds to wait.",
    503: "The coach could not be asked: what was sent is saved, `code` says why, `message` whether trying again helps. "
    "Or the database does not answer (`unavailable`).",
}
# A body of every call that has one may be refused for these reasons.
BODY = (413, 415, 422)
SIGNED_IN = (401, 403)
# Marks the choice between two bodies where pydantic says what is wrong.
CHOICE = "body: "
ONE, OTHER = Tag(f"{CHOICE}one"), Tag(f"{CHOICE}other")


class ApiError(Exception):
    """Answered as JSON with this status. `more` are ids that help the client on (session_id, attempt_id).

    `retry_after` are the seconds after which trying again can help.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        retry_after: int | None = None,
        *,
        fields: dict[str, str] | None = None,
        **more: int,
    ) -> None:
        self.status, self.retry_after = status, retry_after
        self.error = {"code": code, "message": message, **({"fields": fields} if fields else {}), **more}
        super().__init__(code)


class Error(Schema):
    """What went wrong."""

    code: str = Field(description="for programs", examples=["not_found"])
    message: str = Field(description="for people", examples=["There is nothing here."])
    fields: dict[str, str] | None = Field(default=None, description="what is wrong with which field of the body")
    session_id: int | None = Field(default=None, description="409 of start_session: the session that runs")
    attempt_id: int | None = Field(
        default=None, description="429, 503 of evaluate_answer: the saved answer, to try again"
    )


class ErrorOut(Schema):
    """The body of every answer that is not a success."""

    error: Error


class Body(BaseModel):
    """A request's body: unknown fields and other types are refused by name."""

    model_config = ConfigDict(extra="forbid", strict=True)


def with_field(name: str) -> Discriminator:
    """Of two bodies tagged ONE and OTHER: the one when the field is there. So errors speak of one of them only."""
    return Discriminator(lambda data: ONE.tag if isinstance(data, dict) and name in data else OTHER.tag)


def _not_blank(text: str) -> str:
    text = clean_text(text)
    if not text:
        raise ValueError("Write something here.")
    return text


# Words of the candidate, cleaned as in the forms of the pages.
Words = Annotated[str, AfterValidator(_not_blank)]


def errors(*statuses: int) -> dict[int, Any]:
    """The documented failures of an operation; any may find the database away."""
    return dict.fromkeys(sorted({*statuses, 503}), ErrorOut)


class ApiRequest(HttpRequest):
    """A request that SessionCookie has let in."""

    auth: User


class SessionCookie(APIKeyCookie):
    """The session that signing in has set; unsafe calls also need the X-CSRFToken header."""

    param_name = "sessionid"

    def __call__(self, request: HttpRequest) -> User | None:
        if not request.user.is_authenticated:
            return None
        if check_csrf(request):
            raise ApiError(403, "csrf", "Send the value of the csrftoken cookie in the X-CSRFToken header.")
        return request.user

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        """Not used: `__call__` looks at Django's session."""
        raise NotImplementedError
