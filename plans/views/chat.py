"""The plan chat: a message is saved, then answered."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from coach.caps import CapReached
from coach.htmx import CandidateRequest, go_to, respond, wants_fragment
from coach.models import User
from coach.numbers import whole_number
from llm_modes.asking import live
from llm_modes.asking.views import ask_and_show, stop_and_show
from llm_modes.plan_chat.schema import MODE as PLAN_CHAT
from plans import conversation
from plans.change_form import change_form
from plans.chat_fields import FORMS, FieldForm, open_field
from plans.context_processors import interview
from plans.forms import MessageForm
from plans.models import ChatMessage
from plans.proposals.beside_the_plan import beside_the_plan
from plans.views.brief import understood

SHOWN_MESSAGES = 20
MOST_PK = 2**63 - 1
STILL_ANSWERING = (
    "The coach was still answering your last message. Yours is kept here: send it when the answer is there."
)
NOTHING_DIFFERS = "Nothing is different there, so nothing was asked."


def _page_of_messages(user: User, before: str | None) -> dict[str, Any]:
    """The messages older than the one with this id (all, unless given), at most SHOWN_MESSAGES, oldest first."""
    stored = ChatMessage.objects.filter(user=user).select_related("proposal").order_by("-pk")
    if before is not None:
        number = whole_number(before, most=MOST_PK)
        if number is None:
            raise Http404
        stored = stored.filter(pk__lt=number)
    page = list(stored[: SHOWN_MESSAGES + 1])
    more = len(page) > SHOWN_MESSAGES
    shown = page[:SHOWN_MESSAGES][::-1]
    return {
        "chat_messages": shown,
        "earlier": shown[0].pk if more else None,
        "greeting": "" if page else conversation.greeting(user),
        "is_latest": before is None,
    }


def talk(user: User) -> dict[str, Any]:
    """Where the conversation stands: its latest messages and the one that waits for an answer."""
    message = conversation.unanswered(user)
    latest = ChatMessage.objects.filter(user=user, author=ChatMessage.Author.COACH).order_by("-pk")
    announced = latest.exclude(proposal=None).select_related("proposal").first()
    if announced and announced.proposal:
        announced.proposal.user = user  # it is known, and not read anew
    return {
        "unanswered": message,
        "proposal": beside_the_plan(announced.proposal) if announced and announced.proposal else None,
        # The panel beside it need not say it once more.
        "has_card": announced is not None and _shows(announced),
        "in_chat": True,
        "now": timezone.now(),
    }


def _shows(message: ChatMessage) -> bool:
    """Whether the message is among the latest ones."""
    return ChatMessage.objects.filter(user=message.user_id, pk__gt=message.pk).count() < SHOWN_MESSAGES


def with_fields(user: User, data: dict[str, Any]) -> dict[str, Any]:
    """What a page shows, and what is filled in there rather than said, where no model answers."""
    if not settings.OFFLINE_COACH:
        return data
    message, field = data["unanswered"], open_field(user, data["first_plan"])
    is_waiting = message is not None and message.is_waiting
    fields = {"field": None if is_waiting else field, "change": change_form(user, data["first_plan"])}
    # Of what stands on the page one thing is the next.
    return {**data, **fields, "asks_by_field": bool(field), "answer_is_next": bool(field) and is_waiting}


def conversation_page(user: User, form: MessageForm, before: str | None = None) -> dict[str, Any]:
    """What the page of the conversation shows."""
    return with_fields(user, {**_page_of_messages(user, before), **talk(user), **understood(user), "form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def chat(request: CandidateRequest) -> HttpResponse:
    """The conversation. A posted message is saved; its answer is asked for by the page it comes back with.

    With `?field=` it was chosen in a field, with `?change` the wish for another plan was.
    """
    if request.method == "POST" and "change" in request.GET:
        return _change(request)
    field = FORMS.get(request.GET.get("field", "")) if request.method == "POST" else None
    if field:
        return _choose(request, field(request.POST, role=request.user.current_role))
    if request.method == "POST":
        return _say(request, MessageForm(request.POST))
    data = conversation_page(request.user, MessageForm(), request.GET.get("before"))
    fragment = "earlier-messages" if request.GET.get("before") else "talk"
    return respond(request, "plans/chat.html", data, fragment=fragment)


def _say(request: CandidateRequest, form: MessageForm) -> HttpResponse:
    """Save what was typed; else show it again with the reason."""
    status = 422
    if form.is_valid():
        status = _saved(form, "text", lambda: conversation.say(request.user, form.cleaned_data["text"]))
    if status == 200 and not wants_fragment(request):
        return redirect("plans:chat")
    data = conversation_page(request.user, form if form.errors else MessageForm())
    return respond(request, "plans/chat.html", data, fragment="talk", status=status)


def _choose(request: CandidateRequest, field: FieldForm) -> HttpResponse:
    """Save what was chosen in the field, as what is known and as the candidate's message; else show it again."""
    status = 422
    if field.is_valid():
        status = _saved(field, None, lambda: conversation.say(request.user, field.message, field.known))
    if status == 200 and not wants_fragment(request):
        return redirect("plans:chat")
    # What was not saved is not known.
    request.user.refresh_from_db()
    data = conversation_page(request.user, MessageForm())
    data |= {"field": field} if field.errors else {}
    return respond(request, "plans/chat.html", data, fragment="asked", status=status)


