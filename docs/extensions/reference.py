"""Directives that read the package: its public names by room, its command line, its lessons."""

from __future__ import annotations

import ast
import html
import re
import sys
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import mapsto

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / "reports"


def homes() -> dict[str, str]:
    """The module that each public name is from, as the stub says."""
    tree = ast.parse((ROOT / "models" / "mapsto" / "__init__.pyi").read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def public_names(*rooms: str) -> list[str]:
    """The public names from one of the rooms, or from one of the files, in the order of the stub."""
    there = tuple(f"mapsto.{room}." for room in rooms)
    return [name for name, home in homes().items() if f"{home}.".startswith(there)]


class PublicNames(SphinxDirective):
    """``.. public-names:: ROOM ...``: every public name of the rooms, from its docstring."""

    required_arguments = 1
    optional_arguments = 100

    def run(self) -> list[nodes.Node]:
        """Parse an autodoc directive for each name."""
        text: list[str] = []
        for name in public_names(*self.arguments):
            if isinstance(getattr(mapsto, name), type):
                text += [f".. autoclass:: mapsto.{name}", "   :members:", "   :show-inheritance:", ""]
            elif callable(getattr(mapsto, name)):
                text += [f".. autofunction:: mapsto.{name}", ""]
            else:
                text += [f".. autodata:: mapsto.{name}", "   :no-value:", ""]
        if not text:
            raise self.error(f"no public name is defined in {', '.join(self.arguments)}")
        parent = nodes.Element()
        self.state.nested_parse(StringList(text, source="public names"), self.content_offset, parent)
        return parent.children


class CommandLine(SphinxDirective):
    """What each command prints for ``--help``."""

    def run(self) -> list[nodes.Node]:
        """A section for each command."""
        import click

        from mapsto.cli_commands import commands

        found: list[nodes.Node] = []
        for name in sorted(commands.commands):
            context = click.Context(commands.commands[name], info_name=f"mapsto {name}", max_content_width=100)
            section = nodes.section(ids=[f"mapsto-{name}"])
            section += nodes.title(text=f"mapsto {name}")
            section += nodes.literal_block(text=commands.commands[name].get_help(context), language="text")
            found.append(section)
        return found


class Lessons(SphinxDirective):
    """Question and answer of each lesson, with its page where `make report` has made one."""

    def run(self) -> list[nodes.Node]:
        """A section for each lesson."""
        from mapsto.marks import plain
        from mapsto.runs.lessons.discovery import find

        sys.path.insert(0, str(ROOT / "experiments"))
        found: list[nodes.Node] = []
        for experiment in find(ROOT / "experiments"):
            section = nodes.section(ids=[experiment.name])
            section += nodes.title(text=plain(experiment.title))
            section += nodes.paragraph("", "", nodes.strong(text=plain(experiment.question)))
            section += nodes.paragraph(text=plain(experiment.answer))
            if (REPORTS / f"{experiment.name}.html").is_file():
                section += nodes.raw("", embedded(experiment.name, plain(experiment.title)), format="html")
            found.append(section)
        return found


def embedded(name: str, title: str) -> str:
    """A lesson's page, opened where the reader wants it."""
    source = f"../lessons/{name}.html"
    return (
        f'<details><summary>Read the lesson here</summary><iframe src="{source}" title="{html.escape(title)}" '
        'loading="lazy" style="width:100%;height:80vh;border:1px solid"></iframe></details>'
        f'<p><a href="{source}">Open it as a page of its own</a></p>'
    )


def copy_lessons(app: Sphinx, error: Exception | None) -> None:
    """Put the lessons' pages into the site."""
    if error is not None or app.builder.format != "html":
        return
    target = Path(app.outdir) / "lessons"
    target.mkdir(exist_ok=True)
    for page in REPORTS.glob("*.html"):
        (target / page.name).write_bytes(page.read_bytes())


def marked(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Show the mathematics that docstrings mark by dollar signs; a bar in them is no substitution."""
    del app, what, name, obj, options
    for number, line in enumerate(lines):
        code = re.split(r"(``.*?``)", line)  # every second part
        code[::2] = [re.sub(r"(?<!\\)\$([^$`]+)\$", r":math:`\1`", text.replace("|", r"\|")) for text in code[::2]]
        lines[number] = "".join(code)


def routing(app: Sphinx, what: str, name: str, obj: object, skip: bool, options: object) -> bool | None:
    """Leave out what scikit-learn adds to every estimator for its metadata routing."""
    del app, what, obj, skip, options
    return True if re.fullmatch(r"set_\w+_request|get_metadata_routing", name) else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_directive("public-names", PublicNames)
    app.add_directive("command-line", CommandLine)
    app.add_directive("lessons", Lessons)
    app.connect("autodoc-process-docstring", marked)
    app.connect("autodoc-skip-member", routing)
    app.connect("build-finished", copy_lessons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
