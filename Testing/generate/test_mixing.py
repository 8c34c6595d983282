"""Crossed styles: which layers come from whom, and the page that shows it."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch
from PIL import Image

from GANAnomalyLab.generate.generate_options import MixOptions
from GANAnomalyLab.generate.mixing import mix_styles, mixed
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken


def mix(model, folder, rows="85,100", columns="55,85", styles="0-3", **options):
    call = {name: options.pop(name) for name in ("batch", "force", "progress", "cancel") if name in options}
    return mix_styles(model, folder, MixOptions(rows, columns, styles, **options), device="cpu", **call)


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_files_and_their_layers(full, tmp_path):
    paths = mix(full, tmp_path, truncation_psi=0.8)
    names = ["85-85.png", "100-100.png", "55-55.png", "85-55.png", "100-55.png", "100-85.png", "grid.png"]
    assert [path.name for path in paths] == names
    assert sorted(os.listdir(tmp_path)) == sorted(names)
    network = full.generator
    z = torch.cat([torch.from_numpy(np.random.RandomState(seed).randn(1, 32)).float() for seed in (100, 55)])
    row, column = network.mapping(z, None, truncation_psi=0.8)
    ws = torch.cat([column[:4], row[4:]])[None]
    image = network.synthesis(ws, noise_mode="const")[0, 0].numpy()
    wanted = np.clip(np.rint((image + 1) * 127.5), 0, 255).astype(int)
    assert np.abs(pixels(tmp_path / "100-55.png") - wanted).max() <= 1


def test_all_styles_give_the_column_and_one_style_nearly_the_row(full, tmp_path):
    mix(full, tmp_path / "all", styles="0-7")
    np.testing.assert_array_equal(pixels(tmp_path / "all" / "100-55.png"), pixels(tmp_path / "all" / "55-55.png"))
    mix(full, tmp_path / "last", styles=[7])
    far = {seed: pixels(tmp_path / "last" / f"{seed}-{seed}.png").astype(float) for seed in (100, 55)}
    crossed = pixels(tmp_path / "last" / "100-55.png")
    assert np.abs(crossed - far[100]).mean() < np.abs(crossed - far[55]).mean()


def test_the_page_has_heads_and_cells(full, tmp_path):
    grid = pixels(mix(full, tmp_path, rows="1-2", columns="3-5")[-1])
    side, step = 192, (200, 222)

    def tile(row, column):
        x, y = 8 + column * step[0] + 16 * bool(column), 40 + row * step[1] + 16 * bool(row)
        return grid[y : y + side, x : x + side][::6, ::6]

    for column in (3, 4, 5):
        np.testing.assert_array_equal(tile(0, column - 2), pixels(tmp_path / f"{column}-{column}.png"))
        for row in (1, 2):
            np.testing.assert_array_equal(tile(row, column - 2), pixels(tmp_path / f"{row}-{column}.png"))
    np.testing.assert_array_equal(tile(2, 0), pixels(tmp_path / "2-2.png"))
    assert np.ptp(tile(0, 0)) == 0
    label = grid[40 + side + 3 : 40 + side + 20, 8 + 200 + 16 : 8 + 200 + 16 + side]
    assert label.max() > 200  # "seed 3"


def test_colours_and_classes(tmp_path):
    paths = mix("rgb", tmp_path, styles="0-6", class_index=2)
    assert pixels(paths[-1]).ndim == 3
    with pytest.raises(InputError, match="3 classes"):
        mix("rgb", tmp_path / "b")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"styles": "0-8"}, "styles 0 to 7, not 8"),
        ({"styles": []}, "No styles"),
        ({"rows": "x"}, "row seeds"),
        ({"rows": "0-30", "columns": "0-30"}, "too many for one page"),
        ({"truncation_psi": float("inf")}, "psi"),
        ({"noise_mode": "loud"}, "const, random, none"),
        ({"class_index": 0}, "no classes"),
    ],
)
def test_what_cannot_be_mixed(tmp_path, options, words):
    with pytest.raises(InputError, match=words):
        mix("full", tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_nothing_is_replaced_unasked_and_cancelling_leaves_whole_files(full, tmp_path):
    cancel = CancelToken()

    def stop(fraction, message):
        if "2 of" in message:
            cancel.cancel()

    with pytest.raises(Cancelled, match="2 pictures are kept and no grid"):
        mix(full, tmp_path, batch=1, progress=stop, cancel=cancel)
    assert sorted(os.listdir(tmp_path)) == ["100-100.png", "85-85.png"]
    with pytest.raises(InputError, match="--force"):
        mix(full, tmp_path)
    assert mix(full, tmp_path, force=True)[-1].is_file()


def test_mixed():
    row, column = np.zeros((4, 2)), np.arange(8.0).reshape(4, 2)
    assert mixed(row, column, [1, 3]).tolist() == [[0, 0], [2, 3], [0, 0], [6, 7]]
    assert not row.any()
