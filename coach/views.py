"""The pages of the candidate: home, joining, signing in, account and raw context."""

from django.contrib import auth, messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from coach.erasure import erase
from coach.erasure import export as export_of
from coach.forms import AccountForm, ContextForm, DeletionForm, JoinForm, LoginForm, NewPasswordForm, known_zone
from coach.htmx import CandidateRequest, respond
from coach.models import RawUserContext
from coach.unreadable_texts import lost_of, write_anew
from plans import daily_review
from plans.agenda import next_session
from plans.journey import open_proposals
from plans.models import PlanTopic
from study.models import StudySession


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 when the program can serve candidates: it runs, and its database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM coach_user LIMIT 1")
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer, or is not migrated"}, status=503)
    return JsonResponse({"status": "ok"})


@login_required
@require_safe
def home(request: CandidateRequest) -> HttpResponse:
    """What to do now: the running session, the open proposal or the next session; and the plan at a glance."""
    user = request.user
    sessions = StudySession.objects.filter(user=user).select_related("topic")
    data = {
        "running": sessions.filter(end_time=None).first(),
        "last": sessions.exclude(end_time=None).select_related("reconciliation").order_by("-end_time").first(),
        "proposal": open_proposals(user).first(),
        "next": next_session(user),
        "topics": PlanTopic.objects.filter(user=user).in_force().select_related("progress"),
        "now": timezone.now(),
    }
    return respond(request, "coach/home.html", data)


def _next_page(request: HttpRequest, otherwise: str) -> str:
    """Where the candidate wanted to go, if that is a page of ours."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if ours else otherwise


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Make an account and go straight to the conversation."""
    if request.user.is_authenticated:
        return redirect("home")
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = form.save()
        except ValidationError:
            form.add_error("username", "This user name is taken.")
        else:
            auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("plans:chat")
    return respond(request, "coach/join.html", {"form": form}, status=422 if form.errors else 200)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Sign in; 429 after too many failures."""
    if request.user.is_authenticated:
        return redirect(_next_page(request, "home"))
    form = LoginForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid() and form.user:
        user = form.user
        auth.login(request, user)
        zone = known_zone(form.cleaned_data["time_zone"])
        if user.time_zone == "UTC" and zone != "UTC":
            user.time_zone = zone
            user.save(update_fields=["time_zone"])
        daily_review.start_for(user)
        return redirect(_next_page(request, "home"))
    status = 429 if form.too_many_failures else 422 if form.errors else 200
    return respond(request, "coach/login.html", {"form": form, "next": _next_page(request, "")}, status=status)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out of this device."""
    auth.logout(request)
    return redirect("login")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: CandidateRequest) -> HttpResponse:
    """Name, role and time zone; the ways to take everything away or to erase it."""
    form = AccountForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("account")
    return respond(request, "coach/account.html", {"form": form}, status=422 if form.errors else 200)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: CandidateRequest) -> HttpResponse:
    """Choose a new password; other devices are signed out."""
    form = NewPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, "Your password is changed. Other devices have to sign in again.")
        return redirect("account")
    return respond(request, "coach/password.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_GET
def export(request: CandidateRequest) -> HttpResponse:
    """Everything that is kept about the candidate, as one JSON file."""
    response = JsonResponse(export_of(request.user), json_dumps_params={"indent": 1, "ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="interview-coach.json"'
    response["Cache-Control"] = "no-store"
    return response


@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def deletion(request: CandidateRequest) -> HttpResponse:
    """Erase the account and everything in it, once the password is given."""
    form = DeletionForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = request.user
        auth.logout(request)
        erase(user)
        messages.success(request, "Your account and everything in it is erased.")
        return redirect("join")
    return respond(request, "coach/deletion.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def context(request: CandidateRequest) -> HttpResponse:
    """The raw user context: read by the coach, written by the candidate alone."""
    stored = RawUserContext.objects.filter(user=request.user).first()
    form = ContextForm(request.POST or None, initial={"text": stored.text if stored else ""})
    if request.method == "POST" and form.is_valid():
        RawUserContext.objects.update_or_create(user=request.user, defaults={"text": form.cleaned_data["text"]})
        messages.success(request, "Saved. The coach will read it the next time it plans.")
        return redirect(_next_page(request, "context"))
    data = {"form": form, "stored": stored, "next": _next_page(request, "")}
    return respond(request, "coach/context.html", data, status=422 if form.errors else 200)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def unreadable(request: CandidateRequest) -> HttpResponse:
    """What cannot be read any more, each with a way to write it anew."""
    lost = lost_of(request.user, request.POST or None)
    one = next((one for one in lost if one.name == request.POST.get("which")), None)
    if one is not None and (one.form is None or one.form.is_valid()):
        write_anew(request.user, one, one.form.cleaned_data["text"] if one.form else None)
        messages.success(request, "Saved.")
        return redirect("unreadable")
    return respond(request, "coach/unreadable.html", {"lost": lost}, status=422 if one is not None else 200)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A stale page (signed in elsewhere meanwhile) or a foreign form: say so, and how to go on."""
    return render(request, "403_csrf.html", status=403)
