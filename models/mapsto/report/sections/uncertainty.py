"""What the point estimate leaves out, as rows: the posterior of each coefficient, and predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mapsto.report.charts.forest import Bar, ForestRow
from mapsto.report.sections.routes import MOST_ROWS, best_mode
from mapsto.report.text.numerals import ABSENT, compact, decimals_for, fixed, interval, number


@dataclass(frozen=True)
class PosteriorRow:
    """One coefficient: mode, then mean, sd and interval of each kind of posterior, then diagnostics."""

    name: str
    mode: str
    exact: list[str]
    nuts: list[str]
    bad_r_hat: bool


@dataclass(frozen=True)
class PointRow:
    """One coefficient as a point estimate, and what its posterior says in three numbers."""

    name: str
    mode: str
    mean: str
    median: str
    sd: str
    exactly_zero: bool

    @property
    def one(self) -> bool:
        """Whether mode, mean and median are one number, as far as they are shown."""
        return self.mode == self.mean == self.median


@dataclass(frozen=True)
class PredictiveRow:
    """One row of the data: the point prediction beside the interval it hides."""

    row: str
    point: str
    interval: str
    observed: str
    inside: bool


@dataclass(frozen=True)
class Widest:
    """The coefficient whose posterior sd is largest relative to its mode."""

    name: str
    ratio: float
    sd: float
    mode: float

    @property
    def shown(self) -> str:
        """The ratio as text."""
        return compact(self.ratio, 2)


def widest(record: dict[str, Any]) -> Widest | None:
    """The least known coefficient, or None where no sd is known. A mode of exactly 0 has no relative width."""
    mode = best_mode(record)
    posterior = record["posterior"].get("exact") or record["posterior"].get("nuts")
    if mode is None or not posterior:
        return None
    found = [
        Widest(str(name), sd / abs(w), sd, w)
        for name, sd, w in zip(record["problem"]["features"], posterior["sd"], mode[0], strict=False)
        if sd is not None and w
    ]
    return max(found, key=lambda one: one.ratio, default=None)


def forest_rows(record: dict[str, Any]) -> list[ForestRow]:
    """One row of the forest per coefficient."""
    mode = best_mode(record)
    exact, nuts = record["posterior"].get("exact"), record["posterior"].get("nuts")
    return [
        ForestRow(str(name), mode[0][j] if mode else None, _bar(exact, j), _bar(nuts, j))
        for j, name in enumerate(record["problem"]["features"])
    ]


def posterior_rows(record: dict[str, Any]) -> list[PosteriorRow]:
    """The posterior of each coefficient and of the intercept."""
    mode = best_mode(record)
    exact, nuts = record["posterior"].get("exact"), record["posterior"].get("nuts")
    if not exact and not nuts:
        return []
    known_sd = (exact or nuts or {})["sd"]
    rows = []
    for j, name in enumerate(record["problem"]["features"][:MOST_ROWS]):
        places = decimals_for(known_sd[j] or 0.0, 3)
        r_hat = (nuts.get("r_hat") or [None] * (j + 1))[j] if nuts else None
        rows.append(
            PosteriorRow(
                str(name),
                fixed(mode[0][j] if mode else None, places),
                _cells(exact, j, places),
                [*_cells(nuts, j, places), *_diagnostics(nuts, j)],
                r_hat is not None and r_hat > 1.01,
            )
        )
    parts = [(source or {}).get("intercept") for source in (exact, nuts)]
    if any(parts):
        known = parts[0] or parts[1] or {}
        places = decimals_for(known["sd"], 3)
        cells = [_three(part, places) if part else [ABSENT] * 3 for part in parts]
        sampled = {name: [value] for name, value in (parts[1] or {}).items()}
        rows.append(
            PosteriorRow(
                "intercept",
                fixed(mode[1] if mode else None, places),
                cells[0] if exact else [],
                [*cells[1], *_diagnostics(sampled, 0)] if nuts else [],
                False,
            )
        )
    return rows


def point_rows(record: dict[str, Any]) -> list[PointRow]:
    """The mode of each coefficient beside its posterior mean and median."""
    rows = []
    for one in (record.get("point_and_posterior") or [])[:MOST_ROWS]:
        places = decimals_for(one["sd"] or 0.0, 3)
        zero = bool(one.get("exactly_zero"))
        mean, median, sd = (fixed(one.get(key), places) for key in ("mean", "median", "sd"))
        rows.append(
            PointRow(str(one["feature"]), "0" if zero else fixed(one.get("mode"), places), mean, median, sd, zero)
        )
    return rows


def predictive_rows(predictive: dict[str, Any] | None) -> list[PredictiveRow]:
    """Rows of the data with the interval that holds a new response there."""
    rows = []
    for one in (predictive or {}).get("rows") or []:
        places = decimals_for(one["sd"], 3)
        low, high = one["eti89"]
        rows.append(
            PredictiveRow(
                str(one["row"]),
                fixed(one["mean"], places),
                interval(one["eti89"], places),
                compact(one["observed"], 6),
                low <= one["observed"] <= high,
            )
        )
    return rows


def _bar(source: dict[str, Any] | None, j: int) -> Bar | None:
    if not source or source["mean"][j] is None or source["eti89"][j] is None:
        return None
    return Bar(source["mean"][j], *source["eti89"][j])


def _cells(source: dict[str, Any] | None, j: int, places: int) -> list[str]:
    if not source:
        return []
    return _three({key: source[key][j] for key in ("mean", "sd", "eti89")}, places)


def _three(part: dict[str, Any], places: int) -> list[str]:
    return [fixed(part["mean"], places), fixed(part["sd"], places), interval(part["eti89"], places)]


def _diagnostics(nuts: dict[str, Any] | None, j: int) -> list[str]:
    if not nuts:
        return []
    cells = []
    for key in ("ess_bulk", "ess_tail"):
        value = (nuts.get(key) or [None] * (j + 1))[j]
        cells.append(ABSENT if value is None else number(round(value)))
    return [*cells, fixed((nuts.get("r_hat") or [None] * (j + 1))[j], 3)]
