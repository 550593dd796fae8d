from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps

from coach.field_words import use_our_words

# Here, because the apps are ready before the first form is made.
use_our_words()


class CoachConfig(AppConfig):
    name = "coach"
    default = True

    def ready(self) -> None:
        from django.conf import settings

        from coach import password_set_by_admin  # noqa: F401 - it listens to sign-ins
        from coach.running.quiet_logging import be_quiet

        if not settings.DEBUG:
            be_quiet()


class CoachAdminConfig(admin_apps.AdminConfig):
    """Django's admin with our site; replaces django-q's pages when they are registered."""

    default = False
    default_site = "coach.admin_site.CoachAdminSite"

    def ready(self) -> None:
        super().ready()
        from coach import queue_admin  # noqa: F401
