"""The candidate's experience and the job advert, and what the coach takes from them."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from coach.htmx import CandidateRequest, next_page, respond, wants_fragment
from coach.models import User
from llm_modes.asking.rows import AskState
from llm_modes.asking.views import ask_and_show, stop_and_show
from llm_modes.ledger.spending import give_connection_back
from llm_modes.read_context.preparation import Preparation
from plans.context_forms import ContextForm, ReadingForm
from plans.context_reading import confirm, read, reading_of, save_texts, seen_of, texts_of, want
from plans.preparation import preparation_of

SAVED_TO_READ = "Saved. The coach reads it, and you check what it takes from it, under “My experience”."
SAVED_TO_READ_HERE = "Saved. The coach reads it, and you check here what it takes from it."
SAVED = "Saved. The coach will read it the next time it plans."
SAVED_OFFLINE = "Saved. Without a model the coach does not read it; it is kept for you."


def _page(
    request: CandidateRequest,
    form: ContextForm | None = None,
    reading_form: ReadingForm | None = None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The page, or its part about what the coach takes from the texts."""
    texts = texts_of(request.user)
    reading = _reading(request.user, has_texts=bool(texts.text or texts.job_advert), form=reading_form)
    shown = form or ContextForm(initial={"text": texts.text, "job_advert": texts.job_advert})
    data = {
        "form": shown,
        "stored": texts if texts.pk else None,
        "next": next_page(request, ""),
        # What to do next: save what a file or an error has left to do, else what waits above the texts.
        "form_first": bool(shown.taken or shown.errors) or not reading["waits"],
        **reading,
        **more,
    }
    return respond(request, "plans/context.html", data, fragment="reading", status=status)


def _reading(user: User, *, has_texts: bool, form: ReadingForm | None) -> dict[str, Any]:
    """What the coach takes from the texts: waits to be written or confirmed, or is in force."""
    reading, in_force = reading_of(user), preparation_of(user)
    found = Preparation(**reading.found) if reading.found else None
    waits = bool(found) or reading.is_waiting or reading.failure is not None
    is_known = in_force != Preparation()
    return {
        "reading": reading,
        "waits": waits,
        "reading_shows": waits or is_known or form is not None,
        "to_confirm": bool(found),
        "in_force": in_force if is_known else None,
        "reading_form": form or ReadingForm(found or in_force, seen_of(reading)),
        "unread": has_texts and reading.ask_state == AskState.NONE and not settings.OFFLINE_COACH,
        "now": timezone.now(),
    }


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def context(request: CandidateRequest) -> HttpResponse:
    """Both texts, which only the candidate writes. What a file says is put into its field, to be saved afterwards."""
    if request.method != "POST":
        return _page(request)
    if request.FILES:
        give_connection_back()  # reading may take some seconds
        form = ContextForm(request.POST, request.FILES).with_files()
        return _page(request, form, status=422 if form.errors else 200)
    form = ContextForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    is_read = save_texts(request.user, **form.changed_texts())
    next_url = next_page(request, "")
    to_read = SAVED_TO_READ if next_url else SAVED_TO_READ_HERE
    unread = SAVED_OFFLINE if settings.OFFLINE_COACH else SAVED
    messages.success(request, to_read if is_read else unread)
    return redirect(next_url or "context")


@sensitive_post_parameters()
@login_required
@require_POST
def context_reading(request: CandidateRequest) -> HttpResponse:
    """Put in force what the candidate made of the coach's lines."""
    form = ReadingForm(Preparation(), 0, request.POST)
    if not form.is_valid():
        return _page(request, reading_form=form, status=422)
    confirm(request.user, form.preparation(), seen=form.cleaned_data["seen_version"] or 0)
    if wants_fragment(request):
        return _page(request, saved=True)
    messages.success(request, "Saved. The coach goes by it from now on.")
    return redirect("context")


@login_required
@require_POST
def context_reading_answer(request: CandidateRequest) -> HttpResponse:
    """Have the texts read."""
    reading = reading_of(request.user)
    if reading.ask_state == AskState.NONE:
        reading = want(request.user)
        if wants_fragment(request):
            return _page(request)  # which asks by itself
    return ask_and_show(request, reading, ask=read, page=("context",), fragment=partial(_answer, request))


@login_required
@require_POST
def context_reading_answer_stop(request: CandidateRequest) -> HttpResponse:
    """Let the texts be, unread, until the candidate tries again."""
    reading = reading_of(request.user)
    return stop_and_show(
        request, reading if reading.pk else None, page=("context",), fragment=partial(_answer, request)
    )


def _answer(request: CandidateRequest, status: int) -> HttpResponse:
    return _page(request, status=status)
