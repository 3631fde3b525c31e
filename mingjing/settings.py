"""All settings. What differs from place to place comes from the environment (see docs/handbook/部署.md); wrong values stop the start."""

from pathlib import Path

from django.urls import reverse_lazy

from mingjing.lib import env

ROOT = Path(__file__).parent.parent
DATA = Path(env.text("MINGJING_DATA") or ROOT / "data").absolute()  # database, secret, attachments, inbox, anchors of the ledger
RULES = Path(env.text("MINGJING_RULES") or ROOT / "rules").absolute()
SOURCES_NAMED = bool(env.text("MINGJING_SOURCES"))
SOURCES = Path(env.text("MINGJING_SOURCES") or DATA / "sources").absolute()  # facts of other systems, a folder each
VENDOR = Path(env.text("MINGJING_VENDOR") or ROOT / "build" / "vendor").absolute()  # scripts copied out of installed packages by `make assets`

DEBUG = env.flag("MINGJING_DEBUG", False)
SECRET_KEY = env.secret("MINGJING_SECRET_KEY", DATA / "secret.key")
ALLOWED_HOSTS = env.words("MINGJING_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.words("MINGJING_ORIGINS")
BUREAU = env.text("MINGJING_BUREAU", "某市公安局")
MAINTENANCE_FILE = DATA / "maintenance"  # while this file exists every page answers 503 with its text
LEDGER_DIGEST = env.text("MINGJING_LEDGER_DIGEST", "sha256")  # sha256 or sm3

INSTALLED_APPS = [
    "mingjing",
    "mingjing.ui",
    "mingjing.accounts",
    "mingjing.ledger",
    "mingjing.cases",
    "mingjing.alerts",
    "mingjing.intake",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
    "django_htmx",
    "lucide",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mingjing.ui.middleware.maintenance",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "mingjing.accounts.middleware.officer_on_duty",
    "mingjing.accounts.middleware.sign_in_first",
    "mingjing.ui.middleware.zero_bytes",
    "mingjing.ui.middleware.refusals",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "mingjing.urls"
ASGI_APPLICATION = "mingjing.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mingjing.ui.context.frame",
            ],
        },
    },
]

DATABASES = {"default": env.database(env.text("DATABASE_URL"), DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [("vendor", VENDOR)]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "mingjing.management.packing.StaticFiles"},
}

# Sign-in
AUTH_USER_MODEL = "accounts.Officer"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("code", "name")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "mingjing.accounts.passwords.NotTheCurrent"},
]
SESSION_COOKIE_AGE = 60 * env.number("MINGJING_SESSION_MINUTES", 600, low=5)  # a shift; the idle limit below is the stricter one
SESSION_IDLE_MINUTES = env.number("MINGJING_IDLE_MINUTES", 60, low=1)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_COOKIES = env.flag("MINGJING_HTTPS", False)
SESSION_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_HSTS_SECONDS = 31536000 if SECURE_COOKIES else 0
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "mingjing.ui.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"

AXES_FAILURE_LIMIT = env.number("MINGJING_LOGIN_FAILURES", 5, low=1)
AXES_COOLOFF_TIME = env.number("MINGJING_LOCKOUT_HOURS", 1, low=1)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # both, so that nobody can lock a colleague out from another machine
AXES_USERNAME_FORM_FIELD = "username"  # the key under which allauth gives the number, whatever the form calls it
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # the ledger has it
AXES_SENSITIVE_PARAMETERS = ["oldpassword", "password1", "password2", "code", "credential"]  # what axes must not keep of a failed form
AXES_CLIENT_IP_CALLABLE = "mingjing.accounts.lockout.address"
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("MINGJING_PROXIES", 0)  # proxies of our own in front, whose X-Forwarded-For is believed
AXES_LOCKOUT_CALLABLE = "mingjing.accounts.lockout.locked_out"

ACCOUNT_USER_MODEL_USERNAME_FIELD = "code"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_ADAPTER = "mingjing.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "mingjing.accounts.sign_in.SignInForm", "change_password": "mingjing.accounts.sign_in.OwnPasswordForm",
    "reauthenticate": "mingjing.accounts.sign_in.ConfirmByPasswordForm",
}
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_RATE_LIMITS = {"login_failed": False, "login": "120/m/ip"}  # lockout is kept in one place: axes; a whole station may share one address
MFA_ADAPTER = "mingjing.accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "mingjing.accounts.sign_in.SecondFactorForm", "reauthenticate": "mingjing.accounts.sign_in.ConfirmByCodeForm",
    "login_webauthn": "mingjing.accounts.sign_in.SignInByPasskeyForm", "authenticate_webauthn": "mingjing.accounts.sign_in.SecondFactorByPasskeyForm",
    "reauthenticate_webauthn": "mingjing.accounts.sign_in.ConfirmByPasskeyForm", "add_webauthn": "mingjing.accounts.sign_in.AddPasskeyForm",
}
MFA_TOTP_TOLERANCE = 1  # clocks of telephones without network drift
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or not SECURE_COOKIES  # passkeys on plain http work on localhost only; browsers see to that
MFA_TOTP_ISSUER = "明镜"
USERSESSIONS_TRACK_ACTIVITY = False  # it would write at every request; the middleware of accounts does so once a minute
SOCIALACCOUNT_ADAPTER = "mingjing.accounts.adapter.DirectoryAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_LOGIN_ON_GET = False
OIDC_SERVER = env.text("MINGJING_OIDC_SERVER")  # the bureau's own directory, e.g. https://sso.example/.well-known/openid-configuration
OIDC_CODE_CLAIM = env.text("MINGJING_OIDC_CODE_CLAIM", "preferred_username")  # the claim that holds the police number
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [{
            "provider_id": "directory",
            "name": env.text("MINGJING_OIDC_NAME", "统一身份认证"),
            "client_id": env.text("MINGJING_OIDC_CLIENT"),
            "secret": env.text("MINGJING_OIDC_SECRET"),
            "settings": {"server_url": OIDC_SERVER},
        }] if OIDC_SERVER else [],
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'", *env.words("MINGJING_OIDC_ORIGINS")],  # a browser follows a form's redirect only to listed origins
    },
}

# Alerts: how often everything is judged anew, and ways to reach people besides the inbox; each is on when its settings are there
WHOLE_RUN_MINUTES = env.number("MINGJING_WHOLE_RUN_MINUTES", 10, low=1)
PUSH_SINCE = env.day("MINGJING_PUSH_SINCE")  # faults that lie before this day are recorded and shown, not pushed
EMAIL_HOST = env.text("MINGJING_MAIL_HOST")
EMAIL_PORT = env.number("MINGJING_MAIL_PORT", 25, low=1)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("MINGJING_MAIL_FROM", "mingjing@localhost")
MAIL_DOMAIN = env.text("MINGJING_MAIL_DOMAIN")
WEBHOOK_URL = env.url("MINGJING_WEBHOOK_URL")
WEBHOOK_SECRET = env.text("MINGJING_WEBHOOK_SECRET")

# Files that people send
UPLOAD_LIMIT = env.number("MINGJING_UPLOAD_MB", 100, low=1) * 1024 * 1024
INBOX_ACCOUNT = env.text("MINGJING_INBOX_ACCOUNT")  # the interface account that owns the watched folder DATA/inbox; empty: no watched folder
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("MINGJING_LOG_LEVEL", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}, "axes": {"level": "WARNING"}},
}
