import copy
import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import numpy as np
import pytest

from helpers.runs import three_routes_record
from mapsto import Normal, Problem, Settings, run
from mapsto.report.page import render, render_index

HOSTILE = ["<script>alert(1)</script>", '"><img onerror=x src=y>', "a & b", "{{ 7 * 7 }}", "'; --", "</script><b>"]
VOID = {"meta", "link", "br", "img", "input", "hr", "col", "rect", "line", "path", "circle", "polyline"}


class Page(HTMLParser):
    """A page as a browser would cut it up: its tags with their attributes, and the text of each script."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.scripts, self.text, self._open = [], [], [], []
        self.svgs = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "script":
            self.scripts.append("")
        if tag == "svg":
            self.svgs.append([dict(attributes), False])
        if tag == "title" and "svg" in self._open:
            self.svgs[-1][1] = True
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data):
        if self._open and self._open[-1] == "script":
            self.scripts[-1] += data
        elif self._open and self._open[-1] != "style":
            self.text.append(data)

    def named(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]

    @property
    def words(self):
        return " ".join("".join(self.text).split())


def faults(text):
    """What a page may not hold: handlers, foreign references, repeated ids, dead links, pictures without titles."""
    page, found = Page(text), []
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    found += [f"repeated id {name}" for name in {name for name in ids if ids.count(name) > 1}]
    for tag, attributes in page.tags:
        found += [f"handler {name}" for name in attributes if name.startswith("on")]
        for name in ("src", "href", "action", "data", "xlink:href", "srcset", "poster"):
            value = attributes.get(name)
            if value is None:
                continue
            if value.startswith("#"):
                found += [] if value[1:] in ids or value == "#" else [f"link to nowhere {value}"]
            elif not value.startswith("data:") and not re.fullmatch(r"[\w%-]+\.html", value):
                found.append(f"{tag} {name}={value}")
        for name in ("aria-labelledby", "aria-describedby"):
            found += [f"{name} {one}" for one in (attributes.get(name) or "").split() if one not in ids]
    found += [f"{tag} element" for tag, _ in page.tags if tag in ("img", "iframe", "object", "embed", "base", "form")]
    styles = "".join(re.findall(r"<style>(.*?)</style>", text, flags=re.DOTALL))
    found += ["url() in a style"] * bool(re.search(r"url\(|@import", styles))
    found += ["url() in an attribute"] * any("url(" in str(v) for _, a in page.tags for v in a.values())
    policies = [m for m in page.named("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    found += [] if len(policies) == 1 and "default-src 'none'" in policies[0]["content"] else ["no policy"]
    for attributes, titled in page.svgs:
        found += [] if titled or attributes.get("aria-hidden") == "true" else ["svg without a title"]
    return found


@pytest.fixture
def record():
    return copy.deepcopy(three_routes_record())


def test_the_page_holds_what_was_asked_and_found(record):
    words = Page(render(record)).words
    for text in [record["title"], record["question"], "✓ Pass", record["provenance"]["command"]]:
        assert text in words, text
    for name in [*record["problem"]["features"], *(check["name"] for check in record["agreement"]["checks"])]:
        assert name in words
    for term in record["ledger"]:
        assert term["term"] in words
    assert record["provenance"]["data_sha256"] in words
    assert f"{record['agreement']['digits']:.1f}" in words


def test_the_page_is_whole_and_asks_for_nothing(record):
    assert faults(render(record)) == []
    assert faults(render_index([record])) == []
    assert faults(render_index([])) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<main ", '<img src="https://example.org/x.png"><main '),
        ("<main ", '<a href="http://example.org">x</a><main '),
        ("<main ", '<i onclick="x()"></i><main '),
        ("<main ", '<i id="question"></i><main '),
        ("<main ", '<a href="#nowhere">x</a><main '),
        ("<main ", "<svg></svg><main "),
        ("<style>", "<style>a{background:url(x)}"),
        ("Content-Security-Policy", "Content-Policy"),
    ],
)
def test_a_page_that_breaks_a_rule_is_caught(record, old, new):
    page = render(record)
    assert old in page
    assert faults(page.replace(old, new, 1)) != []


def test_the_policy_names_the_style_and_the_script_by_their_hashes(record):
    text = render(record)
    page = Page(text)
    (policy,) = [m["content"] for m in page.named("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", text, flags=re.DOTALL)
    scripts = [s for s, a in zip(page.scripts, page.named("script"), strict=True) if "type" not in a]
    for part in [style, *scripts]:
        assert b64encode(sha256(part.encode()).digest()).decode() in policy
    assert "unsafe" not in policy


def test_the_record_inside_is_the_record(record):
    page = Page(render(record))
    (inside,) = [s for s, a in zip(page.scripts, page.named("script"), strict=True) if a.get("id") == "record"]
    assert json.loads(inside) == record


@pytest.fixture(scope="module")
def hostile():
    """A run whose every word is an attack."""
    rng = np.random.default_rng(23)
    X = rng.standard_normal((30, len(HOSTILE)))
    y = X.sum(axis=1) + rng.standard_normal(30)
    problem = Problem.from_rows(X, y, noise_sd=1.0, features=HOSTILE, target=HOSTILE[0])
    made = run(problem, Normal(2.0), Settings(seed=1, draws=400, chains=2), name="hostile").record()
    made.update(title=HOSTILE[0], question=HOSTILE[1], answer=HOSTILE[5])
    made["provenance"]["command"] = HOSTILE[1]
    made["agreement"]["checks"][0] |= {"name": HOSTILE[0], "reason": HOSTILE[1], "passed": False}
    made["agreement"]["passed"] = False
    made["routes"]["sklearn"] |= {"status": "failed", "reason": HOSTILE[1], "coef": None, "intercept": None}
    made["routes"]["sklearn"] |= {"objective": None, "seconds": None}
    return made


def test_hostile_names_are_shown_as_text_and_make_no_element(hostile):
    text = render(hostile)
    page = Page(text)
    assert faults(text) == []
    assert len(page.scripts) == 2
    assert "<script>alert" not in text
    assert "<img" not in text
    for name in HOSTILE:
        assert " ".join(name.split()) in page.words, name
    assert "49" not in re.findall(r"<th scope=\"row\">([^<]*)</th>", text)
    (inside,) = [s for s, a in zip(page.scripts, page.named("script"), strict=True) if a.get("id") == "record"]
    assert json.loads(inside) == hostile
    assert faults(render_index([hostile])) == []


def test_a_failed_check_is_said_at_the_top_by_name(record):
    record["agreement"]["checks"][5] |= {"passed": False, "observed": 3.0}
    record["agreement"]["passed"] = False
    name = record["agreement"]["checks"][5]["name"]
    text = render(record)
    page = Page(text)
    assert "✗ Fail" in page.words
    assert "✓ Pass" not in page.words
    assert text.index(f"<strong>{name}</strong>") < text.index('id="question"')
    assert text.startswith("<!doctype html>")
    assert re.search(r"<title>Fail: ", text)
    assert "✗ 1 of 2 fail" in Page(render_index([three_routes_record(), record])).words
    assert faults(text) == []


def test_a_passed_flag_does_not_hide_a_failed_check(record):
    record["agreement"]["checks"][5]["passed"] = False
    assert "✗ Fail" in Page(render(record)).words


def test_a_failed_flag_is_believed_even_with_no_check_to_name(record):
    record["agreement"] |= {"passed": False, "checks": []}
    assert "✗ Fail" in Page(render(record)).words


def absent(*path):
    def change(record):
        part = record
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = None

    return change


def unsupported(*names):
    def change(record):
        for name in names:
            record["routes"][name] = dict.fromkeys(("coef", "intercept", "objective", "seconds")) | {
                "status": "unsupported",
                "reason": "no such penalty here",
            }

    return change


def no_intercept(record):
    record["problem"]["intercept"] = False
    for part in record["posterior"].values():
        part["intercept"] = None


def no_numbers(record):
    nuts = record["posterior"]["nuts"]
    for key in ("ess_bulk", "ess_tail", "r_hat", "mcse_mean"):
        nuts[key] = [None] * record["problem"]["p"]
    record["agreement"]["checks"][0]["observed"] = None
    record["agreement"]["digits"] = None


def no_exact_at_all(record):
    record["posterior"]["exact"] = record["uncertainty"] = record["picture"] = None
    unsupported("closed_form", "sklearn")(record)
    record["ledger"] = record["ledger"][:-1]
    record["problem"]["alpha"] = None


GAPS = {
    "no exact posterior": absent("posterior", "exact"),
    "no uncertainty": absent("uncertainty"),
    "no picture": absent("picture"),
    "no predictive": absent("uncertainty", "predictive"),
    "no alpha": absent("problem", "alpha"),
    "an unsupported route": unsupported("sklearn"),
    "two unsupported routes": unsupported("closed_form", "sklearn"),
    "no intercept": no_intercept,
    "numbers missing": no_numbers,
    "nothing exact": no_exact_at_all,
}


@pytest.mark.parametrize("gap", GAPS)
def test_a_record_with_gaps_still_makes_a_page(record, gap):
    GAPS[gap](record)
    text = render(record)
    page = Page(text)
    assert faults(text) == []
    assert "✓ Pass" in page.words
    assert "None" not in page.words.replace(record["model"], "")
    assert not re.search(r"\bnan\b", page.words)
    if "unsupported" in gap:
        assert "no such penalty here" in page.words
    assert faults(render_index([record])) == []


def test_rendering_leaves_the_record_as_it_was_and_is_repeatable(record):
    first = render(record)
    assert record == three_routes_record()
    assert render(record) == first
