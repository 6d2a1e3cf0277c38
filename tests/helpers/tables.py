"""The tables of the README that the code writes, between their markers. Run it (`make tables`) to write them anew."""

import re
from pathlib import Path

from mapsto.conventions import readme_table
from mapsto.engines.priors_table import markdown_table

README = Path(__file__).parents[2] / "README.md"
TABLES = {"priors": markdown_table, "conventions": readme_table}
MEND = "README.md lags behind the code; `make tables` writes its tables anew"


def between(text, name):
    """What stands between the markers of a table."""
    found = re.findall(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, flags=re.DOTALL)
    assert len(found) == 1, f"README.md has {len(found)} tables between the marks of {name!r}; expected one"
    return found[0]


def rewritten(text):
    """A text with every table as the code has it."""
    for name, table in TABLES.items():
        text = text.replace(between(text, name), table().strip() + "\n")
    return text


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")
