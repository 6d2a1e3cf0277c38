"""The three routes side by side, digit by digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mapsto.report.text.digits import Split, split_row
from mapsto.report.text.numerals import compact, decimals_for, fixed

ROUTES = (("closed_form", "Closed form"), ("sklearn", "scikit-learn"), ("pymc", "PyMC"), ("direct", "Direct solve"))
ADDITIONAL = {"direct"}  # a route that only some runs take
MOST_ROWS = 40  # of a table; the JSON and the CSV hold the rest, and a page has to stay light


@dataclass(frozen=True)
class RouteHead:
    """One column: a route that answered, or why it did not."""

    key: str
    label: str
    status: str
    reason: str
    seconds: str

    @property
    def ok(self) -> bool:
        """Whether the route has numbers to show."""
        return self.status == "ok"


@dataclass(frozen=True)
class RouteRow:
    """One coefficient by each route that answered, and its posterior mean by NUTS."""

    name: str
    splits: list[Split]
    nuts: str


@dataclass(frozen=True)
class RouteTable:
    """All heads, and the rows for those that are ok."""

    heads: list[RouteHead]
    rows: list[RouteRow]
    objective: RouteRow | None
    has_nuts: bool
    left_out: int

    @property
    def answered(self) -> list[RouteHead]:
        """The routes with a column of their own."""
        return [head for head in self.heads if head.ok]


def best_mode(record: dict[str, Any]) -> tuple[list[float], float | None] | None:
    """Coefficients and intercept of the first route that answered, the exact one before the searches."""
    for key, _ in ROUTES:
        route = record["routes"].get(key) or {}
        if route.get("status") == "ok" and route.get("coef") is not None:
            return route["coef"], route.get("intercept")
    return None


def route_table(record: dict[str, Any]) -> RouteTable:
    """The record's routes as a table."""
    routes = record["routes"]
    heads = [_head(key, label, routes.get(key)) for key, label in ROUTES if key in routes or key not in ADDITIONAL]
    ok = [routes[head.key] for head in heads if head.ok]
    features = record["problem"]["features"]
    nuts = record["posterior"].get("nuts")
    largest = max((abs(v) for route in ok for v in route.get("coef") or []), default=0.0)
    floor = largest * 1e-3
    rows: list[RouteRow] = []
    if ok:
        for j, name in enumerate(features[:MOST_ROWS]):
            values = [route["coef"][j] if route.get("coef") is not None else None for route in ok]
            rows.append(RouteRow(str(name), split_row(values, floor), _nuts(nuts, j)))
        if record["problem"].get("intercept"):
            values = [route.get("intercept") for route in ok]
            rows.append(RouteRow("intercept", split_row(values, floor), _nuts_intercept(nuts)))
    objectives = [route.get("objective") for route in ok]
    shown = any(v is not None for v in objectives)
    objective = RouteRow("loss $J$ at the mode", split_row(objectives, 0.0), "") if shown else None
    return RouteTable(heads, rows, objective, nuts is not None, max(len(features) - MOST_ROWS, 0))


def _head(key: str, label: str, route: dict[str, Any] | None) -> RouteHead:
    if not route:
        return RouteHead(key, label, "unsupported", "This run did not take the route.", "")
    seconds = route.get("seconds")
    time = "" if seconds is None else "under 1 ms" if seconds < 1e-3 else f"{compact(seconds, 2)} s"
    return RouteHead(key, label, str(route["status"]), str(route.get("reason") or "No reason was given."), time)


def _nuts(nuts: dict[str, Any] | None, j: int) -> str:
    if not nuts:
        return ""
    error = (nuts.get("mcse_mean") or [None] * (j + 1))[j]
    if error is None:
        return fixed(nuts["mean"][j], 3)
    decimals = decimals_for(error, 2)
    return f"{fixed(nuts['mean'][j], decimals)} ± {fixed(error, decimals)}"


def _nuts_intercept(nuts: dict[str, Any] | None) -> str:
    part = (nuts or {}).get("intercept")
    return _nuts({name: [value] for name, value in part.items()}, 0) if part else ""
