"""Fetch the browser files of others from npm and write them, with checksums, under static/.

Run by `make vendor`. Needs npm; the program itself never does.
"""

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
MANIFEST = STATIC / "vendor" / "manifest.json"
THEME = ROOT / "tools" / "theme.json"
THEME_TOOL = ("@digdir/designsystemet", "1.15.0")

DS_BASE = ("base",)
DS_COMPONENTS = (
    *("button", "input", "field", "fieldset", "label", "heading", "paragraph", "link", "list"),
    *("tag", "badge", "chip", "table", "dialog", "alert", "error-summary"),
    *("validation-message", "details", "skip-link", "card", "divider", "pagination"),
)
ICONS = (
    *("arrow-down-up", "bookmark", "rows-3"),
    *("arrow-left", "arrow-right", "building-2", "calendar", "check", "chevron-down"),
    *("circle-alert", "circle-check", "circle-help", "circle-pause", "circle-stop", "circle-x"),
    *("clock", "columns-3", "download", "ellipsis", "file-spreadsheet", "flag", "footprints"),
    *("hand-coins", "history", "inbox", "keyboard", "lightbulb", "list-filter", "log-out"),
    *("map-pin", "monitor", "moon", "move-right", "pencil", "phone", "plus", "rocket"),
    *("search", "settings"),
    *("sun", "target", "trending-down", "trending-up", "triangle-alert", "undo-2", "upload"),
    *("user-round", "users-round", "wifi-off", "x"),
)


@dataclass(frozen=True)
class Vendored:
    """One file under static/ and the parts of a package that it is made from."""

    file: str
    sources: tuple[str, ...]
    build: Callable[[list[bytes]], bytes]


@dataclass(frozen=True)
class Package:
    """A package on npm, pinned, and the files that are taken from it."""

    name: str
    version: str
    folder: str
    files: tuple[Vendored, ...]
    licence_file: str = "LICENSE"


def as_is(parts: list[bytes]) -> bytes:
    """Return the only part unchanged."""
    (only,) = parts
    return only


def beside_vega(parts: list[bytes]) -> bytes:
    """Let a module of Vega take what it needs from Vega itself, which is loaded before it."""
    (only,) = parts
    found = re.sub(
        rb"^import \{([^}]*)\} from 'vega-util';", rb"const {\1} = globalThis.vega;", only
    )
    assert b"globalThis.vega" in found, "the module no longer begins as it did"
    return found


def bundle_styles(parts: list[bytes]) -> bytes:
    """Put the chosen parts of the design system into one sheet, in its own layers."""
    texts = [part.decode() for part in parts]
    base, components = texts[: len(DS_BASE)], texts[len(DS_BASE) :]
    return (
        "@layer ds.theme,ds.base,ds.components;"
        f"@layer ds.base{{{''.join(base)}}}@layer ds.components{{{''.join(components)}}}\n"
    ).encode()


def bundle_icons(parts: list[bytes]) -> bytes:
    """Make one sprite with a symbol per icon."""
    symbols = []
    for name, part in zip(ICONS, parts, strict=True):
        inner = re.search(r"<svg[^>]*>(.*)</svg>", part.decode(), re.DOTALL)
        assert inner is not None, f"{name} is no svg"
        shapes = re.sub(r"\s+", " ", inner.group(1)).replace(" />", "/>").replace("> <", "><")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes.strip()}</symbol>')
    stroke = 'fill="none" stroke="currentColor" stroke-width="2"'
    ends = 'stroke-linecap="round" stroke-linejoin="round"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {stroke} {ends}>'
    return "\n".join([head, *symbols, "</svg>", ""]).encode()


def style_path(name: str) -> str:
    """Return where the design system keeps a part."""
    return f"dist/src/{name}.css"


