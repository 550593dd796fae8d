"""Makes an account, completely or not at all. COACH_JOINING says who may, COACH_JOINS_PER_HOUR how many an hour."""

import hashlib
import math
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from coach import tries
from coach.client_address import counted_address, is_local
from coach.counted import counted
from coach.models import Invitation, RecentTries, User

HOUR = timedelta(hours=1)


class JoiningRefused(Exception):
    """No account was made. The text tells the visitor why."""


class NotInvited(JoiningRefused):
    """Nobody may join, or the visitor has no valid invitation."""


class TooManyJoins(JoiningRefused):
    """Too many accounts were made from this address. `seconds`: how long to wait."""

    def __init__(self, seconds: float) -> None:
        self.seconds = math.ceil(seconds)
        wait = counted(math.ceil(seconds / 60), "minute")
        super().__init__(f"Too many accounts were made from your network. Please wait {wait} and try again.")


class NameTaken(JoiningRefused):
    """Somebody else took the name at the same moment."""


def invite(*, days: int) -> str:
    """Make an invitation for one account, valid for `days` days. Returns its token; only its digest is stored."""
    token = secrets.token_urlsafe(18)
    Invitation.objects.create(digest=_digest(token), expires_at=timezone.now() + timedelta(days=days))
    return token


def refuse_uninvited(token: str) -> None:
    """Raise NotInvited if a visitor with this token ("" for none) may not make an account now."""
    if settings.JOINING == "closed":
        raise NotInvited("Nobody can join here at present.")
    if settings.JOINING == "invite" and not _valid(token).exists():
        if token:
            raise NotInvited("This invitation was used before, or its time is over. Please ask for a new link.")
        raise NotInvited("You need an invitation to join.")


def join(request: HttpRequest, form: ModelForm, *, token: str = "") -> User:
    """Make the account of a valid JoinForm. If it raises a JoiningRefused, nothing is made, used up or counted."""
    refuse_uninvited(token)
    key = tries.Key(RecentTries.What.JOIN, counted_address(request))
    limit = 0 if is_local(request) else settings.JOINS_PER_HOUR
    try:
        taken = tries.take(key, limit=limit, window=HOUR)
    except tries.TooMany as problem:
        raise TooManyJoins(problem.seconds) from None
    try:
        return _make(form, token)
    except JoiningRefused:
        tries.give_back(key, taken)
        raise


def _make(form: ModelForm, token: str) -> User:
    try:
        with transaction.atomic():
            # If two use it at the same moment, the second deletion waits for the first and then finds nothing.
            if settings.JOINING == "invite" and not _valid(token).delete()[0]:
                refuse_uninvited(token)
            return form.save()
    except IntegrityError:
        raise NameTaken("This user name is taken.") from None


def _valid(token: str) -> QuerySet[Invitation]:
    return Invitation.objects.filter(digest=_digest(token), expires_at__gt=timezone.now())


def _digest(token: str) -> str:
    # A token has 144 random bits: nobody can guess it, so the digest needs no key.
    return hashlib.sha256(token.encode()).hexdigest()
