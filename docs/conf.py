"""How the documentation is built: Markdown pages, the reference from the docstrings, nothing from the network."""

import sys
from pathlib import Path

from mapsto import __version__

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "mapsto"
author = "The mapsto authors"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "mathml", "reference"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing"]  # links of included documents that point into the repository

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_use_ivar = True

html_theme = "pydata_sphinx_theme"
html_title = f"mapsto {version}"
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False, "secondary_sidebar_items": ["page-toc"]}
html_show_sourcelink = False
html_math_renderer = "mathml"
