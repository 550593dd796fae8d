"""The pages of the candidate: home, joining, signing in and account."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coach import joining, zone_names
from coach.encryption.unreadable_texts import lost_of, write_anew
from coach.erasure import erase, export_file
from coach.forms import AccountForm, DeletionForm, JoinForm, LoginForm, NewPasswordForm
from coach.htmx import CandidateRequest, next_page, respond
from coach.joining import JoiningRefused, NameTaken, NotInvited, refuse_uninvited
from coach.models import User
from coach.time_zone import day_start
from llm_modes.evaluate_answer.schema import MODE as EVALUATE_ANSWER
from plans import daily_review
from plans.at_home import PlanAtHome
from plans.context_processors import spoken
from plans.first_plan import first_plan
from study.answering import left_draft
from study.earlier_sessions import running_and_last

# Unreadable texts that an address may name.
MOST_NAMED = 50
NO_ZONE = (
    "Your time zone is not known here, so for now your days begin at midnight UTC. "
    "You can choose yours on your account page."
)


@login_required
@require_safe
def home(request: CandidateRequest) -> HttpResponse:
    """What to do now: the running session, the open proposal or the next session; and the plan at a glance."""
    user = request.user
    plan = PlanAtHome.of(user)
    data: dict[str, Any] = {"topics": plan.topics, "now": timezone.now()}
    if plan.topics:
        running, last = running_and_last(user, plan.topics)
        data |= spoken(lambda: plan.language)
        data |= {
            "running": running,
            "last": last,
            "draft": left_draft(user),
            "proposal": plan.proposal,
            "agenda": plan.agenda,
            "next": plan.agenda.next,
            "shown": plan.shown,
            "days_away": plan.days_away,
            "new_day": _new_day(plan),
            "interviewed_on": plan.interviewed_on,
        }
    else:
        data["first_plan"] = first_plan(user)
    return respond(request, "coach/home.html", data)


def _new_day(plan: PlanAtHome) -> datetime | None:
    """When the coach marks answers again, if the share of the day is used up; else None."""
    wanted = EVALUATE_ANSWER.fixed_budget + EVALUATE_ANSWER.max_output_tokens
    return day_start(plan.user, plan.today + timedelta(days=1)) if plan.is_used_up(wanted) else None


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Make an account and go to the conversation. 403 without an invitation, 429 after too many accounts."""
    if request.user.is_authenticated:
        return redirect("home")
    token = _invitation(request)
    form = JoinForm(request.POST or None)
    refused: JoiningRefused | None = None
    try:
        refuse_uninvited(token)
        if request.method == "POST" and form.is_valid():
            user = joining.join(request, form, token=token)
            auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            if not zone_names.meant_by(form.cleaned_data["time_zone"]):
                messages.warning(request, NO_ZONE)
            return redirect("plans:chat")
    except NameTaken as problem:
        form.add_error("username", str(problem))
    except JoiningRefused as problem:
        refused = problem
        if request.method == "POST":
            form.add_error(None, str(problem))
    return _join_page(request, form, token, refused)


def _invitation(request: HttpRequest) -> str:
    """The invitation's token, of which the form takes the whole link too, so that it can be pasted; "" without one."""
    given = request.POST.get("invitation") or request.GET.get("invitation") or ""
    return given.rpartition("invitation=")[2].strip()


def _join_page(request: HttpRequest, form: JoinForm, token: str, refused: JoiningRefused | None) -> HttpResponse:
    """The form, with its errors; where joining was refused, why."""
    uninvited = isinstance(refused, NotInvited)
    # Whoever has filled in the form keeps it, and can bring another invitation; others get no form.
    asks_invitation = uninvited and request.method == "POST" and settings.JOINING == "invite"
    data = {
        "form": form if asks_invitation or not uninvited else None,
        "refused": refused,
        "invitation": token,
        "asks_invitation": asks_invitation,
        "places": zone_names.places(),
    }
    status = 403 if uninvited else 429 if refused else _status(form)
    return _retry_after(respond(request, "coach/join.html", data, status=status), refused)


