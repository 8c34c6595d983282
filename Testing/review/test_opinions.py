"""opinions.json: read back as written, and hostile files in a sentence."""

from __future__ import annotations

import json

import pytest

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import MANIFEST
from GANAnomalyLib.review.opinions import OPINIONS_FILE, Opinion, Opinions, load_opinions, save_opinions
from GANAnomalyLib.review.result_facts import OpinionSource

FOUND = Opinions(OpinionSource("second", 20, 30, 9, 0.8), [Opinion(1, 0.75), Opinion(2, 0.0)])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / MANIFEST).write_text(json.dumps({"schema_version": 1, "fingerprint": "f"}))
    return tmp_path


def test_there_and_back(folder):
    assert load_opinions(folder) is None
    save_opinions(folder, FOUND)
    assert load_opinions(folder) == FOUND
    with pytest.raises(InputError, match="holds no finished result"):
        save_opinions(folder / "elsewhere", FOUND)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"opinions": [{"rank": 1, "probability": 1.5}]}, "probability"),
        ({"opinions": [{"rank": 1, "probability": "high"}]}, "probability"),
        ({"opinions": [{"rank": 1, "probability": 0.5}] * 2}, "two opinions on a finding"),
        ({"opinions": "all"}, "opinions"),
        ({"source": {"accepted": -1}}, "accepted"),
        ({"schema_version": 99}, "newer version"),
    ],
)
def test_files_from_elsewhere(folder, changes, said):
    path = save_opinions(folder, FOUND)
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(InputError, match=said):
        load_opinions(folder)


def test_no_json_at_all(folder):
    (folder / OPINIONS_FILE).write_bytes(b"\0" * 10)
    with pytest.raises(InputError):
        load_opinions(folder)
