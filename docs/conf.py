"""The documentation site, built by ``python3 start.py docs`` (warnings are errors)."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "GANAnomaly"), str(ROOT / "docs" / "_ext")]

from GANAnomalyLib import __version__  # noqa: E402 - found by the line above

project = "GANAnomaly"
author = "the GANAnomaly contributors"
copyright = "2026, the GANAnomaly contributors. Apache-2.0. Research use only, not a medical device"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "house_docstrings",
    "command_pages",
    "stands_alone",
]
exclude_patterns = ["_build", "_ext", "examples"]
highlight_language = "none"

myst_enable_extensions = ["deflist", "fieldlist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
autodoc_preserve_defaults = True
python_display_short_literal_types = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_google_docstring = False
napoleon_custom_sections = [("Attributes", "params_style")]
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"GANAnomaly {__version__}"
html_logo = "../Resources/GANAnomaly.png"
html_favicon = "../Resources/GANAnomaly.png"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "source_repository": "https://github.com/GANAnomaly/GANAnomaly/",
    "source_branch": "main",
    "source_directory": "docs/",
    "navigation_with_keys": True,
}
