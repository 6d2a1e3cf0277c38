#!/usr/bin/env -S uv run --script
# /// script
# dependencies = ["nox>=2025.5"]
# ///
"""The tests on each Python that is supported: `nox`, or `nox -s tests-3.14` for one of them.

For everything else there is the Makefile, which sets up one environment, pinned by requirements.lock.
"""

import nox

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv|venv"


@nox.session(python=["3.12", "3.13", "3.14"])
def tests(session: nox.Session) -> None:
    """Run the tests against the newest releases that the requirements allow."""
    session.install("--group", "dev", "-e", ".")
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation."""
    session.install("--group", "docs", "-e", ".")
    session.run("sphinx-build", "--fail-on-warning", "docs", "build/docs")


if __name__ == "__main__":
    nox.main()
