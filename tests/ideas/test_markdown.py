"""Markdown of comments: what may stand on a page, whatever somebody wrote."""

import re
from html.parser import HTMLParser

import pytest

from incubator.ideas.markdown import REL, TAGS, to_html

NASTY = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](javascript:alert(1))",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](//evil.example/x)",
    "[x](/endringer/1/angre)",
    '[x](http://a.example "onmouseover=alert(1)")',
    '[x](http://a.example"onmouseover="alert(1))',
    "<javascript:alert(1)>",
    "<http://a.example/\" onmouseover=\"alert(1)>",
    "http://a.example/\"onmouseover=\"alert(1)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<svg/onload=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    "<style>*{display:none}</style>",
    "<form action=https://evil.example><input name=password></form>",
    "`<script>`",
    "```\n<script>alert(1)</script>\n```",
    "<!-- --><b onclick=alert(1)>x</b>",
    "<a href='javascript:alert(1)'>x</a>",
    '<span class="modal" id="dialog" hx-get="/logg-ut">x</span>',
    "@<img src=x onerror=alert(1)>",
    "@Kari <script>",
    "\u202e\u0000<scr\u0000ipt>alert(1)</scr\u0000ipt>",
    "> " * 200 + "<script>",
    "*" * 5000,
    "[" * 3000 + "x" + "](" * 3000,
)  # fmt: skip


class Tags(HTMLParser):
    """Gathers the tags of a piece of HTML, with their attributes."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("text", NASTY)
def test_nothing_but_plain_tags_and_safe_addresses_comes_out(text):
    names = ("Kari", "<img src=x onerror=alert(1)>", 'K" onclick="alert(1)')
    for tag, attributes in Tags(to_html(text, names)).found:
        assert tag in TAGS
        if tag == "a":
            assert attributes.keys() <= {"href", "rel"}
            assert attributes["rel"] == REL
            assert re.match(r"(https?://|mailto:)", attributes.get("href", "http://"))
        elif tag == "span":
            assert attributes == {"class": "mention"}
        else:
            assert attributes == {}


@pytest.mark.parametrize(
    "text, html",
    [
        ("**Viktig** og *lurt*", "<p><strong>Viktig</strong> og <em>lurt</em></p>"),
        ("- en\n- to", "<ul>\n<li>en</li>\n<li>to</li>\n</ul>"),
        ("linje\nto", "<p>linje<br>\nto</p>"),
        ("# stor", "<p># stor</p>"),
        ("1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>"),
        ("<b>fet</b>", "<p>&lt;b&gt;fet&lt;/b&gt;</p>"),
        ("Hei @Kari Berg!", '<p>Hei <span class="mention">@Kari Berg</span>!</p>'),
        ("`@Kari Berg`", "<p><code>@Kari Berg</code></p>"),
        ("@Kari Bergersen", '<p><span class="mention">@Kari</span> Bergersen</p>'),
        (
            "Se https://a.example/b?c=1.",
            f'<p>Se <a href="https://a.example/b?c=1" rel="{REL}">https://a.example/b?c=1</a>.</p>',
        ),
        (
            "[post](mailto:a@b.example)",
            f'<p><a href="mailto:a@b.example" rel="{REL}">post</a></p>',
        ),
    ],
)
def test_it_says_what_was_meant(text, html):
    assert to_html(text, ("Kari", "Kari Berg")).strip() == html
