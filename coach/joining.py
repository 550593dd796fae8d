"""Making an account: who may (COACH_JOINING), how many (COACH_JOINS_PER_HOUR), and all or nothing."""

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
    """No account was made; the text says why, in words for whoever wanted one."""


class NotInvited(JoiningRefused):
    """Joining is closed, or open to those with an invitation only."""


class TooManyJoins(JoiningRefused):
    """Too many accounts were made from this address. `seconds` to wait."""

    def __init__(self, seconds: float) -> None:
        self.seconds = math.ceil(seconds)
        wait = counted(math.ceil(seconds / 60), "minute")
        super().__init__(f"Too many accounts were made from your network. Please wait {wait} and try again.")


class NameTaken(JoiningRefused):
    """Somebody else took the name in the same moment."""


def invite(*, days: int) -> str:
    """Make an invitation for one account, valid for so many days; returns its token, which is stored nowhere."""
    token = secrets.token_urlsafe(18)
    Invitation.objects.create(digest=_digest(token), expires_at=timezone.now() + timedelta(days=days))
    return token


def refuse_uninvited(token: str) -> None:
    """Raise NotInvited unless whoever brings this token ("" for none) may make an account at present."""
    if settings.JOINING == "closed":
        raise NotInvited("Nobody can join here at present.")
    if settings.JOINING == "invite" and not _valid(token).exists():
        if token:
            raise NotInvited("This invitation was used before, or its time is over. Please ask for a new link.")
        raise NotInvited("You need an invitation to join.")


def join(request: HttpRequest, form: ModelForm, *, token: str = "") -> User:
    """Make the account of a valid JoinForm. Raises a JoiningRefused; then nothing is made, used up or counted."""
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
            # Deleting it waits for whoever uses it in the same moment, and then finds nothing.
            if settings.JOINING == "invite" and not _valid(token).delete()[0]:
                refuse_uninvited(token)
            return form.save()
    except IntegrityError:
        raise NameTaken("This user name is taken.") from None


def _valid(token: str) -> QuerySet[Invitation]:
    return Invitation.objects.filter(digest=_digest(token), expires_at__gt=timezone.now())


def _digest(token: str) -> str:
    # Of 144 random bits: nothing to guess, so it needs no key.
    return hashlib.sha256(token.encode()).hexdigest()
