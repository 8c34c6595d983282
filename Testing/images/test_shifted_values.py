"""CTs stored without their rescale intercept: named by everything that reads CTs to learn, and mended by it."""

from __future__ import annotations

from types import SimpleNamespace

import click
import numpy as np
import pytest
from analysis.small import torso_crop
from images.made import opened, radiograph
from train.picard_small import config

from GANAnomalyLab.datasets.convert_set import SetJob
from GANAnomalyLab.datasets.window_set import window_dataset
from GANAnomalyLab.evaluate.quality.quality_sources import SourceOptions, open_sets
from GANAnomalyLab.generate.projection.projection_targets import read_targets
from GANAnomalyLab.generate.projection_options import ProjectOptions
from GANAnomalyLab.images import ImageSource
from GANAnomalyLab.images.normals import normal_images
from GANAnomalyLab.train.loop import train_on_images
from GANAnomalyLab.train.loop.trainer_settings import TrainerSettings
from GANAnomalyLab.train.picard.slice_store import read_pool
from GANAnomalyLab.train.stylegan2 import stylegan2_plan
from GANAnomalyLab.train.stylegan2.stylegan2_options import TrainOptions
from GANAnomalyLib import write_volume
from GANAnomalyLib.batch.find_cases import Case
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken, no_progress
from GANAnomalyLib.volume import read_volume

CARD = ModelCard("m", resolution=16)
QUIET = (no_progress, CancelToken(), lambda sentence: None)


def _pool(path, store, **more):
    return np.asarray(read_pool(config(**more), path, store / "pool").slices)


def _measured(path, store, **more):
    with open_sets(None, path, SourceOptions(16, **more), store, "cpu", *QUIET) as sets:
        return np.concatenate(list(sets[1]))


def _targets(path, store, **more):
    found = read_targets([Case("a", path)], CARD, 1, ProjectOptions(**more), CancelToken())
    return np.stack([target.image for target in found])


def _windowed(path, store, hu_offset=None):
    window_dataset(path, SetJob(store / "out", hu_offset=hu_offset))
    return read_volume(next((store / "out").glob("*.nii.gz")), allow_any=True).voxels


def _trained(read, settings, store):
    return np.asarray(read(settings, store, *QUIET)[0].images)


READERS = {
    "images": lambda path, store, **more: np.asarray(opened(path, store, **more).images),
    "model export, train encoder": lambda path, store, **more: np.asarray(
        normal_images(SimpleNamespace(card=CARD, channels=1), str(path), store, *QUIET, **more).images
    ),
    "train": lambda path, store, **more: _trained(
        train_on_images.read_images, TrainerSettings(data=str(path), resolution=16, held_out=0, **more), store
    ),
    "train stylegan2": lambda path, store, **more: _trained(
        stylegan2_plan.read_images, TrainOptions(data=str(path), resolution=16, **more), store
    ),
    "train picard": lambda path, store, **more: _pool(str(path), store, **more),
    "metrics": lambda path, store, **more: _measured(str(path), store, **more),
    "project": _targets,
    "dataset": _windowed,
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_they_are_named_and_mended(tmp_path, reader):
    volume = torso_crop(50, 2)
    plain = write_volume(volume, tmp_path / "plain" / "ct.nii.gz")
    raw = write_volume(volume.like((volume.voxels + 1024).astype(np.int16)), tmp_path / "raw" / "ct.nii.gz")
    for store in "abc":
        (tmp_path / store).mkdir()
    with pytest.raises(InputError, match=r"shifted by 1024 .* Add it with --hu-offset -1024"):
        reader(raw, tmp_path / "a")
    mended, expected = reader(raw, tmp_path / "b", hu_offset=-1024.0), reader(plain, tmp_path / "c")
    np.testing.assert_array_equal(mended, expected)
    assert np.ptp(expected) > 0


@pytest.mark.parametrize(
    "names",
    [
        *("analyze", "batch", "info", "simulate", "metrics", "project", "model export"),
        *("train stylegan2", "train encoder", "train picard"),
        *("dataset make", "dataset slice", "dataset window", "dataset to-png", "dataset resize"),
        *("dataset dicom-to-nifti", "evaluate normative", "evaluate threshold", "evaluate study"),
    ],
)
def test_every_command_that_reads_cts_has_the_option_in_the_same_words(names):
    command: click.Command = app
    for name in names.split():
        command = command.get_command(click.Context(command), name)
    found = {parameter.name: parameter for parameter in command.params}
    offset = next(one for one in command.params if "--hu-offset" in one.opts)
    assert found["hu_offset"] is offset
    assert "without its rescale intercept" in offset.help


def test_radiographs_keep_their_values(tmp_path):
    path = radiograph(tmp_path / "data" / "a.dcm", np.arange(256).reshape(16, 16) * 8)
    settings = {"intensity": "window", "hu_window": 2048.0, "hu_level": 1024.0}
    plain = opened(path.parent, tmp_path / "plain", **settings)
    moved = opened(path.parent, tmp_path / "moved", hu_offset=-1024.0, **settings)
    np.testing.assert_array_equal(plain.images, moved.images)


def test_what_was_stored_before_is_found_again():
    assert "hu_offset" not in ImageSource("data").pixel_settings()
    assert ImageSource("data", hu_offset=-1024.0).pixel_settings()["hu_offset"] == -1024.0
