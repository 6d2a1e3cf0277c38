"""Records with other engines than today's, and with more of them."""

import copy

from helpers.runs import three_routes_record

EMPTY_MODE = dict.fromkeys(("coef", "intercept", "objective", "seconds"))
REASON = {"unsupported": "no such penalty here", "failed": "it broke down"}


def with_engines(statuses, draws, name="engines"):
    """A record with an engine for each status of a mode, and one for each status of draws."""
    record = copy.deepcopy(three_routes_record()) | {"name": name}
    mode, sampled = record["modes"]["closed_form"], record["draws"]["pymc"]
    record["modes"] = {
        f"mode_{k}": mode | {"label": f"Mode engine {k}"} | ({} if status == "ok" else EMPTY_MODE | no(status))
        for k, status in enumerate(statuses)
    }
    empty = dict.fromkeys(sampled)
    record["draws"] = {
        f"drawn_{k}": (sampled if status == "ok" else empty | no(status)) | {"label": f"Sampler {k}"}
        for k, status in enumerate(draws)
    }
    drawn = [name for name, one in record["draws"].items() if one["status"] == "ok"]
    plots = record["plots"]
    for one in plots["densities"]:
        one["draws"] = dict.fromkeys(drawn, one["draws"]["pymc"])
    plots["ranks"] = dict.fromkeys(drawn, plots["ranks"]["pymc"])
    if not drawn:
        record["plots"] = record["point_and_posterior"] = None
    record["programs"] = dict.fromkeys(record["draws"], "import numpy as np")
    return record


def no(status):
    return {"status": status, "reason": REASON[status]}
