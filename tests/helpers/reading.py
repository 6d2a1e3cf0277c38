"""What of a page is running prose: its words without drawings, tables, controls, code and what is folded away."""

from html.parser import HTMLParser

SKIPPED = {"button", "details", "footer", "math", "nav", "output", "pre", "script", "select", "style", "svg", "table"}
SKIPPED_CLASSES = {"controls", "downloads", "key", "readings", "tip"}
VOID = {"br", "hr", "img", "input", "link", "meta"}
AFTER = {"glossary", "provenance"}  # to be looked up, not read


class Reader(HTMLParser):
    """Collects the words of running prose."""

    def __init__(self):
        super().__init__()
        self.words, self._open = [], []

    def handle_starttag(self, tag, attributes):
        if tag in VOID:
            return
        given = dict(attributes)
        classes = set((given.get("class") or "").split())
        button = tag == "button" and self._open and self._open[-1][0] == "span"  # a word that tells its meaning
        skipped = (tag in SKIPPED and not button) or classes & SKIPPED_CLASSES or given.get("id") in AFTER
        self._open.append((tag, bool(skipped)))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not any(skipped for _, skipped in self._open):
            self.words += [word for word in data.split() if sum(map(str.isalpha, word)) > 1]  # no lone symbols


def running_words(page):
    """The words of a page that are read from top to bottom."""
    reader = Reader()
    reader.feed(page)
    return reader.words
