"""What is to be compared, in words that a process of its own can take up: an experiment, or a user's table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mapsto.engines.registry import engine_named, engines
from mapsto.errors import BadInput
from mapsto.likelihoods.noise_priors.registry import parse_noise
from mapsto.likelihoods.registry import parse_likelihood
from mapsto.marks import literal
from mapsto.priors.registry import parse_prior
from mapsto.runs.audit.specification import Noise
from mapsto.runs.comparison.posteriordb import Given, database_given, subject_of
from mapsto.runs.comparison.subject import Subject
from mapsto.runs.lessons.discovery import choose

DATABASE = "posteriordb:"


@dataclass(frozen=True)
class Asked:
    """What was asked for on the command line.

    Attributes:
        what: the name of an experiment, its script, a table, or ``posteriordb:NAME``.
        folder: where the experiments are.
        prior, noise, likelihood: as the command line names them, or None for the subject's own.
        target, features, noise_sd, intercept: of a table.
        data: a folder of posteriordb, or the file of its data.
        draws: the file of posteriordb's reference draws, where it is not in that folder.
    """

    what: str
    folder: Path
    prior: str | None = None
    noise: str | None = None
    likelihood: str | None = None
    target: str | None = None
    features: tuple[str, ...] | None = None
    noise_sd: str = "auto"
    intercept: bool = True
    data: Path | None = None
    draws: Path | None = None

    def subject(self) -> Subject:
        """Read it.

        Raises:
            BadInput: it cannot be read, or cannot be stated.
        """
        if self.what.startswith(DATABASE):
            if self.prior or self.noise or self.likelihood or self.target:
                raise BadInput(f"{self.what} states its own model: leave out --prior, --noise, --likelihood, --target")
            return subject_of(self.what.removeprefix(DATABASE), self.data)
        if self.data is not None or self.draws is not None:
            raise BadInput("--data and --reference belong to posteriordb:NAME; a table is named by its path")
        if self.target is not None:
            return self._table()
        if Path(self.what).suffix.lower() in (".csv", ".parquet", ".feather", ".arrow"):
            raise BadInput(f"{self.what!r} is a table: name the column to explain with --target")
        prior = None if self.prior is None else parse_prior(self.prior)
        noise = None if self.noise is None else parse_noise(self.noise)
        likelihood = None if self.likelihood is None else parse_likelihood(self.likelihood)
        experiment = choose([self.what], self.folder)[self.what].under(prior, noise, likelihood)
        return Subject(experiment.name, experiment.title, experiment.problem(), experiment.prior)

    def given(self) -> Given | None:
        """posteriordb's own reference, or None where it is not asked for or has none.

        Raises:
            BadInput: it cannot be read, or is of another model.
        """
        if not self.what.startswith(DATABASE):
            return None
        return database_given(self.what.removeprefix(DATABASE), self.data, self.draws)

    def _table(self) -> Subject:
        from mapsto.runs.audit import Asked as OfTable
        from mapsto.runs.audit import table_experiment

        assert self.target is not None
        if self.noise is not None and self.noise_sd != "auto":
            raise BadInput("--noise learns sigma and --noise-sd gives it: leave one out")
        asked = OfTable(
            prior=None if self.prior is None else parse_prior(self.prior),
            noise_sd=_sigma(self.noise_sd) if self.noise is None else parse_noise(self.noise),
            likelihood=None if self.likelihood is None else parse_likelihood(self.likelihood),
        )
        path = Path(self.what)
        experiment = table_experiment(path, self.target, features=self.features, asked=asked, intercept=self.intercept)
        title = literal(f"{path.name}: {self.target}")
        return Subject(experiment.name, title, experiment.problem(), experiment.prior)


def _sigma(text: str) -> Noise:
    if text == "auto":
        return "auto"
    if text == "learn":
        return "learn"
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"--noise-sd is {text!r}; expected a positive number, auto or learn") from None


@cache
def named(text: str) -> dict[str, str]:
    """The engines that ``all`` or a list with commas names, ready or not: each name with how it is asked for.

    Raises:
        BadInput: one that there is not, one asked for twice, or none at all.
    """
    if text.strip() == "all":
        return {name: name for name in engines()}
    found: dict[str, str] = {}
    for one in filter(None, (part.strip() for part in text.split(","))):
        name = engine_named(one).name
        if name in found:
            raise BadInput(f"the engine {name!r} is asked for twice, as {found[name]!r} and {one!r}; leave one out")
        found[name] = one
    if not found:
        raise BadInput(f"--engines is {text!r}; expected all, or names with commas between them")
    return found
