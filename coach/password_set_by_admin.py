"""Tells whoever signs in that an admin has chosen the password, at each sign-in until it is changed.

Once would not do: the first to sign in may be the person who set it.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from coach.models import User
from coach.time_zone import zone_of


@receiver(user_logged_in)
def tell(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """Put the message into the session. The next page shows it, also after signing in over REST."""
    at = user.password_set_by_admin_at
    if at is None or not hasattr(request, "_messages"):
        return
    when = date_format(timezone.localtime(at, zone_of(user)), "j F Y, H:i")
    messages.warning(
        request,
        f"An admin set a new password for you on {when}, and your devices were logged out. Nothing of yours was "
        "changed. Choose a password of your own in your account: nobody else knows that one, and it ends this message.",
    )
