"""Every setting of the program. Values come from the environment, then from `.env`; `.env.example` lists them."""

import os
from pathlib import Path

import environ

from coach import database, secret_keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# Where the embedded database, the generated secrets and the collected static files live.
DATA_DIR = (BASE_DIR / env.str("COACH_DATA_DIR", ".data")).resolve()

# --- secrets -----------------------------------------------------------------------------------------------------
# Generated in DATA_DIR on the first start unless both are given. Losing the encryption keys loses what was written.
SECRET_KEY = env.str("SECRET_KEY", "")
ENCRYPTION_KEYS = env.list("COACH_ENCRYPTION_KEYS", default=[])
if not (SECRET_KEY and ENCRYPTION_KEYS):
    _generated = secret_keys.load_or_create(DATA_DIR)
    SECRET_KEY = SECRET_KEY or _generated.secret_key
    # The first key encrypts, all of them decrypt: put a new one in front to rotate.
    ENCRYPTION_KEYS = ENCRYPTION_KEYS or _generated.encryption_keys

# --- serving -----------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
HOST = env.str("HOST", "127.0.0.1")
PORT = env.int("PORT", 8000)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Set when a proxy in front speaks HTTPS: cookies become secure, plain HTTP is redirected, HSTS is sent.
HTTPS = env.bool("COACH_HTTPS", False)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
# The REST facade's clients read the token from its cookie, so it stays readable to scripts of our own origin.
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "coach.views.csrf_failure"

ROOT_URLCONF = "coach.urls"
WSGI_APPLICATION = "coach.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "coach",
    "plans",
    "study",
    "llm_modes",
    "coach.apps.CoachAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "django_q",
    "csp",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "coach.time_zone.CandidateTimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "coach.context_processors.coach",
            ],
        },
    }
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "media-src": ["'self'", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- database ----------------------------------------------------------------------------------------------------
# Unset, a PostgreSQL that comes with the requirements is started in DATA_DIR.
DATABASE_URL = env.str("DATABASE_URL", "") or database.embedded_database_url(DATA_DIR)
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"]["CONN_MAX_AGE"] = 0
# A connection is tried before it is used: one that a restart of the server has cut is replaced, not an error page.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Connections that the threads of one web process share: wsgi.py, and nobody else, makes a pool of them.
DATABASE_POOL = env.int("COACH_DATABASE_POOL", 10)

# --- candidates --------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "coach.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# --- limits on number and rate -----------------------------------------------------------------------------------
# Characters a candidate may write in one go.
CONTEXT_CHARACTERS = env.int("COACH_CONTEXT_CHARACTERS", 20_000)
ANSWER_CHARACTERS = env.int("COACH_ANSWER_CHARACTERS", 12_000)
MESSAGE_CHARACTERS = env.int("COACH_MESSAGE_CHARACTERS", 4_000)
# Stories that one stories file may hold.
STORIES = env.int("COACH_STORIES", 1_000)
# Failed sign-ins of one user name before it has to wait, and for how many minutes they count.
SIGN_IN_FAILURES = env.int("COACH_SIGN_IN_FAILURES", 5)
SIGN_IN_MINUTES = env.int("COACH_SIGN_IN_MINUTES", 15)
# A session without any action for this many minutes beyond its planned time ends by itself.
SESSION_GRACE_MINUTES = env.int("COACH_SESSION_GRACE_MINUTES", 30)

# --- the LLM -----------------------------------------------------------------------------------------------------
OPENAI_API_KEY = env.str("OPENAI_API_KEY", "")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", "")
# Without a key and without a base URL the offline coach answers.
OFFLINE_COACH = not (OPENAI_API_KEY or OPENAI_BASE_URL)
COACH_MODEL = env.str("COACH_MODEL", "gpt-4.1-mini")
# COACH_MODEL_EVALUATE_ANSWER=… and so on choose another model for one mode.
COACH_MODELS = {
    name.removeprefix("COACH_MODEL_").lower(): value
    for name, value in os.environ.items()
    if name.startswith("COACH_MODEL_") and value
}
# Speech to text for dictation; empty leaves it to the browser.
COACH_TRANSCRIBE_MODEL = env.str("COACH_TRANSCRIBE_MODEL", "")
# Another server or key for it than the LLM's.
TRANSCRIBE_BASE_URL = env.str("COACH_TRANSCRIBE_BASE_URL", "") or OPENAI_BASE_URL
# The LLM's key goes to the LLM's server only.
TRANSCRIBE_API_KEY = env.str("COACH_TRANSCRIBE_API_KEY", "") or (
    OPENAI_API_KEY if TRANSCRIBE_BASE_URL == OPENAI_BASE_URL else ""
)
# Bytes of one recording.
DICTATION_BYTES = env.int("COACH_DICTATION_BYTES", 10_000_000)
# Tokens (input and output) a candidate may use in one local day.
COACH_DAILY_TOKENS = env.int("COACH_DAILY_TOKENS", 250_000)
# Added to every mode's limit of output tokens: for models that think before they answer and are billed for it.
COACH_EXTRA_OUTPUT_TOKENS = env.int("COACH_EXTRA_OUTPUT_TOKENS", 0)
# US dollars for a million tokens, "model=input/cached input/output" each: what the admin's ledger estimates with.
COACH_PRICES = env.str(
    "COACH_PRICES",
    "gpt-4.1=2.00/0.50/8.00 gpt-4.1-mini=0.40/0.10/1.60 gpt-4.1-nano=0.10/0.025/0.40 "
    "gpt-4o=2.50/1.25/10.00 gpt-4o-mini=0.15/0.075/0.60",
)
# Seconds: one action in all, and up to the first byte of a reply.
LLM_TOTAL_SECONDS = env.float("COACH_LLM_TOTAL_SECONDS", 45.0)
LLM_FIRST_BYTE_SECONDS = env.float("COACH_LLM_FIRST_BYTE_SECONDS", 20.0)

# --- the worker --------------------------------------------------------------------------------------------------
# retry counts from the moment a task is taken into the queue, so the queue stays as short as there are workers;
# what failed is retried from our own rows by the sweep, never by the broker.
Q_CLUSTER = {
    "name": "coach",
    "orm": "default",
    "workers": 2,
    "queue_limit": 2,
    "bulk": 1,
    "timeout": 120,
    "retry": 600,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 250,
    "poll": 0.5,
    "label": "Work queue",
}

# --- logging -----------------------------------------------------------------------------------------------------
# Instructor and the SDK log prompts and replies when something fails: nothing of theirs is ever written.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        **{
            name: {"handlers": ["nowhere"], "level": "CRITICAL", "propagate": False}
            for name in ("instructor", "openai", "httpx2", "httpcore2")
        },
        "coach": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "django-q": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
