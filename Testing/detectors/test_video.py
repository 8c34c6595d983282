"""The film of a projection: what its frames show, how many are kept, and what is written."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from PIL import Image

from GANAnomalyLib.detectors.stylegan2.video import ProgressVideo
from GANAnomalyLib.errors import GANAnomalyError, InputError


def flat(value: float, channels: int = 1, size: int = 8) -> torch.Tensor:
    return torch.full((1, channels, size, size), value)


def play(video: ProgressVideo, steps: int) -> None:
    """Synthesis brightens from black to white over the steps."""
    for step in range(1, steps + 1):
        video(step, flat(2 * step / steps - 1), torch.tensor([100.0 / step]))


def synthesis_level(frame: np.ndarray, panel: int) -> float:
    return float(frame[:panel, panel:].mean())


def test_frames_show_target_and_synthesis(tmp_path):
    target = np.full((8, 8), -1, dtype=np.float32)
    target[:, 4:] = 1
    video = ProgressVideo(tmp_path / "a.gif", target, panel=64)
    play(video, 4)
    first = video.frames[0]
    assert first.dtype == np.uint8
    assert first.shape == (64 + 24, 128)
    assert (first[:64, :32] == 0).all()
    assert (first[:64, 32:64] == 255).all()
    assert [round(synthesis_level(frame, 64)) for frame in video.frames] == [64, 128, 191, 255]
    assert first[64:, 64:].max() > 0  # the caption
    assert (video.frames[0][64:, 64:] != video.frames[1][64:, 64:]).any()  # names another step


def test_the_chosen_picture_of_a_batch(tmp_path):
    video = ProgressVideo(tmp_path / "a.gif", np.zeros((8, 8), np.float32), index=1, panel=32)
    video(1, torch.cat([flat(-1.0), flat(1.0)]), torch.tensor([5.0, 6.0]))
    assert synthesis_level(video.frames[0], 32) == 255


@pytest.mark.parametrize("steps", [1, 2, 7, 8, 9, 15, 16, 17, 100])
def test_frames_are_bounded_evenly_spread_and_end_with_the_last(tmp_path, steps):
    video = ProgressVideo(tmp_path / "a.gif", np.zeros((8, 8), np.float32), max_frames=8, panel=32)
    expected = [np.rint((2 * step / steps - 1 + 1) * 127.5) for step in range(1, steps + 1)]
    for step in range(1, steps + 1):
        video(step, flat(2 * step / steps - 1), torch.tensor([1.0]))
        assert len(video.frames) <= 8
        assert synthesis_level(video.frames[-1], 32) == pytest.approx(expected[step - 1], abs=1)
    levels = [synthesis_level(frame, 32) for frame in video.frames]
    assert levels[0] == pytest.approx(expected[0], abs=1)
    assert levels == sorted(levels)
    assert len(levels) >= min(steps, 4)
    if steps >= 16:
        gaps = np.diff(levels)[:-1]
        assert gaps.max() - gaps.min() <= 2


def test_gif(tmp_path):
    path = tmp_path / "new" / "film.gif"
    video = ProgressVideo(path, np.zeros((8, 8), np.float32), fps=10, panel=32)
    play(video, 5)
    assert video.write() == path
    with Image.open(path) as film:
        assert film.n_frames == 5
        assert film.size == (64, 56)
        assert film.info["duration"] == 100
        film.seek(4)
        assert np.asarray(film.convert("L"))[:32, 32:].mean() == 255
        assert film.info["duration"] == 1000
    assert [entry.name for entry in path.parent.iterdir()] == ["film.gif"]


def test_rgb_pictures_and_reduction(tmp_path):
    red = np.stack([np.ones((100, 100)), -np.ones((100, 100)), -np.ones((100, 100))]).astype(np.float32)
    video = ProgressVideo(tmp_path / "a.gif", red, panel=33)
    video(1, flat(1.0, 3, 100), np.array([1.0]))
    assert video.frames[0].shape == (34 + 24, 68, 3)
    assert video.frames[0][10, 10].tolist() == [255, 0, 0]
    assert video.frames[0][10, 50].tolist() == [255, 255, 255]


def test_later_changes_of_the_callers_picture_do_not_matter(tmp_path):
    video = ProgressVideo(tmp_path / "a.gif", np.zeros((8, 8), np.float32), max_frames=2, panel=32)
    images = np.full((1, 1, 8, 8), -1, dtype=np.float32)
    for step in range(1, 7):
        video(step, images, [1.0])
    images[:] = 1
    assert all(synthesis_level(frame, 32) == 0 for frame in video.frames)


def test_bad_input(tmp_path, monkeypatch):
    zeros = np.zeros((8, 8), np.float32)
    with pytest.raises(InputError, match=r"\.gif or \.mp4"):
        ProgressVideo(tmp_path / "film.avi", zeros)
    with pytest.raises(InputError, match="at least 2 frames"):
        ProgressVideo(tmp_path / "film.gif", zeros, max_frames=1)
    with pytest.raises(InputError, match="no frames"):
        ProgressVideo(tmp_path / "film.gif", zeros).write()
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)  # as if it were not installed
    with pytest.raises(InputError, match=r"name the video \.gif"):
        ProgressVideo(tmp_path / "film.mp4", zeros)


def test_unwritable_place_leaves_nothing(tmp_path):
    (tmp_path / "taken").write_text("a file where the folder should be")
    video = ProgressVideo(tmp_path / "taken" / "film.gif", np.zeros((8, 8), np.float32), panel=32)
    play(video, 2)
    with pytest.raises(InputError, match="cannot be written"):
        video.write()
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]


def test_failure_in_the_middle_keeps_the_old_film(tmp_path, monkeypatch):
    path = tmp_path / "film.gif"
    path.write_bytes(b"old")
    video = ProgressVideo(path, np.zeros((8, 8), np.float32), panel=32)
    play(video, 3)

    def full_disk(self, file, *args, **kwargs):
        with open(file, "wb") as stream:
            stream.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full_disk)
    with pytest.raises(GANAnomalyError, match="is full"):
        video.write()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["film.gif"]


def test_mp4(tmp_path):
    pytest.importorskip("imageio_ffmpeg", reason="MP4 needs imageio-ffmpeg")
    import imageio.v2 as imageio

    path = tmp_path / "film.mp4"
    video = ProgressVideo(path, np.zeros((8, 8), np.float32), panel=64)
    play(video, 12)
    video.write()
    with imageio.get_reader(str(path), format="FFMPEG") as reader:
        frames = list(reader.iter_data())
    assert len(frames) == 12
    assert frames[0].shape == (88, 128, 3)
    assert frames[-1][10:50, 74:120].mean() == pytest.approx(255, abs=4)
    assert [entry.name for entry in tmp_path.iterdir()] == ["film.mp4"]
