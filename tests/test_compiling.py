"""What is compiled, where it is kept, and where a model starts."""

import os
import subprocess
import sys

import numpy as np
import pymc as pm
import pytest

from mapsto.engines.pymc.densities.log_density import initial_point

PRINT_FLAGS = "import os, mapsto.engines.pymc; print(os.environ['PYTENSOR_FLAGS'])"


def flags(given: str | None) -> str:
    env = {name: value for name, value in os.environ.items() if name != "PYTENSOR_FLAGS"}
    env |= {} if given is None else {"PYTENSOR_FLAGS": given}
    ran = subprocess.run([sys.executable, "-c", PRINT_FLAGS], env=env, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def test_compiled_functions_are_kept_in_a_folder_of_our_own_unless_another_was_chosen():
    assert flags(None).startswith("compiledir_format=mapsto_")
    assert flags("cxx=").startswith("cxx=,compiledir_format=mapsto_")
    assert flags("base_compiledir=/somewhere") == "base_compiledir=/somewhere"


def test_the_initial_point_is_pymcs_own():
    with pm.Model() as model:
        scale = pm.HalfNormal("scale", 3.0)
        pm.Normal("w", 1.5, scale, shape=4)
        pm.Gamma("k", 2.0, 0.5, initval=7.0)
        pm.Dirichlet("shares", np.ones(3))
    ours, theirs = initial_point(model), model.initial_point()
    assert list(ours) == list(theirs)
    for name, value in theirs.items():
        # The same operations, with and without PyTensor's rewrites: a few roundings apart.
        assert ours[name] == pytest.approx(value, rel=8 * np.finfo(float).eps, abs=8 * np.finfo(float).eps)
