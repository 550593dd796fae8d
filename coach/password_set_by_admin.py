"""An admin has chosen a candidate's password: whoever signs in with it is told so, until it is changed.

Not only once: the first to sign in may be whoever set it.
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
    """Leave the message in the session, where the next page finds it; signing in over REST shows none itself."""
    at = user.password_set_by_admin_at
    if at is None or not hasattr(request, "_messages"):
        return
    when = date_format(timezone.localtime(at, zone_of(user)), "j F Y, H:i")
    messages.warning(
        request,
        f"An admin set a new password for you on {when}, and your devices were logged out. Nothing of yours was "
        "changed. Choose a password of your own in your account: nobody else knows that one, and it ends this message.",
    )
