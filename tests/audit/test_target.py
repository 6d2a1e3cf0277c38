"""Which likelihood a target asks for, what is said of it, and what is refused."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from mapsto import BadInput, Bernoulli, Gaussian, NegativeBinomial, Normal, Poisson
from mapsto.cli_audit import audit as command
from mapsto.marks import plain
from mapsto.runs.audit import Asked, table_experiment

ROWS = 30
RNG = np.random.default_rng(8)
X = RNG.standard_normal(ROWS)
UP = RNG.random(ROWS) < 1 / (1 + np.exp(-X))
COUNT = RNG.poisson(np.exp(0.5 * X))
DAYS = RNG.integers(1, 9, ROWS)
TRIALS = RNG.integers(1, 9, ROWS)
WINS = RNG.binomial(TRIALS, 0.4)


def of(target, asked=None, **columns):
    """The experiment of a table with these columns, and all that it says."""
    asked = asked or Asked(prior=Normal(1.0))
    roles = {
        name: columns.pop(name) for name in ("weights", "exposure", "trials") if isinstance(columns.get(name), str)
    }
    made = table_experiment(pd.DataFrame({"x": X, "y": target} | columns), "y", asked=asked, **roles)
    problem = made.problem()
    return problem, plain(made.lesson(SimpleNamespace(summary=None, problem=problem)).answer)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (np.where(UP, "yes", "no"), "'yes' counts as 1 and 'no' as 0"),
        (pd.Categorical(np.where(UP, "yes", "no")), "'yes' counts as 1 and 'no' as 0"),
        (UP, "'true' counts as 1 and 'false' as 0"),
        (UP.astype(int), "has two values"),
        (np.where(UP, 2.0, 1.0), "2 counts as 1 and 1 as 0"),
    ],
    ids=["text", "category", "boolean", "0 and 1", "1 and 2"],
)
def test_two_values_are_bernoulli_and_it_is_said_which_counts_as_one(target, said):
    problem, notes = of(target)
    assert problem.likelihood == Bernoulli()
    assert problem.y.tolist() == UP.astype(float).tolist()
    assert said in notes
    assert "so the likelihood is Bernoulli" in notes
    problem, notes = of(target, Asked(prior=Normal(1.0), likelihood=Bernoulli()))
    assert problem.y.tolist() == UP.astype(float).tolist()
    assert "so the likelihood is" not in notes  # it was asked for


def test_numbers_stay_gaussian_and_what_a_sigma_says_is_heard():
    problem, notes = of(X + RNG.standard_normal(ROWS))
    assert isinstance(problem.likelihood, Gaussian)
    assert "--likelihood" not in notes
    problem, notes = of(COUNT)
    assert isinstance(problem.likelihood, Gaussian)
    assert "give --likelihood poisson" in notes
    problem, _ = of(UP.astype(int), Asked(prior=Normal(1.0), noise_sd=0.5))
    assert isinstance(problem.likelihood, Gaussian)
    problem, _ = of(UP.astype(int), Asked(prior=Normal(1.0), likelihood=Gaussian()))
    assert isinstance(problem.likelihood, Gaussian)


def test_counts_are_divided_by_their_exposure_and_successes_by_their_trials():
    problem, notes = of(COUNT, days=DAYS, exposure="days")
    assert problem.likelihood == Poisson()
    assert problem.y == pytest.approx(COUNT / DAYS)
    assert problem.weights.tolist() == DAYS.tolist()
    assert problem.features == ("x",)
    assert "'y' per 'days'" in notes
    asked = Asked(prior=Normal(1.0), likelihood=NegativeBinomial(2.0))
    assert of(COUNT, asked, days=DAYS, exposure="days")[0].likelihood.name == "negative_binomial"
    problem, _ = of(WINS, games=TRIALS, trials="games")
    assert problem.likelihood.name == "binomial"
    assert (problem.y * problem.weights).round().tolist() == WINS.tolist()
    assert of(UP.astype(int), games=TRIALS, weights="games")[0].likelihood.name == "binomial"


@pytest.mark.parametrize(
    ("target", "asked", "more", "said"),
    [
        (np.resize(["a", "b", "c"], ROWS), Asked(), {}, "3 different values ('a', 'b', 'c')"),
        (np.resize(["a"], ROWS), Asked(), {}, "1 different values"),
        (np.where(UP, "yes", "no"), Asked(likelihood=Poisson()), {}, "expects numbers: use bernoulli"),
        (np.where(UP, "yes", "no"), Asked(noise_sd=1.0), {}, "classes have no sigma"),
        (COUNT, Asked(), {"d": DAYS - 1.0, "exposure": "d"}, "above 0"),
        (COUNT, Asked(likelihood=Bernoulli()), {"d": DAYS, "exposure": "d"}, "go with poisson or negative_binomial"),
        (COUNT, Asked(), {"d": DAYS, "exposure": "d", "trials": "d"}, "more than one of"),
        (WINS, Asked(likelihood=Poisson()), {"d": TRIALS, "trials": "d"}, "go with binomial"),
        (COUNT, Asked(likelihood=Bernoulli()), {}, "expects 0 or 1"),
    ],
    ids=range(9),
)
def test_what_cannot_be_is_refused_in_one_line(target, asked, more, said):
    with pytest.raises(BadInput) as refusal:
        of(target, asked, **more)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_command_line_knows_them_too(tmp_path):
    pd.DataFrame({"x": X, "y": COUNT, "d": DAYS}).to_csv(tmp_path / "t.csv", index=False)
    wrong = ["--target=y", "--exposure=d", "--trials=d"]
    answer = CliRunner().invoke(command, [str(tmp_path / "t.csv"), *wrong])
    assert "more than one of" in str(answer.exception)
