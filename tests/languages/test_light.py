"""No language is imported before it is asked for, and each that is missing is named with what to install."""

import subprocess
import sys

import pytest

from mapsto.engines.registry import engines

LANGUAGES = {"bambi", "numpyro", "stan"}
HEAVY = {"arviz", "bambi", "blackjax", "httpstan", "jax", "numpyro", "pymc", "pytensor", "stan"}
LIST = """
import sys
from mapsto.cli import main
sys.argv = ["mapsto", "list", "--engines"]
try:
    main()
finally:
    print(sorted({heavy} & set(sys.modules)), file=sys.stderr)
"""


def test_listing_the_engines_imports_none_of_them():
    source = LIST.replace("{heavy}", repr(HEAVY))
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stderr.split() == ["[]"]
    listed = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert set(listed) >= LANGUAGES
    for name in LANGUAGES:
        missing = engines()[name].missing()
        assert (missing or engines()[name].summary)[:40] in listed[name]


@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_what_is_not_installed_is_said_with_what_to_install(name, monkeypatch):
    kind = engines()[name]
    module = sys.modules[kind.__module__]
    monkeypatch.setattr(module, "find_spec", lambda one: None)
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    assert f"pip install 'mapsto[{name}]'" in kind.missing()
    monkeypatch.setattr(module, "find_spec", lambda one: one)
    if name != "stan":  # it wants a compiler too
        assert kind.missing() == ""
