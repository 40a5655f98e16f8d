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
    """One that says several things has files for each: `second-reset.nb.body.txt`."""
    found = TESTS.glob(f"*/expected/{name}[.-]*{locale}.*")
    parts = {file.name.partition(f".{locale}.")[2] for file in found}
    assert parts >= {"subject.txt", "body.txt", "body.html"}


def test_no_mail_is_written_elsewhere():
    assert len(MAILS) == 8
    assert not list((TESTS.parent / "templates").glob("*/email"))
