"""What inspection finds in sets that are known."""

from __future__ import annotations

import numpy as np
import pytest
from datasets.made import TORSO, pixels, png, write_folder
from PIL import Image

from GANAnomalyLab.datasets.inspection import inspect_dataset
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken


def test_pictures(tmp_path):
    folder = write_folder(tmp_path / "set", ["x/1.png", "x/2.png", "y/3.png"], [["x/1.png", 0], ["x/2.png", 1]])
    (folder / "y" / "4.png").write_bytes(png(pixels(0)))  # the same as x/1.png, of another patient
    (folder / "y" / "5.png").write_bytes(png(np.full((4, 6), 9, np.uint8)))
    (folder / "y" / "6.png").write_bytes(png(pixels(1, channels=3)))
    (folder / "y" / "7.png").write_bytes(png(pixels(1))[:50])
    found = inspect_dataset(folder, "folder", "folder", tmp_path / "sheet.png")
    assert (found.kind, found.items, found.exit_code) == ("pictures", 7, 1)
    assert found.sizes == {"10 x 12": 5, "6 x 4": 1}
    assert found.depths == {"grey 8 bit": 5, "colour 8 bit": 1}
    assert found.labels == {"x": 2, "y": 5}
    assert (found.patients, found.most_of_patient) == (2, 5)
    assert found.duplicates == [["x/1.png", "y/4.png"]]
    assert found.across == 1
    assert found.constant == ["y/5.png"]
    assert [name for name, _ in found.damaged] == ["y/7.png"]
    values = [*(pixels(n).ravel() for n in (0, 1, 2, 0)), np.full(24, 9), pixels(1, channels=3).ravel()]
    assert found.mean == pytest.approx(np.concatenate(values).mean())
    assert (found.low, found.high) == (min(v.min() for v in values), max(v.max() for v in values))
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert sheet.shape[0] == 128 + 8
    assert sheet.max() > 200
    # A dataset.json that leaves pictures out is no reason not to look at them.
    noted = inspect_dataset(folder)
    assert noted.labels is None
    assert any("no label for 5 of 7" in note for note in noted.notes)


def test_a_volume(tmp_path):
    found = inspect_dataset(TORSO, sheet=tmp_path / "sheet.png")
    assert (found.kind, found.slices) == ("volumes", 112)
    assert found.sizes == {"122 x 101 x 112": 1}
    assert found.spacings == {"3 x 3 x 3 mm": 1}
    assert found.depths == {"CT": 1}
    assert found.low < -1000 < 1000 < found.high
    with pytest.raises(InputError, match="--force"):
        inspect_dataset(TORSO, sheet=tmp_path / "sheet.png")
    with pytest.raises(InputError, match=r"ends in \.png"):
        inspect_dataset(TORSO, sheet=tmp_path / "sheet.jpg")


def test_nothing_sound(tmp_path):
    folder = write_folder(tmp_path / "set", ["1.png"])
    (folder / "1.png").write_bytes(b"x")
    with pytest.raises(InputError, match="None of the 1 items"):
        inspect_dataset(folder)


def test_cancelled(tmp_path):
    cancel = CancelToken()
    folder = write_folder(tmp_path / "set", ["1.png", "2.png"])
    with pytest.raises(Cancelled):
        inspect_dataset(folder, progress=lambda fraction, message: cancel.cancel(), cancel=cancel)
