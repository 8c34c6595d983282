"""The extension's description, in CMake and in the catalogue: what Slicer's Extensions Index checks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
CMAKE = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
ENTRY = json.loads((ROOT / "GANAnomaly.json").read_text(encoding="utf-8"))

# slicer-extension-catalog-entry-schema-v1.0.2.json: kinds of the properties, and which must be there.
SCHEMA = {
    "$schema": str,
    "category": str,
    "scm_url": str,
    "scm_revision": str,
    "scm_type": str,
    "build_dependencies": list,
    "dicom_support_rule": str,
    "build_subdirectory": str,
    "enabled": bool,
    "tier": int,
}
REQUIRED = {"$schema", "category", "scm_url"}


def field(name: str) -> str:
    # One line and one pair of quotes, which is how the index's own check reads them.
    values = re.findall(rf'set\s*\(EXTENSION_{name}\s*"([^"]+)"\s*\)', CMAKE)
    assert len(values) == 1, name
    return values[0]


def test_the_catalogue_entry_fits_its_schema():
    assert set(ENTRY) >= REQUIRED
    for name, value in ENTRY.items():
        assert type(value) is SCHEMA[name], name
    assert ENTRY["$schema"].endswith("/slicer-extension-catalog-entry-schema-v1.0.2.json#")
    assert 1 <= ENTRY["tier"] <= 5
    assert b"\r" not in (ROOT / "GANAnomaly.json").read_bytes()


def test_entry_and_cmake_agree():
    assert re.findall(r"^project\(\s*(\w+)", CMAKE, re.MULTILINE) == ["GANAnomaly"]
    assert ENTRY["category"] == field("CATEGORY")
    assert ENTRY["build_dependencies"] == field("DEPENDS").split()
    assert ENTRY["scm_url"].removesuffix(".git") == field("HOMEPAGE")


@pytest.mark.parametrize("name", ["HOMEPAGE", "CATEGORY", "CONTRIBUTORS", "DESCRIPTION", "ICONURL", "SCREENSHOTURLS"])
def test_no_field_is_cut_short_in_cmake(name):
    """A semicolon would split the value where Slicer hands it on without quotes."""
    assert not re.search(r"[;\\$]", field(name))


def test_the_description_says_what_a_user_must_know():
    words = field("DESCRIPTION")
    assert "Research use only, not a medical device" in words
    assert "Apache-2.0" in words


def test_every_picture_named_exists_in_this_tree():
    base = field("HOMEPAGE").replace("https://github.com", "https://raw.githubusercontent.com") + "/main/"
    urls = [field("ICONURL"), *field("SCREENSHOTURLS").split()]
    assert len(urls) >= 2
    for url in urls:
        assert url.startswith(base)
        with Image.open(ROOT / url.removeprefix(base)) as picture:
            assert picture.format == {".png": "PNG", ".jpg": "JPEG"}[Path(url).suffix]


def test_licence_and_readme_of_the_package_exist():
    for name in ("LICENSE", "README"):
        path = re.findall(rf'set\(EXTENSION_{name}_FILE "\$\{{CMAKE_CURRENT_SOURCE_DIR\}}/(\S+)"\)', CMAKE)
        assert len(path) == 1
        assert (ROOT / path[0]).is_file()
