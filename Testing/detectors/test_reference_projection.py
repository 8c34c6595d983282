"""The published projection: its schedule, its regulariser, its agreement with a plain version, and its files."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from benchmarks.plain_projection import plain_projection
from PIL import Image

from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.detectors.stylegan2.reference_projection import (
    learning_rate,
    noise_regulariser,
    normalise_noise,
    perturbation,
    project_reference,
    save_projection,
    w_statistics,
)
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken

DATA = Path(__file__).parents[1] / "data"
FEW = 500
"""Samples of w in tests: the published 10,000 only make them slower."""


def fixture_network(name: str, **arguments) -> Generator:
    arrays = np.load(DATA / name)
    network = Generator(**arguments)
    network.load_state_dict({key[2:]: torch.from_numpy(arrays[key]) for key in arrays if key.startswith("G.")})
    return network.eval()


@pytest.fixture(scope="module")
def gray() -> Generator:
    return fixture_network(
        "stylegan2_r32_gray.npz",
        z_dim=32,
        w_dim=32,
        img_resolution=32,
        mapping_layers=2,
        channel_base=512,
        channel_max=32,
    )


@pytest.fixture(scope="module")
def targets(gray) -> np.ndarray:
    """Three of the network's own samples, (3, 32, 32) in [-1, 1]."""
    z = torch.randn(3, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return gray.synthesis(gray.mapping(z, None)).clamp(-1, 1)[:, 0].numpy()


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        (0.0, 0.0),
        (0.01, 0.02),
        (0.025, 0.05),
        (0.05, 0.1),
        (0.5, 0.1),
        (0.75, 0.1),
        (0.875, 0.05),
        (0.9375, 0.1 * (0.5 - 0.25 * math.sqrt(2))),
        (1.0, 0.0),
    ],
)
def test_learning_rate(t, expected):
    assert learning_rate(t) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("t", "expected"), [(0.0, 0.1), (0.375, 0.025), (0.6, 0.004), (0.75, 0.0), (0.9, 0.0)])
def test_perturbation(t, expected):
    assert perturbation(t, w_std=2.0) == pytest.approx(expected, abs=1e-12)


