"""What the coach believes about the candidate, topic by topic: readable and editable."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from coach.htmx import CandidateRequest, respond, wants_fragment
from coach.models import User
from coach.paging import part_of
from plans import debriefs, practice, progress
from plans.first_plan import first_plan
from plans.forms import NoteForm
from plans.models import PlanTopic, PlanTopicQuerySet

# Of the topics that left the plan, as many as a plan may have; and real interviews.
LEFT_LISTED, DEBRIEFS_LISTED = 8, 6


def _entries(topics: Sequence[PlanTopic]) -> list[dict[str, Any]]:
    """The parts of these topics. Their sessions are read at once."""
    sessions = practice.told.last_summed_up(topics)
    return [_part(topic, session=sessions.get(topic.pk)) for topic in topics]


def _entry(topic: PlanTopic, form: NoteForm | None = None, **more: Any) -> dict[str, Any]:
    """The part of one topic."""
    session = practice.told.last_summed_up([topic]).get(topic.pk)
    return _part(topic, form, session=session, **more)


def _part(topic: PlanTopic, form: NoteForm | None = None, **more: Any) -> dict[str, Any]:
    """A topic's part of the page."""
    known = getattr(topic, "progress", None)
    initial = {"note": known.note if known else "", "version": known.note_version if known else 0}
    return {
        "topic": topic,
        "progress": known,
        "minutes": known.minutes_spent if known else 0,
        "form": form or NoteForm(initial=initial, auto_id=f"note_{topic.pk}_%s"),
        **more,
    }


def _topics(user: User) -> PlanTopicQuerySet:
    return PlanTopic.objects.filter(user=user).select_related("progress")


@login_required
@require_safe
def notes(request: CandidateRequest) -> HttpResponse:
    """All notes on one page, with what real interviews showed; at the end those of topics that left the plan."""
    topics = _topics(request.user)
    in_force = list(topics.in_force())
    gone = topics.filter(archived_at__isnull=False, progress__sessions__gt=0)
    left = part_of(gone, request.GET.get("before"), LEFT_LISTED, by="archived_at")
    entries = _entries([*in_force, *left.rows])
    data = {
        "entries": entries[: len(in_force)],
        "first_plan": None if in_force else first_plan(request.user),
        "left": left,
        "left_entries": entries[len(in_force) :],
        "debriefs": part_of(debriefs.of(request.user), None, DEBRIEFS_LISTED, by="held_on"),
    }
    return respond(request, "plans/notes.html", data)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: CandidateRequest, pk: int) -> HttpResponse:
    """Change the note of a topic. If it was changed meanwhile, both texts are shown, and nothing is overwritten."""
    topic = get_object_or_404(_topics(request.user), pk=pk)
    if request.method != "POST":
        return respond(request, "plans/note.html", {"entry": _entry(topic)}, fragment="note")
    form = NoteForm(request.POST, auto_id=f"note_{topic.pk}_%s")
    if not form.is_valid():
        data = {"entry": _entry(topic, form)}
        return respond(request, "plans/note.html", data, fragment="note", status=422)
    if not progress.correct_note(topic, form.cleaned_data["note"], based_on=form.cleaned_data["version"]):
        topic = get_object_or_404(_topics(request.user), pk=pk)
        mine = form.cleaned_data["note"]
        kept = NoteForm(initial={"note": mine, "version": topic.progress.note_version}, auto_id=f"note_{topic.pk}_%s")
        data = {"entry": _entry(topic, kept, other=topic.progress.note, conflict=True)}
        return respond(request, "plans/note.html", data, fragment="note", status=409)
    if not wants_fragment(request):
        messages.success(request, "Saved. The coach reads it the next time.")
        return redirect("plans:notes")
    topic = get_object_or_404(_topics(request.user), pk=pk)
    return respond(request, "plans/note.html", {"entry": _entry(topic, saved=True)}, fragment="note")
