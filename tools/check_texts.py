"""Fail when a text on the screen has no bokmål: missing, fuzzy, or with other placeholders."""

import os
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
KEYWORDS = {
    "_": None,
    "_l": None,
    "_n": (1, 2),
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def texts_in_use(root: Path) -> Catalog:
    """Gather every text that code and templates ask for."""
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog()
    for name, line, text, comments, context in extract_from_dir(
        str(root), methods, options, KEYWORDS, directory_filter=_is_ours
    ):
        found.add(text, None, [(name, line)], auto_comments=comments, context=context)
    return found


def _is_ours(folder: str | os.PathLike[str]) -> bool:
    # Babel would also pass over templates/_kit.
    return not Path(folder).name.startswith(".")


def complaints(wanted: Catalog, translated: Catalog) -> list[str]:
    """Name every text that is not fully translated, and each translation that nothing uses."""
    found = [
        f"{_place(message)}: {fault}: {message.id!r}"
        for message in wanted
        if message.id and (fault := _fault(message, translated.get(message.id, message.context)))
    ]
    unused = [
        f"not used any more: {message.id!r}"
        for message in translated
        if message.id and wanted.get(message.id, message.context) is None
    ]
    return found + unused


def _place(message: Message) -> str:
    name, line = message.locations[0]
    return f"{name}:{line}"


def _fault(message: Message, translation: Message | None) -> str | None:
    if translation is None:
        return "missing"
    if translation.fuzzy:
        return "fuzzy"
    texts = translation.string if isinstance(translation.string, tuple) else (translation.string,)
    if not all(texts):
        return "empty"
    if any(_placeholders(str(text)) - _placeholders(*_ids(message)) for text in texts):
        return "a placeholder that the original does not have"
    return None


def _ids(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, (list, tuple)) else (message.id,)


def _placeholders(*texts: str) -> set[str]:
    return {name for text in texts for name in PLACEHOLDER.findall(text)}


def main() -> int:
    """Compare what is used with each catalogue. Gives the exit code."""
    wanted = texts_in_use(ROOT)
    catalogues = sorted((ROOT / "translations").glob("*/LC_MESSAGES/messages.po"))
    failures = 0
    for path in catalogues:
        with path.open("rb") as file:
            faults = complaints(wanted, read_po(file))
        for fault in faults:
            print(f"{path.relative_to(ROOT)}: {fault}")
        failures += len(faults)
    if not catalogues:
        print("translations/: there is no catalogue")
    print(f"Texts: {len(wanted)} in use, {failures} not in order.")
    return 1 if failures or not catalogues else 0


if __name__ == "__main__":
    sys.exit(main())
