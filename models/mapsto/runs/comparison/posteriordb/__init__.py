"""posteriordb's posteriors, as far as they are regressions that likelihoods and priors of mapsto state.

Magnusson, Torkar & Bürkner (2024), "posteriordb: Testing, benchmarking and developing Bayesian inference algorithms",
arXiv:2407.04967. Nothing is fetched: the user names the folder or the files.
"""

from __future__ import annotations

from pathlib import Path

from mapsto.errors import BadInput
from mapsto.marks import literal
from mapsto.runs.comparison.posteriordb.files import data_of, reference_of
from mapsto.runs.comparison.posteriordb.given import Given, given_of
from mapsto.runs.comparison.posteriordb.models import CANNOT, MODELS, Stated
from mapsto.runs.comparison.subject import Subject

__all__ = ["CANNOT", "MODELS", "Given", "database_given", "stated", "subject_of"]


def stated(name: str, data: Path | None) -> Stated:
    """A posterior of posteriordb in mapsto's terms.

    Args:
        name: of the posterior: its data and its model with a hyphen between them.
        data: a checkout of posteriordb, or the file of the data (JSON, the same in a zip, or CSV).

    Raises:
        BadInput: a model that cannot be stated, which is told with its reason, or data that cannot be read.
    """
    model = name.rpartition("-")[2]
    if model in CANNOT:
        raise BadInput(f"posteriordb's {name} cannot be stated: {CANNOT[model]}")
    if model not in MODELS:
        raise BadInput(
            f"posteriordb's {name} is not among the models that are stated; these are: {', '.join(sorted(MODELS))}"
        )
    if data is None:
        raise BadInput("nothing is downloaded: name posteriordb's folder, or the file of the data, with --data")
    values = data_of(name, data)
    try:
        return MODELS[model](values)
    except KeyError as error:
        raise BadInput(f"the data of {name} in {str(data)!r} have no {error}; they have: {', '.join(values)}") from None


def subject_of(name: str, data: Path | None) -> Subject:
    """The posterior as what a comparison is made of; see :func:`stated`."""
    one = stated(name, data)
    return Subject(
        f"posteriordb-{name.replace('_', '-')}".lower(), literal(f"posteriordb: {name}"), one.problem, one.prior
    )


def database_given(name: str, data: Path | None, draws: Path | None) -> Given | None:
    """The reference of posteriordb, in the order of mapsto's parameters; None where the folder has none of it.

    Raises:
        BadInput: a file that cannot be read, or that is of another model.
    """
    found = reference_of(name, data, draws)
    return None if found is None else given_of(found, stated(name, data).theirs, name)
