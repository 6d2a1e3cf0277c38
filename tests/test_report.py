import ast
import copy
import html
import io
import json
import re
import unicodedata
from base64 import b64decode, b64encode
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from helpers.runs import as_json, from_json, three_routes, three_routes_record
from mapsto import Normal, Problem, Settings, run
from mapsto.conventions import conventions_rows
from mapsto.likelihoods.noise_priors.registry import shipped as noise_priors
from mapsto.marks import pieces
from mapsto.marks import plain as plain_text
from mapsto.posteriors.closed_form import closed_form
from mapsto.posteriors.curves import REPLICATIONS, curves
from mapsto.posteriors.live import (
    MOST_COLUMNS,
    coefficients,
    cut,
    degrees_of_freedom,
    live_ridge,
    lowest_loss,
    posterior_sd,
)
from mapsto.posteriors.predictive import effective_degrees_of_freedom
from mapsto.priors.registry import shipped
from mapsto.report import page as pages
from mapsto.report import render_conventions
from mapsto.report.charts import chart as drawing
from mapsto.report.charts import extras
from mapsto.report.charts.axis import Axis
from mapsto.report.charts.figures import picture, where_the_prior_peaks
from mapsto.report.charts.label_layout import LETTER, lines, rows_for
from mapsto.report.charts.simplify import TOLERANCE
from mapsto.report.charts.thumb import thumbnail
from mapsto.report.text.font import font_face
from mapsto.report.text.mathml import formula
from mapsto.report.text.typeset import SMALL, prose
from mapsto.rounding import gamma
from mapsto.runs.plain import plain, struct
from mapsto.runs.record import FigureRecord, PictureRecord

HOSTILE = ["<script>alert(1)</script>", '"><img onerror=x src=y>', "a & b", "{{ 7 * 7 }}", "'; --", "</script><b>"]
VOID = {"meta", "link", "br", "img", "input", "hr", "col", "rect", "line", "path", "circle", "polyline"}


def render(record):
    """The page of a record as its JSON has it."""
    return pages.render(from_json(record))


def render_index(records):
    return pages.render_index([from_json(record) for record in records])


def chart(data, key):
    return drawing.chart(struct(FigureRecord, data), key)


def lesson_figures(record):
    return extras.lesson_figures(from_json(record))


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
    outside = re.sub(r"url\(data:font/woff2;base64,[\w+/=]+\)", "", styles, count=1)  # the mathematical font
    found += ["url() in a style"] * bool(re.search(r"url\(|@import", outside))
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
    record["question"] = r"Why is $\exp(-J)$ two Gaussians, and what is $\sigma$?"
    words = Page(render(record)).words
    for text in [
        record["title"],
        "Why is exp(−J) two Gaussians, and what is σ?",
        "✓ Pass",
        record["provenance"]["command"],
    ]:
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
        ("<style>", "<style>a{background:url(data:font/woff2;base64,AA)}"),
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
    made = as_json(run(problem, Normal(2.0), Settings(seed=1, draws=400, chains=2), name="hostile").record())
    made.update(title=HOSTILE[0], question=HOSTILE[1], answer=HOSTILE[5])
    made["provenance"]["command"] = HOSTILE[1]
    made["agreement"]["checks"][0] |= {"name": HOSTILE[0], "reason": HOSTILE[1], "passed": False}
    made["agreement"]["passed"] = False
    made["modes"]["sklearn"] |= {"status": "failed", "reason": HOSTILE[1], "coef": None, "intercept": None}
    made["modes"]["sklearn"] |= {"objective": None, "seconds": None}
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
            record["modes"][name] = dict.fromkeys(("coef", "intercept", "objective", "seconds")) | {
                "label": record["modes"][name]["label"],
                "status": "unsupported",
                "reason": "no such penalty here",
            }

    return change


def no_intercept(record):
    record["problem"]["intercept"] = False
    for part in (record["exact"], record["draws"]["pymc"]):
        part["intercept"] = None


def no_numbers(record):
    nuts = record["draws"]["pymc"]
    for key in ("ess_bulk", "ess_tail", "r_hat", "mcse_mean"):
        nuts[key] = [None] * record["problem"]["p"]
    record["agreement"]["checks"][0]["observed"] = None
    record["agreement"]["digits"] = None


def no_exact_at_all(record):
    record["exact"] = record["uncertainty"] = record["picture"] = None
    unsupported("closed_form", "sklearn")(record)
    record["ledger"] = record["ledger"][:-1]
    record["problem"]["alpha"] = None


