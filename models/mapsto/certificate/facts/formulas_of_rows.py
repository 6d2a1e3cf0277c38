"""The formulas of likelihoods and of priors on sigma, evaluated and compared with what is computed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.certificate.facts.formulas import HALF, assignments, best_of
from mapsto.certificate.facts.latex import Symbols, read, symbols_of
from mapsto.certificate.facts.likelihood import counts
from mapsto.certificate.facts.seen import Comparisons, Seen
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.noise_priors.base import NoisePrior

ROWS = 12
NAMES = ("formula", "loss_formula", "exponent_formula", "factor_formula", "constant_formula")
SIGMAS = (0.3, 1.0, 2.5)


@dataclass(frozen=True, eq=False)
class _Table:
    """A small table, two points at which it is looked at, and the weights of its rows."""

    y: Vector
    q: Vector
    X: Vector
    points: tuple[tuple[Vector, float], ...]

    def at(self, k: int) -> Symbols:
        w, b = self.points[k]
        eta = b + self.X @ w
        return {"y": self.y, "q": self.q, "X": self.X, "x": self.X, "w": w, "b": b, "eta": eta, "n": len(self.y)}


def _table(one: Likelihood, weighted: bool) -> _Table:
    rng = np.random.default_rng(23)
    X, w = rng.standard_normal((ROWS, 2)), np.array([0.4, -0.3])
    q = np.ceil(rng.uniform(0.0, 4.0, ROWS)) if weighted else np.ones(ROWS)
    y = one.simulate(0.7 + X @ w, rng, q)
    inside = np.abs(y) > 0 if counts(one) and y.max() > 1 else np.full(ROWS, True)  # 0 log 0 as written is no number
    return _Table(y[inside], q[inside], X[inside], ((w, 0.7), (-0.5 * w, 0.2)))


def formulas_are_the_likelihood(one: Likelihood) -> Comparisons:
    """Its formulas against its density, its loss, its factor and the constant; says which it cannot read."""
    texts = {}
    for name in NAMES:
        try:
            symbols_of(getattr(one, name))
        except BadInput as error:
            yield Seen(0.0, 0.0, "", f"{name}: {error}")
        else:
            texts[name] = getattr(one, name)
    definitions: Symbols = {}
    for text in texts.values():
        definitions |= read(text)[1]
    needs = {name: _behind(symbols_of(text), definitions) for name, text in texts.items()}
    needed = set().union(*needs.values())
    # what says nothing of weights is meant for rows without
    tables = {weighted: _table(one, weighted) for weighted in (True, False)}
    stated = dict(one.symbols()) | ({} if one.scale is None else {"sigma": one.scale.value})
    yield from best_of(
        [_compared(one, tables["q" in needs[name]], name, text, definitions | at) for name, text in texts.items()]
        for at in assignments(stated, one.params, needed)
    )


def _behind(symbols: set[str], definitions: Symbols) -> set[str]:
    """The symbols that a formula needs numbers for, once what it defines is put in."""
    found = set(symbols)
    for _ in definitions:
        for name in found & set(definitions):
            found = (found - {name}) | set(definitions[name].symbols)
    return found


def _compared(one: Likelihood, table: _Table, name: str, text: str, known: Symbols) -> list[Seen]:
    try:
        return _seen(one, table, name, text, known)
    except (BadInput, ArithmeticError, TypeError, ValueError, IndexError) as error:
        return [Seen(0.0, 0.0, "", f"{name}: {error}")]


def _exponent(one: Likelihood, at: Symbols) -> float:
    """The exponent as its formula has it; NaN where that cannot be read."""
    try:
        return float(np.sum(read(one.exponent_formula)[0](at)))
    except (BadInput, ArithmeticError, TypeError, ValueError, IndexError):
        return float("nan")


def _seen(one: Likelihood, table: _Table, name: str, text: str, known: Symbols) -> list[Seen]:
    value, places = read(text)[0], [known | table.at(k) for k in (0, 1)]
    loose = symbols_of(text) - set(places[0]) - {"pi"}
    if loose:
        return [Seen(0.0, 0.0, "", f"{name}, since {', '.join(sorted(loose))} is no parameter and not in `symbols`")]
    if name == "factor_formula":
        return [_one(name, text, float(value(places[0])), one.factor)]
    if name == "formula":
        return _each_row(one, table, text, value, known)
    y, q = table.y, table.q
    etas = [at["eta"] for at in places]
    density = [float(one.log_density(y, eta, q).sum()) for eta in etas]
    loss = [float(one.loss(y, eta, q).sum()) for eta in etas]
    found = [float(np.sum(value(at))) for at in places]
    if name == "loss_formula":
        return [_one(name, text, *pair) for pair in zip(found, loss, strict=True)]
    if name == "exponent_formula":
        return [_one(name, text, found[0] - found[1], density[0] - density[1])]
    # next to the loss a constant may stand for what the loss leaves out, or next to the exponent for what that does
    left_out = -density[0] - loss[0] / one.factor
    if np.isfinite(beyond := -density[0] + _exponent(one, places[0])):
        left_out = min(left_out, beyond, key=lambda value: abs(found[0] - value))
    return [_one(name, text, found[0], left_out)]


def _each_row(one: Likelihood, table: _Table, text: str, value: Callable[[Symbols], Any], known: Symbols) -> list[Seen]:
    at = table.at(0)
    seen = []
    for i in range(len(table.y)):
        row = {name: at[name][i] for name in ("y", "eta", "q")}
        ours = float(one.log_density(*(np.array([row[name]]) for name in ("y", "eta", "q")))[0])
        if np.isfinite(ours):
            seen.append(_one("formula", text, float(np.log(value(known | row))), ours))
    return seen


def _one(name: str, text: str, theirs: float, ours: float) -> Seen:
    return Seen(
        abs(theirs - ours) if theirs != ours else 0.0,
        HALF * (1 + abs(ours) + abs(theirs)),
        f"{'the logarithm of ' * (name == 'formula')}{name} {text!r} gives {theirs:.6g}, and the likelihood {ours:.6g}",
    )


def formula_is_the_density(one: NoisePrior) -> Comparisons:
    r"""A prior on sigma: its formula against log_density, or the name after ``\sim`` against its family."""
    named = re.search(r"\\sim\s*\\(?:mathrm|text|operatorname)\{(.+?)\}", one.formula)
    if named is not None:
        family = one.family()
        if family is None:
            yield Seen(0.0, 0.0, "", "formula, which is the name of a distribution")
            return
        said, known = (re.sub(r"[^a-z0-9]", "", text.lower()) for text in (named[1], family.name))
        yield Seen(float(said != known), 0.0, f"formula names {named[1]}, and the family is {family.name}")
        return
    try:
        value, definitions = read(one.formula)
        needed = symbols_of(one.formula)
    except BadInput as error:
        yield Seen(0.0, 0.0, "", f"formula: {error}")
        return

    def seen(at: Symbols) -> list[Seen]:
        loose = needed - set(at) - {"sigma", "pi"}
        given = dict.fromkeys(loose, 1.0) | definitions | at
        pairs = [(float(np.log(value(given | {"sigma": s}))), one.log_density(s)) for s in SIGMAS]
        base = pairs[0] if loose or r"\propto" in one.formula else (0.0, 0.0)
        return [_one("formula", one.formula, theirs - base[0], ours - base[1]) for theirs, ours in pairs]

    yield from best_of([seen(at)] for at in assignments({}, one.params, needed - {"sigma"}))