def _status(form: BaseForm) -> int:
    """The HTTP status of a page with this form: 200, 422 with errors, 429 where they have to wait."""
    if getattr(form, "too_many_failures", None):
        return 429
    return 422 if form.errors else 200


def _retry_after(response: HttpResponse, problem: object) -> HttpResponse:
    """The response, with Retry-After where `problem` knows how many seconds to wait."""
    if seconds := getattr(problem, "seconds", None):
        response["Retry-After"] = str(seconds)
    return response


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Log in. 429 after too many wrong passwords."""
    if request.user.is_authenticated:
        return redirect(next_page(request, "home"))
    form = LoginForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid() and form.user:
        enter(request, form.user, form.cleaned_data["time_zone"])
        return redirect(next_page(request, "home"))
    data = {"form": form, "next": next_page(request, "")}
    return _retry_after(respond(request, "coach/login.html", data, status=_status(form)), form.too_many_failures)


def enter(request: HttpRequest, user: User, zone: str) -> None:
    """Sign in whoever gave the right password. `zone`: the time zone of the browser, "" where no script named it."""
    auth.login(request, user)
    _take_zone(request, user, zone)
    daily_review.start_for(user)


def _take_zone(request: HttpRequest, user: User, named: str) -> None:
    """Store the zone that the browser names if none is known yet; tell the candidate if still none is known."""
    stored, zone = zone_names.canonical(user.time_zone), zone_names.meant_by(named)
    if stored in (None, zone_names.UTC) and zone:
        user.time_zone = zone
        user.save(update_fields=["time_zone"])
    elif stored is None or (named and stored == zone_names.UTC):
        messages.warning(request, NO_ZONE)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Log out of this device."""
    auth.logout(request)
    return redirect("login")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: CandidateRequest) -> HttpResponse:
    """Name, role and time zone; the links to the export and to the erasure of everything."""
    knows_zone = zone_names.canonical(request.user.time_zone) is not None
    form = AccountForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("account")
    data = {"form": form, "knows_zone": knows_zone, "places": zone_names.places()}
    return respond(request, "coach/account.html", data, status=422 if form.errors else 200)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: CandidateRequest) -> HttpResponse:
    """Choose a new password. Other devices are logged out."""
    form = NewPasswordForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, "Your password is changed. Other devices have to log in again.")
        return redirect("account")
    response = respond(request, "coach/password.html", {"form": form}, status=_status(form))
    return _retry_after(response, form.too_many_failures)


@login_required
@require_safe
def export(request: CandidateRequest) -> HttpResponse:
    """Everything that is kept about the candidate, as one JSON file."""
    response = HttpResponse(export_file(request.user), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="interview-coach.json"'
    response["Cache-Control"] = "no-store"
    return response


@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def deletion(request: CandidateRequest) -> HttpResponse:
    """Erase the account and everything in it, when the password is right."""
    form = DeletionForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = request.user
        auth.logout(request)
        erase(user)
        messages.success(request, "Your account and everything in it is erased.")
        return redirect("join" if settings.JOINING == "open" else "login")
    response = respond(request, "coach/deletion.html", {"form": form}, status=_status(form))
    return _retry_after(response, form.too_many_failures)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def unreadable(request: CandidateRequest) -> HttpResponse:
    """The texts that cannot be read any more, each with a form to write it anew.

    Of a long history those that the address names, or with ?all everything is looked through.
    """
    named = [*request.GET.getlist("of"), request.POST.get("which", "")]
    found = lost_of(request.user, request.POST or None, named=named[-MOST_NAMED:], everything="all" in request.GET)
    lost = found.lost
    one = next((one for one in lost if one.name == request.POST.get("which")), None)
    if one is not None and (one.form is None or one.form.is_valid()):
        write_anew(request.user, one, one.form.cleaned_data["text"] if one.form else None)
        messages.success(request, "Saved.")
        return redirect(request.get_full_path())
    data = {"lost": lost, "is_all": found.is_all}
    return respond(request, "coach/unreadable.html", data, status=422 if one is not None else 200)
