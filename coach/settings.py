"""Every setting of the program. Values come from the environment, then from `.env`; `.env.example` lists them."""

import os
import platform
import re
import sys
from pathlib import Path

from coach import client_address
from coach.backups import public_key
from coach.running import database, secret_keys
from coach.running.quiet_logging import logging_as
from coach.running.setting_values import Values, database_at

BASE_DIR = Path(__file__).resolve().parent.parent
env = Values(BASE_DIR / ".env")

# Where the embedded database, the generated secrets and the collected static files live.
UPGRADE_FOLDER = "upgrade"
DATA_DIR = (BASE_DIR / env.folder("COACH_DATA_DIR", ".data")).resolve()

# --- serving -----------------------------------------------------------------------------------------------------
DEBUG = env.switch("DEBUG", False)
HOST = env.host("HOST", "127.0.0.1")
PORT = env.whole("PORT", 8000, least=1, most=65_535)
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
# Addresses and networks of the proxies whose X-Forwarded-For says where a request comes from.
TRUSTED_PROXIES = env.made("COACH_TRUSTED_PROXIES", lambda: client_address.networks(env.words("COACH_TRUSTED_PROXIES")))
# True when a proxy in front speaks HTTPS: cookies become secure, plain HTTP is redirected, HSTS is sent.
HTTPS = env.switch("COACH_HTTPS", False)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
# The REST facade's clients read the token from its cookie, so it stays readable to scripts of our own origin.
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "coach.going_on.csrf_failure"
# Forms and uploads stay in memory as a whole: coach.running.web limits their size before Django sees them.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# What is counted (docs/watching.md): without a token and a port nothing is.
METRICS_TOKEN = env.key("COACH_METRICS_TOKEN", least=16)
METRICS_PORT = env.whole("COACH_METRICS_PORT", 0, most=65_535)
METRICS_HOST = env.host("COACH_METRICS_HOST", "127.0.0.1")
# Where the processes of this machine count; containers may share the data folder, and each has a process 1.
METRICS_DIR = DATA_DIR / "metrics" / (re.sub(r"[^\w.-]", "", platform.node()) or "machine")
if METRICS_TOKEN or METRICS_PORT:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)  # the library looks there when it is loaded
# What is logged, and how each line is written: for people, or as JSON with an id for each request.
LOG_FORMAT = env.one_of("COACH_LOG_FORMAT", ("plain", "json"))
LOGGING = logging_as(LOG_FORMAT)

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
    "coach.running.watching.requests.WatchedRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "coach.refusals.RefusalMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "coach.login_sessions.CandidateMiddleware",
    "coach.encryption.unreadable.UnreadableMiddleware",
    "coach.time_zone.CandidateTimeZoneMiddleware",
    "plans.first_request.FirstRequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "coach.post_only.PostOnlyMiddleware",
    # This has to be the last one: it may call the view of the page itself.
    "coach.going_on.GoingOnMiddleware",
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
                "plans.context_processors.interview",
            ],
            # {% csrf_token %} says for whom a form was written, too; {% url %} looks up once; {% icon %}.
            "builtins": ["coach.templatetags.form_token", "coach.templatetags.addresses"],
        },
    }
]

FORM_RENDERER = "coach.form_renderer.Renderer"

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
    "staticfiles": {"BACKEND": "coach.running.static_storage.StaticStorage"},
}

