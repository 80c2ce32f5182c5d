"""Sphinx: `make docs` writes build/docs/index.html."""
import excise

project = "excise"
copyright = "the excise authors"
version = release = excise.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["tutorial.ipynb"]
html_theme = "alabaster"
html_theme_options = {"description": "What a subspace of activations does", "page_width": "70em"}
myst_heading_anchors = 3
# Links to files outside docs/ are for those who read the sources.
suppress_warnings = ["myst.xref_missing"]
autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
