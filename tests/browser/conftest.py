"""A real browser, and the pages it is shown. Without either the tests are skipped, and say so."""

import shutil
from types import SimpleNamespace

import pytest

from browser.others import OTHERS
from browser.records import PAGES
from helpers.runs import from_json
from mapsto.conventions import conventions_rows
from mapsto.report import render, render_conventions, render_index

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine (looked for chromium, google-chrome): the pages were not tried in one")
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: run `make setup`")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def records():
    return {name: make() for name, make in PAGES.items()}


@pytest.fixture(scope="session")
def pages(records, tmp_path_factory):
    """Every page on disk by name, the index of them all, and the pages of other commands."""
    folder = tmp_path_factory.mktemp("pages")
    made = {}
    for name, record in records.items():
        made[name] = folder / f"{name}.html"
        made[name].write_text(render(from_json(record)), encoding="utf-8")
    for name, make in OTHERS.items():
        made[name] = folder / f"{name}.html"
        made[name].write_text(make(), encoding="utf-8")
    made["index"] = folder / "index.html"
    made["index"].write_text(
        render_index([from_json(record) for record in records.values()], [f"{name}.html" for name in OTHERS]),
        encoding="utf-8",
    )
    made["conventions"] = folder / "conventions.html"
    made["conventions"].write_text(render_conventions(conventions_rows()), encoding="utf-8")
    return made


@pytest.fixture
def visit(chromium, pages):
    """Open a page by name; what it said and asked for is kept in ``page.heard``."""
    contexts = []

    def opened(name, *, width=1100, height=900, scheme="light", path=None, wait=True, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        heard = SimpleNamespace(console=[], requests=[], dialogs=[])
        page.on("console", lambda message: heard.console.append(message.text))
        page.on("pageerror", lambda error: heard.console.append(str(error)))
        page.on("request", lambda request: heard.requests.append(request.url))
        page.on("dialog", lambda dialog: (heard.dialogs.append(dialog.message), dialog.dismiss()))
        page.goto((path or pages[name]).as_uri())
        page.heard = heard
        return page

    yield opened
    for context in contexts:
        context.close()
