"""Marked text: what its mathematics looks like, and that nothing but ``$...$`` is ever taken for mathematics."""

import ast
import html
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.runs import three_routes, three_routes_record
from mapsto.certificate.ledger import ledger
from mapsto.errors import BadInput
from mapsto.likelihoods.gaussian import Gaussian
from mapsto.likelihoods.noise_priors.registry import shipped as noise_priors
from mapsto.likelihoods.student_t import StudentTNoise
from mapsto.marks import HELD, equals, literal, number, pieces, plain, quoted, raised, words
from mapsto.priors.registry import shipped
from mapsto.report.charts.figures import CURVES
from mapsto.report.sections.derivation import derivation
from mapsto.report.text.glossary import WORDS
from mapsto.report.text.typeset import SMALL, drawn, prose
from mapsto.runs.record import PriorRecord
from mapsto.runs.recording.problem import likelihood_record

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "models" / "mapsto"
SOURCES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.glob("**/*.py"))}
SOURCES |= {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / "experiments").glob("*.py"))}

# marked text, as plain text, as HTML; spaces at which no line may end are written ~ in the HTML
TABLE = [
    (r"$\alpha$", "α", "<var>α</var>"),
    (r"$2\sigma_w^2$ and $\alpha$", "2σ_w² and α", "2<var>σ<sub>w</sub></var>² and <var>α</var>"),
    (r"$\sigma = 54$", "σ = 54", "<var>σ</var>~=~54"),
    (r"from $-3.0$ to $-.5$", "from −3.0 to −.5", "from −3.0 to −.5"),
    (r"$10^{-9}$ or $1.5\times 10^{4}$", "10⁻⁹ or 1.5 × 10⁴", "10⁻⁹ or 1.5~×~10⁴"),
    (r"$\lVert y-b-Xw\rVert^2$", "‖y − b − Xw‖²", "‖<var>y</var>~−~<var>b</var>~−~<var>Xw</var>‖²"),
    (r"$y - r/(1-h)$", "y − r/(1 − h)", "<var>y</var>~−~<var>r</var>/(1~−~<var>h</var>)"),
    (r"$p(\log\sigma_w\mid y)$", "p(log σ_w | y)", "<var>p</var>(log~<var>σ<sub>w</sub></var>~|~<var>y</var>)"),
    (r"$p(w, b)$", "p(w, b)", "<var>p</var>(<var>w</var>, <var>b</var>)"),
    (r"$\exp(-J/2\sigma^2)$", "exp(−J/2σ²)", "exp(−<var>J</var>/2<var>σ</var>²)"),
    (r"$-\frac{n}{2}\log 2\pi\sigma^2$", "−n/2 log 2πσ²", "−<var>n</var>/2~log~2π<var>σ</var>²"),
    (r"$\frac{1}{2\sigma^2}$", "1/(2σ²)", "1/(2<var>σ</var>²)"),
    (r"$\frac{a+b}{c} d$", "(a + b)/c d", "(<var>a</var>~+~<var>b</var>)/<var>c</var>~<var>d</var>"),
    (r"$\tfrac12\lambda$", "½λ", "½<var>λ</var>"),
    (r"$\sqrt{n}$, $\sqrt{2\pi}$", "√n, √(2π)", "√<var>n</var>, √(2π)"),
    (r"$e^{-J}$", "e^(−J)", "<var>e</var><sup>−</sup><var><sup>J</sup></var>"),
    (r"$x_1$, $x_{ij}$", "x₁, x_ij", "<var>x</var><sub>1</sub>, <var>x<sub>ij</sub></var>"),
    (r"$\sum_j \phi(w_j)$", "∑_j φ(w_j)", "∑<var><sub>j</sub></var>~<var>φ</var>(<var>w<sub>j</sub></var>)"),
    (r"$w\sim\mathrm{Normal}(0, 1)$", "w ∼ Normal(0, 1)", "<var>w</var>~∼~Normal(0, 1)"),
    (r"$\alpha\le 1$, $\pm 3$", "α ≤ 1, ±3", "<var>α</var>~≤~1, ±3"),
    (r"$|w|$, $-|-w|$", "|w|, −|−w|", "|<var>w</var>|, −|−<var>w</var>|"),
    (r"\$5, \\ and C:\data", r"$5, \ and C:\data", r"$5, \ and C:\data"),
    ("the prior's $\\sigma$'s 'mode'", "the prior's σ's 'mode'", "the prior’s <var>σ</var>’s &#39;mode&#39;"),
    ("<b> σ_w, w, a_b, x-1, -3, 1e-9", "<b> σ_w, w, a_b, x-1, -3, 1e-9", "&lt;b&gt; σ_w, w, a_b, x-1, -3, 1e-9"),
]


