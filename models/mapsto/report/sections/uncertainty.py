"""What the point estimate leaves out, as rows: the posterior of each coefficient, and predictions."""

from __future__ import annotations

from dataclasses import dataclass

from mapsto.report.answers import at, best_mode, sampled
from mapsto.report.charts.forest import Bar, ForestRow
from mapsto.report.sections.routes import MOST_ROWS
from mapsto.report.text.numerals import ABSENT, compact, decimals_for, fixed, interval, number
from mapsto.runs.record import DrawsRecord, ExactRecord, Interval, Number, PredictiveRecord, Record, SampledScalar


@dataclass(frozen=True)
class PosteriorRow:
    """One coefficient: its mode, its exact mean, sd and interval, and the cells of each engine's draws."""

    name: str
    mode: str
    exact: list[str]
    draws: list[list[str]]
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
    """One row of the data: the point prediction and the interval that it hides."""

    row: str
    point: str
    interval: str
    observed: str
    inside: bool


def cut_sd(record: Record) -> str | None:
    """The exact sd of the slope that the picture cuts through, the other slopes free; None where it is not known."""
    picture, exact = record.picture, record.exact
    if picture is None or exact is None or picture.feature not in record.problem.features:
        return None
    return number(exact.sd[record.problem.features.index(picture.feature)])


def unsettled_places(record: Record) -> int:
    """Decimals of the widest interval on the first tiles: three digits of its width."""
    low, high = record.unsettled.interval if record.unsettled else (None, None)
    return decimals_for(high - low, 3) if low is not None and high is not None else 0


def forest_rows(record: Record) -> list[ForestRow]:
    """One row of the forest per coefficient."""
    mode = best_mode(record)
    return [
        ForestRow(
            name, mode[0][j] if mode else None, _bar(record.exact, j), [_bar(d, j) for d in sampled(record).values()]
        )
        for j, name in enumerate(record.problem.features)
    ]


def posterior_rows(record: Record) -> list[PosteriorRow]:
    """The posterior of each coefficient and of the intercept."""
    mode, sds, exact = best_mode(record), _best_sds(record), record.exact
    draws, limit = list(sampled(record).values()), record.agreement.r_hat_limit
    if sds is None:
        return []
    rows = []
    for j, name in enumerate(record.problem.features[:MOST_ROWS]):
        places = decimals_for(sds[j] or 0.0, 3)
        rows.append(
            PosteriorRow(
                name,
                fixed(mode[0][j] if mode else None, places),
                _three(exact.mean[j], exact.sd[j], exact.eti89[j], places) if exact else [],
                [_cells(one, j, places) for one in draws],
                any(r_hat is not None and r_hat > limit for r_hat in (at(one.r_hat, j) for one in draws)),
            )
        )
    known = exact.intercept if exact else None
    parts = [one.intercept for one in draws]
    best = known or next((part for part in parts if part), None)
    if best:
        places = decimals_for(best.sd or 0.0, 3)
        rows.append(
            PosteriorRow(
                "intercept",
                fixed(mode[1] if mode else None, places),
                ([ABSENT] * 3 if known is None else _three(known.mean, known.sd, known.eti89, places)) if exact else [],
                [_intercept(part, places) for part in parts],
                any(part is not None and part.r_hat is not None and part.r_hat > limit for part in parts),
            )
        )
    return rows


def point_rows(record: Record) -> list[PointRow]:
    """The mode of each coefficient, and its posterior mean and median."""
    rows = []
    for one in (record.point_and_posterior or [])[:MOST_ROWS]:
        places = decimals_for(one.sd or 0.0, 3)
        mean, median, sd = (fixed(value, places) for value in (one.mean, one.median, one.sd))
        mode = "0" if one.exactly_zero else fixed(one.mode, places)
        rows.append(PointRow(one.feature, mode, mean, median, sd, one.exactly_zero))
    return rows


def predictive_rows(predictive: PredictiveRecord | None) -> list[PredictiveRow]:
    """Rows of the data with the interval that holds a new response there."""
    rows = []
    for one in predictive.rows if predictive else []:
        places = decimals_for(one.sd or 0.0, 3)
        low, high = one.eti89
        rows.append(
            PredictiveRow(
                str(one.row),
                fixed(one.mean, places),
                interval(one.eti89, places),
                compact(one.observed, 6),
                low is not None and high is not None and low <= one.observed <= high,
            )
        )
    return rows


def _best_sds(record: Record) -> list[Number] | None:
    """Standard deviations of the slopes: exact where they are known so, else of the first engine that has draws."""
    if record.exact is not None:
        return record.exact.sd
    return next((one.sd for one in sampled(record).values()), None)


def _bar(source: ExactRecord | DrawsRecord | None, j: int) -> Bar | None:
    if source is None or source.mean is None or source.eti89 is None:
        return None
    mean, (low, high) = source.mean[j], source.eti89[j]
    return None if mean is None or low is None or high is None else Bar(mean, low, high)


def _cells(draws: DrawsRecord, j: int, places: int) -> list[str]:
    told = _three(at(draws.mean, j), at(draws.sd, j), at(draws.eti89, j), places)
    return [*told, *_diagnostics(at(draws.ess_bulk, j), at(draws.ess_tail, j), at(draws.r_hat, j))]


def _intercept(part: SampledScalar | None, places: int) -> list[str]:
    if part is None:
        return [ABSENT] * 6
    return [*_three(part.mean, part.sd, part.eti89, places), *_diagnostics(part.ess_bulk, part.ess_tail, part.r_hat)]


def _three(mean: Number, sd: Number, eti89: Interval | None, places: int) -> list[str]:
    return [fixed(mean, places), fixed(sd, places), interval(eti89, places)]


def _diagnostics(bulk: Number, tail: Number, r_hat: Number) -> list[str]:
    cells = [ABSENT if value is None else number(round(value)) for value in (bulk, tail)]
    return [*cells, fixed(r_hat, 3)]
