"""Signing in, and giving the password once more: slow for whoever guesses, and for nobody else.

Tries are counted for a user name from one address, so that a stranger's guesses do not keep the owner out at another
address; and for an address with any name. A try is counted before its password is looked at, and given back when the
password was right.
"""

import math
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from coach import tries
from coach.client_address import counted_address, is_local
from coach.counted import counted
from coach.models import RecentTries, User


class TooManyFailures(Exception):
    """There were too many wrong passwords. `seconds`: how long to wait; the text says it in minutes."""

    def __init__(self, whose: str, seconds: float) -> None:
        self.seconds = math.ceil(seconds)
        wait = counted(math.ceil(seconds / 60), "minute")
        super().__init__(f"Too many failed tries {whose}. Please wait {wait} and try again.")


def check_credentials(request: HttpRequest, *, username: str, password: str) -> User | None:
    """The candidate with this name and password, or None. Raises TooManyFailures without looking at the password."""
    return _counted(request, username, lambda: authenticate(request, username=username, password=password))


def is_own_password(request: HttpRequest, user: User, password: str) -> bool:
    """Whether this is the password of whoever is signed in. Raises TooManyFailures without looking at it."""
    return bool(_counted(request, user.username, lambda: user if user.check_password(password) else None))


def name_digest(key: str) -> str:
    """The digest under which a name's tries are counted. Without SECRET_KEY nobody can compute it."""
    return salted_hmac("coach.signing_in", key, algorithm="sha256").hexdigest()


def _counted(request: HttpRequest, username: str, look: Callable[[], User | None]) -> User | None:
    window = timedelta(minutes=settings.SIGN_IN_MINUTES)
    address, key = counted_address(request), User.objects.key_of(username)
    pair = tries.Key(RecentTries.What.SIGN_IN, address, name_digest(key), key)
    anybody = tries.Key(RecentTries.What.ADDRESS, address)
    try:
        taken = tries.take(anybody, limit=_address_limit(request), window=window)
    except tries.TooMany as problem:
        raise TooManyFailures("from your network", problem.seconds) from None
    try:
        tries.take(pair, limit=settings.SIGN_IN_FAILURES, window=window)
    except tries.TooMany as problem:
        # The password was not looked at, so this is no try for the address: others behind it must not be stopped.
        tries.give_back(anybody, taken)
        raise TooManyFailures("with this user name", problem.seconds) from None
    user = look()
    if user is not None:
        tries.forget(pair)
        # Only this try: signing in to an account of one's own must not reset the guesses at other names.
        tries.give_back(anybody, taken)
    return user


def _address_limit(request: HttpRequest) -> int:
    """Tries for one address; 0 (no limit) on this machine, since everybody may share a proxy that we do not know of."""
    return 0 if is_local(request) else settings.SIGN_IN_FAILURES_PER_ADDRESS