PACKAGES = (
    Package(
        "@digdir/designsystemet-css",
        "1.22.0",
        "designsystemet",
        (
            Vendored(
                "vendor/designsystemet/designsystemet.css",
                tuple(style_path(name) for name in DS_BASE + DS_COMPONENTS),
                bundle_styles,
            ),
        ),
    ),
    Package(
        "htmx.org",
        "4.0.1",
        "htmx",
        (Vendored("vendor/htmx/htmx.min.js", ("dist/htmx.min.js",), as_is),),
    ),
    Package(
        "sortablejs",
        "1.15.7",
        "sortablejs",
        (Vendored("vendor/sortablejs/Sortable.min.js", ("Sortable.min.js",), as_is),),
    ),
    Package(
        "vega",
        "6.4.0",
        "vega",
        (Vendored("vendor/vega/vega.min.js", ("build/vega.min.js",), as_is),),
    ),
    Package(
        "vega-lite",
        "6.4.3",
        "vega-lite",
        (Vendored("vendor/vega-lite/vega-lite.min.js", ("build/vega-lite.min.js",), as_is),),
    ),
    Package(
        "vega-interpreter",
        "2.3.2",
        "vega-interpreter",
        (
            Vendored(
                "vendor/vega-interpreter/vega-interpreter.js",
                ("build/vega-interpreter.js",),
                beside_vega,
            ),
        ),
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "inter",
        (
            Vendored(
                "vendor/inter/inter-latin-wght-normal.woff2",
                ("files/inter-latin-wght-normal.woff2",),
                as_is,
            ),
        ),
    ),
    # The same letters as files that Typst reads: whole, and one for each weight.
    Package(
        "@expo-google-fonts/inter",
        "0.4.2",
        "inter-print",
        (
            Vendored(
                "vendor/inter-print/Inter_400Regular.ttf",
                ("400Regular/Inter_400Regular.ttf",),
                as_is,
            ),
            Vendored(
                "vendor/inter-print/Inter_600SemiBold.ttf",
                ("600SemiBold/Inter_600SemiBold.ttf",),
                as_is,
            ),
        ),
        licence_file="LICENSE_FONT",
    ),
    Package(
        "lucide-static",
        "1.62.0",
        "lucide",
        (Vendored("icons.svg", tuple(f"icons/{name}.svg" for name in ICONS), bundle_icons),),
    ),
)


def fetch(package: Package, into: Path) -> dict[str, bytes]:
    """Return the files of a package by their path, as npm delivers them."""
    spec = f"{package.name}@{package.version}"
    command = ["npm", "pack", spec, "--json", "--silent", "--pack-destination", str(into)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    archive = into / Path(json.loads(answer.stdout)[0]["filename"]).name
    with tarfile.open(archive) as tar:
        members = [member for member in tar.getmembers() if member.isfile()]
        return {
            member.name.removeprefix("package/"): read.read()
            for member in members
            if (read := tar.extractfile(member)) is not None
        }


def write(file: str, content: bytes) -> str:
    """Write a file under static/ and return its checksum."""
    path = STATIC / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def vendor(package: Package, into: Path) -> list[dict[str, object]]:
    """Write the files of one package and return their lines of the manifest."""
    found = fetch(package, into)
    licence = json.loads(found["package.json"])["license"]
    write(f"vendor/{package.folder}/LICENSE", found[package.licence_file])
    return [
        {
            "file": item.file,
            "name": package.name,
            "version": package.version,
            "licence": licence,
            "source": list(item.sources),
            "sha256": write(item.file, item.build([found[source] for source in item.sources])),
        }
        for item in package.files
    ]


def build_theme(into: Path) -> dict[str, object]:
    """Make our theme's tokens with the design system's tool, squeezed."""
    name, version = THEME_TOOL
    tool = ["npm", "exec", "--yes", f"--package={name}@{version}", "--", "designsystemet"]
    steps = (
        ["tokens", "create", "--config", str(THEME), "--clean"],
        ["tokens", "build", "-t", "design-tokens", "-o", "built", "--clean"],
    )
    for step in steps:
        subprocess.run([*tool, *step], check=True, cwd=into, capture_output=True)  # noqa: S603
    text = (into / "built" / "theme.css").read_text()
    squeezed = re.sub(r"\n\s*\n", "\n", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    squeezed = re.sub(r"(?m)^[ \t]+|[ \t]+$", "", squeezed).strip() + "\n"
    return {
        "file": "css/theme.css",
        "name": name,
        "version": version,
        "licence": "MIT",
        "source": ["tools/theme.json"],
        "sha256": write("css/theme.css", squeezed.encode()),
    }


def main() -> None:
    """Fetch everything and write the manifest."""
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder)
        entries = [entry for package in PACKAGES for entry in vendor(package, into)]
        entries.append(build_theme(into))
    MANIFEST.write_text(json.dumps(entries, indent=2) + "\n")
    print(f"{len(entries)} files written under {STATIC.relative_to(ROOT)}/")


if __name__ == "__main__":
    main()