GAPS = {
    "no exact posterior": absent("exact"),
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
    assert "None" not in page.words.replace(record["programs"]["pymc"], "")
    assert not re.search(r"\bnan\b", page.words)
    if "unsupported" in gap:
        assert "no such penalty here" in page.words
    assert faults(render_index([record])) == []


def test_rendering_leaves_the_record_as_it_was_and_is_repeatable(record):
    first = render(record)
    assert record == three_routes_record()
    assert render(record) == first


# Figures as plain data


def figure(*series, **more):
    words = {"title": "A title", "caption": "A caption.", "alt": "What it shows.", "x_label": "x", "y_label": "y"}
    return words | {"series": list(series), "marks": [], "x_log": False, "y_log": False, "fit_y": None} | more


def line(x, y, kind="line", **more):
    return {"label": "one", "x": list(x), "y": list(y), "kind": kind} | more


def paths(drawing, class_):
    return [
        path for path, classes in re.findall(r'<path d="([^"]*)" class="([^"]*)"', drawing) if class_ in classes.split()
    ]


def coordinates(path):
    return np.array([[float(v) for v in pair.split()] for pair in re.findall(r"[ML](-?[\d.]+ -?[\d.]+)", path)])


def drawn(data):
    drawing = chart(data, "figure-1").drawing
    assert faults(drawing) == ["no policy"]  # a drawing is no page; nothing else is wrong with it
    return drawing


def test_a_line_is_drawn_where_its_numbers_are():
    x, y = np.linspace(-3, 7, 50), np.linspace(10, 40, 50) ** 2
    (path,) = paths(drawn(figure(line(x, y))), "line")
    places = coordinates(path)
    half = 0.05 + 1e-9  # a tenth of a drawing unit is written
    assert 10 < len(places) < len(x)
    at = np.interp(x, x[[0, -1]], places[[0, -1], 0])
    drawn_at = np.interp(at, *places.T)  # the points left out too
    slope, offset = np.polyfit(y, drawn_at, 1)
    steepest = np.abs(np.diff(drawn_at) / np.diff(at)).max()
    assert np.abs(slope * y + offset - drawn_at).max() <= TOLERANCE + 2 * half * (1 + steepest)
    assert np.all(np.diff(places[:, 0]) > 0)
    assert np.all(np.diff(places[:, 1]) < 0)  # up is a smaller number in a drawing


def test_a_power_law_is_straight_on_logarithmic_axes_alone():
    x = np.geomspace(1e-4, 1e4, 40)
    bend = {}
    for log in (True, False):
        (path,) = paths(drawn(figure(line(x, x**-0.5), x_log=log, y_log=log)), "line")
        places = coordinates(path)
        fit = np.polyval(np.polyfit(*places.T, 1), places[:, 0])
        bend[log] = np.abs(fit - places[:, 1]).max()
    assert bend[True] <= 0.2
    assert bend[False] > 5


def test_what_has_no_place_leaves_a_gap_and_breaks_nothing():
    drawing = drawn(figure(line([1, 2, 3, 4, 5, 6], [1, 2, None, 4, None, 6]), line([1, 2], [None, None])))
    assert [path.count("M") for path in paths(drawing, "line")] == [3, 0]
    log = drawn(figure(line([0, -1, 10, 100], [1, 1, 0, 3]), x_log=True, y_log=True))
    assert [len(coordinates(path)) for path in paths(log, "line")] == [1]
    assert "nan" not in log + drawing


def test_a_line_leaves_and_enters_the_frame_exactly_at_its_edge():
    x = [0.0, 1.0, 2.0, 3.0, 4.0]
    (path,) = paths(drawn(figure(line(x, [0.0, 10.0, 0.0, -10.0, 0.0]), fit_y=[-5.0, 5.0])), "line")
    places = coordinates(path)
    assert path.count("M") == 3
    heights = places[:, 1]
    edges = {heights.min(), heights.max()}
    assert sum(value in edges for value in heights) == 4
    # at half the way up the first rise and half the way down from it
    span = places[-1, 0] - places[0, 0]
    at_edge = (places[np.isin(heights, list(edges)), 0] - places[0, 0]) / span * 4
    assert np.abs(at_edge - [0.5, 1.5, 2.5, 3.5]).max() <= 4 * 0.11 / span


def test_a_very_long_line_keeps_its_extremes():
    y = np.sin(np.arange(200_000) / 700)
    y[123_457] = 5.0
    data = figure(line(np.arange(200_000), y))
    (path,) = paths(drawn(data), "line")
    short = figure(line([0, 123_457, 199_999], [y[0], 5.0, y.min()]))
    (other,) = paths(drawn(short), "line")
    assert len(path) < 60_000
    assert coordinates(path)[:, 1].min() == coordinates(other)[:, 1].min()
    assert abs(coordinates(path)[:, 1].max() - coordinates(other)[:, 1].max()) <= 0.1


def test_bars_stand_on_zero_and_points_are_where_they_are():
    drawing = drawn(figure(line([1, 2, 3], [1.0, -2.0, 4.0], "bars"), line([1, 2, 3], [1.0, -2.0, 4.0], "points")))
    (bars,), (dots,) = paths(drawing, "bars"), paths(drawing, "dots")
    tops = [float(v) for v in re.findall(r"V(-?[\d.]+)h", bars)]
    assert tops == list(coordinates(dots)[:, 1])
    assert len(set(coordinates(bars)[:, 1])) == 1


@pytest.mark.parametrize("kind", ["line", "points", "bars", "band"])
def test_categories_have_a_row_each_and_show_their_names(kind):
    names = ["b", "a", "a name so long that it cannot stand beside its row, nor even above it in one line of a phone"]
    data = figure(line(names, [1.0, None, 3.0], kind, top=[2.0, 3.0, 4.0], bottom=[0.5, 0.5, 0.5]))
    text = drawn(data)
    for name in names:
        assert name in text
    assert "no value" in text
    record = three_routes_record() | {"figures": [plain(data)]}
    assert thumbnail(from_json(record))


@pytest.mark.parametrize("value", [0.0, 1e-300, -7.0, 1e300])
def test_a_single_value_or_a_flat_line_is_no_trouble(value):
    for kind in ("line", "points", "bars", "band"):
        drawn(figure(line([value], [value], kind)))
        drawn(figure(line([1.0, 2.0], [value, value], kind), marks=[{"at": value, "label": "here", "axis": "y"}]))
        drawn(figure(line(["a"], [value], kind)))


@given(st.lists(st.tuples(st.floats(0, 600), st.floats(1, 400)), max_size=12))
def test_words_of_marks_never_overlap(spans):
    spans = [(left, left + room) for left, room in spans]
    rows = rows_for(spans)
    for (a, b), row in zip(spans, rows, strict=True):
        for (c, d), other in zip(spans, rows, strict=True):
            assert row != other or (a, b) == (c, d) or b <= c or d <= a
    assert len(rows) == len(spans)


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9), st.integers(1, 12))
def test_ticks_are_round_few_and_within(low, span, about):
    axis = Axis(low, low + span, 0.0, 600.0)
    if not axis.high > axis.low or span < 1e-9 * abs(low):
        return  # doubles have no round numbers left between the two
    ticks = axis.ticks(about)
    assert len(ticks) <= about + 1
    for value, text in ticks:
        assert -1e-6 <= axis(value) / 600 <= 1 + 1e-6
        assert text
    if len(ticks) > 1:
        mantissa = (ticks[1][0] - ticks[0][0]) / 10 ** np.floor(np.log10(ticks[1][0] - ticks[0][0]) + 1e-9)
        assert np.min(np.abs(mantissa - np.array([1, 2, 5, 10]))) < 1e-6


