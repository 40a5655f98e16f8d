"""Settings from the environment, with their types; a bad value is refused at the start."""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).parent
DRIVERS = ("sqlite", "postgresql+psycopg")
SHORTEST_SECRET = 32
SHORTEST_TOKEN = 16
Value = TypeVar("Value")


class BadSetting(ValueError):
    """Settings have values that the program cannot use; each line says which and why."""


class Faults:
    """Gathers what is wrong with the settings, so that all of it can be told at once."""

    def __init__(self) -> None:
        self._told: list[str] = []

    def read(self, reader: Callable[..., Value], *given: Any, **options: Any) -> Value:
        """Give what a reader reads; where it refuses, keep why and go on without a value."""
        try:
            return reader(*given, **options)
        except BadSetting as no:
            self._told.append(str(no))
            return None  # type: ignore[return-value]  # nobody sees it: `settle` comes first

    def settle(self) -> None:
        """Raise BadSetting with one line for each wrong setting, if there is one."""
        if self._told:
            raise BadSetting("\n".join(dict.fromkeys(self._told)))


@dataclass(frozen=True)
class Settings:
    """What the program needs to know about where it runs."""

    instance: Path
    database_url: str
    redis_url: str | None
    secret_key: str
    password_salt: str
    is_https: bool
    demo: bool
    mail_server: str | None
    mail_port: int
    mail_username: str | None
    mail_password: str | None
    mail_security: str
    mail_sender: str
    mail_reply_to: str | None
    mail_bounce_to: str | None  # the sender on the envelope; None: as in the letter
    mail_per_minute: int | None  # no more than so many leave; None: as fast as it goes
    public_url: str
    home_url: str  # the public one, or where this machine itself finds the program
    metrics_token: str | None  # who shows it may read /metrics; else this machine alone
    has_json_logs: bool
    logs_requests: bool
    sentry_dsn: str | None
    oidc_issuer: str | None  # who vouches for people beside the password; None: nobody
    oidc_client_id: str
    oidc_client_secret: str
    oidc_name: str  # what the button calls them

    def for_flask(self) -> dict[str, Any]:
        """Give the settings under the names that Flask and its extensions know."""
        return {
            "SETTINGS": self,
            "DATABASE_URL": self.database_url,
            "SECRET_KEY": self.secret_key,
            "SECURITY_PASSWORD_SALT": self.password_salt,
            "SESSION_COOKIE_SECURE": self.is_https,
        }


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises BadSetting with a line for each wrong one."""
    env = os.environ if environment is None else environment
    faults = Faults()
    instance = faults.read(_instance, env)
    settings = Settings(
        instance=instance,
        database_url=faults.read(_database_url, env, instance),
        redis_url=faults.read(_redis_url, env),
        secret_key=faults.read(_secret, env, "SECRET_KEY", instance),
        password_salt=faults.read(_secret, env, "SECURITY_PASSWORD_SALT", instance),
        is_https=faults.read(_flag, env, "HTTPS", default=False),
        demo=faults.read(_flag, env, "DEMO", default=True),
        mail_server=env.get("MAIL_SERVER") or None,
        mail_port=faults.read(_number, env, "MAIL_PORT", default=587),
        mail_username=env.get("MAIL_USERNAME") or None,
        mail_password=env.get("MAIL_PASSWORD") or None,
        mail_security=faults.read(_choice, env, "MAIL_SECURITY", ("starttls", "tls", "none")),
        mail_sender=env.get("MAIL_SENDER") or "Idéløypa <ikke-svar@example.org>",
        mail_reply_to=env.get("MAIL_REPLY_TO") or None,
        mail_bounce_to=faults.read(_address, env, "MAIL_BOUNCE_TO"),
        mail_per_minute=faults.read(_count, env, "MAIL_PER_MINUTE"),
        public_url=faults.read(_public_url, env),
        home_url=faults.read(_home_url, env),
        metrics_token=faults.read(_token, env, "METRICS_TOKEN"),
        has_json_logs=faults.read(_choice, env, "LOG_FORMAT", ("plain", "json")) == "json",
        logs_requests=faults.read(_flag, env, "LOG_REQUESTS", default=False),
        sentry_dsn=faults.read(_sentry_dsn, env),
        oidc_issuer=faults.read(_oidc_issuer, env),
        oidc_client_id=env.get("OIDC_CLIENT_ID", "").strip(),
        oidc_client_secret=env.get("OIDC_CLIENT_SECRET", "").strip(),
        oidc_name=env.get("OIDC_NAME", "").strip() or "Microsoft",
    )
    faults.settle()
    return settings


def _instance(env: Mapping[str, str]) -> Path:
    instance = Path(env.get("INSTANCE") or ROOT / "instance").absolute()
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(f"INSTANCE: cannot write in {instance}: {error.strerror}") from error
    return instance


def _secret(env: Mapping[str, str], name: str, instance: Path | None) -> str:
    """Give a secret of the environment, or the one that the folder keeps."""
    if given := env.get(name):
        if len(given) < SHORTEST_SECRET:
            raise BadSetting(
                f"{name}: too short to be a secret, use at least {SHORTEST_SECRET} characters"
            )
        return given
    if instance is None:
        return ""
    try:
        return _kept_secret(instance / KEPT[name])
    except OSError as error:
        raise BadSetting(f"INSTANCE: cannot write in {instance}: {error.strerror}") from error


KEPT = {"SECRET_KEY": "secret_key", "SECURITY_PASSWORD_SALT": "password_salt"}


def must_have_secrets(env: Mapping[str, str]) -> None:
    """Refuse to make secrets for a process that shares its work with others.

    Each machine would make its own, and nobody would stay signed in. Raises BadSetting.
    """
    instance = Path(env.get("INSTANCE") or ROOT / "instance")
    faults = Faults()
    for name, file in KEPT.items():
        if not env.get(name) and not (instance / file).is_file():
            faults.read(_refuse, f"{name}: processes that are started apart must be given the same")
    faults.settle()


def _refuse(reason: str) -> None:
    raise BadSetting(reason)


def _public_url(env: Mapping[str, str]) -> str:
    value = env.get("PUBLIC_URL", "").strip().rstrip("/")
    if value and not _is_web_address(value, ("http", "https")):
        raise BadSetting(
            f"PUBLIC_URL: use an address such as https://ideloypa.example.no, not {value!r}"
        )
    return value


def _is_web_address(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return False
    is_bare = not (parts.query or parts.fragment or re.search(r"\s", value))
    return parts.scheme in schemes and bool(parts.hostname) and is_bare


def _oidc_issuer(env: Mapping[str, str]) -> str | None:
    """Give who vouches for people; what goes over the net to them is encrypted."""
    value = env.get("OIDC_ISSUER", "").strip()
    missing = [one for one in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET") if not env.get(one)]
    if not value:
        return None
    is_here = urlsplit(value).hostname in ("127.0.0.1", "localhost")
    if not _is_web_address(value, ("https", "http") if is_here else ("https",)):
        raise BadSetting("OIDC_ISSUER: use an address such as https://login.example.no/tenant/v2.0")
    if missing:
        raise BadSetting(f"OIDC_ISSUER: {' and '.join(missing)} must be set with it")
    return value


def _redis_url(env: Mapping[str, str]) -> str | None:
    value = env.get("REDIS_URL", "").strip()
    is_socket = value.startswith("unix://")
    if value and not is_socket and not _is_web_address(value.split("?")[0], ("redis", "rediss")):
        raise BadSetting("REDIS_URL: use an address such as redis://127.0.0.1:6379/0")
    return value or None


def _sentry_dsn(env: Mapping[str, str]) -> str | None:
    value = env.get("SENTRY_DSN", "").strip()
    if value and not (_is_web_address(value, ("http", "https")) and urlsplit(value).username):
        raise BadSetting("SENTRY_DSN: use the address that Sentry gives, https://key@host/number")
    return value or None


def _token(env: Mapping[str, str], name: str) -> str | None:
    value = env.get(name, "").strip()
    if value and len(value) < SHORTEST_TOKEN:
        raise BadSetting(f"{name}: too short, use at least {SHORTEST_TOKEN} characters")
    return value or None


def _home_url(env: Mapping[str, str]) -> str:
    """Give the address that mail of the worker links to, who has no request to tell it."""
    port = env.get("PORT", "").strip() or "8000"
    return env.get("PUBLIC_URL", "").strip().rstrip("/") or f"http://127.0.0.1:{port}"


def _database_url(env: Mapping[str, str], instance: Path | None) -> str:
    address = env.get("DATABASE_URL") or f"sqlite:///{instance or ROOT}/ideloypa.db"
    if address.startswith("postgresql://"):
        address = "postgresql+psycopg" + address.removeprefix("postgresql")
    try:
        driver = make_url(address).drivername
    except ArgumentError as error:
        raise BadSetting("DATABASE_URL: this is not the address of a database") from error
    if driver not in DRIVERS:
        raise BadSetting(f"DATABASE_URL: use sqlite or postgresql+psycopg, not {driver}")
    return address


def _kept_secret(path: Path) -> str:
    """Read a secret, or make it, readable by nobody else; two starts at once make one."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    kept = path.read_text().strip()
    if len(kept) < 32:
        raise BadSetting(f"{path} is too short to be a secret: delete it to have a new one made")
    return kept


def _flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = env.get(name, "").strip().lower()
    if value in ("", "1", "true", "yes", "0", "false", "no"):
        return value in ("1", "true", "yes") if value else default
    raise BadSetting(f"{name}: use 1 or 0, not {value!r}")


def _number(env: Mapping[str, str], name: str, *, default: int) -> int:
    value = env.get(name, "").strip()
    if value and not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise BadSetting(f"{name}: use a port number from 1 to 65535, not {value!r}")
    return int(value) if value else default


def _count(env: Mapping[str, str], name: str) -> int | None:
    value = env.get(name, "").strip()
    if value and not (value.isascii() and value.isdigit() and 0 < int(value) <= 100_000):
        raise BadSetting(f"{name}: use a whole number above nothing, not {value!r}")
    return int(value) if value else None


def _address(env: Mapping[str, str], name: str) -> str | None:
    value = env.get(name, "").strip()
    if value and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value):
        raise BadSetting(f"{name}: use an address such as retur@example.org, not {value!r}")
    return value or None


def _choice(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = env.get(name, "").strip().lower() or choices[0]
    if value not in choices:
        raise BadSetting(f"{name}: use {', '.join(choices)}, not {value!r}")
    return value
