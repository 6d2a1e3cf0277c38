"""The first lines of a printed program: it reads ``table.csv``, and nothing of the table is in the program itself.

The columns of the file are the problem's: the features, the target, and the weights of the rows if there are any.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mapsto.likelihoods.problem import Problem

FILE = "table.csv"


def columns(problem: Problem) -> tuple[str, str]:
    """The names in the file of the target and of the weights: the problem's, unless a feature has the name already."""
    target = problem.target
    while target in problem.features:
        target += " (target)"
    weights = "weights"
    while weights in (*problem.features, target):
        weights += " (of rows)"
    return target, weights


def data_lines(problem: Problem) -> list[str]:
    """Lines that define ``features``, ``X``, ``y`` and, where rows are weighted, ``weights``."""
    target, weights = columns(problem)
    lines = [
        "# the columns and the target in the units in which they were used here",
        f'table = pd.read_csv("{FILE}")',
        f"features = {strings(problem.features)}",
        "X = table[features].to_numpy(dtype=float)",
        f"y = table[{string(target)}].to_numpy(dtype=float)",
    ]
    if problem.weights is not None:
        lines.append(f"weights = table[{string(weights)}].to_numpy(dtype=float)")
    return lines


def imports(lines: Iterable[str]) -> list[str]:
    """Import lines in the order in which people write them."""
    return sorted(set(lines), key=lambda line: (line.startswith("from"), line.split()[1], len(line.split()[1])))


def program(*sections: Sequence[str]) -> str:
    """Sections of lines as a whole program, an empty line between them."""
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def strings(texts: Iterable[str]) -> str:
    """The source of a list of strings."""
    return f"[{', '.join(map(string, texts))}]"


def string(text: str) -> str:
    """A string in double quotes where that needs no escape, as people write them."""
    plain = text.isprintable() and '"' not in text and "\\" not in text
    return f'"{text}"' if plain else repr(text)