def test_a_hostile_figure_is_text(record):
    bad = HOSTILE[1]
    series = line(HOSTILE, range(len(HOSTILE)), "bars", label=bad)
    record["figures"] = [figure(series, title=bad, caption=bad, alt=bad, y_label=bad, x_label=bad)] * 2
    text = render(record)
    assert faults(text) == []
    assert "<img" not in text + render_index([record])


@given(st.floats(1e-9, 1e9), st.floats(21, 1e12))
def test_a_logarithmic_axis_names_three_places_or_more_where_three_round_ones_fit(low, ratio):
    axis = Axis(low, low * ratio, 0.0, 600.0, log=True)
    ticks = axis.ticks()
    assert all(-1e-6 <= axis(value) / 600 <= 1 + 1e-6 and text for value, text in ticks)
    assert 3 <= len(ticks) <= 8
    assert all(a < b for (a, _), (b, _) in pairwise(ticks))


def test_on_the_index_too_only_what_is_marked_is_mathematics():
    record = copy.deepcopy(three_routes_record())
    record["title"] = "An audit of t.csv: y"
    assert "<var>y</var>" not in render_index([record])
    record["title"] = "The mode of $y$"
    assert "<var>y</var>" in render_index([record])


def test_a_bar_of_no_length_is_not_drawn():
    drawing = drawn(figure(line(["a", "b", "c"], [0.0, 2.0, 0.0], "bars")))
    assert drawing.count("<rect") == 1
    assert "no value" not in drawing


