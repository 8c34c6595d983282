"""The sentence where a package that only some kinds need is missing or too old."""

from __future__ import annotations

import sys

import pytest

from GANAnomalyLib.detectors.needs import needing
from GANAnomalyLib.errors import InputError


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "einops", None)
    said = "Latents needs the Python package einops, which is not installed: run pip"
    with pytest.raises(InputError, match=said), needing("Latents"):
        import einops  # noqa: F401


@pytest.mark.parametrize("line", ["from einops import found_in_a_later_version", "import einops.found_later"])
def test_a_package_that_lacks_a_name_is_too_old(line):
    pytest.importorskip("einops")
    said = "Latents needs a newer version of the Python package einops than is installed"
    with pytest.raises(InputError, match=said), needing("Latents"):
        exec(line)


def test_any_other_import_is_raised_as_it_is():
    with pytest.raises(ModuleNotFoundError, match="nothing_of_the_kind"), needing("Latents"):
        import nothing_of_the_kind  # noqa: F401
