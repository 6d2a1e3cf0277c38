"""The modes of all engines next to each other, digit by digit."""

from __future__ import annotations

from dataclasses import dataclass

from mapsto.report.answers import answered, at, sampled
from mapsto.report.text.digits import Split, split_row
from mapsto.report.text.numerals import compact, decimals_for, fixed
from mapsto.runs.record import DrawsRecord, ModeRecord, Number, Record

MOST_ROWS = 40  # of a table; the JSON and the CSV hold the rest, and a page has to stay light


@dataclass(frozen=True)
class RouteHead:
    """One column: an engine that answered, or why it did not."""

    key: str
    label: str
    status: str
    reason: str
    seconds: str

    @property
    def ok(self) -> bool:
        """Whether the engine has numbers to show."""
        return self.status == "ok"


@dataclass(frozen=True)
class RouteRow:
    """One coefficient by each engine that has a mode, and its posterior mean by each that has draws."""

    name: str
    splits: list[Split]
    means: list[str]


@dataclass(frozen=True)
class RouteTable:
    """All heads, and the rows for those that are ok; ``samplers`` are the names of the engines that have draws."""

    heads: list[RouteHead]
    rows: list[RouteRow]
    objective: RouteRow | None
    samplers: list[str]
    left_out: int

    @property
    def answered(self) -> list[RouteHead]:
        """The engines with a column of their own."""
        return [head for head in self.heads if head.ok]


def route_table(record: Record) -> RouteTable:
    """The record's modes as a table."""
    modes, draws = list(answered(record).values()), list(sampled(record).values())
    heads = [_head(key, mode) for key, mode in record.modes.items()]
    features = record.problem.features
    floor = max((abs(v) for mode in modes for v in mode.coef or [] if v is not None), default=0.0) * 1e-3
    rows: list[RouteRow] = []
    if modes:
        for j, name in enumerate(features[:MOST_ROWS]):
            splits = split_row([at(mode.coef, j) for mode in modes], floor)
            rows.append(RouteRow(name, splits, [_mean(at(one.mean, j), at(one.mcse_mean, j)) for one in draws]))
        if record.problem.intercept:
            splits = split_row([mode.intercept for mode in modes], floor)
            rows.append(RouteRow("intercept", splits, [_intercept(one) for one in draws]))
    objectives = [mode.objective for mode in modes]
    shown = any(v is not None for v in objectives)
    objective = RouteRow("loss $J$ at the mode", split_row(objectives, 0.0), []) if shown else None
    left_out = max(len(features) - MOST_ROWS, 0)
    return RouteTable(heads, rows, objective, [one.label for one in draws], left_out)


def _head(key: str, mode: ModeRecord) -> RouteHead:
    seconds = mode.seconds
    time = "" if seconds is None else "under 1 ms" if seconds < 1e-3 else f"{compact(seconds, 2)} s"
    return RouteHead(key, mode.label, mode.status, mode.reason or "No reason was given.", time)


def _mean(mean: Number, error: Number) -> str:
    if mean is None or error is None:
        return fixed(mean, 3)
    decimals = decimals_for(error, 2)
    return f"{fixed(mean, decimals)} ± {fixed(error, decimals)}"


def _intercept(draws: DrawsRecord) -> str:
    return "" if draws.intercept is None else _mean(draws.intercept.mean, draws.intercept.mcse_mean)
