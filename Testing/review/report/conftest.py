"""One small result, and reports read back as what they say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scene"))
from example_result import hip, make_result


@pytest.fixture(scope="session")
def image():
    return hip()


@pytest.fixture(scope="session")
def made(image, tmp_path_factory) -> Path:
    """A result of five findings with all that a manifest says; nobody may change it."""
    folder = make_result(tmp_path_factory.mktemp("report") / "result", image, top=5).folder
    manifest = json.loads((folder / "result.json").read_text())
    manifest |= {
        "created": "2026-03-01T12:30:00+00:00",
        "slice_thresholds": {"0.05": 60.0},
        "domain": {"verdict": "unusual", "reasons": []},
        "geometry": {
            "shape_kji": list(image.voxels.shape),
            "ijk_to_ras": image.ijk_to_ras.tolist(),
            "spacing_mm": list(image.spacing),
        },
        "warnings": ["No body was found: the whole slices were analysed instead.", "A remark of a newer version."],
        "notes": [{"code": "no_body", "values": {}}],
    }
    manifest["input"] = {"modality": "CT"}
    manifest["model"] |= {"not_for": ["children: it knows adults"], "hash": "feed" * 16}
    (folder / "result.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def result(made, tmp_path) -> Path:
    """A copy of it that a test may change."""
    return shutil.copytree(made, tmp_path / "result")


def change(folder: Path, **values) -> None:
    """Put values into a result's manifest."""
    path = folder / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def pages(pdf: Path) -> int:
    """How many a PDF has, counted in its own objects."""
    return len(re.findall(rb"/Type /Page\b", pdf.read_bytes()))


def pdf_text(pdf: Path) -> str:
    """What can be selected and copied, page by page with form feeds between; blanks and line ends as one blank."""
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext (poppler-utils)")
    done = subprocess.run(["pdftotext", "-enc", "UTF-8", pdf, "-"], capture_output=True, check=True)
    return re.sub(r"[^\S\f]+", " ", done.stdout.decode("utf-8"))
