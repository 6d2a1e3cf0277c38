"""The live figures: the script computes what Python does, and the keyboard does what the text says."""

import numpy as np
import pytest

from helpers.runs import from_json, three_routes
from mapsto import Normal
from mapsto.posteriors.closed_form import closed_form
from mapsto.posteriors.live import coefficients, cut, degrees_of_freedom, dropped_constants, lowest_loss, posterior_sd
from mapsto.report.charts.simplify import TOLERANCE

CLOSE = 1e-10
SCALES = [(54.0, 20.0), (5.4, 2.0), (540.0, 20.0), (54.0, 0.02), (0.1, 300.0)]


def by_script(page, sigma, sigma_w, j):
    return page.evaluate(
        """([sigma, sigmaW, j]) => {
          const live = JSON.parse(document.getElementById("record").textContent).live;
          const exactly = globalThis.ridge(live), alpha = sigma ** 2 / sigmaW ** 2;
          return {
            coef: exactly.coef(alpha), sd: exactly.sd(sigma, alpha), df: exactly.df(alpha), loss: exactly.loss(alpha),
            dropped: exactly.dropped(sigma, sigmaW), ...exactly.cut(j, sigma, alpha),
          };
        }""",
        [sigma, sigma_w, j],
    )


def by_python(live, sigma, sigma_w, j):
    alpha = sigma**2 / sigma_w**2
    return {
        "coef": coefficients(live, alpha),
        "sd": posterior_sd(live, sigma, alpha),
        "df": degrees_of_freedom(live, alpha),
        "loss": lowest_loss(live, alpha),
        "dropped": dropped_constants(live, sigma, sigma_w),
        **vars(cut(live, j, sigma, alpha)),
    }


def apart(a, b):
    """The largest difference, relative to the largest of the numbers compared."""
    return max(float(np.max(np.abs(np.subtract(a[key], b[key]))) / np.max(np.abs(b[key]))) for key in b)


@pytest.mark.parametrize(("sigma", "sigma_w"), SCALES)
def test_the_script_computes_what_python_does(visit, records, sigma, sigma_w):
    page, live = visit("plain"), from_json(records["plain"]).live
    for j in (0, 2, 9):
        assert apart(by_script(page, sigma, sigma_w, j), by_python(live, sigma, sigma_w, j)) < CLOSE
    # and Python's four lines say what the posterior by QR says, which knows no eigenvalue
    result = three_routes()
    alpha = sigma**2 / sigma_w**2
    assert abs(by_script(page, sigma, sigma_w, 0)["df"] - degrees_of_freedom(live, alpha)) < CLOSE * 10
    if (sigma, sigma_w) == (result.problem.noise_sd, result.prior.scale):
        exact = closed_form(result.problem, Normal(sigma_w)).posterior
        mine = by_script(page, sigma, sigma_w, 0)
        assert apart({"coef": mine["coef"], "sd": mine["sd"]}, {"coef": exact.mean, "sd": exact.sd}) < CLOSE


def test_a_wrong_sigma_is_seen(visit, records):
    page, live = visit("plain"), from_json(records["plain"]).live
    assert apart(by_script(page, 54.0, 20.0, 0), by_python(live, 54.0 * (1 + 1e-9), 20.0, 0)) > CLOSE


def reading(page, section, key):
    text = page.locator(f"#{section} [data-reading={key}]").inner_text()
    return float(text.replace("−", "-").split()[0])


def scales(page):
    return {key: reading(page, "scales-readings", key) for key in ("alpha", "peak", "width", "loss_width", "dropped")}


def points(page, curve):
    return page.locator(f"#picture-svg .curve.{curve}").get_attribute("d")


def drawn(path):
    """The points that a path goes through, in drawing units, shape (points, 2)."""
    return np.array(path.evaluate("(e) => e.getAttribute('d').match(/-?[\\d.]+/g).map(Number)")).reshape(-1, 2)


def edges(band):
    """Both edges of a band, which goes along the one and back along the other, each from left to right."""
    points = drawn(band)
    turn = int(points[:, 0].argmax())
    return points[: turn + 1], points[:turn:-1]


def test_with_the_ratio_locked_the_peak_stays_and_the_width_changes(visit):
    page = visit("plain")
    before, loss, posterior = scales(page), points(page, "loss"), points(page, "posterior")
    page.get_by_label("Noise sd").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    after = scales(page)
    assert page.get_by_label("Prior sd").input_value() == page.get_by_label("Noise sd").input_value() == "0.2"
    assert {key: after[key] for key in ("alpha", "peak", "loss_width")} == {
        key: before[key] for key in ("alpha", "peak", "loss_width")
    }
    assert after["width"] == pytest.approx(before["width"] * 10**0.2, rel=5e-4)  # four digits are shown
    assert after["dropped"] > before["dropped"]
    assert points(page, "posterior") != posterior
    assert points(page, "loss").split("L")[0] == loss.split("L")[0]
    assert "peak" in page.get_by_label("Noise sd").get_attribute("aria-valuetext")


