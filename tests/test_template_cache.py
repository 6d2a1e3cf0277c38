"""Compiled templates: kept for the next process, and never used for another source or after damage."""

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from mapsto.report.template_cache import TemplateCache


@pytest.fixture(autouse=True)
def _writing(monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    monkeypatch.setattr("sys.pycache_prefix", None)


def rendered(folder: Path, source: str) -> str:
    """What a new environment, as a new process has it, makes of the template."""
    environment = Environment(
        loader=DictLoader({"page": source}), bytecode_cache=TemplateCache(folder), autoescape=True
    )
    return environment.get_template("page").render(x="<")


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "__pycache__").glob("*"))


def test_a_template_is_compiled_once(tmp_path, monkeypatch):
    assert rendered(tmp_path, "a {{ x }}") == "a &lt;"
    assert len(kept(tmp_path)) == 1
    with monkeypatch.context() as none_compiles:
        none_compiles.setattr(Environment, "compile", lambda *_a, **_k: pytest.fail("it was compiled again"))
        assert rendered(tmp_path, "a {{ x }}") == "a &lt;"


def test_a_changed_template_is_compiled_anew(tmp_path):
    rendered(tmp_path, "a {{ x }}")
    assert rendered(tmp_path, "b {{ x }}") == "b &lt;"


@pytest.mark.parametrize("damage", [b"", b"\0" * 200, None], ids=["emptied", "overwritten", "cut short"])
def test_a_damaged_file_is_compiled_again(tmp_path, damage):
    rendered(tmp_path, "a {{ x }}")
    (path,) = kept(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20] if damage is None else damage)
    assert rendered(tmp_path, "a {{ x }}") == "a &lt;"
    assert path.read_bytes() == whole


def test_the_version_and_the_checksum_stand_before_the_code(tmp_path):
    rendered(tmp_path, "a {{ x }}")
    (path,) = kept(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:3] + b"?" + whole[4:])
    assert rendered(tmp_path, "a {{ x }}") == "a &lt;"
    assert path.read_bytes() == whole


def test_nothing_is_written_where_python_is_told_to_write_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert rendered(tmp_path, "a {{ x }}") == "a &lt;"
    assert not (tmp_path / "__pycache__").exists()


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path):
    (tmp_path / "__pycache__").write_text("a file where the folder would be")
    assert rendered(tmp_path, "a {{ x }}") == "a &lt;"
    assert (tmp_path / "__pycache__").read_text() == "a file where the folder would be"