def _saved(form: forms.Form, place: str | None, save: Callable[[], object]) -> int:
    """The HTTP status after saving; what stands in the way is an error at this place of the form."""
    try:
        save()
    except conversation.StillAnswering:
        form.add_error(place, STILL_ANSWERING)
        return 409
    except CapReached as cap:
        form.add_error(place, cap.message)
        return cap.status
    return 200


def _change(request: CandidateRequest) -> HttpResponse:
    """Ask for the plan as the form has it; else show the form again with the reason."""
    user, status, said = request.user, 422, ""
    form = change_form(user, understood(user)["first_plan"], request.POST)
    if form is None:
        return go_to(request, "plans:chat")
    if form.is_valid() and not form.wish:
        status, said = 200, NOTHING_DIFFERS
    elif form.is_valid():
        status = _saved(form, None, lambda: conversation.ask_for_proposal(user, form.wish))
        if status == 200 and not wants_fragment(request):
            return redirect("plans:chat")
    data = conversation_page(user, MessageForm())
    data |= {"change": form, "change_said": said} if form.errors or said else {}
    return respond(request, "plans/chat.html", data, fragment="asked", status=status)


@login_required
@require_POST
def chat_live(request: CandidateRequest, pk: int) -> HttpResponseBase:
    """Have a waiting message answered, and send the answer while it is being written."""
    message = get_object_or_404(ChatMessage, pk=pk, user=request.user, author=ChatMessage.Author.CANDIDATE)
    lang = interview(request)["interview_lang"]()
    return live.stream(
        message,
        mode=PLAN_CHAT,
        ask=lambda on_progress: conversation.answer(message, on_progress=on_progress),
        render=lambda part: render_to_string("plans/chat_live.html", {**part, "interview_lang": lang}),
    )


@login_required
@require_POST
def chat_reply(request: CandidateRequest) -> HttpResponse:
    """Have the waiting message answered."""
    message = conversation.unanswered(request.user)
    page, fragment = ("plans:chat",), partial(_reply, request)
    return ask_and_show(request, message, ask=conversation.answer, page=page, fragment=fragment)


@login_required
@require_POST
def chat_reply_stop(request: CandidateRequest) -> HttpResponse:
    """Let the waiting message be, without an answer."""
    message = conversation.unanswered(request.user)
    return stop_and_show(request, message, page=("plans:chat",), fragment=partial(_reply, request))


def _reply(request: CandidateRequest, status: int) -> HttpResponse:
    user = request.user
    user.refresh_from_db()
    newest = ChatMessage.objects.filter(user=user, author=ChatMessage.Author.COACH).select_related("proposal")
    data = with_fields(user, {**talk(user), **understood(user), "answer": newest.order_by("-pk").first()})
    return respond(request, "plans/chat.html", data, fragment="reply", status=status)