def test_a_posterior_with_its_peak_in_its_middle_needs_no_table_to_say_so():
    said = "this posterior has its peak in its middle"
    record = copy.deepcopy(three_routes_record())
    assert said in render(record)
    assert 'id="points-caption"' not in render(record)
    record["point_and_posterior"][3]["mean"] += record["point_and_posterior"][3]["sd"]
    assert said not in render(record)
    assert 'id="points-caption"' in render(record)


# Keys that a record may hold


def whole(record):
    """A record with every key that came later."""
    names, nuts = record["problem"]["features"], record["draws"]["pymc"]
    record["problem"]["prior"] |= {"paragraph": "SMALL SLOPES ARE LIKELIER", "constant": r"\log\sigma_w"}
    record["prior_view"] = {"grid": [-1.0, 0.0, 1.0], "density": [0.1, None, 0.1], "penalty": [1.0, 0.0, 1.0]}
    record["point_and_posterior"] = [
        {"feature": f, "mode": 0.0, "mean": m, "median": m, "sd": s, "exactly_zero": j < 3}
        for j, (f, m, s) in enumerate(zip(names, nuts["mean"], nuts["sd"], strict=True))
    ]
    record["shrinkage"] = {"mean": [0.5] * len(names), "meaning": "PULLED TOWARDS ZERO"}
    record["problem"]["noise"] |= {
        "kind": "learned",
        "how": "HOW IT WAS LEARNED.",
        "prior": {
            "name": "jeffreys",
            "label": "Jeffreys",
            "params": {},
            "formula": r"p(\sigma)\propto 1/\sigma",
            "reference": "somewhere",
        },
        "posterior": nuts["intercept"] | {"mean": 54.125, "sd": 1.85, "median": 54.0, "eti89": [51.0, 57.0]},
    }
    record["search"] = {"found": 3, "starts": 20, "convex": False}
    record["lesson"] = {"previous": {"name": "before", "title": "THE ONE BEFORE"}, "next": None, "order": 7}
    record["modes"]["direct"] = record["modes"]["closed_form"] | {"label": "Direct solve"}
    record["figures"] = [figure(line([1.0, 2.0], [1.0, 2.0]), title="THE LESSON’S OWN FIGURE")]
    result = three_routes()
    record["live"] = plain(live_ridge(result.problem, result.prior.scale))
    record["plots"] = plain(curves({"pymc": result.posterior}, names))
    return record


PARTS = {
    "prior_view": "The prior of one slope",
    "point_and_posterior": "3 of 10 coefficients are exactly zero",
    "shrinkage": "PULLED TOWARDS ZERO",
    "search": "20 starts found 3 modes",
    "lesson": "THE ONE BEFORE",
    "figures": "THE LESSON’S OWN FIGURE",
    "live": "The penalty, from nothing to everything",
    "plots": "Posterior predictive check",
}


@pytest.mark.parametrize("key", PARTS)
def test_a_part_is_shown_when_it_is_there_and_passed_over_when_not(record, key):
    full = whole(record)
    text = render(full)
    assert faults(text) == []
    assert PARTS[key] in Page(text).words
    text = render(full | {key: [] if key == "figures" else None})
    assert faults(text) == []
    assert PARTS[key] not in Page(text).words


def test_all_that_came_later_is_on_the_page(record):
    words = Page(render(whole(record))).words
    for text in (
        "SMALL SLOPES ARE LIKELIER",
        "Direct solve",
        "mean 54.12",
        "HOW IT WAS LEARNED.",
        "Lesson 7",
        "by four engines",
    ):
        assert text in words


def test_the_figures_come_before_any_formula(record):
    text = render(whole(record))
    assert text.index('id="figure-1"') < text.index("<math")
    assert text.index('class="asked"') < text.index('id="figure-1"')


def test_without_any_mode_the_page_still_reads(record):
    unsupported("closed_form", "sklearn", "pymc")(record)
    record |= {"ledger": [], "picture": None, "uncertainty": None}
    record["exact"] = record["problem"]["alpha"] = record["agreement"]["digits"] = None
    record["problem"]["prior"] |= {"name": "horseshoe", "penalty": ""}
    text = render(record)
    words = Page(text).words
    assert faults(text) == []
    assert "✓ Pass" in words
    assert "there is no mode to compare" in words
    assert words.count("no such penalty here") == 1  # one reason for all
    assert "None" not in words.replace(record["programs"]["pymc"], "")
    assert faults(render_index([record])) == []