def test_unlocked_the_peak_moves(visit):
    page = visit("plain")
    before = scales(page)
    page.get_by_label("Lock the ratio").focus()
    page.keyboard.press("Space")
    page.get_by_label("Prior sd").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    after = scales(page)
    assert page.get_by_label("Noise sd").input_value() == "0"
    assert after["alpha"] == pytest.approx(before["alpha"] * 10**0.2, rel=5e-4)
    assert abs(after["peak"]) < abs(before["peak"])
    page.get_by_role("button", name="Reset").first.press("Enter")
    assert scales(page) == before
    assert page.get_by_label("Lock the ratio").is_checked()


def test_locked_sliders_stop_together(visit):
    page = visit("plain")
    page.get_by_label("Lock the ratio").uncheck()
    page.get_by_label("Noise sd").press("PageUp")
    moved = float(page.get_by_label("Noise sd").input_value())
    page.get_by_label("Lock the ratio").check()
    page.get_by_label("Noise sd").press("End")
    assert page.get_by_label("Noise sd").input_value() == "1"
    assert float(page.get_by_label("Prior sd").input_value()) == pytest.approx(1 - moved)
    alpha = scales(page)["alpha"]
    page.get_by_label("Prior sd").press("End")
    assert scales(page)["alpha"] == alpha


def test_another_coefficient_can_be_cut(visit, records):
    page, record = visit("plain"), records["plain"]
    for j in (0, 4):
        page.locator("#cut").select_option(str(j))
        assert reading(page, "scales-readings", "peak") == pytest.approx(
            record["modes"]["closed_form"]["coef"][j], rel=5e-4
        )
        assert page.locator("#cut-name").inner_text() == record["problem"]["features"][j]


def test_along_the_path_the_numbers_follow_the_slider(visit, records):
    page, live = visit("plain"), from_json(records["plain"]).live
    slider = page.get_by_label("Penalty α")
    assert reading(page, "along-readings", "df") == pytest.approx(live.start.df, rel=5e-4)
    unit = float(slider.get_attribute("data-unit"))
    for key, count in (("ArrowRight", 3), ("End", 1), ("Home", 1)):
        for _ in range(count):
            slider.press(key)
        alpha = live.start.alpha * 10 ** (unit * float(slider.input_value()))
        assert reading(page, "along-readings", "df") == pytest.approx(degrees_of_freedom(live, alpha), rel=5e-4)
        w = coefficients(live, alpha)[live.feature]
        assert reading(page, "along-readings", "peak") == pytest.approx(w, rel=5e-4)
        assert "degrees of freedom" in slider.get_attribute("aria-valuetext")


def test_the_still_path_is_the_live_one(visit):
    """What the server drew, the script draws again to the same tenth of a pixel."""
    still, live = visit("plain", java_script_enabled=False), visit("plain")
    still_band, live_band = (edges(page.locator("#path-svg .band-area")) for page in (still, live))
    for a, b in zip(still_band, live_band, strict=True):
        assert np.abs(np.interp(b[:, 0], *a.T) - b[:, 1]).max() <= TOLERANCE + 0.11
    dots = "(all) => all.map((e) => [e.getAttribute('cx'), e.getAttribute('cy')].map(Number))"
    a, b = (page.locator("#path-svg .cursor circle").evaluate_all(dots) for page in (still, live))
    assert np.abs(np.subtract(a, b)).max() <= 0.06


def test_the_still_picture_is_the_live_one(visit):
    still, live = visit("plain", java_script_enabled=False), visit("plain")
    peak = "(e) => Number(e.getAttribute('cx'))"
    a, b = (page.locator("#picture-svg .mode-dot").first.evaluate(peak) for page in (still, live))
    assert abs(a - b) <= 0.06
    for name in ("prior", "likelihood", "posterior", "loss"):
        a, b = (drawn(page.locator(f"#picture-svg .curve.{name}")) for page in (still, live))
        between = np.interp(a[:, 0], b[:, 0], b[:, 1])
        assert np.abs(between - a[:, 1]).max() < 1.0, name  # less than a pixel of the drawing


@pytest.mark.parametrize("width", [360, 1100])
def test_words_explain_themselves_to_mouse_keyboard_and_finger(visit, width):
    page = visit("plain", width=width)
    word = page.locator(".word").first
    tip = word.locator(".tip")
    assert not tip.is_visible()
    word.hover()
    assert tip.is_visible()
    box = tip.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    page.mouse.move(1, 1)
    word.locator("button").focus()
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    described = word.locator("button").get_attribute("aria-describedby")
    assert page.locator(f"#{described}").text_content() == tip.text_content()


def test_a_finger_opens_a_word_without_the_script_too(visit):
    for script in (True, False):
        page = visit("plain", width=360, has_touch=True, java_script_enabled=script)
        word = page.locator("#posterior .word").first
        word.locator("button").tap()
        assert word.locator(".tip").is_visible()
        box = word.locator(".tip").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
