"""Settings from the environment, with their types; a bad value is refused at the start."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).parent
DRIVERS = ("sqlite", "postgresql+psycopg")


class BadSetting(ValueError):
    """A setting has a value that the program cannot use; the message says which and why."""


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
    """Read the settings. Raises BadSetting with the name of the wrong one."""
    env = os.environ if environment is None else environment
    instance = Path(env.get("INSTANCE") or ROOT / "instance").absolute()
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = env.get("SECRET_KEY") or _kept_secret(instance / "secret_key")
        salt = env.get("SECURITY_PASSWORD_SALT") or _kept_secret(instance / "password_salt")
    except OSError as error:
        raise BadSetting(f"INSTANCE: cannot write in {instance}: {error.strerror}") from error
    return Settings(
        instance=instance,
        database_url=_database_url(env, instance),
        redis_url=env.get("REDIS_URL") or None,
        secret_key=key,
        password_salt=salt,
        is_https=_flag(env, "HTTPS", default=False),
        demo=_flag(env, "DEMO", default=True),
        mail_server=env.get("MAIL_SERVER") or None,
        mail_port=_number(env, "MAIL_PORT", default=587),
        mail_username=env.get("MAIL_USERNAME") or None,
        mail_password=env.get("MAIL_PASSWORD") or None,
        mail_security=_choice(env, "MAIL_SECURITY", ("starttls", "tls", "none")),
        mail_sender=env.get("MAIL_SENDER") or "Idéløypa <ikke-svar@example.org>",
        mail_reply_to=env.get("MAIL_REPLY_TO") or None,
        mail_bounce_to=_address(env, "MAIL_BOUNCE_TO"),
        mail_per_minute=_count(env, "MAIL_PER_MINUTE"),
        public_url=(env.get("PUBLIC_URL") or "").rstrip("/"),
        home_url=_home_url(env),
    )


def _home_url(env: Mapping[str, str]) -> str:
    """Give the address that mail of the worker links to, who has no request to tell it."""
    port = env.get("PORT", "").strip() or "8000"
    return (env.get("PUBLIC_URL") or f"http://127.0.0.1:{port}").rstrip("/")


def _database_url(env: Mapping[str, str], instance: Path) -> str:
    address = env.get("DATABASE_URL") or f"sqlite:///{instance / 'ideloypa.db'}"
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
