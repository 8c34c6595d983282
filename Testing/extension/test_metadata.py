"""The extension's description, in CMake and in the catalogue: what Slicer's Extensions Index checks."""

from __future__ import annotations

import ast
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


def module_texts() -> str:
    """Every text of the module's description in its own file."""
    tree = ast.parse((ROOT / "GANAnomaly" / "GANAnomaly.py").read_text(encoding="utf-8"))
    (module,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "GANAnomaly"]
    return "".join(n.value for n in ast.walk(module) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def test_the_modules_help_says_what_the_catalogue_asks_for():
    """What it is for, known problems, how to cite, whom to thank; each page it links to is in this tree."""
    texts = module_texts()
    words = ("Research use only", "Known problems", "How to cite", "Apache licence 2.0", "/issues")
    assert [word for word in words if word not in texts] == []
    pages = re.findall(r"\{homepage\}/blob/main/([^\"]+)", texts)
    assert len(pages) >= 2
    assert [page for page in pages if not (ROOT / page).is_file()] == []
    assert f'HOMEPAGE = "{field("HOMEPAGE")}"' in (ROOT / "GANAnomaly" / "GANAnomaly.py").read_text(encoding="utf-8")


def test_the_readme_has_what_the_catalogues_third_tier_asks_for():
    """A sentence for each module, tutorial, sample data, models with sizes, known problems, citing, licence."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    heads = ("**Module**", "**Tutorial**", "**Sample data**", "**Models**", "## Known problems", "## How to cite")
    assert [head for head in (*heads, "## Licence") if head not in readme] == []
    for name in ("demo_memory", "demo", "demo_picard", "demo_diffusion"):
        size = (ROOT / f"GANAnomaly/GANAnomalyLib/data/models/{name}.safetensors").stat().st_size
        assert re.search(rf"`{name}` \([^)]*{size / 1e6:.1f} MB\)", readme), f"{name}: {size / 1e6:.1f} MB"
