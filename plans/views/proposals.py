"""Proposals: asked for, written, looked at, decided; and all of them as the history of the plan."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coach.candidate_text import clean_text
from coach.caps import CapReached
from coach.htmx import CandidateRequest, go_to, respond, wants_fragment
from coach.models import User
from llm_modes.asking.views import ask_and_show, stop_and_show
from llm_modes.suggest_plan.plan import total
from plans import conversation
from plans.first_plan import first_plan
from plans.forms import FeedbackForm, MessageForm, RejectionForm
from plans.journey import brief_of, plan_version
from plans.models import PlanProposal
from plans.proposals import asking, deciding
from plans.proposals.approval_form import OWN_WORDS, ApprovalForm
from plans.proposals.beside_the_plan import beside_the_plan
from plans.proposals.comparison import by_priority, counterpart
from plans.views.brief import understood
from plans.views.chat import conversation_page, with_fields

Status = PlanProposal.Status
SHOWN_PROPOSALS = 20
REJECTED = "Rejected. The plan stays as it is."
REJECTED_FOR_A_REASON = "Rejected. The plan stays as it is; the coach will remember what you said."
REJECTED_FIRST = "Rejected. There is no plan yet: have another one written whenever you like."
NOT_OPEN = "Nothing was changed: this proposal does not wait for your decision."
ALL_DECLINED = "You declined every change, so the plan stays as it is."
NOTHING_LEFT = "Your plan has all of it already, so it stays as it is."
MOVED_ON = "Nothing was changed. This is the proposal beside the plan as it is now: look at it again, then decide."


def _own(user: User, pk: int) -> PlanProposal:
    return get_object_or_404(user.proposals, pk=pk)


def detail(proposal: PlanProposal, form: ApprovalForm | None = None) -> dict[str, Any]:
    """What the page of one proposal shows. An open one stands beside the plan as it is now."""
    user = proposal.user
    brief = brief_of(user)
    beside_the_plan(proposal)
    return {
        "proposal": proposal,
        "form": form or ApprovalForm(proposal),
        "rejection_form": RejectionForm(),
        "feedback_form": FeedbackForm(auto_id="feedback_%s"),
        "topics": by_priority(proposal.topics),
        "removed": [
            topic for topic in proposal.base_topics if proposal.base_version and not counterpart(topic, proposal.topics)
        ],
        "base_total": total(proposal.base_topics) if proposal.base_version else None,
        "available": brief.daily_minutes,
        "now": timezone.now(),
        **understood(user, brief=brief),
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def proposals(request: CandidateRequest) -> HttpResponse:
    """The history of the plan. POST asks for a plan, or for changes with what should be different.

    Asked from the conversation, it answers with the conversation as it is then.
    """
    form = FeedbackForm(request.POST if request.method == "POST" else None)
    return _ask(request, form) if request.method == "POST" else _history(request, form)


def _ask(request: CandidateRequest, form: FeedbackForm) -> HttpResponse:
    status = 422
    if form.is_valid():
        wish, assume = form.cleaned_data["feedback"], form.cleaned_data["assume"]
        try:
            proposal = conversation.ask_for_proposal(request.user, wish, complete=not assume)
        except asking.NotEnoughKnown:
            messages.warning(request, "For a plan the coach needs four things: role, time, weak spots and motivation.")
            return go_to(request, "plans:chat")
        except CapReached as cap:
            form.add_error("feedback", cap.message)
            status = cap.status
        else:
            if not wants_fragment(request):
                return redirect("plans:proposal_detail", proposal.pk)
            status = 200
    if wants_fragment(request):
        return _conversation(request, form, status)
    return _history(request, form, status)


def _history(request: CandidateRequest, form: FeedbackForm, status: int = 200) -> HttpResponse:
    user = request.user
    decided = user.proposals.exclude(status__in=(Status.WAITING, Status.SUPERSEDED))
    pages = Paginator(decided.order_by(F("decided_at").desc(nulls_first=True), "-pk"), SHOWN_PROPOSALS)
    page = pages.get_page(request.GET.get("page"))
    page.object_list = [beside_the_plan(proposal) for proposal in page.object_list]
    version = plan_version(user)
    data = {
        "page": page,
        "form": form,
        "in_force": version,
        "first_plan": None if version else first_plan(user),
    }
    return respond(request, "plans/proposals.html", data, status=status)


def _conversation(request: CandidateRequest, asked: FeedbackForm, status: int) -> HttpResponse:
    """The conversation after a wish from its page; what was being typed there came along, and stays."""
    form = MessageForm(initial={"text": request.POST.get("text", "")})
    data = {**conversation_page(request.user, form), "refused": asked.errors.get("feedback")}
    return respond(request, "plans/chat.html", data, fragment="asked", status=status)


def _page(request: CandidateRequest, data: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page of one proposal, or the fragment of it that changes."""
    return respond(request, "plans/proposal_detail.html", data, fragment="proposal", status=status)


