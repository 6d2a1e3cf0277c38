"""Records of every kind a page has to bear: whole, failing, without a mode, and with an attack for every word."""

import math

import numpy as np

from helpers.engines import with_engines
from helpers.runs import as_json, three_routes
from mapsto import Normal, Problem, Settings, run
from mapsto.posteriors.curves import curves
from mapsto.posteriors.live import live_ridge
from mapsto.runs.lessons.figure import Figure, Mark, Series
from mapsto.runs.plain import plain

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img onerror=alert(1) src=y>',
    "=HYPERLINK(1)",
    "{{ 7 * 7 }}",
    "+1;a,b",
    "</svg>",
]


def with_figures(result, scale):
    """A result's record with the data of the live figures and of the posterior's curves."""
    record = as_json(result.record())
    record["live"] = plain(live_ridge(result.problem, scale))
    record["plots"] = plain(curves({"pymc": result.posterior}, result.problem.features))
    return record


def plain_page():
    return with_figures(three_routes(), 20.0)


def full_page():
    """A record that holds every part a page knows of."""
    record = plain_page() | {"name": "full"}
    names = record["problem"]["features"]
    grid = np.linspace(-80, 80, 161)
    record["problem"]["prior"] |= {
        "paragraph": "Small slopes are likelier than large ones.",
        "constant": r"\log\sigma_w",
    }
    record["prior_view"] = plain(
        {"grid": grid, "density": np.exp(-(grid**2) / 800) / 20 / math.sqrt(2 * math.pi), "penalty": grid**2 / 800}
    )
    nuts = record["draws"]["pymc"]
    record["point_and_posterior"] = [
        {
            "feature": name,
            "mode": 0.0 if j < 2 else record["modes"]["closed_form"]["coef"][j],
            "mean": nuts["mean"][j],
            "median": nuts["mean"][j],
            "sd": nuts["sd"][j],
            "exactly_zero": j < 2,
        }
        for j, name in enumerate(names)
    ]
    record["shrinkage"] = {"mean": [j / 10 for j in range(len(names))], "meaning": "How far each slope was pulled."}
    record["problem"]["noise"] |= {
        "kind": "learned",
        "how": "A half-normal prior.",
        "prior": {
            "name": "half_normal",
            "label": "half normal",
            "params": {"scale": 50.0},
            "formula": r"\sigma\sim\mathrm{HalfNormal}(s)",
            "reference": "somewhere",
        },
        "posterior": nuts["intercept"] | {"mean": 54.1, "sd": 1.85, "median": 54.05, "eti89": [51.2, 57.2]},
    }
    record["search"] = {"found": 3, "starts": 20, "convex": False}
    record["modes"]["direct"] = record["modes"]["closed_form"] | {"label": "Direct solve"}
    record["lesson"] = {"previous": None, "next": {"name": "next-one", "title": "The next & last one"}, "order": 1}
    record["figures"] = [plain(figure) for figure in lesson_figures()]
    return record


def lesson_figures():
    """A figure of each kind: a band and lines on a log axis with marks, categories, bars, and a cloud of points."""
    x = np.geomspace(1e-3, 1e3, 60)
    u = (np.log10(x) - 1) ** 2
    rng = np.random.default_rng(5)
    cloud = rng.lognormal(1, 1, (2, 300))
    names = ("age", "a rather long name of a column, longer than any row")
    return [
        Figure(
            "Error along the penalty",
            "It is lowest near the penalty that the prior implies.",
            "A curve with one low point.",
            r"penalty $\alpha$ (squared units of $y$ per squared unit of $w$)",
            "mean squared error",
            [
                Series("a band", x, 2 + u, "band", top=4 + u),
                Series("one", x, 3 + u),
                Series("two", x, 1 + u, dashed=True),
            ],
            [Mark(10.0, "implied by the prior"), Mark(3.0, "by the evidence"), Mark(20.0, "least squares", "y")],
            x_log=True,
        ),
        Figure(
            "By name",
            "Names go down the side.",
            "Dots and bars.",
            "",
            "slope",
            [
                Series("point", names, [1.0, -2.0], "points", top=[2.0, -1.0], bottom=[0.5, -4.0]),
                Series("bar", names, [0.5, 3.0], "bars"),
            ],
            [Mark(0.0, "nothing", "y")],
        ),
        Figure("Counts", "A histogram.", "Bars.", "residual", "rows", [Series("", [*range(9)], [*range(9)], "bars")]),
        Figure("Cloud", "Points.", "Points.", "x", "y", [Series("rows", *cloud, "points")], x_log=True, y_log=True),
    ]


def failing_page():
    record = plain_page() | {"name": "failing"}
    record["agreement"]["checks"][3] |= {"passed": False, "observed": 3.0}
    record["agreement"]["passed"] = False
    record["modes"]["sklearn"] |= {"status": "failed", "reason": "it broke", "coef": None, "intercept": None}
    record["modes"]["sklearn"] |= {"objective": None, "seconds": None}
    return record


def no_mode_page():
    """A prior without a mode worth the name: no route answers, nothing is exact, there is no ledger and no picture."""
    record = plain_page() | {"name": "no-mode", "ledger": [], "picture": None, "live": None, "uncertainty": None}
    for key in record["modes"]:
        empty = dict.fromkeys(("coef", "intercept", "objective", "seconds"))
        record["modes"][key] |= {"status": "unsupported", "reason": "its density is infinite at zero"} | empty
    record["exact"] = None
    record["problem"]["alpha"] = record["agreement"]["digits"] = None
    record["problem"]["prior"] |= {
        "name": "horseshoe",
        "label": "horseshoe",
        "penalty": "",
        "formula": r"w\sim\mathrm{Horseshoe}(\tau)",
    }
    for one in record["plots"]["densities"]:
        one["exact"] = None
    return record


def hostile_page():
    """A run whose every word is an attack."""
    rng = np.random.default_rng(23)
    X = rng.standard_normal((30, len(HOSTILE)))
    y = X.sum(axis=1) + rng.standard_normal(30)
    problem = Problem.from_rows(X, y, noise_sd=1.0, features=HOSTILE, target=HOSTILE[0])
    record = with_figures(run(problem, Normal(2.0), Settings(seed=1, draws=400, chains=2), name="hostile"), 2.0)
    record.update(title=HOSTILE[0], question=HOSTILE[1], answer=HOSTILE[5])
    record["provenance"]["command"] = HOSTILE[1]
    bad = HOSTILE[0]
    record["figures"] = [
        plain(Figure(bad, HOSTILE[1], HOSTILE[5], bad, bad, [Series(bad, HOSTILE, [*range(6)], "bars")])),
        plain(Figure(bad, bad, bad, bad, bad, [Series(bad, [1.0, 2.0], [1.0, 2.0])], [Mark(1.5, HOSTILE[1])])),
    ]
    record["lesson"] = {"previous": {"name": "x", "title": bad}, "next": None, "order": 2}
    return record


def many_page():
    """Seven engines with a mode, one without, one that broke, and three that sample."""
    return with_engines(["ok"] * 5 + ["unsupported", "failed"] + ["ok"] * 2, ["ok", "ok", "ok", "unsupported"], "many")


PAGES = {
    "plain": plain_page,
    "full": full_page,
    "failing": failing_page,
    "no-mode": no_mode_page,
    "hostile": hostile_page,
    "many": many_page,
}
