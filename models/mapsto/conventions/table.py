"""The Rosetta table: what each library minimises, the prior that is, and how it is known.

R is the equivalent scikit-learn Ridge alpha (RSS + R ||w||^2), so a Normal prior's sd is sigma_w = sigma / sqrt(R); s
is a Laplace prior's scale; sd_j a column's sd; n the rows (or the sum of their weights). A row that says "run" is a
test of this repository: the library is fitted, and the translated log posterior must be stationary at its answer. Its
version is pinned there, so that a convention that changes fails loudly.
"""

from __future__ import annotations

from mapsto.conventions.base import Known
from mapsto.conventions.matching import matching
from mapsto.conventions.registry import conventions

SAYS: dict[Known, str] = {
    "run": "run: a test fits it and checks the gradient",
    "source": "not run here: read in its source",
    "docs": "not run here: read in its documentation",
    "algebra": "not run here: follows from what is written",
}

FIELDS = ("key", "library", "objective", "prior", "intercept", "known", "package", "version")


def conventions_rows() -> list[dict[str, str]]:
    """The table as plain data, for a page.

    What each convention states; ``says``, how it is known in words; ``match``, what to set to fit as Ridge(alpha=1).

    ``objective`` and ``prior`` are LaTeX; ``intercept`` and ``match`` are text with mathematics between dollar signs.
    """
    return [
        {field: getattr(one, field) for field in FIELDS} | {"says": SAYS[one.known], "match": matching(one)}
        for one in conventions()
    ]


def readme_table() -> str:
    """The table in Markdown: library, what it minimises, the prior, intercept, known by."""
    lines = ["| library | minimises | prior | intercept | known by |", "|---|---|---|---|---|"]
    for one in conventions():
        known = f"run, {one.version}" if one.known == "run" else f"not run ({one.known})"
        cells = [one.library, f"${_bars(one.objective)}$", f"${_bars(one.prior)}$", _bars(one.intercept), known]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _bars(latex: str) -> str:
    """Bars would end a cell of Markdown."""
    return latex.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
