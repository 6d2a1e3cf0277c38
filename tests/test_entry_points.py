"""Entry points are remembered until something is installed."""

import sys

from mapsto.plugins import entry_points


def test_a_package_that_is_installed_later_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert not list(entry_points(group="mapsto.of_this_test"))
    folder = tmp_path / "theirs-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text("[mapsto.of_this_test]\none = json:loads\n", encoding="utf-8")
    (found,) = entry_points(group="mapsto.of_this_test")
    assert found.value == "json:loads"


def test_they_are_those_of_the_standard_library():
    from importlib.metadata import entry_points as theirs

    for group in ("console_scripts", "mapsto.engines"):
        assert set(entry_points(group=group)) == set(theirs(group=group))
