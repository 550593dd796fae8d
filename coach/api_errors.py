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
# For these reasons every call that has a body may be refused.
BODY = (413, 415, 422)
SIGNED_IN = (401, 403)
# The tags of the two bodies that a call may have.
CHOICE = "body: "
ONE, OTHER = Tag(f"{CHOICE}one"), Tag(f"{CHOICE}other")


class ApiError(Exception):
    """An answer in JSON with this status. `more`: ids that the client needs to go on (session_id, attempt_id).

    `retry_after`: seconds until trying again can help; None where it is not known.
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
    """The body of a request. Unknown fields and wrong types are refused, and named."""

    model_config = ConfigDict(extra="forbid", strict=True)


def with_field(name: str) -> Discriminator:
    """Chooses between two bodies: ONE when the field is there, else OTHER. So errors are about one of them only."""
    return Discriminator(lambda data: ONE.tag if isinstance(data, dict) and name in data else OTHER.tag)


def _not_blank(text: str) -> str:
    text = clean_text(text)
    if not text:
        raise ValueError("Write something here.")
    return text


# What the candidate wrote, cleaned as in the forms of pages.
Words = Annotated[str, AfterValidator(_not_blank)]


def errors(*statuses: int) -> dict[int, Any]:
    """The failures that an operation documents; 503 is always one of them."""
    return dict.fromkeys(sorted({*statuses, 503}), ErrorOut)


class ApiRequest(HttpRequest):
    """A request that SessionCookie has admitted."""

    auth: User


class SessionCookie(APIKeyCookie):
    """The session cookie that signing in has set. Calls that change something also need the X-CSRFToken header."""

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