@pytest.mark.parametrize(("text", "as_plain", "as_html"), TABLE, ids=[row[0] for row in TABLE])
def test_marked_text_is_set(text, as_plain, as_html):
    assert plain(text) == as_plain
    assert prose(text).replace(HELD, "~") == as_html
    assert seen(drawn(text)) == seen(prose(text))


def seen(markup):
    """What a reader sees of a markup, without its look."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def test_a_subscript_in_a_drawing_is_lowered_and_what_follows_raised_again():
    text = drawn(r"$\log\sigma_w$, nats")
    steps = [float(step) for step in re.findall(r'dy="(-?[\d.]+)em"', text)]
    assert steps == [0.3, -0.22]
    # the subscript is lowered in its own, smaller letters, the rest raised in full ones: the two cancel
    assert steps[0] * SMALL == pytest.approx(-steps[1], abs=0.005)
    up = [float(step) for step in re.findall(r'dy="(-?[\d.]+)em"', drawn("$e^{-J}$ x"))]
    assert up[0] * SMALL == pytest.approx(-up[1], abs=0.005)
    assert up[0] < 0


NOT_READ = [
    ("$a", "not closed"),
    ("a $ b", "not closed"),
    ("$$", "nothing stands"),
    (r"$\foo$", r"\foo is not known"),
    ("$σ$", "σ is not known"),
    ("$a_b_c$", "two _"),
    (r"$\sigma_{w_j}$", "a script stands at a script"),
    (r"$\lVert w$", r"\rVert was due"),
    (r"$w\rVert$", "came where"),
    ("$a}$", "} came"),
    ("${a$", "its end came"),
    ("$^2$", "nothing to stand at"),
    (r"$a^$", "argument is missing"),
    (r"$\text a$", "words in braces"),
    (r"$\hat{ab}$", "one letter"),
]


@pytest.mark.parametrize(("text", "why"), NOT_READ)
def test_what_cannot_be_read_is_named_and_shown_as_it_was_written(text, why):
    with pytest.raises(BadInput) as error:
        pieces(text)
    assert why in str(error.value)
    assert " ".join(repr(text).split()) in str(error.value)
    assert plain(text) == text
    assert seen(prose(text)) == text
    assert prose(text).startswith("<code>")
    assert seen(drawn(text)) == text


@given(st.text(alphabet=st.characters(exclude_characters="$\\'", exclude_categories=("Cs",))))
def test_outside_the_dollar_signs_nothing_is_guessed(text):
    assert prose(text) == drawn(text) == html.escape(text).replace("&quot;", "&#34;")


@given(st.text(st.sampled_from("$\\'{}^_aσ <>&\"-1") | st.characters(exclude_categories=("Cs",))))
def test_a_literal_is_never_mathematics(name):
    marked = literal(name)
    assert seen(prose(marked)) == seen(drawn(marked)) == name
    assert not re.search(r"<(var|sub|sup|code|tspan)", prose(marked) + drawn(marked))
    assert seen(prose(f"$x$ of {quoted(name)}, $y$")) == f"x of {name!r}, y"
    assert "".join(one.text for one in pieces(marked)) == name


@given(st.text(alphabet="$\\{}^_abσ-+=/|() 12.,'<>&\"", max_size=30))
def test_any_text_at_all_is_shown_and_escaped(text):
    for markup, tags in ((prose(text), "var|sub|sup|code"), (drawn(text), "tspan")):
        assert not re.search(r"[<>]", re.sub(rf"</?({tags})( [^<>]*)?>", "", markup))
    assert isinstance(plain(text), str)


def test_words_are_cut_outside_mathematics_alone():
    assert words(r"the $a + b$, and \$5 of it") == ["the", "$a + b$,", "and", r"\$5", "of", "it"]


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (54.0, 3, "54"),
        (-3.0, 3, "−3"),
        (1e-9, 3, "10⁻⁹"),
        (-1e-9, 3, "−10⁻⁹"),
        (12345.6, 3, "1.23 × 10⁴"),
        (0.5, 3, "0.5"),
        (float("inf"), 3, "∞"),
        (float("-inf"), 3, "−∞"),
        (float("nan"), 3, "not a number"),
    ],
)
def test_a_number_has_a_true_minus_and_a_power_of_ten(value, digits, shown):
    assert plain(number(value, digits)) == shown
    assert plain(equals(r"\sigma", value, digits)) == f"σ = {shown}"
    assert " " not in seen(prose(equals(r"\sigma", value, digits))).replace("not a number", "")


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 9))
def test_a_number_in_a_sentence_is_the_number(value, digits):
    shown = plain(number(value, digits)).replace("−", "-").replace(" × 10", "e")
    shown = re.sub(r"^(-?)10(?=[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])", r"\g<1>1e", shown)
    shown = shown.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    assert float(shown) == float(f"{value:.{digits}g}")


def test_an_exponent_is_raised():
    assert raised(-12) == "⁻¹²"


# All that the package says


def said_by_the_package():
    for kind in (*shipped().values(), *noise_priors().values()):
        for name in ("paragraph", "no_mode", "label"):
            text = getattr(kind, name, "")
            if isinstance(text, str) and text:
                yield f"{kind.name}: {name}", text
    for key, texts in WORDS.items():
        yield from ((f"glossary: {key}", text) for text in texts)
    for key, *texts in CURVES:
        yield from ((f"curve: {key}", text) for text in texts)
    for name in ("normal", "laplace"):
        kind = shipped()[name]
        prior = PriorRecord(
            name=name,
            label=name,
            params={},
            formula=kind.formula,
            penalty=kind.penalty_formula,
            constant=kind.constant_formula,
            reference=kind.reference,
            paragraph=kind.paragraph,
            separable=kind.separable,
        )
        for likelihood in (Gaussian(), StudentTNoise()):
            of_data = likelihood_record(likelihood)
            for has_mode in (True, False):
                steps = derivation(prior, of_data, has_mode=has_mode)
                yield from ((f"step: {name}, {likelihood.name}", step.text) for step in steps)


@pytest.mark.parametrize(("where", "text"), list(said_by_the_package()))
def test_what_the_package_says_can_be_read(where, text):
    assert plain(text), where
    pieces(text)


def test_what_a_run_says_can_be_read():
    record = three_routes_record()
    texts = [check["reason"] for check in record["agreement"]["checks"]]
    texts += [term["reason"] for term in record["ledger"]] + record["problem"]["notes"]
    texts += [record["problem"]["noise"]["how"]]
    texts += [one["reason"] for key in ("modes", "draws") for one in record[key].values() if one["reason"]]
    assert len(texts) > 10
    for text in texts:
        pieces(text)
    result = three_routes()
    problem, mode = result.problem, result.mode
    for kind in shipped().values():
        if not kind.no_mode:
            terms = ledger(problem, kind.examples(problem.p)[0], mode.coef, mode.intercept, result.exact)
            assert [pieces(term.reason) for term in terms]


BARE = re.compile(r"[Ͱ-Ͽ‖√²]|(?<![\w.])\de-\d")
"""Mathematics as it looks where it is not marked."""
MAY_HOLD = {
    "latex.py": "the table of the letters themselves",
    "marks.py": "raised digits and the radical sign themselves",
    "engines/priors_table.py": "the table of priors in the README, which is Markdown",
    "engines/pymc/families/mixtures.py": "a comment in a program of PyMC",
}


def strings(source):
    """The string constants of a source that are no docstrings, with their lines."""
    tree = ast.parse(source)
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value


def bare(source):
    return [(line, text) for line, text in strings(source) if BARE.search(text)]


@pytest.mark.parametrize("name", SOURCES)
def test_no_string_of_the_package_holds_mathematics_that_is_not_marked(name):
    found = bare(SOURCES[name].read_text(encoding="utf-8"))
    if name in MAY_HOLD:
        assert found, f"{name} needs no exception: {MAY_HOLD[name]}"
    else:
        assert found == []


def marked(source):
    """The strings of a source that hold a dollar sign, with a 0 for all that is filled in."""
    tree = ast.parse(source)
    within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        text = None
        if isinstance(node, ast.JoinedStr):
            text = "".join(part.value if isinstance(part, ast.Constant) else "0" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within | documentation:
            text = node.value
        if text and "$" in text:
            yield text


OTHER_DOLLARS = {
    "certificate/consistency.py": "the dollar sign itself",
    "certificate/facts/latex/__init__.py": "the end of a line in a pattern",
    "conventions/elicit.py": "the dollar sign itself",
    "runs/record/comparison.py": "a key of JSON Schema",
    "marks.py": "the pattern that finds them",
    "latex.py": "the dollar sign itself",
    "runs/conformance/conventions.py": "the dollar sign itself",
    "runs/record/files.py": "a key of JSON Schema",
    "runs/record/whole.py": "the pattern of a checksum",
}


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in OTHER_DOLLARS])
def test_all_mathematics_of_the_package_can_be_read(name):
    for text in marked(SOURCES[name].read_text(encoding="utf-8")):
        pieces(text)


def test_the_reader_sees_the_mathematics_that_is_there():
    assert list(marked("x = f'$a = {b}$ of' r' $c$'\ny = 'plain'\nz = '$d'")) == ["$a = 0$ of $c$", "$d"]
    assert list(marked((PACKAGE / "certificate" / "ledger.py").read_text(encoding="utf-8")))


@pytest.mark.parametrize("source", ["x = 'the σ of it'", "x = f'α = {a}'", "x = '‖w‖'", "x = 'below 1e-9'"])
def test_mathematics_that_is_not_marked_is_caught(source):
    assert len(bare(source)) == 1
    assert bare(f"def f():\n    '''{source[5:-1]}'''") == []
