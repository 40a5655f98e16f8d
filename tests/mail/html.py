"""Read the HTML of mail as a strict reader."""

from html.parser import HTMLParser


class Balanced(HTMLParser):
    """Finds tags that are not closed, and what Outlook or a careful reader would not show."""

    VOID = frozenset({"meta", "br", "img"})

    def __init__(self, site):
        super().__init__()
        self.site = site
        self.open, self.seen, self.pictures = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "img":
            self.pictures.append(attrs)
        for name, value in attrs:
            assert name != "class" and not name.startswith("on")
            if name == "href":
                assert value.startswith(f"{self.site}/"), value
            if name == "src":
                assert value.startswith("cid:"), value
            if name == "style":
                assert "url(" not in value

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
