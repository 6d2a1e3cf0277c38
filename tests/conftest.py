"""What all tests share: a Hypothesis profile, a seeded generator, and tables of every awkward shape."""

import sys

import hypothesis
import numpy as np
import pytest
import scipy.linalg  # noqa: F401  its BLAS has to be there before it can be held to one thread
from threadpoolctl import threadpool_limits

import mapsto.cli

hypothesis.settings.register_profile("mapsto", derandomize=True, deadline=None, max_examples=40)
hypothesis.settings.load_profile("mapsto")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Matrices of ten columns gain nothing from a second BLAS thread, which waits for work by spinning."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def rng():
    return np.random.default_rng(20_260_101)


@pytest.fixture(scope="session")
def diabetes():
    """The diabetes table: columns standardised by their population sd, the target in its own units."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, scaled=False)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def _tables():
    rng = np.random.default_rng(7)

    def respond(X):
        w = rng.uniform(0.5, 2.0, X.shape[1]) * rng.choice([-1.0, 1.0], X.shape[1]) / np.abs(X).max(axis=0)
        return 3.0 + X @ w + 0.5 * rng.standard_normal(len(X))

    tall = rng.standard_normal((40, 4)) + np.array([0.0, 1.0, -2.0, 5.0])
    twin = rng.standard_normal((30, 3))
    still = rng.standard_normal((25, 3))
    still[:, 1] = 4.0
    shapes = {
        "tall": tall,
        "wide": rng.standard_normal((8, 12)) + 0.5,
        "collinear": twin[:, [0, 1, 1, 2]],
        "single": rng.standard_normal((20, 1)) - 3.0,
        "constant": still,
        "huge": rng.standard_normal((30, 3)) * [1.0, 1e8, 1.0],
    }
    return {name: (X, respond(X)) for name, X in shapes.items()}


@pytest.fixture(scope="session")
def tables():
    """Small tables (X, y) by name; read only, so that no test can spoil another's."""
    made = _tables()
    for X, y in made.values():
        X.flags.writeable = y.flags.writeable = False
    return made


@pytest.fixture(params=["tall", "wide", "collinear", "single", "constant", "huge"])
def table(request, tables):
    return tables[request.param]


@pytest.fixture(params=["tall", "wide", "collinear", "single"])
def ordinary_table(request, tables):
    """The four shapes on which every route has to agree."""
    return tables[request.param]


@pytest.fixture
def cli(monkeypatch, tmp_path, capsys):
    """Call the command line in an empty folder; gives status, output and error output."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["mapsto", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            mapsto.cli.main()
        captured = capsys.readouterr()
        return ended.value.code, captured.out, captured.err

    return call