@login_required
@require_safe
def proposal_detail(request: CandidateRequest, pk: int) -> HttpResponse:
    """A proposal: being written, failed, to be decided, or decided."""
    return _page(request, detail(_own(request.user, pk)))


@login_required
@require_POST
def proposal_suggestion(request: CandidateRequest, pk: int) -> HttpResponse:
    """Have the proposal written."""
    proposal = _own(request.user, pk)
    page, fragment = ("plans:proposal_detail", pk), partial(_written, request, proposal)
    return ask_and_show(request, proposal, ask=asking.write, page=page, fragment=fragment)


@login_required
@require_POST
def proposal_suggestion_stop(request: CandidateRequest, pk: int) -> HttpResponse:
    """Let the proposal be unwritten, until the candidate tries again."""
    proposal = _own(request.user, pk)
    page, fragment = ("plans:proposal_detail", pk), partial(_written, request, proposal)
    return stop_and_show(request, proposal, page=page, fragment=fragment)


def _written(request: CandidateRequest, proposal: PlanProposal, status: int) -> HttpResponse:
    """How far the writing is: in its page, or as a card in the conversation."""
    if request.GET.get("card"):
        here = {"proposal": proposal, "has_card": True, "in_chat": True, "now": timezone.now()}
        data = with_fields(request.user, {**understood(request.user), "unanswered": None, **here})
        return respond(request, "plans/chat.html", data, fragment="proposal-card", status=status)
    return _page(request, detail(proposal), status=status)


def _decided_already(request: CandidateRequest, proposal: PlanProposal) -> HttpResponse:
    """The proposal's page, with what was typed for a decision that it does not wait for (any more)."""
    typed = [clean_text(request.POST[name]) for name in request.POST if name == "reason" or OWN_WORDS.match(name)]
    # The second of two clicks brings what the first one has stored.
    stored = {proposal.rejection_reason, ""}.union(*({topic.name, topic.description} for topic in proposal.topics))
    if untaken := [text for text in typed if text not in stored]:
        data = {**detail(proposal), "untaken": "\n".join(untaken)}
        return _page(request, data, status=409)
    messages.info(request, NOT_OPEN)
    return redirect("plans:proposal_detail", proposal.pk)


@login_required
@require_POST
def proposal_approval(request: CandidateRequest, pk: int) -> HttpResponse:
    """Approve the proposal, as far as its lines are ticked and with what was typed over them."""
    proposal = _own(request.user, pk)
    if proposal.status != Status.OPEN:
        return _decided_already(request, proposal)
    compared = detail(proposal)["proposal"]
    form = ApprovalForm(compared, request.POST)
    if form.asks_for_row:
        return _page(request, detail(compared, form))
    if not form.is_valid():
        return _page(request, detail(compared, form), status=422)
    try:
        approved = deciding.approve(
            request.user,
            proposal,
            seen_version=form.cleaned_data["seen_version"],
            accepted=form.accepted(),
            edits=form.edits(),
            own=form.own(),
        )
    except deciding.PlanError as error:
        for sentence in error.errors:
            form.add_error(None, sentence)
        return _page(request, {**detail(compared, form), "decided_minutes": error.minutes}, status=422)
    except deciding.StaleProposal:
        return _afresh(request, pk, form)
    except deciding.NotOpen:
        return _decided_already(request, proposal)
    _say_what_came_of_it(request, approved)
    return redirect("plans:plan")


def _say_what_came_of_it(request: CandidateRequest, approved: PlanProposal) -> None:
    if approved.status == Status.REJECTED:
        messages.info(request, ALL_DECLINED if approved.declined else NOTHING_LEFT)
    else:
        messages.success(request, f"Approved. This is your plan now, version {approved.version}.")


def _afresh(request: CandidateRequest, pk: int, form: ApprovalForm) -> HttpResponse:
    """The proposal beside the plan as it is now, with what was typed beside an earlier plan."""
    data = detail(_own(request.user, pk))
    again = ApprovalForm(data["proposal"], own=form.own(), typed=form.typed())
    return _page(request, {**data, "form": again, "moved_on": MOVED_ON}, status=409)


@login_required
@require_POST
def proposal_rejection(request: CandidateRequest, pk: int) -> HttpResponse:
    """Leave the plan as it is."""
    proposal = _own(request.user, pk)
    if proposal.status != Status.OPEN:
        return _decided_already(request, proposal)
    form = RejectionForm(request.POST)
    if not form.is_valid():
        data = {**detail(proposal), "rejection_form": form}
        return _page(request, data, status=422)
    try:
        deciding.reject(request.user, proposal, reason=form.cleaned_data["reason"])
    except deciding.NotOpen:
        return _decided_already(request, proposal)
    in_place = REJECTED_FOR_A_REASON if form.cleaned_data["reason"] else REJECTED
    messages.success(request, in_place if plan_version(request.user) else REJECTED_FIRST)
    return redirect("plans:proposal_detail", pk)
