"""However many engines there are, a page shows them all, with what they answered and why they did not."""

import copy
import re
from pathlib import Path

import pytest

from helpers.engines import with_engines
from helpers.runs import from_json, three_routes_record
from mapsto.report import render, render_index
from mapsto.report.charts.palette import engine_line
from mapsto.report.charts.small import SIGNS, sign
from test_report import Page, faults

REPORT = Path(__file__).parents[1] / "models" / "mapsto" / "report"
MODES = {2: ["ok"] * 2, 5: ["ok", "ok", "unsupported", "ok", "ok"], 7: ["ok"] * 7, "failed": ["ok", "failed", "ok"]}
DRAWS = {
    0: [],
    1: ["ok"],
    2: ["ok", "ok"],
    3: ["ok"] * 3,
    "none of them": ["unsupported"],
    "mixed": ["ok", "unsupported", "failed"],
}


@pytest.mark.parametrize("draws", DRAWS, ids=str)
@pytest.mark.parametrize("modes", MODES, ids=str)
def test_a_page_shows_every_engine(modes, draws):
    statuses, sampling = MODES[modes], DRAWS[draws]
    record = with_engines(statuses, sampling)
    text = render(from_json(record))
    page = Page(text)
    assert faults(text) == []
    assert faults(render_index([from_json(record)])) == []
    ok, drawn = statuses.count("ok"), sampling.count("ok")
    # the modes: a column each in the table, a sign each in the figure, and a number in words above both
    heads = re.findall(r'<th scope="col">(Mode engine \d)</th>', text)
    assert heads == [f"Mode engine {k}" for k, status in enumerate(statuses) if status == "ok"]
    words = {2: "two", 4: "four", 7: "seven"}[ok]
    assert f" by {words} engines" in page.words
    assert (f"{', '.join(heads[:-1])} and {heads[-1]} find one mode." in page.words) == (
        "failed" not in statuses + sampling
    )
    assert page.words.count("mode by Mode engine") == (ok if drawn else 0)
    # the draws: a mean in the table of modes, three numbers and three diagnostics in the posterior's, and a bar each
    assert len(re.findall(r'<th scope="col">Sampler \d mean ± ', text)) == drawn
    assert len(re.findall(r'<th scope="colgroup" colspan="6">Sampler \d</th>', text)) == drawn
    assert page.words.count(" draws mode by") == (1 if drawn else 0)
    (forest,) = re.findall(r'<svg id="forest-svg".*?</svg>', text, flags=re.DOTALL)
    styles = re.findall(r'class="whisker ([^"]*)"', forest)
    assert len(styles) == (1 + drawn) * record["problem"]["p"]
    assert len(set(styles)) == 1 + drawn
    (posterior,) = re.findall(r'<table class="dense stacked">.*?</table>', text, flags=re.DOTALL)
    cells = [row.count("<td") for row in re.findall(r'<th scope="row">.*?</tr>', posterior)]
    assert cells == [1 + 3 + 6 * drawn] * (record["problem"]["p"] + 1)
    # who has no answer says why, and who broke breaks the verdict
    for k, status in enumerate(statuses):
        assert (
            f"Mode engine {k}: {'failed' if status == 'failed' else 'no answer by this engine'}." in page.words
        ) == (status != "ok")
    for k, status in enumerate(sampling):
        assert (f"Sampler {k}: {'sampling failed' if status == 'failed' else 'no draws'}." in page.words) == (
            status != "ok"
        )
    broken = ["Mode engine 1 broke."] * ("failed" in statuses) + ["Sampling by Sampler 2 broke."] * (
        "failed" in sampling
    )
    for words in broken:
        assert words in page.words
    assert ("✗ Fail" in page.words) == bool(broken)
    assert "None" not in page.words


def test_each_engine_of_a_figure_looks_like_no_other():
    """Shapes first, then colours: none is used twice, however many engines there may come to be."""
    marks = [sign(k, 0.0, 0.0) for k in range(6 * len(SIGNS))]
    assert len(set(marks)) == len(marks)
    lines = [engine_line(k) for k in range(15)]
    assert len(set(lines)) == len(lines)


def test_an_r_hat_past_the_records_own_limit_marks_its_row():
    record = with_engines(["ok", "ok"], ["ok", "ok"])
    assert 'class="failed"><th scope="row">sex' not in render(from_json(record))
    record["draws"]["drawn_1"] = copy.deepcopy(record["draws"]["drawn_1"])
    record["draws"]["drawn_1"]["r_hat"][1] = 1.05
    assert 'class="failed"><th scope="row">sex' in render(from_json(record))
    record["agreement"]["r_hat_limit"] = 1.1
    assert 'class="failed"><th scope="row">sex' not in render(from_json(record))


def test_the_probability_of_an_interval_is_the_records_own():
    record = three_routes_record()
    assert "89%" in render(from_json(record))
    text = Page(render(from_json(record | {"prob": 0.5, "figures": []}))).words
    assert "89%" not in text
    assert "exact 50% interval" in text


def engines_named(source):
    """Names of engines in a source of the report, where no list of them may be."""
    return re.findall(r"""["'](?:closed_form|sklearn|pymc|direct|nuts)["']|\bnuts\b|NUTS""", source)


def test_the_report_names_no_engine():
    code = [path for path in REPORT.rglob("*") if path.suffix in (".py", ".j2", ".js") and path.name != "glossary.py"]
    sources = {path: path.read_text() for path in code}  # the glossary explains the word, wherever a page has it
    assert {path.name: engines_named(text) for path, text in sources.items() if engines_named(text)} == {}
    assert engines_named("""for key in ("pymc", 'direct'): NUTS""") == ['"pymc"', "'direct'", "NUTS"]


def test_the_report_reads_structs_and_guesses_at_no_key():
    for path in REPORT.rglob("*.py"):
        text = path.read_text()
        assert "dict[str, Any]" not in text, path
        assert not re.search(r'\.get\("|record\["|\["\w+"\]\["', text), path
