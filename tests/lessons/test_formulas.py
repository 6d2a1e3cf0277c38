"""What the lessons' bounds rest on, against simulation and published numbers."""

import runpy
from dataclasses import replace

import numpy as np
from scipy.special import fdtri

from helpers.runs import ROOT, three_routes
from mapsto import Flat, exact_posterior
from mapsto.runs.lessons.datasets import LONGLEY
from mapsto.runs.lessons.discovery import load


def test_longley_has_the_certified_slopes():
    """NIST's certified least squares of these rows, to the digits that their condition number leaves."""
    certified = np.array([15.0618722713733, -0.0358191792925910, -2.02022980381683])
    certified = np.append(certified, [-1.03322686717359, -0.0511041056535807, 1829.15146461355])
    problem, sd = load(ROOT / "experiments" / "collinear.py").problem(), np.std(LONGLEY, axis=0)
    found = exact_posterior(problem, Flat()).mean / sd
    assert np.abs(found / certified - 1).max() < np.linalg.cond(problem.X) ** 2 * np.finfo(float).eps * 100 * 16


def test_psense_scatters_as_its_lesson_says():
    """The lesson takes psense's Monte Carlo error from plain weights; ArviZ's smoothed ones scatter likewise (F)."""
    result, lesson = three_routes(), load(ROOT / "experiments" / "prior_strength.py").lesson
    rng, gaps = np.random.default_rng(6), []
    for _ in range(24):
        tree = result.posterior.copy(deep=True)
        w = tree["posterior"]["w"]
        w.values[:] = np.tile(result.exact.draws(1000, rng)[0].reshape(4, 250, -1), (1, w.sizes["draw"] // 250, 1))
        sampled, known = lesson(replace(result, posterior=tree)).figures[1].series
        gaps.append(np.subtract(sampled.y, known.y))
    scatter = (np.array(sampled.top) - sampled.y) / 2
    size = min(result.summary.smallest_ess, 4000)  # of what the lesson's error is, where each set here holds 1000
    ratio = np.var(gaps, axis=0, ddof=1) / (scatter**2 * size / 1000)
    far = fdtri(23, 23, 1 - 1e-4)
    assert np.all((1 / far < ratio) & (ratio < far))


def test_the_leverage_gives_the_variance_of_the_weights():
    """The Monte Carlo error of weighted draws, a Gaussian integral, against draws of that Gaussian."""
    script = runpy.run_path(str(ROOT / "experiments" / "prediction.py"))
    residual, h, sigma = np.array([40.0]), np.array([0.1]), 54.0
    size, repeats = 2000, 400
    about = sigma * np.sqrt(h) * np.random.default_rng(5).standard_normal((repeats, size))
    inverse = np.exp(((residual - about) / sigma) ** 2 / 2)
    spread = float(np.log(inverse.mean(axis=1)).std())
    known = float(script["weighting_error"](residual, h, size)[0])
    assert abs(spread / known - 1) < 5 / np.sqrt(2 * repeats)