# --- candidates --------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "coach.User"
# Who may make an account: anybody ("open"), whoever has a link of `manage.py invite` ("invite"), nobody ("closed").
JOINING = env.one_of("COACH_JOINING", ("open", "invite", "closed"))
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "coach.password_rules.NotLikeTheName"},
    {"NAME": "coach.password_rules.LongEnough"},
    {"NAME": "coach.password_rules.NotCommon"},
    {"NAME": "coach.password_rules.NotOnlyDigits"},
]
# The first one hashes. A password that another one has hashed is hashed anew when its owner signs in.
PASSWORD_HASHERS = [
    "coach.passwords.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
SESSION_ENGINE = "coach.login_sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
# In the session and not in a cookie, so that a page shows the messages of a sign-in over REST, too.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# --- limits on number and rate -----------------------------------------------------------------------------------
# Characters a candidate may write in one go.
CONTEXT_CHARACTERS = env.whole("COACH_CONTEXT_CHARACTERS", 20_000, least=1)
ANSWER_CHARACTERS = env.whole("COACH_ANSWER_CHARACTERS", 12_000, least=1)
MESSAGE_CHARACTERS = env.whole("COACH_MESSAGE_CHARACTERS", 4_000, least=1)
# Wrong passwords for a user name from one address, and for any names from one address, before it has to wait (0: no
# limit), and for how many minutes they count. Requests from this machine have no limit for any names.
SIGN_IN_FAILURES = env.whole("COACH_SIGN_IN_FAILURES", 5)
SIGN_IN_FAILURES_PER_ADDRESS = env.whole("COACH_SIGN_IN_FAILURES_PER_ADDRESS", 50)
SIGN_IN_MINUTES = env.whole("COACH_SIGN_IN_MINUTES", 15, least=1, most=525_600)
# Bytes of a request's body: of a form, of signing in and joining, of the stories file, of experience and job advert
# with a file of 5 MB for each (coach/files). Dictation has its own limit, below. Up to these limits Django keeps an
# upload in memory, and writes nothing to a file.
FORM_BYTES = env.whole("COACH_FORM_BYTES", 524_288, least=1)
SIGN_IN_BYTES = env.whole("COACH_SIGN_IN_BYTES", 16_384, least=1)
STORIES_BYTES = env.whole("COACH_STORIES_BYTES", 6_500_000, least=1)
CONTEXT_BYTES = env.whole("COACH_CONTEXT_BYTES", 12_000_000, least=1)
# Seconds until a body must have arrived, besides one second for each 100 kB of it.
BODY_SECONDS = env.decimal("COACH_BODY_SECONDS", 10.0, least=0.1, most=3600)
DATA_UPLOAD_MAX_MEMORY_SIZE = max(FORM_BYTES, STORIES_BYTES)
FILE_UPLOAD_MAX_MEMORY_SIZE = max(DATA_UPLOAD_MAX_MEMORY_SIZE, CONTEXT_BYTES)
# Accounts that may be made from one address in an hour (0: no limit). Requests from this machine are not limited.
JOINS_PER_HOUR = env.whole("COACH_JOINS_PER_HOUR", 20)
# Rows that a candidate may make; 0 = no limit. Whoever reaches a limit is told so in a sentence.
COACH_MESSAGES_PER_DAY = env.whole("COACH_MESSAGES_PER_DAY", 200)
COACH_PROPOSALS_PER_DAY = env.whole("COACH_PROPOSALS_PER_DAY", 100)
COACH_SESSIONS_PER_DAY = env.whole("COACH_SESSIONS_PER_DAY", 100)
COACH_ROUNDS_PER_SESSION = env.whole("COACH_ROUNDS_PER_SESSION", 50)
COACH_ATTEMPTS_PER_SESSION = env.whole("COACH_ATTEMPTS_PER_SESSION", 200)
# Questions of their own that they have not answered, in one topic; and stories in all.
COACH_OPEN_QUESTIONS = env.whole("COACH_OPEN_QUESTIONS", 100)
COACH_STORIES = env.whole("COACH_STORIES", 1000)
# Real interviews of which they tell.
COACH_DEBRIEFS = env.whole("COACH_DEBRIEFS", 200)
# A session without any action for this many minutes beyond its planned time ends by itself.
SESSION_GRACE_MINUTES = env.whole("COACH_SESSION_GRACE_MINUTES", 30, most=525_600)

# --- the LLM -----------------------------------------------------------------------------------------------------
OPENAI_API_KEY = env.key("OPENAI_API_KEY")
OPENAI_BASE_URL = env.address("OPENAI_BASE_URL")
# Without a key and without a base URL the offline coach answers.
OFFLINE_COACH = not (OPENAI_API_KEY or OPENAI_BASE_URL)
COACH_MODEL = env.text("COACH_MODEL", "gpt-4.1-mini")
# COACH_MODEL_EVALUATE_ANSWER=… and so on choose another model for one mode.
COACH_MODELS = {
    mode: model
    for mode in sorted(file.parent.name for file in (BASE_DIR / "llm_modes").glob("*/system.md"))
    if (model := env.text(f"COACH_MODEL_{mode.upper()}"))
}
# Speech to text for dictation; empty leaves it to the browser.
COACH_TRANSCRIBE_MODEL = env.text("COACH_TRANSCRIBE_MODEL", "")
# Another server or key for it than the LLM's.
TRANSCRIBE_BASE_URL = env.address("COACH_TRANSCRIBE_BASE_URL") or OPENAI_BASE_URL
# The LLM's key goes to the LLM's server only.
TRANSCRIBE_API_KEY = env.key("COACH_TRANSCRIBE_API_KEY") or (
    OPENAI_API_KEY if TRANSCRIBE_BASE_URL == OPENAI_BASE_URL else ""
)
# Bytes of one recording.
DICTATION_BYTES = env.whole("COACH_DICTATION_BYTES", 10_000_000, least=1)
# Tokens (input and output) a candidate may use in one local day.
COACH_DAILY_TOKENS = env.whole("COACH_DAILY_TOKENS", 250_000)
# Calls of the LLM that a candidate may have in flight, and may start within a minute; 0 = no limit.
COACH_CALLS_AT_ONCE = env.whole("COACH_CALLS_AT_ONCE", 2)
COACH_CALLS_PER_MINUTE = env.whole("COACH_CALLS_PER_MINUTE", 20)
# Threads of one web process, of which there are two. At most half of them wait for the LLM; the rest serves pages.
COACH_WEB_THREADS = env.whole("COACH_WEB_THREADS", 96, least=2, most=10_000)
# When it is told to stop: seconds that a web server gives the requests that it has begun. Behind a proxy with several
# web servers, as long as one may take (PATIENCE_SECONDS), so that restarting one after the other interrupts nobody.
STOP_SECONDS = env.whole("COACH_STOP_SECONDS", 4, least=1, most=3600)
# Added to every mode's limit of output tokens: for models that think before they answer and are billed for it.
COACH_EXTRA_OUTPUT_TOKENS = env.whole("COACH_EXTRA_OUTPUT_TOKENS", 0)
# US dollars for a million tokens, "model=input/cached input/output" each: what the admin's ledger estimates with.
COACH_PRICES = env.prices(
    "COACH_PRICES",
    "gpt-4.1=2.00/0.50/8.00 gpt-4.1-mini=0.40/0.10/1.60 gpt-4.1-nano=0.10/0.025/0.40 "
    "gpt-4o=2.50/1.25/10.00 gpt-4o-mini=0.15/0.075/0.60",
)
# Seconds: one action in all; until the first token of a reply (loading a model takes a minute); between two tokens.
LLM_TOTAL_SECONDS = env.decimal("COACH_LLM_TOTAL_SECONDS", 90.0, least=1, most=900)
LLM_FIRST_TOKEN_SECONDS = env.decimal(
    "COACH_LLM_FIRST_TOKEN_SECONDS",
    # Its name in release 0.1, when it ended at the first byte.
    env.decimal("COACH_LLM_FIRST_BYTE_SECONDS", 60.0, least=0.1, most=3600),
    least=0.1,
    most=900,
)
LLM_BETWEEN_TOKENS_SECONDS = env.decimal("COACH_LLM_BETWEEN_TOKENS_SECONDS", 20.0, least=0.1, most=900)
# What a server takes is found out (llm_modes.provider.dialect). Each of these says it instead.
LLM_DIALECT = {
    "reply_form": env.one_of(
        "COACH_LLM_REPLY_FORM", ("auto", "json_schema", "unbounded", "json_object", "bare_object", "prompt")
    ),
    "schema_in_prompt": env.one_of("COACH_LLM_SCHEMA_IN_PROMPT", ("auto", "yes", "no")),
    "limit": env.one_of("COACH_LLM_LIMIT", ("auto", "max_completion_tokens", "max_tokens", "none")),
    "streams": env.one_of("COACH_LLM_STREAMING", ("auto", "yes", "no")),
    "stream_options": env.one_of("COACH_LLM_STREAM_OPTIONS", ("auto", "yes", "no")),
    "system_role": env.one_of("COACH_LLM_SYSTEM_ROLE", ("auto", "yes", "no")),
}
# A proxy for the LLM's server alone; without it the usual variables hold (HTTPS_PROXY, NO_PROXY and so on).
LLM_PROXY = env.address("COACH_LLM_PROXY")

# Seconds that a page, a script of ours or a REST client waits for a request that asks: longer than the action itself,
# since before it there may be a wait for a place, and after it the reply is stored.
PATIENCE_SECONDS = int(LLM_TOTAL_SECONDS) + 30

# --- the worker --------------------------------------------------------------------------------------------------
# `retry` counts from the moment at which a task is taken into the worker's queue, so that queue is no longer than there
# are workers. What failed is tried again by the sweep, from our own rows, and never by the broker. A task asks twice at
# most: for a mark that a summary lacks, and for the summary.
TASK_SECONDS = 2 * int(LLM_TOTAL_SECONDS) + 60
Q_CLUSTER = {
    "name": "coach",
    "orm": "default",
    "broker_class": "coach.running.heartbeat.Broker",
    "workers": 2,
    "queue_limit": 2,
    "bulk": 1,
    "timeout": TASK_SECONDS,
    "retry": max(600, 2 * TASK_SECONDS),
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 250,
    "poll": 0.5,
    "label": "Work queue",
}

# /health/ready answers 503 when a task has waited longer than this many seconds, or when the disk of the data folder
# has less free space than this many megabytes.
# It waits behind tasks that take as long as they may.
QUEUE_SECONDS = env.whole("COACH_QUEUE_SECONDS", max(300, TASK_SECONDS + 60))
FREE_DISK_MB = env.whole("COACH_FREE_DISK_MB", 200)

# --- backups -----------------------------------------------------------------------------------------------------
# The folder of the nightly backups (empty: none are made), and how many of them are kept.
BACKUP_DIR = env.folder("COACH_BACKUP_DIR", "") if env.text("COACH_BACKUP_DIR") else None
BACKUPS_KEPT = env.whole("COACH_BACKUPS_KEPT", 14, least=1, most=10_000)
# For whom backups are encrypted: the public half of a key, or the passphrase in the first line of a file.
BACKUP_KEY = env.made("COACH_BACKUP_KEY", lambda: public_key.checked(env.text("COACH_BACKUP_KEY")))
BACKUP_PASSPHRASE_FILE = env.text("COACH_BACKUP_PASSPHRASE_FILE")
# Whether the nightly backups have the keys in them, so that such a file alone brings everything back.
BACKUP_WITH_KEYS = env.switch("COACH_BACKUP_WITH_KEYS", False)

# --- secrets and database ----------------------------------------------------------------------------------------
# These come last: a setting that is refused has then made no file and started no server.

# The keys are generated in DATA_DIR on the first start unless both are given. Losing the encryption keys loses what was
# written.
SECRET_KEY = env.text("SECRET_KEY")
ENCRYPTION_KEYS = env.made("COACH_ENCRYPTION_KEYS", lambda: secret_keys.checked(env.words("COACH_ENCRYPTION_KEYS")))
# If it is not set, the PostgreSQL that comes with the requirements is started in DATA_DIR.
DATABASE_URL = env.text("DATABASE_URL")
_database = env.made("DATABASE_URL", lambda: database_at(DATABASE_URL) if DATABASE_URL else None)
# Connections that the threads of one web process share. Only wsgi.py makes a pool of them.
DATABASE_POOL = env.whole("COACH_DATABASE_POOL", 10)
# Whether these connections prepare statements. A proxy that gives each transaction another connection may forbid it.
DATABASE_PREPARES = env.switch("COACH_DATABASE_PREPARES", True)
env.refuse_unknown()

if not (SECRET_KEY and ENCRYPTION_KEYS):
    _generated = secret_keys.load_or_create(DATA_DIR)
    SECRET_KEY = SECRET_KEY or _generated.secret_key
    # The first key encrypts, all of them decrypt: put a new one in front to rotate.
    ENCRYPTION_KEYS = ENCRYPTION_KEYS or _generated.encryption_keys
if _database is None:
    # `manage.py upgrade_database` fills a new folder, beside the one that this PostgreSQL cannot read.
    _upgrading = sys.argv[1:2] == ["upgrade_database"]
    DATABASE_URL = database.embedded_database_url(DATA_DIR / UPGRADE_FOLDER if _upgrading else DATA_DIR)
    _database = database_at(DATABASE_URL)
DATABASES = {"default": _database}
# Django's own backend, with a pool that copes with a restart of the server: it tests each connection before use.
DATABASES["default"]["ENGINE"] = "coach.running.postgresql"
DATABASES["default"]["CONN_MAX_AGE"] = 0
# After this many seconds, and milliseconds, a server that does not answer over the network counts as away.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 3,
    "tcp_user_timeout": 5000,
    **DATABASES["default"].get("OPTIONS", {}),
}
