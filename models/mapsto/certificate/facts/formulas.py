"""The formulas that pages show are those of what is computed: each is evaluated, and compared with the numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, permutations
from typing import Any

import numpy as np

from mapsto.certificate.facts.latex import Symbols, functions_of, read, symbols_of
from mapsto.certificate.facts.places import points
from mapsto.certificate.facts.seen import Comparisons, Seen
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.priors.base import Prior

HALF = 2.0**-26  # half of the digits: formulas are written to be read, and may cancel
KNOWN = {"w", "p", "pi", "x", "X", "y", "eta", "b", "q", "n", "sigma", "i", "j"}
VECTOR = re.compile(r"\\lVert|\\\||\\sum|\\prod|\\top|\\det|w_1|w_\{1|_g")
MOST_SYMBOLS = 5
LOW = 12.0  # nats a slope below the centre: where a formula as written, such as 1 + erf, has half of its digits left
NEAR = 5  # places in the prior's own widths


def formulas_are_the_density(prior: Prior, p: int = 3) -> Comparisons:
    """formula, penalty_formula and constant_formula against log_density and penalty; says which it cannot read.

    A symbol that :meth:`Prior.symbols` does not name is taken for the parameter with which the formulas come out
    right, if there is one; one that is no parameter, such as the c of a normaliser, for a constant.
    """
    if prior.no_mode:
        yield Seen(0.0, 0.0, "", "formula, since the density with its scales integrated out has none")
        return
    texts: dict[str, str] = {}
    for name in ("formula", "penalty_formula", "constant_formula"):
        if getattr(type(prior), name) is Prior.__dict__.get(name):
            yield Seen(0.0, 0.0, "", f"{name}, which is not stated")
            continue
        try:
            symbols_of(getattr(prior, name))
        except BadInput as error:
            yield Seen(0.0, 0.0, "", f"{name}: {error}")
        else:
            texts[name] = getattr(prior, name)
    near = [_nearer(prior, w) for w in points(prior, p)[: NEAR + 1]]
    places = [w for w in near if -math.inf < prior.log_density(w) < math.inf]
    needed = set().union(*map(symbols_of, texts.values()))
    yield from best_of(
        [_compared(prior, p, places, name, text, at) for name, text in texts.items()]
        for at in assignments(prior.symbols(p), dict(prior.params), needed)
    )


def _nearer(prior: Prior, w: Vector) -> Vector:
    """The place, or one between it and the centre, where the density is not yet lost in the digits of a sum."""
    c = prior.centre(len(w))
    at = w
    for share in 0.5 ** np.arange(12):
        at = c + share * (w - c)
        if prior.penalty(at) <= LOW * len(w):
            break
    return at


def best_of(tries: Iterable[list[list[Seen]]]) -> list[Seen]:
    """What was seen under the numbers for the symbols that leave the fewest texts wrong or unread, then fewest wrong.

    Each try is a list of texts, each a list of comparisons.
    """
    best: list[Seen] = []
    fewest = math.inf, math.inf
    with np.errstate(all="ignore"):
        for texts in tries:
            open_ones = sum(any(not one.fine or one.left_out for one in text) for text in texts)
            wrong = sum(any(not one.fine for one in text) for text in texts)
            if (open_ones, wrong) < fewest:
                best, fewest = [one for text in texts for one in text], (open_ones, wrong)
            if not open_ones:
                break
    return best


def assignments(stated: Mapping[str, Any], params: Mapping[str, Any], symbols: set[str]) -> Iterator[Symbols]:
    """Numbers for the symbols: those that are stated, and every way to give the parameters to the others."""
    given = {name: _number(value) for name, value in stated.items()}
    free = {name: _number(value) for name, value in params.items() if _is_number(value)}
    open_symbols = sorted(symbols - set(given) - (KNOWN - {"pi", "b", "q", "sigma", "p"}) - {"p"})
    letters = [name for name in open_symbols if name != "pi"][:MOST_SYMBOLS]
    yield from _orders(given, letters, list(free.values()))
    if "pi" in open_symbols:  # which is seldom a parameter
        yield from _orders(given, [*letters, "pi"], list(free.values()))


def _orders(given: Symbols, named: Sequence[str], values: Sequence[Any]) -> Iterator[Symbols]:
    for count in range(min(len(named), len(values)), -1, -1):
        for some in combinations(named, count):
            for order in permutations(values, count):
                yield {**given, **dict(zip(some, order, strict=True))}


def _compared(prior: Prior, p: int, places: list[Vector], name: str, text: str, at: Symbols) -> list[Seen]:
    try:
        return list(_seen(prior, p, places, name, text, at))
    except (BadInput, ArithmeticError, TypeError, ValueError, IndexError) as error:
        return [Seen(0.0, 0.0, "", f"{name}: {error}")]


def _seen(prior: Prior, p: int, places: list[Vector], name: str, text: str, at: Symbols) -> Comparisons:
    """One formula at all places; up to a constant where it holds a symbol that has no number."""
    value, definitions = read(text)
    loose = symbols_of(text) - set(at) - {"w", "p", "pi"} - {f"w_{k}" for k in (*range(1, p + 1), "p")}
    # a density may have a normaliser that no parameter is; a penalty is zero at the centre and has none
    at = {"phi": _penalty(prior, p), "varphi": _penalty(prior, p)} | at
    if unknown := sorted(functions_of(text) - set(at)):
        yield Seen(0.0, 0.0, "", f"{name}, since {', '.join(unknown)} is not in `symbols`")
        return
    if loose and name == "penalty_formula":
        letters = f"{', '.join(sorted(loose))}, which is no parameter's: state its number in `symbols`"
        yield Seen(math.inf, 0.0, f"penalty_formula {text!r} holds {letters}")
        return
    at = {**dict.fromkeys(loose, 1.0), **definitions, **at, "p": p}
    if name == "constant_formula":
        c = prior.centre(p)
        ours = prior.log_density(c) + prior.penalty(c)
        if loose:
            yield Seen(0.0, 0.0, "", f"constant_formula, since {', '.join(sorted(loose))} is no parameter")
        else:
            own = any(isinstance(one, np.ndarray) and one.shape == (p,) for one in at.values())
            alone = own and not VECTOR.search(text)  # each slope has a constant of its own
            parts = [value(_for(at, j, p) | {"p": 1}) for j in range(p)] if alone else [value(at)]
            yield _one(name, text, float(np.sum(parts)), ours)
        return
    pairs = []
    for w in places:
        theirs = _total(value, text, w, p, at, prior, log=name == "formula")
        pairs.append((theirs, prior.log_density(w) if name == "formula" else prior.penalty(w)))
    base = next(((t, o) for t, o in pairs if np.isfinite(t)), (0.0, 0.0)) if loose else (0.0, 0.0)
    for theirs, ours in pairs:
        if np.isfinite(theirs) or not loose:
            yield _one(name, text, theirs - base[0], ours - base[1])


def _total(value: Any, text: str, w: Vector, p: int, at: Symbols, prior: Prior, *, log: bool) -> float:
    """The formula of all slopes: as it stands where it is of all, else summed (or multiplied) over each."""
    groups = prior.groups(p)
    if "_g" in text and groups is not None:
        parts = [value(_for(at, block[0], p) | {"w": w[list(block)], "k": len(block)}) for block in groups]
    elif VECTOR.search(text) or (not prior.separable and functions_of(text)):
        parts = [value(at | {"w": w})]
    else:
        parts = [value(_for(at, j, p) | {"w": float(w[j])}) for j in range(p)]
    return float(np.sum(np.log(parts) if log else parts))


def _penalty(prior: Prior, p: int) -> Callable[[Any], float]:
    r"""The penalty as the function that a formula may call ``\phi``: of all slopes, or of one."""

    def phi(w: Any) -> float:
        alone = prior if np.ndim(w) else prior.marginal(0, p)
        if alone is None:
            raise BadInput("the penalty of one slope alone has no formula")
        return alone.penalty(np.atleast_1d(np.asarray(w, dtype=np.float64)))

    return phi


def _for(at: Symbols, j: int, p: int) -> Symbols:
    """The symbols of slope j: its own number of each parameter that has one for each slope."""
    return {
        name: value[j] if isinstance(value, np.ndarray) and value.shape == (p,) else value for name, value in at.items()
    }


def _one(name: str, text: str, theirs: float, ours: float) -> Seen:
    what = {"formula": "log_density", "penalty_formula": "penalty"}.get(name, "log_density + penalty")
    return Seen(
        abs(theirs - ours) if theirs != ours else 0.0,
        HALF * (1 + abs(ours) + abs(theirs)) if np.isfinite(ours + theirs) else 0.0,
        f"{'the logarithm of ' * (name == 'formula')}{name} {text!r} gives {theirs:.6g}, and {what} is {ours:.6g}",
    )


def _is_number(value: Any) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(map(_is_number, value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> Any:
    return np.asarray(value, dtype=np.float64) if isinstance(value, tuple) else value
