"""Sphinx configuration: `make docs` builds with warnings as errors and runs every notebook."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_ext"))

import theorem_figures  # noqa: E402
from theorem_index import write_folder, write_pages  # noqa: E402


def take_notebooks(source: Path, target: Path) -> None:
    """Copy ../notebooks into docs/notebooks (which git ignores), and write its index.

    Sphinx reads nothing outside its source folder, and links are not kept by every checkout.
    """
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(source.glob("*.md"))}
    names = "\n".join(name.removesuffix(".md") for name in texts)
    listing = f"```{{toctree}}\n:maxdepth: 1\n\n{names}\n```\n" if names else "None yet.\n"
    texts["index.md"] = f"# Notebooks\n\nEach is run from top to bottom whenever these pages are built.\n\n{listing}"
    write_folder(target, texts)


def make_theorem_pages(folder: Path) -> None:
    """A page per claim into docs/theorems (which git ignores), from the claims themselves."""
    from spikemath import theorems

    write_pages(folder, theorems.all(), HERE.parent / "tests", theorem_figures.write)


take_notebooks(HERE.parent / "notebooks", HERE / "notebooks")
make_theorem_pages(HERE / "theorems")

project = "spikemath"
author = "the spikemath developers"
copyright = f"2025, {author}"
release = version = installed_version("spikemath")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_nb",
    "sphinxcontrib.bibtex",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_static", "**/jupyter_execute"]
nitpicky = False

# API pages: one per public name, from its docstring.
autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's Parameters section says more
autodoc_member_order = "bysource"
numpydoc_show_class_members = False  # the class template lists them
numpydoc_class_members_toctree = False

# Pages and notebooks. A notebook is always run afresh: a cache knows nothing of changes in the package.
myst_enable_extensions = ["amsmath", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_show_tb = True  # a cell that fails is a warning, and warnings are errors
nb_execution_timeout = 180
nb_merge_streams = True

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "unsrt"

html_theme = "pydata_sphinx_theme"
html_title = f"spikemath {release}"
html_static_path = ["_static"]
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
}

# Docstrings are written to be read in a terminal, with |u| for an absolute value.
# To reStructuredText that is a substitution.
LITERAL = re.compile(r"(``.*?``)")


def keep_bars(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Escape the bars of a docstring, but for literals and examples."""
    example = False
    for i, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example and "|" in line:
            parts = LITERAL.split(line)
            lines[i] = "".join(part if part.startswith("``") else part.replace("|", r"\|") for part in parts)


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", keep_bars, priority=400)  # before numpydoc
