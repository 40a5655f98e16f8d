"""Every mail of the program has its expected files, in both languages and in all its parts."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
MAILS = sorted(
    folder.name for folder in (TESTS.parent / "templates" / "mail").iterdir() if folder.is_dir()
)


@pytest.mark.parametrize("name", MAILS)
@pytest.mark.parametrize("locale", ["nb", "en"])
def test_a_mail_has_expected_files(name, locale):
    found = {file.name for file in TESTS.glob(f"*/expected/{name}.{locale}.*")}
    assert {f"{name}.{locale}.{part}" for part in ("subject.txt", "body.txt", "body.html")} <= found


def test_no_mail_is_written_elsewhere():
    assert len(MAILS) == 7
    assert not list((TESTS.parent / "templates").glob("*/email"))
