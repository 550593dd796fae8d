"""Signing in, slowed down for whoever guesses."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone

from coach.models import SignInFailure, User
from coach.user_names import name_key


class TooManyFailures(Exception):
    """This user name has failed too often lately; it has to wait."""

    message = "Too many failed attempts with this user name."

    def __init__(self) -> None:
        super().__init__(f"{self.message} Please wait {settings.SIGN_IN_MINUTES} minutes and try again.")


def check_credentials(request: HttpRequest, *, username: str, password: str) -> User | None:
    """The candidate these belong to, or None. Raises TooManyFailures without looking at the password."""
    window = timezone.now() - timedelta(minutes=settings.SIGN_IN_MINUTES)
    key = name_key(username)[:150]
    SignInFailure.objects.filter(at__lt=window).delete()
    if SignInFailure.objects.filter(username=key).count() >= settings.SIGN_IN_FAILURES:
        raise TooManyFailures
    user = authenticate(request, username=username.strip(), password=password)
    if user is None:
        SignInFailure.objects.create(username=key)
    else:
        SignInFailure.objects.filter(username=key).delete()
    return user