def test_a_record_too_heavy_goes_in_without_its_heaviest_parts_and_says_so(record):
    record["uncertainty"]["correlation"] = [[0.123456789] * 400] * 400
    text = render(record)
    page = Page(text)
    (inside,) = [s for s, a in zip(page.scripts, page.named("script"), strict=True) if a.get("id") == "record"]
    assert json.loads(inside)["uncertainty"]["correlation"] is None
    assert "save for the correlations" in page.words
    assert len(text) < 500_000


def test_the_index_is_in_reading_order_with_pictures_and_reasons(record):
    second, failed = copy.deepcopy(record), copy.deepcopy(record)
    place = {"previous": None, "next": None}
    record |= {"name": "later", "lesson": place | {"order": 2}}
    second |= {"name": "first", "lesson": place | {"order": 1}}
    failed |= {"name": "unordered", "lesson": None}
    failed["agreement"]["checks"][0] |= {"passed": False, "name": "THE-ONE"}
    text = render_index([failed, record, second])
    assert re.findall(r'<h2><a href="([^"]*)"', text) == ["first.html", "later.html", "unordered.html"]
    assert text.count('class="thumb"') == 3
    assert "THE-ONE" in Page(text).words
    assert text.count('class="card failed"') == 1
    assert "UTC" in Page(text).words


def test_numbers_that_differ_are_shown_to_differ(record):
    record["agreement"]["checks"][0] |= {"observed": 1.0104, "tolerance": 1.01, "passed": False}
    words = Page(render(record)).words
    assert "observed 1.01040, allowed 1.01000" in words


def test_axes_ticks_and_grids_are_drawn_in_one_file():
    """No other file names their style, and none draws in a loop over the values along an axis."""

    def drawn(text):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.keyword) and node.arg == "class_":
                yield from {"axis", "grid", "zero"} & {
                    at.value for at in ast.walk(node) if isinstance(at, ast.Constant)
                }
            loops = node.generators if isinstance(node, ast.ListComp | ast.GeneratorExp) else [node]
            over = " ".join(ast.unparse(loop.iter) for loop in loops if hasattr(loop, "iter"))
            if "ticks" in over and re.search(r"\btag\(", ast.unparse(node)):
                yield "ticks"

    report = Path(pages.__file__).parent
    assert {path.name for path in report.rglob("*.py") if [*drawn(path.read_text())]} == {"chart_frame.py"}
    planted = "for at in across.ticks():\n    tag('text', x=at)\ntag('line', class_='grid' if at else 'zero')"
    assert sorted(drawn(planted)) == ["grid", "ticks", "zero"]


SHAPES = "rect|line|path|circle|ellipse|polyline|polygon"


