"""Settings of the bare project: of Django only what reads a session and a user, and renders a template."""

import os
from pathlib import Path

from django.conf import global_settings

from coach import settings as ours
from coach.running.setting_values import database_at

# Settings that are not Django's are what our web server asks for: it is the same one, on an address of its own.
globals().update(
    {name: getattr(ours, name) for name in dir(ours) if name.isupper() and name not in dir(global_settings)}
)

SECRET_KEY = "only-for-the-bench"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.bench.bare.urls"
INSTALLED_APPS = [
    "tests.bench.bare",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    }
]
# Django's own backend with a pool as large as ours. It does not test connections.
DATABASES = {"default": {**database_at(os.environ["BARE_DATABASE_URL"]), "CONN_MAX_AGE": 0}}
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 10}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
