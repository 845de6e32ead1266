"""Settings: one file, environment only. With nothing set it is the embedded tracker on this machine alone.

DATABASE_URL and REDIS_URL turn on the servers; HTTPS=true says that the site is reached over TLS (a proxy ends it) and
turns on everything `check --deploy` asks for. A half-set secret fails at start, not at the first request.
"""

import hashlib
import os
import secrets
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def _data_dir() -> Path:
    """The folder of everything that the tracker keeps; it must be there and take files."""
    path = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"DATA_DIR: {path} cannot be used: {error.strerror}") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"DATA_DIR: {path} cannot be written to")
    return path


DATA_DIR = _data_dir()
DEBUG = env.bool("DEBUG", default=False)
HTTPS = env.bool("HTTPS", default=False)
VERSION = "0.1.0"


def _release() -> str:
    """The version with a digest of the files that make a reply, so that no cached reply outlives a deployment."""
    digest = hashlib.sha256()
    for pattern in (
        "commitments/**/*.py",
        "declaration_tracker/*.py",
        "templates/**/*",
        "static/**/*",
        "locale/**/*.mo",
    ):
        for path in sorted(BASE_DIR.glob(pattern)):
            if path.is_file():
                digest.update(path.read_bytes())
    return f"{VERSION}+{digest.hexdigest()[:12]}"


RELEASE = _release()


def _secret_key() -> str:
    """SECRET_KEY, or for the embedded tracker one that is made once and kept in the data directory."""
    given: str = env.str("SECRET_KEY", default="")
    if given:
        if len(given) < 50 or len(set(given)) < 5:
            raise ImproperlyConfigured("SECRET_KEY: at least 50 characters, or leave it out to have one made")
        return given
    if HTTPS or "DATABASE_URL" in env.ENVIRON:
        raise ImproperlyConfigured("SECRET_KEY: must be set for a tracker that runs on servers")
    path = DATA_DIR / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "commitments",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "commitments.web.middleware.Compressed",
    "commitments.web.middleware.headers",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "commitments.web.middleware.problems",
    "commitments.web.middleware.language",
    "commitments.api.middleware.cross_origin",
    "commitments.api.middleware.limits",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "commitments.web.middleware.partners_told",
    "commitments.web.middleware.password_change",
    "commitments.web.actors.Permissions",
    "axes.middleware.AxesMiddleware",
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
ROOT_URLCONF = "declaration_tracker.urls"
WSGI_APPLICATION = "declaration_tracker.wsgi.application"
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
            ],
        },
    }
]

# Database. SQLite with WAL and FULL: a write that was acknowledged survives a power cut; IMMEDIATE, because deferred
# transactions die with “locked” (74 % of them, measured with FULL).
if "DATABASE_URL" in env.ENVIRON:
    DATABASES = {"default": env.db("DATABASE_URL", engine="django.db.backends.postgresql")}
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
        "-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000"
    )
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "tracker.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES: dict[str, dict[str, object]] = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 3, "socket_timeout": 3},
        }
    }
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "visibility_timeout": 600,
        # else a page waits for ever for a machine that does not answer; a worker asks for messages a second at a time
        "socket_connect_timeout": 3,
        "socket_timeout": 5,
        # kombu sweeps for lost messages each 100 s unless told otherwise
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    _queue = DATA_DIR / "queue"
    for _folder in ("messages", "processed", "control"):
        (_queue / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "folders://localhost"  # declaration_tracker/folders.py
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "processed_folder": str(_queue / "processed"),
        "control_folder": str(_queue / "control"),
        # An idle worker looks once a second unless told otherwise, and each report asks for the next one by a message.
        "polling_interval": 0.1,
    }
# Pages are functions of the ledger (their ETag says of what): each process keeps the last ones it set.
CACHES["pages"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "pages",
    "TIMEOUT": 86_400,
    "OPTIONS": {"MAX_ENTRIES": 128},
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 240
CELERY_TASK_SOFT_TIME_LIMIT = 200
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")
RECONCILE_SECONDS = env.float("RECONCILE_SECONDS", default=30.0)  # how often what is due is looked for
CELERY_BEAT_SCHEDULE = {"reconcile": {"task": "commitments.tasks.reconcile", "schedule": RECONCILE_SECONDS}}

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "中文"), ("ru", "Русский")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
TRACKER_TIME_ZONE = env.str("TRACKER_TIME_ZONE", default="UTC")

# The tracker
PUBLIC_READING = env.bool("PUBLIC_READING", default=True)
CONTACT_EMAIL = env.str("CONTACT_EMAIL", default="")
REPORTS_DIR = DATA_DIR / "reports"
ARCHIVE_DIR = Path(env.str("ARCHIVE_DIR", default=str(DATA_DIR / "archive")))
ACCEPT_OWN = env.bool(
    "ACCEPT_OWN", default=False
)  # for an installation with one person: accept what one proposed
# What this installation makes of the formats that a schedule asks for; the frozen reading (JSON) is always kept.
REPORT_FORMATS = env.list("REPORT_FORMATS", default=["html", "pdf", "docx", "xlsx", "csv", "json"])
# Requests to the API in a minute: of an address without a token, and of a token.
API_LIMIT_ADDRESS = env.int("API_LIMIT_ADDRESS", default=1200)
API_LIMIT_TOKEN = env.int("API_LIMIT_TOKEN", default=6000)
# Whether webhooks may go to addresses of this network, and without TLS; off, because partners choose the address.
WEBHOOK_INTERNAL = env.bool("WEBHOOK_INTERNAL", default=False)
REPORT_LEASE_SECONDS = env.int(
    "REPORT_LEASE_SECONDS", default=30
)  # renewed each quarter of it; a writer waits 20 s for its turn at most
REPORT_ATTEMPTS = env.int("REPORT_ATTEMPTS", default=3)

# Files of the product
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "commitments.web.staticstorage.GzipOnly"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

# Accounts
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_ENABLE_ADMIN = False  # attempts are in the log; its words are English alone
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "commitments.accounts.clients.client_address"

# Mail: files in the embedded tracker
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
if "EMAIL_URL" in env.ENVIRON:
    vars().update(EMAIL_CONFIG)
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"

DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="Declaration Tracker <tracker@localhost>")
EMAIL_TIMEOUT = 20

# Browsers
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = True  # no cookie on public pages, which are the same bytes for everybody
CSRF_FAILURE_VIEW = "commitments.web.errors.csrf_failure"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 63_072_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=True)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"

# Caps on input
DATA_UPLOAD_MAX_MEMORY_SIZE = (
    4_000_000  # above the limit of any field, so that the field says what is too long
)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["commitments.api.tokens.ByToken"],
    "DEFAULT_PERMISSION_CLASSES": ["commitments.api.access.PublicReading"],
    "DEFAULT_RENDERER_CLASSES": ["commitments.api.rendering.JSON"],
    "DEFAULT_PARSER_CLASSES": ["commitments.api.parsing.StrictJSON"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "commitments.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "commitments.api.rendering.OnlyJSON",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Declaration Tracker API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "What states declared, what became of it, and how we know. Reading is public.",
    "LICENSE": {"name": "Data: CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "commitments.api.contract.complete"
    ],  # enums stay where they are: generated names would move
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        # a bad address or host is answered and is nobody's fault here
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "drf_spectacular": {"level": "CRITICAL"},
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
SILENCED_SYSTEM_CHECKS = ["axes.W001"]
