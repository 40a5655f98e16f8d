import re
import stat

import pytest

import config
import serve
from config import BadSetting


def load(tmp_path, **given):
    return config.load({"INSTANCE": str(tmp_path / "instance"), **given})


def test_without_any_setting_it_is_sqlite_in_the_instance_folder(tmp_path):
    settings = load(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path / 'instance' / 'ideloypa.db'}"
    assert settings.demo
    assert settings.mail_server is None
    assert not settings.is_https


def test_a_plain_postgresql_address_gets_the_driver_that_is_there(tmp_path):
    address = "postgresql://kari@db.example.no/ideloypa"
    wanted = "postgresql+psycopg://kari@db.example.no/ideloypa"
    assert load(tmp_path, DATABASE_URL=address).database_url == wanted
    assert load(tmp_path, DATABASE_URL=wanted).database_url == wanted


@pytest.mark.parametrize(
    "name, value",
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "postgresql+asyncpg://localhost/x"),
        ("DEMO", "maybe"),
        ("HTTPS", "2"),
        ("MAIL_PORT", "0"),
        ("MAIL_PORT", "65536"),
        ("MAIL_PORT", "smtp"),
        ("MAIL_PER_MINUTE", "0"),
        ("MAIL_PER_MINUTE", "mange"),
        ("MAIL_BOUNCE_TO", "retur"),
        ("MAIL_SECURITY", "hope"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(tmp_path, name, value):
    with pytest.raises(BadSetting, match=name):
        load(tmp_path, **{name: value})


@pytest.mark.parametrize("value, meant", [("1", True), ("no", False), ("", True), ("FALSE", False)])
def test_switches_are_read_in_the_ways_that_people_write_them(tmp_path, value, meant):
    assert load(tmp_path, DEMO=value).demo is meant


def test_secrets_are_made_once_and_are_nobody_elses_to_read(tmp_path):
    first, second = load(tmp_path), load(tmp_path)
    assert (first.secret_key, first.password_salt) == (second.secret_key, second.password_salt)
    assert first.secret_key != first.password_salt
    for name in ("secret_key", "password_salt"):
        mode = (tmp_path / "instance" / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE((tmp_path / "instance").stat().st_mode) == 0o700


def test_secrets_of_the_environment_go_before_those_of_the_folder(tmp_path):
    given = load(tmp_path, SECRET_KEY="a" * 40, SECURITY_PASSWORD_SALT="b" * 40)
    assert (given.secret_key, given.password_salt) == ("a" * 40, "b" * 40)
    assert list((tmp_path / "instance").iterdir()) == []


def test_a_secret_that_was_cut_short_is_refused(tmp_path):
    load(tmp_path)
    (tmp_path / "instance" / "secret_key").write_text("short")
    with pytest.raises(BadSetting, match="secret_key"):
        load(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(BadSetting, match="INSTANCE"):
        config.load({"INSTANCE": str(tmp_path / "file" / "instance")})


def test_all_that_is_wrong_is_told_at_once_and_no_secret_with_it(tmp_path):
    wrong = {
        "SECRET_KEY": "hemmelig", "PUBLIC_URL": "ideloypa.example.no", "HTTPS": "maybe",
        "REDIS_URL": "http://127.0.0.1", "METRICS_TOKEN": "kort", "LOG_FORMAT": "xml",
        "SENTRY_DSN": "https://sentry.example.no/1", "DATABASE_URL": "mysql://kari:pass@db/x",
    }  # fmt: skip
    with pytest.raises(BadSetting) as told:
        load(tmp_path, **wrong)
    lines = str(told.value).splitlines()
    assert sorted(line.split(":")[0] for line in lines) == sorted(wrong)
    assert not any(secret in str(told.value) for secret in ("hemmelig", "kort", "pass@"))


@pytest.mark.parametrize(
    "value", ["ftp://x.no", "https://", "https://x.no:abc", "https://x.no?a=1"]
)
def test_a_public_address_that_no_link_could_begin_with_is_refused(tmp_path, value):
    with pytest.raises(BadSetting, match="PUBLIC_URL"):
        load(tmp_path, PUBLIC_URL=value)


def test_what_is_started_apart_makes_no_secrets_of_its_own(tmp_path):
    env = {"INSTANCE": str(tmp_path / "instance")}
    with pytest.raises(BadSetting, match="SECRET_KEY(.|\n)*SECURITY_PASSWORD_SALT"):
        config.must_have_secrets(env)
    config.must_have_secrets({**env, "SECRET_KEY": "a" * 40, "SECURITY_PASSWORD_SALT": "b" * 40})
    config.load(env)
    config.must_have_secrets(env)


def test_every_setting_is_told_in_the_instructions(tmp_path):
    """Whatever is read from the environment stands in docs/running.md, and nothing else does."""
    told = set()
    table = (config.ROOT / "docs" / "running.md").read_text().split("## Settings")[1]
    for line in table.split("## ")[0].splitlines():
        told |= set(re.findall(r"`([A-Z][A-Z_]+)`", line.split("|")[1] if "|" in line else ""))
    asked = set()

    class Listening(dict):
        def get(self, name, default=None):
            asked.add(name)
            return super().get(name, default)

    config.load(Listening(INSTANCE=str(tmp_path)))
    serve.read_address(Listening())
    assert told == asked


@pytest.mark.parametrize(
    "given, told",
    [
        ({"PORT": "x", "HTTPS": "y"}, "HTTPS(.|\n)*PORT"),
        ({}, "PostgreSQL"),
        ({"REDIS_URL": "redis://kari:hemmelig@127.0.0.1:1/0"}, "REDIS_URL: cannot reach"),
    ],
)
def test_a_part_alone_is_refused_where_it_could_not_work_with_others(tmp_path, given, told):
    env = {"INSTANCE": str(tmp_path), "SECRET_KEY": "a" * 40, "SECURITY_PASSWORD_SALT": "b" * 40}
    with pytest.raises(BadSetting, match=told) as refused:
        serve.read_settings({**env, **given}, serve.WEB)
    assert "hemmelig" not in str(refused.value)
