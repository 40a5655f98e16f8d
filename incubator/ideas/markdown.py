"""Turn the Markdown of a comment into HTML that may stand on a page, whoever wrote it.

Markdown is read without HTML of its own, and what comes of it goes through a list of allowed
tags, so that neither library alone decides what is safe.
"""

import re
from collections.abc import Collection
from html import escape

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr",
    "span",
}  # fmt: skip
SCHEMES = {"http", "https", "mailto"}
REL = "noopener noreferrer nofollow"
# Headings, pictures and tables have no place in a remark; what looks like one stays as text.
_READER = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).disable(
    ["html_block", "html_inline", "image", "heading", "lheading", "reference"]
)
_READER.enable("strikethrough")
_BARE = re.compile(r"(?<![\w\[(<\"'/=])(https?://[^\s<>\"'()\[\]]+[^\s<>\"'()\[\].,:;!?])")
_TAG = re.compile(r"(<[^>]*>)")


def to_html(text: str, names: Collection[str] = ()) -> Markup:
    """Write a comment as HTML; `names` are the people that it mentions."""
    html = _READER.render(_BARE.sub(r"<\1>", text))
    return Markup(_safe(_marked(html, names)))  # noqa: S704


def _safe(html: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}, "span": {"class"}},
        attribute_filter=_kept,
        url_schemes=SCHEMES,
        link_rel=REL,
        strip_comments=True,
    )


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """Keep of classes ours alone, and of addresses those that name a scheme."""
    if tag == "span" and attribute == "class":
        return value if value == "mention" else None
    if tag == "a" and attribute == "href":
        return value if value.partition(":")[0].strip().lower() in SCHEMES else None
    return value if (tag, attribute, value) == ("a", "rel", REL) else None


def _marked(html: str, names: Collection[str]) -> str:
    """Mark who is mentioned, in the text between the tags and outside of links and code."""
    known = sorted({escape(name) for name in names}, key=len, reverse=True)
    if not known:
        return html
    pattern = re.compile("@(" + "|".join(map(re.escape, known)) + r")(?!\w)")
    parts, inside = [], 0
    for part in _TAG.split(html):
        if part.startswith(("<a ", "<code", "<pre")):
            inside += 1
        elif part.startswith(("</a", "</code", "</pre")):
            inside -= 1
        elif not part.startswith("<") and not inside:
            part = pattern.sub(r'<span class="mention">@\1</span>', part)
        parts.append(part)
    return "".join(parts)