def shapes_made(text):
    """The shapes that Python makes by itself, in `tag` or in words; and each `tag` that does not say what it makes."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(rf"<({SHAPES})\b", node.value)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("tag"):
            named = [at.value for at in ast.walk(node.args[0]) if isinstance(at, ast.Constant)]
            yield from ["unnamed"] * (not named) + [name for name in named if re.fullmatch(SHAPES, str(name))]


def test_shapes_are_drawn_by_the_renderer_alone():
    """Whatever else draws says what it draws as data: a panel, lanes, cells, a sign of a key."""
    report = Path(pages.__file__).parent
    drawing = {path.parent.relative_to(report) for path in report.rglob("*.py") if [*shapes_made(path.read_text())]}
    assert drawing == {Path("charts/renderer")}
    for template in (report / "templates").glob("*.j2"):
        assert re.findall(rf"<({SHAPES})\b", template.read_text()) == []
    planted = "tag('circle')\nsvg.tag('rect' if x else 'g')\ntag(kind)\nMarkup(f'<path d={d}>')\ntag('text', 'line')"
    assert sorted(shapes_made(planted)) == ["circle", "path", "rect", "unnamed"]


def test_the_index_links_to_pages_of_other_commands_that_stand_beside_it(record):
    text = pages.render_index([from_json(record)], ["x.html", "a&b-compare.html", "calibration.html"])
    linked = re.findall(r'<a href="([^"]*)"', text[text.index("more-title") :])
    assert linked == ["conventions.html", "calibration.html", "a%26b-compare.html"]
    assert "a&amp;b" in text
    assert faults(text) == []
    assert "calibration.html" not in pages.render_index([from_json(record)], [])


def test_weighted_rows_are_said_to_be_weighted(record):
    assert "rows are weighted" not in Page(render(record)).words
    record["problem"]["weights"] = {"total": 450.5, "least": 0.25, "most": 3.0}
    words = Page(render(record)).words
    assert "the noise of row i has variance σ²/qi, with weights qi from 0.25 to 3, 450.5 in all." in words
    assert "stands for ∑iqi" in words.replace(" ", "").replace("standsfor", "stands for ")


def test_a_reader_of_the_page_alone_is_told_where_everything_went(record):
    words = Page(render(record)).words
    for text in (
        "Why is exp(−loss) two Gaussians?",
        "the first factor has the shape of a likelihood",
        "1/(2σ²) was multiplied away",
        "became σ²/σw² = α",
        "α is written as λ/2",
        "The normalisers, ½ log 2πσ² for each row and ½ log 2πσw² for each column",
        "a loss cannot give σ and σw back",
        "What the Bayesian view adds",
        "What a pass means",
        "Whether that model suits these data is another question",
    ):
        assert text in words, text
    record["agreement"]["checks"][0]["passed"] = False
    assert "What a pass means" not in Page(render(record)).words


# Mathematics: the font and what is set from plain text


def characters(markup):
    """The characters that a browser draws for some MathML: a single letter of an ``mi`` is drawn from the italics."""
    drawn_from = set()
    for inside in re.findall(r"<math.*?</math>", markup, flags=re.DOTALL):
        for attributes, text in re.findall(r"<mi([^>]*)>([^<]*)</mi>", inside):
            letter = html.unescape(text)
            upright = len(letter) != 1 or 'mathvariant="normal"' in attributes
            drawn_from |= set(letter) if upright else {italic(letter)}
        rest = re.sub(r"<mi[^>]*>[^<]*</mi>|<[^>]*>", " ", inside)
        drawn_from |= set(html.unescape(rest))
    return drawn_from - set(" \n\u2061\ufe00")


def italic(letter):
    """The character that Unicode has for a letter in mathematical italics."""
    if letter == "h":
        return "\N{PLANCK CONSTANT}"
    if not letter.isalpha() or ord(letter) > 0xFFFF:
        return letter
    name = unicodedata.name(letter).removeprefix("LATIN ").removeprefix("GREEK ").replace(" LETTER", "")
    return unicodedata.lookup(f"MATHEMATICAL ITALIC {name}")


@pytest.fixture(scope="module")
def font():
    ttlib = pytest.importorskip("fontTools.ttLib", reason="fonttools is not installed: run `make setup`")
    data = re.search(r"base64,([\w+/=]+)", font_face())[1]
    return ttlib.TTFont(io.BytesIO(b64decode(data)))


def every_formula():
    parts = [getattr(kind, key) for kind in shipped().values() for key in KEYS]
    parts += [kind.formula for kind in noise_priors().values()]
    return [str(formula(part)) for part in parts] + [render_conventions(conventions_rows())]


KEYS = ("formula", "penalty_formula", "constant_formula")


def test_the_font_holds_every_character_of_every_formula(font, record):
    pages = []
    for kind in shipped().values():  # each prior's own derivation
        record["problem"]["prior"] |= {"name": kind.name, "formula": kind.formula, "penalty": kind.penalty_formula}
        pages.append(render(record))
    record["problem"]["weights"] = {"total": 2.0, "least": 1.0, "most": 1.0}
    pages += [render(whole(record)), *every_formula()]
    wanted = set().union(*map(characters, pages))
    assert {"σ", "‖", "∑"} <= {unicodedata.normalize("NFKC", c) for c in wanted}
    held = set(map(chr, font.getBestCmap()))
    assert sorted(wanted - held) == []
    assert characters(str(formula(r"\boxplus"))) - held  # one that is not there would be seen


def test_the_font_stretches_brackets_bars_and_roots(font):
    variants = font["MATH"].table.MathVariants
    stretched = set(variants.VertGlyphCoverage.glyphs)
    glyphs = font.getBestCmap()
    for character in "()[]{}|‖√∑∫":
        assert glyphs[ord(character)] in stretched, character
    assert glyphs[ord("w")] not in stretched


def test_no_formula_stays_latex():
    assert not [part for part in every_formula() if "<code>" in part]
    assert "<code>" in formula(r"\nosuchcommand{x}")


def test_a_subscript_in_a_drawing_is_small_and_what_follows_is_back_on_the_line():
    (small,) = re.findall(r"\.tx \.sub\{font-size:([\d.]+)em\}", render(three_routes_record()))
    assert float(small) == SMALL
    series = line([1.0, 2.0], [1.0, 2.0], label=r"$\sigma_w$")
    marked = figure(series, x_label=r"$\sigma_w$", marks=[{"at": 1.5, "label": r"$\sigma_w$"}])
    assert chart(marked, "figure-1").drawing.count('class="var sub"') == 2
    rows = figure(line([r"$\sigma_w = 1$", "w", "a_b"], [1.0, 2.0, 3.0]), x_label="", y_label="")
    assert chart(rows, "figure-1").drawing.count('class="var sub"') == 1


def test_a_columns_name_in_a_figure_is_no_mathematics(record):
    names = ["$x$", "a_b", r"c\d", "$"]
    record["problem"]["features"][:4] = names
    data = figure(line(names, range(4), label="$x$"), x_label="$x$", y_label="slope $w$")
    record["figures"] = [data]
    (shown,) = lesson_figures(record)
    for name in names:
        assert f">{name}</text>" in shown.drawing
    assert prose(shown.legend[0][1]) == "$x$"
    assert shown.drawing.count('class="var"') == 1  # w
    record["problem"]["features"][0] = "age"
    (shown,) = lesson_figures(record)  # control: without a column of that name it is mathematics
    assert ">$x$</text>" not in shown.drawing


def test_a_title_in_an_attribute_has_no_markup(record):
    record["title"] = r"The scale $\sigma_w$ and \$5"
    page = Page(render(record))
    assert "<title>Pass: The scale σ_w and $5</title>" in render(record)
    assert "The scale σw and $5" in page.words


def test_mathematics_that_cannot_be_read_is_shown_as_it_was_written(record):
    record["question"] = r"Is $\nosuchcommand$ < 1?"
    assert r"<code>Is $\nosuchcommand$ &lt; 1?</code>" in render(record)
    assert faults(render(record)) == []


WRAPPED = [
    (r"the log evidence of $\sigma = 54$ and the rest of a label", 12),
    ("a label without mathematics in it that takes three lines", 20),
    ("anextremelylongwordthatisbrokenwhereverthelineends", 10),
    (r"$\lVert y - b - Xw\rVert^2/(2\sigma^2)$ is longer than a line", 10),
]


@pytest.mark.parametrize(("text", "letters"), WRAPPED)
def test_a_label_is_wrapped_by_what_is_seen_and_never_within_mathematics(text, letters):
    wrapped = lines(text, letters * LETTER, most=20)
    assert len(wrapped) > 1
    assert "".join(map(plain_text, wrapped)).replace(" ", "") == plain_text(text).replace(" ", "")
    for one in wrapped:
        pieces(one)
        assert len(plain_text(one)) <= letters or "$" in one
    cut = lines(text, letters * LETTER, most=1)
    assert len(cut) == 1
    assert cut[0].endswith("…")


# The numbers behind the figures


def test_the_live_lines_are_the_posterior(ordinary_table):
    X, y = ordinary_table
    problem = Problem.from_rows(X, y, noise_sd=0.7)
    live = live_ridge(problem, 1.3)
    for sigma, scale in ((0.7, 1.3), (0.07, 5.0), (3.0, 0.2)):
        there = Problem.from_rows(X, y, noise_sd=sigma)
        exact, alpha = closed_form(there, Normal(scale)).posterior, (sigma / scale) ** 2
        worst = (live.d2.max() + alpha) / (live.d2.min() + alpha)  # condition of X'X + alpha
        allowed = gamma(problem.p) * worst * problem.p
        w, sd = coefficients(live, alpha), posterior_sd(live, sigma, alpha)
        assert np.abs(w - exact.mean).max() <= allowed * np.abs(exact.mean).max()
        assert np.abs(sd / exact.sd - 1).max() <= allowed
        assert abs(degrees_of_freedom(live, alpha) - effective_degrees_of_freedom(exact)) <= allowed * problem.p
        penalty = Normal(scale).penalty(exact.mean)
        lowest = there.objective(exact.mean, exact.intercept_mean, penalty)
        assert abs(lowest_loss(live, alpha) - lowest) <= allowed * live.energy
        assert np.abs(w - closed_form(there, Normal(1.01 * scale)).posterior.mean).max() > allowed * np.abs(w).max()


def test_the_cut_is_the_log_posterior_along_one_slope():
    result = three_routes()
    problem, prior, mode = result.problem, Normal(20.0), result.mode.coef
    live = live_ridge(problem, 20.0)
    for j in (0, 4):
        said = cut(live, j, problem.noise_sd, live.start.alpha)
        steps = np.linspace(-2, 2, 9)
        for key, at, sd in (
            ("posterior", said.mode, said.posterior_sd),
            ("likelihood", said.likelihood_mean, said.likelihood_sd),
            ("loss", said.mode, said.exp_loss_sd * np.sqrt(2) * problem.noise_sd),
        ):
            heights = []
            for step in steps:
                w = mode.copy()
                w[j] = at + step * sd
                b = result.mode.intercept - problem.statistics.x_mean[j] * (w[j] - mode[j])
                log_prior = prior.log_density(w) if key != "likelihood" else 0.0
                heights.append(problem.log_likelihood(w, b) + log_prior)
            fall = np.array(heights) - heights[4]
            assert np.abs(fall + steps**2 / 2).max() <= 1e-6  # a parabola of the sd that was said, around its peak


def test_the_constants_left_out_are_the_ledgers():
    result = three_routes()
    live = live_ridge(result.problem, result.prior.scale)
    left_out = [t.value for t in result.ledger if not t.kept and t.term != "evidence"]
    assert live.start.dropped == pytest.approx(-sum(left_out), rel=gamma(result.problem.n))


def test_too_many_columns_have_no_live_figure(rng):
    X = rng.standard_normal((60, MOST_COLUMNS + 1))
    assert (
        live_ridge(Problem.from_rows(X, X @ np.ones(X.shape[1]) + rng.standard_normal(60), noise_sd=1.0), 1.0) is None
    )


def test_ranks_and_densities_say_what_the_draws_do():
    result = three_routes()
    made = curves({"pymc": result.posterior}, result.problem.features)
    chains, draws = result.settings.chains, result.settings.draws
    for row in made.ranks["pymc"].rows:
        assert np.sum(row.counts, axis=1).tolist() == [draws] * chains
        assert np.sum(row.counts, axis=0).tolist() == [chains * draws // len(row.counts[0])] * len(row.counts[0])
    for j, one in enumerate(made.densities):
        w = result.posterior["posterior"]["w"].to_numpy()[..., j]
        inside = np.mean((w >= one.x[0]) & (w <= one.x[-1]))
        assert np.trapezoid(one.draws["pymc"], one.x) == pytest.approx(
            inside, abs=0.02
        )  # a smoothed curve of 61 points
        mean = np.trapezoid(np.multiply(one.draws["pymc"], one.x), one.x)
        assert abs(mean - w.mean()) < 0.05 * w.std()
    assert len(made.predictive.replicated) == REPLICATIONS


def test_a_chain_that_is_elsewhere_shows_in_its_ranks():
    import arviz as az

    w = np.random.default_rng(2).standard_normal((4, 500, 2))
    even = curves({"pymc": az.from_dict({"posterior": {"w": w}})}, ["a", "b"])
    w[0, :, 0] += 1.5
    made = curves({"pymc": az.from_dict({"posterior": {"w": w}})}, ["a", "b"])
    highest = [row.counts[0][-1] for row in made.ranks["pymc"].rows]
    assert made.predictive is None
    assert made.densities[0].exact is None
    # independent draws: each bin is binomial, so six standard deviations of it
    bound = made.ranks["pymc"].expected + 6 * np.sqrt(made.ranks["pymc"].expected)
    assert highest[0] > bound
    assert highest[1] < bound
    assert max(max(chain) for row in even.ranks["pymc"].rows for chain in row.counts) < bound


def test_data_sets_of_one_value_have_no_curve_and_no_warning():
    import arviz as az

    rng = np.random.default_rng(4)
    given, y = {"posterior": {"w": rng.standard_normal((2, 50, 1))}}, rng.integers(0, 2, (2, 50, 8))
    y[0] = 0
    for drawn_sets, shown in ((y, REPLICATIONS), (np.zeros_like(y), None)):
        tree = az.from_dict(
            given | {"posterior_predictive": {"y": drawn_sets}, "observed_data": {"y": np.arange(8) % 2}}
        )
        made = curves({"pymc": tree}, ["a"]).predictive
        assert (None if made is None else len(made.replicated)) == shown


def test_what_is_said_of_the_priors_peak_is_so():
    grid, hill = np.linspace(-2.0, 2.0, 9).tolist(), np.exp(-(np.linspace(-2.0, 2.0, 9) ** 2))
    flat = replace(struct(PictureRecord, three_routes_record()["picture"]), grid=grid, mode=1.0, prior=[1.0] * 9)
    assert "no peak" in where_the_prior_peaks(flat)
    assert "peaks elsewhere" in where_the_prior_peaks(replace(flat, prior=hill.tolist()))
    assert "peaks there too" in where_the_prior_peaks(replace(flat, prior=hill.tolist(), mode=0.0))
    assert where_the_prior_peaks(replace(flat, prior=[])) == where_the_prior_peaks(replace(flat, mode=None)) == ""


def test_the_picture_of_a_flat_prior_claims_no_peak_of_it():
    shown = struct(PictureRecord, three_routes_record()["picture"])
    assert "The prior peaks elsewhere" in str(picture(shown))
    assert "The prior peaks" not in str(picture(replace(shown, prior=[1.0] * len(shown.grid))))
