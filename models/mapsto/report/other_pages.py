"""Pages of other commands that the index links to where they stand in the same folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

COMPARED = "-compare.html"


@dataclass(frozen=True)
class OtherPage:
    """A page by its file's name: what it is called, and what it answers."""

    file: str
    title: str
    says: str


KNOWN = (
    OtherPage("elicit.html", "From a belief to a penalty", "which penalty a belief about a slope is, with a slider"),
    OtherPage("calibration.html", "Who is calibrated", "whose intervals cover what they say, by simulation"),
    OtherPage("benchmarks.html", "Benchmarks", "what each kind of work costs next to a peer that does part of it"),
)


def other_pages(files: Sequence[str]) -> list[OtherPage]:
    """The pages among these files that are known here, comparisons last; all other files are passed over."""
    compared = [
        OtherPage(file, f"Engines compared: {file.removesuffix(COMPARED)}", "accuracy against cost, on one posterior")
        for file in sorted(files)
        if file.endswith(COMPARED)
    ]
    return [page for page in KNOWN if page.file in files] + compared