def shifted_products(noise: np.ndarray) -> float:
    """The regulariser of one map with plain loops over its pixels, in double precision."""
    size = noise.shape[0]
    along_x = along_y = 0.0
    for row in range(size):
        for column in range(size):
            along_x += noise[row, column] * noise[row, column - 1]
            along_y += noise[row, column] * noise[row - 1, column]
    here = (along_x / size**2) ** 2 + (along_y / size**2) ** 2
    if size <= 8:
        return here
    return here + shifted_products(noise.reshape(size // 2, 2, size // 2, 2).mean(axis=(1, 3)))


def test_noise_regulariser_equals_plain_loops():
    rng = np.random.default_rng(4)
    maps = [rng.normal(size=(2, 1, r, r)) + 0.3 * k for k, r in enumerate((4, 8, 16, 32))]
    got = noise_regulariser([torch.from_numpy(m) for m in maps])
    expected = [sum(shifted_products(m[i, 0]) for m in maps) for i in range(2)]
    assert got.shape == (2,)
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-10)


def test_noise_regulariser_prefers_white_noise():
    white = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.avg_pool2d(white, 5, stride=1, padding=2)
    normalise_noise([smooth])
    assert float(noise_regulariser([smooth])) > 50 * float(noise_regulariser([white]))


def test_normalise_noise_per_picture():
    noise = torch.randn(3, 1, 8, 8) * torch.tensor([0.1, 1.0, 7.0]).reshape(3, 1, 1, 1) + 5
    normalise_noise([noise])
    torch.testing.assert_close(noise.mean((1, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(noise.square().mean((1, 2, 3)), torch.ones(3), atol=1e-5, rtol=0)


def test_w_statistics_by_their_definition(gray):
    w_avg, w_std = w_statistics(gray, samples=2500)
    with torch.no_grad():
        z = torch.from_numpy(np.random.RandomState(123).randn(2500, 32).astype(np.float32))
        w = gray.mapping(z, None)[:, 0].double().numpy()
    np.testing.assert_allclose(w_avg, w.mean(axis=0), atol=1e-5)
    assert w_std == pytest.approx(math.sqrt(((w - w.mean(axis=0)) ** 2).sum() / 2500), rel=1e-4)


def test_equals_the_plain_procedure(gray, targets):
    steps = 20
    w, image, noises, loss = plain_projection(gray, torch.from_numpy(targets[1])[None], steps, w_samples=FEW)
    ours = project_reference(gray, targets[1:2], steps, w_samples=FEW, keep_noise=True)
    np.testing.assert_allclose(ours.ws[0, 0], w.numpy(), atol=1e-3)
    np.testing.assert_allclose(ours.images[0], image.clamp(-1, 1).numpy(), atol=1e-3)
    assert ours.losses[0] == pytest.approx(loss, rel=1e-4)
    assert {f"{name}.noise_const" for name in ours.noises} == set(noises)
    for name, found in ours.noises.items():
        assert np.abs(found[0, 0] - noises[f"{name}.noise_const"].numpy()).mean() < 1e-4


def test_batch_equals_singles(gray, targets):
    batch = project_reference(gray, targets, 12, w_samples=FEW, keep_noise=True)
    for index in (0, 2):
        single = project_reference(gray, targets[index : index + 1], 12, w_samples=FEW, keep_noise=True)
        np.testing.assert_allclose(batch.ws[index], single.ws[0], atol=1e-3)
        np.testing.assert_allclose(batch.images[index], single.images[0], atol=1e-3)
        for name, noise in batch.noises.items():
            # Adam divides by the gradient's own size: where it is almost zero, rounding alone moves single pixels.
            assert np.abs(noise[index] - single.noises[name][0]).mean() < 1e-4


def test_neighbours_in_the_batch_do_not_matter(gray, targets):
    """Same batch shape, so the same rounding: the first picture's result must be the same to the last bit or so."""
    one = project_reference(gray, targets, 8, w_samples=FEW, keep_noise=True)
    others = np.stack([targets[0], -targets[2], np.zeros_like(targets[0])])
    two = project_reference(gray, others, 8, w_samples=FEW, keep_noise=True)
    np.testing.assert_allclose(one.ws[0], two.ws[0], atol=1e-6)
    np.testing.assert_allclose(one.images[0], two.images[0], atol=1e-6)
    for name, noise in one.noises.items():
        np.testing.assert_allclose(noise[0], two.noises[name][0], atol=1e-6)
    assert np.abs(one.images[1] - two.images[1]).max() > 0.1


def test_seeds_belong_to_pictures(gray, targets):
    twice = np.stack([targets[0], targets[0]])
    same = project_reference(gray, twice, 10, seed=5, w_samples=FEW)
    np.testing.assert_allclose(same.images[0], same.images[1], atol=1e-4)
    other = project_reference(gray, twice, 10, seed=[5, 6], w_samples=FEW)
    np.testing.assert_allclose(other.images[0], same.images[0], atol=1e-4)
    assert np.abs(other.images[0] - other.images[1]).max() > 0.01


def test_global_random_state_is_left_alone(gray, targets):
    torch.manual_seed(11)
    expected = torch.rand(4)
    torch.manual_seed(11)
    project_reference(gray, targets[:1], 2, w_samples=FEW)
    assert torch.equal(torch.rand(4), expected)


def test_network_is_left_alone(gray, targets):
    network = fixture_network(
        "stylegan2_r32_gray.npz",
        z_dim=32,
        w_dim=32,
        img_resolution=32,
        mapping_layers=2,
        channel_base=512,
        channel_max=32,
    ).requires_grad_(True)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    project_reference(network, targets[:1], 3, w_samples=FEW)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in network.parameters())


def test_loss_falls_and_noise_stays_normalised(gray, targets):
    seen = []
    result = project_reference(
        gray,
        targets[:1],
        100,
        w_samples=FEW,
        keep_noise=True,
        on_step=lambda step, images, losses: seen.append((step, tuple(images.shape), losses.numpy().copy())),
    )
    assert [step for step, _, _ in seen] == list(range(1, 101))
    assert seen[0][1] == (1, 1, 32, 32)
    assert (result.losses < 0.05 * seen[0][2]).all()
    shown = ((result.images[:, 0] - targets[:1]) * 127.5) ** 2
    np.testing.assert_allclose(result.losses, shown.mean(axis=(1, 2)), rtol=0.05)
    for noise in result.noises.values():
        np.testing.assert_allclose(noise.mean(axis=(1, 2, 3)), 0, atol=1e-5)
        np.testing.assert_allclose((noise**2).mean(axis=(1, 2, 3)), 1, atol=1e-5)


def test_result_synthesises_again(gray, targets):
    result = project_reference(gray, targets, 5, w_samples=FEW, keep_noise=True)
    assert result.ws.shape == (3, 1, 32)
    assert result.ws.dtype == np.float32
    ws = torch.from_numpy(result.ws).repeat(1, gray.num_ws, 1)
    noises = {name: torch.from_numpy(value) for name, value in result.noises.items()}
    with torch.no_grad():
        again = gray.synthesis(ws, noise_mode="const", noises=noises).clamp(-1, 1)
    np.testing.assert_allclose(result.images, again.numpy(), atol=1e-5)


def test_own_noise_maps_are_kept_on_request(gray, targets):
    result = project_reference(gray, targets[:1], 5, w_samples=FEW, optimise_noise=False, keep_noise=True)
    assert result.noises == {}
    with torch.no_grad():
        again = gray.synthesis(torch.from_numpy(result.ws).repeat(1, gray.num_ws, 1)).clamp(-1, 1)
    np.testing.assert_allclose(result.images, again.numpy(), atol=1e-5)


def test_initial_and_known_statistics(gray, targets):
    start = np.full((3, 32), 0.25, dtype=np.float32)
    statistics = (np.zeros(32, dtype=np.float32), 0.0)
    # The first step's learning rate is 0, so one step returns the start itself.
    result = project_reference(gray, targets, 1, initial=start, statistics=statistics)
    np.testing.assert_array_equal(result.ws[:, 0], start)
    mean = project_reference(gray, targets, 1, statistics=statistics)
    np.testing.assert_array_equal(mean.ws, np.zeros((3, 1, 32), dtype=np.float32))


def test_rgb_network_with_classes(targets):
    network = fixture_network(
        "stylegan2_r64_rgb_cond3.npz",
        z_dim=32,
        c_dim=3,
        w_dim=48,
        img_resolution=64,
        img_channels=3,
        mapping_layers=8,
        channels=_widths("stylegan2_r64_rgb_cond3.npz"),
    )
    gray_target = np.kron(targets[:1], np.ones((2, 2), dtype=np.float32))
    label = np.array([0, 1, 0])
    result = project_reference(network, gray_target, 3, w_samples=50, label=label)
    assert result.images.shape == (1, 3, 64, 64)
    other_mean, _ = w_statistics(network, 50, np.array([1, 0, 0]))
    assert np.abs(result.w_avg - other_mean).max() > 1e-3
    with pytest.raises(InputError, match="class label of length 3"):
        project_reference(network, gray_target, 3, w_samples=50)


def _widths(name: str) -> dict[int, int]:
    arrays = np.load(DATA / name)
    return {res: arrays[f"G.synthesis.b{res}.conv1.weight"].shape[0] for res in (4, 8, 16, 32, 64)}


def test_progress_and_cancel(gray, targets):
    cancel, seen = CancelToken(), []

    def progress(fraction: float, message: str) -> None:
        seen.append(fraction)
        if len(seen) == 4:
            cancel.cancel()

    with pytest.raises(Cancelled):
        project_reference(gray, targets, 10, w_samples=FEW, progress=progress, cancel=cancel)
    assert seen == pytest.approx([0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((2, 16, 16), np.float32), "32 x 32"),
        (np.zeros((0, 32, 32), np.float32), "32 x 32"),
        (np.zeros((32, 32), np.float32), "32 x 32"),
        (np.zeros((1, 3, 32, 32), np.float32), "3 channels"),
        (np.full((1, 32, 32), np.nan, np.float32), "not numbers"),
        (np.full((1, 32, 32), 200.0, np.float32), "between -1 and 1"),
    ],
)
def test_bad_targets(gray, bad, message):
    with pytest.raises(InputError, match=message):
        project_reference(gray, bad, 2, w_samples=FEW)


def test_other_bad_input(gray, targets):
    with pytest.raises(InputError, match="at least one step"):
        project_reference(gray, targets, 0)
    with pytest.raises(InputError, match="2 seeds"):
        project_reference(gray, targets, 2, seed=[1, 2], w_samples=FEW)
    with pytest.raises(InputError, match="starting latents"):
        project_reference(gray, targets, 2, initial=np.zeros((3, 31)), w_samples=FEW)
    with pytest.raises(InputError, match="class label of length 0"):
        project_reference(gray, targets, 2, label=np.array([1, 0]), w_samples=FEW)


def test_saved_files(gray, targets, tmp_path):
    result = project_reference(gray, targets, 5, w_samples=FEW, optimise_noise=False)
    save_projection(tmp_path / "new" / "folder", targets[2], result, index=2)
    folder = tmp_path / "new" / "folder"
    assert sorted(path.name for path in folder.iterdir()) == ["proj.png", "projected_w.npz", "target.png"]
    w = np.load(folder / "projected_w.npz")["w"]
    assert w.shape == (1, gray.num_ws, gray.w_dim)
    with torch.no_grad():
        again = gray.synthesis(torch.from_numpy(w)).clamp(-1, 1)[0, 0].numpy()
    picture = np.asarray(Image.open(folder / "proj.png")).astype(float)
    assert np.abs(picture - (again + 1) * 127.5).max() <= 0.51
    stored = np.asarray(Image.open(folder / "target.png")).astype(float)
    assert np.abs(stored - (targets[2] + 1) * 127.5).max() <= 0.51


def test_unwritable_folder_leaves_nothing(gray, targets, tmp_path):
    result = project_reference(gray, targets[:1], 1, w_samples=FEW)
    (tmp_path / "taken").write_text("a file where the folder should be")
    with pytest.raises(InputError, match="cannot be written"):
        save_projection(tmp_path / "taken", targets[0], result)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
