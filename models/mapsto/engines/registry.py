"""How engines are found: a file or folder here, or another package's entry point ``mapsto.engines``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mapsto.engines.base import Engine
from mapsto.errors import BadInput
from mapsto.plugins import Kind

ENGINES = Kind(
    word="engine",
    package="mapsto.engines",
    group="mapsto.engines",
    base=Engine,
    texts=("name", "label", "summary"),
    one_of=("mode", "draws"),
    dataclasses=False,
    not_plugins=frozenset({"expression_text", "languages", "priors_table", "question", "settings"}),
)


def engines() -> dict[str, type[Engine]]:
    """Every engine there is, by name: those that only find a mode first, then those that sample.

    Raises:
        BadInput: one that cannot be imported, that is no engine, or whose name is taken.
    """
    own: dict[str, type[Engine]] = ENGINES.shipped()
    found = own | ENGINES.installed(own)
    return dict(sorted(found.items(), key=lambda one: (one[1].samples(), one[0])))


def choose(wanted: Sequence[str | type[Engine]] | None) -> dict[str, type[Engine]]:
    """The engines named, or those a run asks by itself where none is; a class is an engine itself, registered or not.

    Raises:
        BadInput: an unknown name, or one that is not ready; it says what to install.
    """
    there = engines()
    if wanted is None:
        return {name: kind for name, kind in there.items() if kind.by_default and not kind.missing()}
    own = {one.name: one for one in wanted if not isinstance(one, str)}
    there = {name: kind for name, kind in there.items() if name not in own}
    for name in (one for one in wanted if isinstance(one, str)):
        if name not in there:
            raise BadInput(f"there is no engine named {name!r}; there are: {', '.join(there)}")
        if there[name].missing():
            raise BadInput(f"the engine {name!r} is not ready: {there[name].missing()}")
    return {name: kind for name, kind in there.items() if name in wanted} | own


def engine_named(text: str) -> type[Engine]:
    """An engine by its name, or by the path of its file as ``FILE.py:Name``; it may not be ready.

    Raises:
        BadInput: there is none.
    """
    there = engines()
    head, _, name = text.partition(".py:")
    if name:
        kind: type[Engine] = ENGINES.from_file(Path(f"{head}.py"), name, there)
        return kind
    key = text.strip().replace("-", "_")
    if key not in there:
        raise BadInput(f"there is no engine named {text!r}; there are: all, {', '.join(there)} (or FILE.py:Name)")
    return there[key]
