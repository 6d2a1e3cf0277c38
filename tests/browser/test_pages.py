"""Every page in a browser: it can be read by all, on any screen, in either theme, on paper, and without its script."""

import json
import re

import pytest

from browser.look import (
    CUT_WORDS,
    EXCESS_WIDTH,
    FAINT_LINES,
    FAINT_TEXT,
    OPEN_ALL,
    PLACED_WORDS,
    REPEATED_IDS,
    WIDE_TABLES,
)
from browser.others import OTHERS
from browser.records import PAGES

NAMES = [*PAGES, *OTHERS, "index", "conventions"]
MOST_BYTES, MOST_NODES, MOST_SHEETS = 500_000, 4_000, 12
HEIGHTS = """() => [...document.querySelectorAll('main > section svg[role=img]')]
  .filter((drawing) => !drawing.closest('details')).map((drawing) => drawing.getBoundingClientRect().height)"""


def complaints(page):
    """What axe-core finds wrong, with everything opened."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(OPEN_ALL)
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1100])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_can_be_read_by_all(visit, name, width, scheme):
    page = visit(name, width=width, scheme=scheme)
    assert complaints(page) == []
    assert page.evaluate(FAINT_TEXT) == []
    assert page.evaluate(FAINT_LINES) == []
    assert page.evaluate(REPEATED_IDS) == []
    assert page.evaluate(EXCESS_WIDTH) == 0
    assert page.evaluate(CUT_WORDS) == []
    assert page.evaluate(PLACED_WORDS) == []


@pytest.mark.parametrize(
    ("look", "fault"),
    [
        (FAINT_TEXT, "document.querySelector('svg text').style.fill = '#ddd'"),
        (FAINT_LINES, "document.querySelector('svg .line').style.stroke = '#ddd'"),
        (REPEATED_IDS, "document.querySelector('svg').id = 'question'"),
        (EXCESS_WIDTH, "document.querySelector('main').style.minWidth = '1200px'"),
        (CUT_WORDS, "document.querySelector('svg text').setAttribute('x', 660)"),
        (PLACED_WORDS, "document.querySelectorAll('svg .tx').forEach((t) => t.setAttribute('y', 40))"),
    ],
)
def test_each_look_finds_a_planted_fault(visit, look, fault):
    page = visit("full")
    assert not page.evaluate(look)
    page.evaluate(fault)
    assert page.evaluate(look)


def test_axe_finds_a_planted_fault(visit):
    page = visit("plain")
    page.evaluate("document.querySelector('.tiles span').style.color = '#ccc'")
    page.evaluate("document.querySelector('label').remove()")
    assert {"color-contrast", "label"} <= {one.partition(":")[0] for one in complaints(page)}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_silent_and_asks_for_nothing(visit, pages, name):
    page = visit(name)
    page.evaluate(OPEN_ALL)
    assert page.heard.console == []
    assert [
        one for one in page.heard.requests if one != pages[name].as_uri() and not one.startswith(("data:", "blob:"))
    ] == []


def test_the_policy_lets_nothing_else_run(visit, pages, tmp_path):
    """Negative control: a script, a handler and a picture from outside that someone put into the file stay dead."""
    planted = '<script>document.title = "run"</script><img src="https://example.org/x.png" onerror="document.title=1">'
    spoilt = tmp_path / "spoilt.html"
    spoilt.write_text(
        pages["plain"].read_text(encoding="utf-8").replace("<main ", planted + "<main ", 1), encoding="utf-8"
    )
    page = visit("plain", path=spoilt)
    assert page.title().startswith("Pass")
    assert len(page.heard.console) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_light(visit, pages, name):
    assert pages[name].stat().st_size < MOST_BYTES
    assert visit(name).evaluate("document.querySelectorAll('*').length") < MOST_NODES


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_complete_without_its_script(visit, name):
    """Everything but the controls is there already, and the script changes no word of it."""
    words = "() => [...document.querySelectorAll('main, header, footer')].map((e) => e.innerText).join(' ')"
    hide = "() => document.querySelectorAll('.controls, .downloads').forEach((e) => e.remove())"
    still, live = visit(name, java_script_enabled=False), visit(name)
    live.evaluate(hide)
    assert still.locator(".controls:visible").count() == 0
    assert still.evaluate(words).split() == live.evaluate(words).split()
    assert min(still.evaluate(HEIGHTS), default=99) > 50


@pytest.mark.parametrize("name", NAMES)
def test_printing_from_the_dark_is_black_on_white(visit, name):
    page = visit(name, scheme="dark")
    if name != "index":
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
    sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True)))
    assert 1 <= sheets <= MOST_SHEETS
    page.emulate_media(media="print", color_scheme="dark")
    colours = "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert page.locator("body").evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert page.evaluate(FAINT_TEXT) == []
    assert page.evaluate(FAINT_LINES) == []
    assert min(page.evaluate(HEIGHTS), default=99) > 50


def test_drawings_follow_the_theme(visit):
    stroke = "() => getComputedStyle(document.querySelector('svg .curve.posterior')).stroke"
    light, dark = visit("plain", scheme="light"), visit("plain", scheme="dark")
    of_light, of_dark = light.evaluate(stroke), dark.evaluate(stroke)
    assert of_light != of_dark
    light.get_by_role("button", name="Switch between light and dark").click()
    assert light.evaluate(stroke) == of_dark


FONTS = "() => document.fonts.ready.then(() => [...document.fonts].map((f) => [f.family, f.status]))"


@pytest.mark.parametrize("name", ["plain", "conventions"])
def test_formulas_are_in_the_font_that_the_page_brings(visit, name):
    page = visit(name)
    assert [[family.strip('"'), status] for family, status in page.evaluate(FONTS)] == [["mapsto math", "loaded"]]


def test_a_font_that_the_policy_forbids_is_seen_to_be_missing(visit, pages, tmp_path):
    """Negative control of the test above."""
    text = pages["plain"].read_text(encoding="utf-8")
    assert "font-src data:; " in text
    (tmp_path / "plain.html").write_text(text.replace("font-src data:; ", "", 1), encoding="utf-8")
    page = visit("plain", path=tmp_path / "plain.html")
    assert [status for _, status in page.evaluate(FONTS)] == ["error"]


@pytest.mark.parametrize("name", NAMES)
def test_on_a_phone_no_table_is_scrolled_sideways_and_elsewhere_each_is_a_table(visit, name):
    phone, screen = visit(name, width=360), visit(name, width=1100)
    shown = "(all) => [...new Set(all.map((e) => getComputedStyle(e).display))]"
    for page in (phone, screen):
        page.evaluate(OPEN_ALL)
    assert phone.evaluate(WIDE_TABLES) == []
    assert screen.locator("table").evaluate_all(shown) in ([], ["table"])


def test_a_table_that_has_to_be_scrolled_is_found(visit):
    page = visit("plain", width=360)
    page.evaluate("document.querySelector('td').style.minWidth = '400px'")
    assert page.evaluate(WIDE_TABLES) != []


def test_on_a_phone_each_number_says_which_engine_it_is_of(visit, records):
    page = visit("full", width=360)
    shown = "(all) => all.map((e) => getComputedStyle(e, '::before').content)"
    labels = page.locator(".routes tbody tr:first-child td").evaluate_all(shown)
    modes = [one["label"] for one in records["full"]["modes"].values() if one["coef"]]
    assert [label.strip('"').strip() for label in labels][: len(modes)] == modes


@pytest.mark.parametrize("width", [360, 1100])
def test_the_theme_button_covers_no_link(visit, width):
    page = visit("full", width=width)
    button = page.locator("#theme").bounding_box()
    links = page.locator("nav.contents span").bounding_box()
    assert links["x"] + links["width"] <= button["x"]
    assert button["x"] + button["width"] <= width


def test_motion_is_left_out_where_it_is_not_wanted(visit):
    moving = """() => [...document.querySelectorAll('*')].filter((e) => {
      const s = getComputedStyle(e);
      return s.scrollBehavior === 'smooth' || parseFloat(s.transitionDuration) > 0 || s.animationName !== 'none';
    }).length"""
    assert visit("plain", reduced_motion="reduce").evaluate(moving) == 0
    assert visit("plain", reduced_motion="no-preference").evaluate(moving) == 1  # the page's own scrolling


def test_an_attack_is_text_and_nothing_else(visit, records):
    page = visit("hostile")
    page.evaluate(OPEN_ALL)
    assert page.heard.dialogs == []
    assert page.locator("img, iframe, main script, b > i, header script").count() == 0
    assert page.locator("script").count() == 2
    names = page.locator("#checks + section, .routes th[scope=row]").all_inner_texts()
    for name in records["hostile"]["problem"]["features"]:
        assert name in names
    inside = page.evaluate("JSON.parse(document.getElementById('record').textContent)")
    assert inside == records["hostile"]


def test_both_files_can_be_kept(visit, records, tmp_path):
    page, record = visit("hostile"), records["hostile"]
    kept = {}
    for link in ("download", "download-csv"):
        with page.expect_download() as waiting:
            page.locator(f"#{link}").click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        kept[path.suffix] = path.read_bytes().decode()
    assert json.loads(kept[".json"]) == record
    check_csv(kept[".csv"], record)


def check_csv(text, record):
    import csv
    import io

    head, *rows = csv.reader(io.StringIO(text, newline=""))
    names = [row[0] for row in rows]
    # No cell opens as a formula, and taking the quote away gives the name back.
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "@", "+") or re.match(r"-(?![\d.])", cell)]
    assert [name.removeprefix("'") for name in names] == [*record["problem"]["features"], "intercept"]
    at = head.index("mode_closed_form")
    route = record["modes"]["closed_form"]
    assert [float(row[at]) for row in rows] == [*route["coef"], route["intercept"]]
    low = head.index("draws_pymc_eti89_low")
    assert [float(row[low]) for row in rows[:-1]] == [pair[0] for pair in record["draws"]["pymc"]["eti89"]]
    assert {len(row) for row in rows} == {len(head)}


def test_the_csv_check_sees_a_formula(records):
    record = records["hostile"]
    head = "coefficient,mode_closed_form,draws_pymc_eti89_low\r\n"
    with pytest.raises(AssertionError):
        check_csv(head + "=HYPERLINK(1),1,1\r\n", record)


def test_a_failure_cannot_be_missed(visit):
    page = visit("failing")
    first = page.locator("main section").first
    assert "✗ Fail" in first.inner_text()
    assert "it broke" in first.inner_text()
    assert page.title().startswith("Fail")
    row = page.locator("tr.failed").first
    assert row.bounding_box()["y"] < page.locator("#checks tbody tr:not(.failed)").first.bounding_box()["y"]
    index = visit("index")
    card = index.locator(".card.failed", has=index.locator("a[href='failing.html']"))
    assert "✗ FAIL" in card.inner_text()


def test_lessons_are_linked_in_order(visit):
    page = visit("full")
    assert (
        page.get_by_role("navigation", name="Lessons")
        .get_by_role("link")
        .all_inner_texts()[-1]
        .endswith("The next & last one")
    )
    assert page.locator("a[rel=next]").get_attribute("href") == "next-one.html"
    titles = visit("index").locator(".card h2 a").evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
    assert titles[:2] == ["full.html", "hostile.html"]  # those that have a place
    assert visit("index").locator("svg.thumb").count() == 6
