"""Wrong results: each function takes what is right and gives a copy with one thing wrong in it."""

from dataclasses import replace

import numpy as np

from mapsto import Estimate, Problem

# --- the problem


def sigma_times(factor):
    """Another sigma than the one that the lesson speaks of."""
    return lambda result: replace(result, problem=result.problem.with_noise_sd(factor * result.problem.noise_sd))


def table(change):
    """The problem of another table, whole in itself; ``change`` takes X and y and gives others."""

    def tampered(result):
        X, y = change(np.array(result.problem.X), np.array(result.problem.y))
        return replace(result, problem=Problem.from_rows(X, y, noise_sd=result.problem.noise_sd))

    return tampered


def rows(change):
    """Rows that are not those of the problem's statistics: a reduction of the table that went wrong."""

    def tampered(result):
        X, y = change(np.array(result.problem.X), np.array(result.problem.y))
        return replace(result, problem=with_rows(result.problem, X, y))

    return tampered


def with_rows(problem, X, y):
    """The problem with other rows, and the statistics that it has."""
    table = replace(problem.table, X=X, y=y)
    vars(table)["statistics"] = problem.statistics  # in place of those that these rows have
    return replace(problem, table=table)


def times(of_X=1.0, of_y=1.0):
    return lambda X, y: (of_X * X, of_y * y)


def shuffled(X, y):
    """Rows and responses that no longer belong together."""
    return X, np.random.default_rng(0).permutation(y)


def one_column_twice(X, y):
    X[:, -1] = X[:, 0]
    return X, y


def of_column_one_only(X, y):
    """A response without noise."""
    del y
    return X, X[:, 0]


# --- the modes, the exact posterior, the ledger


def prior(other):
    return lambda result: replace(result, prior=other)


def modes(change):
    """Every mode with other slopes."""

    def of(outcome):
        return Estimate(change(outcome.coef), outcome.intercept) if isinstance(outcome, Estimate) else outcome

    return lambda result: replace(result, modes={name: of(outcome) for name, outcome in result.modes.items()})


def a_mode_after_all(result):
    """A mode where there is none."""
    return replace(result, modes={**result.modes, "pymc": Estimate(np.ones(result.problem.p), 0.0)})


def exact(**changes):
    """Fields of the exact posterior, each made from the right one's posterior."""

    def tampered(result):
        wrong = {name: change(result.exact) for name, change in changes.items()}
        return replace(result, exact=replace(result.exact, **wrong))

    return tampered


mean_off = exact(mean=lambda e: e.mean + 0.01)
mean_doubled = exact(mean=lambda e: 2 * e.mean)
mean_of_other_columns = exact(mean=lambda e: e.mean[::-1])
width_off = exact(root=lambda e: 1.001 * e.root)
width_doubled = exact(root=lambda e: e.root / 2)
correlated = exact(root=lambda e: e.root + e.root.max() * np.triu(np.ones_like(e.root)))


def term(name, change):
    """Another value of one term of the ledger."""

    def tampered(result):
        return replace(
            result, ledger=tuple(replace(t, value=change(t.value)) if t.term == name else t for t in result.ledger)
        )

    return tampered


def kept(name):
    """A term of the ledger that is kept though it should be dropped, or the other way round."""

    def tampered(result):
        return replace(result, ledger=tuple(replace(t, kept=t.kept ^ (t.term == name)) for t in result.ledger))

    return tampered


# --- the draws, and the other runs


def draws(group, change):
    """Other draws in one group of the posterior's tree."""

    def tampered(result):
        tree = result.posterior.copy(deep=True)
        tree[group] = tree[group].to_dataset().map(change)
        return replace(result, posterior=tree)

    return tampered


def centred(draws):
    return draws - draws.mean(("chain", "draw"))


def summary(**changes):
    """Something else said of the draws of every sampler."""

    def tampered(result):
        drawn = {n: replace(one, summary=replace(one.summary, **changes)) for n, one in result.draws.items()}
        return replace(result, draws=drawn)

    return tampered


def certificate(*checks):
    return lambda result: replace(result, certificate=replace(result.certificate, checks=checks))


def other(name, change):
    """Something wrong in one of the other runs."""
    return lambda result: replace(result, others={**result.others, name: change(result.others[name])})


def another_prior_in_place_of(name):
    """The run itself taken for one of the others."""
    return lambda result: replace(result, others={**result.others, name: result})
