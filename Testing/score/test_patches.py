"""Dense patch maps: every window as SciPy has it, and the same numbers on every path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.stats import wasserstein_distance

import GANAnomalyLib
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.score import distance, patch_distance_map, patch_distance_maps, patches, warm_up, wd_numba
from GANAnomalyLib.score.patches_torch import patch_distance_maps_torch
from GANAnomalyLib.score.wd_numpy import wd_patch_map


def make_pair(kind: str, height: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs with the extremes that CT has: noise, smooth structure and its blur, flat black and white, few levels."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (2, height, width), np.uint8)
    if kind == "noise":
        return noise[0], noise[1]
    if kind == "binary":
        return (noise[0] > 127).astype(np.uint8) * 255, (noise[1] > 200).astype(np.uint8) * 255
    if kind == "flat":
        return np.zeros_like(noise[0]), np.full_like(noise[0], 255)
    smooth = gaussian_filter(noise[0].astype(float), 2)
    smooth = ((smooth - smooth.min()) / max(np.ptp(smooth), 1e-9) * 400 - 70).clip(0, 255).astype(np.uint8)
    return smooth, gaussian_filter(smooth, 1.5)


def by_scipy(a: np.ndarray, b: np.ndarray, p: int) -> np.ndarray:
    rows, cols = (n - p + 1 for n in a.shape)
    return np.array(
        [
            [
                wasserstein_distance(a[r : r + p, c : c + p].ravel(), b[r : r + p, c : c + p].ravel())
                for c in range(cols)
            ]
            for r in range(rows)
        ]
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    height, width = draw(st.integers(1, 17)), draw(st.integers(1, 17))
    p = draw(st.integers(1, min(height, width)))
    kind = draw(st.sampled_from(["noise", "binary", "flat", "smooth"]))
    return *make_pair(kind, height, width, draw(st.integers(0, 999))), p


@settings(max_examples=40, deadline=None)
@given(cases())
def test_wd_is_scipys_in_every_window(case: tuple[np.ndarray, np.ndarray, int]) -> None:
    a, b, p = case
    expected = by_scipy(a, b, p)
    np.testing.assert_allclose(patch_distance_map(a, b, p), expected, atol=1e-6, rtol=0)
    np.testing.assert_allclose(wd_patch_map(a, b, p), expected, atol=1e-6, rtol=0)
    np.testing.assert_allclose(patch_distance_maps_torch(a[None], b[None], p, device="cpu")[0], expected, atol=1e-6)


def test_wd_is_scipys_on_a_ct_slice() -> None:
    import nibabel

    file = Path(__file__).resolve().parents[2] / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"
    hounsfield = np.asarray(nibabel.load(file).dataobj[:, :, 56], dtype=np.float32)
    a = np.rint(np.clip((hounsfield + 125) / 350 * 255, 0, 255)).astype(np.uint8)
    b = gaussian_filter(a, 2)
    scores = patch_distance_map(a, b, 32)
    assert scores.max() > 5
    rng = np.random.default_rng(0)
    for r, c in zip(*(rng.integers(0, n, 150) for n in scores.shape), strict=True):
        window = np.s_[r : r + 32, c : c + 32]
        assert scores[r, c] == pytest.approx(wasserstein_distance(a[window].ravel(), b[window].ravel()), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(cases(), st.sampled_from(["wd", "mse"]))
def test_symmetry_zero_and_distance_of_the_window(case: tuple[np.ndarray, np.ndarray, int], metric: str) -> None:
    a, b, p = case
    scores = patch_distance_map(a, b, p, metric)
    assert scores.shape == (a.shape[0] - p + 1, a.shape[1] - p + 1)
    assert scores.dtype == np.float64
    assert (scores == patch_distance_map(b, a, p, metric)).all()
    assert not patch_distance_map(a, a, p, metric).any()
    r, c = scores.shape[0] - 1, scores.shape[1] // 2
    assert scores[r, c] == pytest.approx(distance(a[r : r + p, c : c + p], b[r : r + p, c : c + p], metric), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(cases(), st.integers(1, 60))
def test_a_shift_of_grey_levels_is_its_own_distance(case: tuple[np.ndarray, np.ndarray, int], shift: int) -> None:
    a, _, p = case
    a = np.minimum(a, 255 - shift).astype(np.uint8)
    np.testing.assert_allclose(patch_distance_map(a, a + np.uint8(shift), p), shift, atol=1e-9)


@pytest.mark.parametrize("kind", ["noise", "binary", "flat", "smooth"])
@pytest.mark.parametrize(("shape", "p"), [((300, 257), 32), ((221, 230), 181), ((221, 230), 182), ((190, 190), 190)])
def test_all_paths_agree_on_larger_images(kind: str, shape: tuple[int, int], p: int) -> None:
    a, b = make_pair(kind, *shape, seed=1)
    plain = wd_patch_map(a, b, p)
    # 181 and 182 lie on both sides of the 16-bit limit; "flat" reaches the largest counts there are.
    for threads in (1, 3):
        assert (patch_distance_map(a, b, p, threads=threads) == plain).all()
    r, c = plain.shape[0] // 2, plain.shape[1] // 3
    reference = wasserstein_distance(a[r : r + p, c : c + p].ravel(), b[r : r + p, c : c + p].ravel())
    assert plain[r, c] == pytest.approx(reference, abs=1e-6)


@pytest.mark.parametrize("metric", ["wd", "mse"])
@pytest.mark.parametrize("memory", [1, 1 << 22])
def test_torch_agrees_whatever_the_memory(metric: str, memory: int) -> None:
    stack = [make_pair(kind, 41, 52, seed=2) for kind in ("noise", "binary", "smooth")]
    a, b = (np.stack(images) for images in zip(*stack, strict=True))
    got = patch_distance_maps_torch(a, b, 16, metric, device="cpu", memory=memory)
    assert (got == patch_distance_maps(a, b, 16, metric)).all()


def test_torch_agrees_where_sixteen_bits_are_too_few() -> None:
    a, b = make_pair("flat", 210, 200, seed=0)
    for metric in ("wd", "mse"):
        got = patch_distance_maps_torch(a[None], b[None], 190, metric, device="cpu", memory=1 << 25)
        assert (got[0] == patch_distance_map(a, b, 190, metric)).all()


@pytest.mark.gpu
@pytest.mark.parametrize("metric", ["wd", "mse"])
def test_the_gpu_agrees_with_the_cpu(metric: str) -> None:
    stack = [make_pair(kind, 200, 256, seed=5) for kind in ("noise", "binary", "smooth", "flat")]
    a, b = (np.stack(images) for images in zip(*stack, strict=True))
    assert (patch_distance_maps(a, b, 32, metric, device="cuda") == patch_distance_maps(a, b, 32, metric)).all()


def test_without_numba_the_numbers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = make_pair("smooth", 70, 64, seed=6)
    expected = patch_distance_map(a, b, 32)
    monkeypatch.setitem(sys.modules, "numba", None)
    wd_numba.kernel.cache_clear()
    try:
        assert warm_up() == "numpy"
        assert (patch_distance_map(a, b, 32) == expected).all()
    finally:
        monkeypatch.undo()
        wd_numba.kernel.cache_clear()
    assert warm_up() == "numba"


def test_ssim_map_is_the_mean_dissimilarity_in_the_window() -> None:
    from skimage.metrics import structural_similarity

    a, b = make_pair("smooth", 30, 25, seed=7)
    local = 1 - structural_similarity(a, b, data_range=255, full=True)[1]
    expected = np.lib.stride_tricks.sliding_window_view(local, (4, 4)).mean(axis=(2, 3))
    np.testing.assert_allclose(patch_distance_map(a, b, 4, "ssim"), expected, atol=1e-9)


def test_stack_is_its_slices_with_progress() -> None:
    stack = [make_pair("smooth", 48, 40, seed) for seed in range(5)]
    a, b = (np.stack(images) for images in zip(*stack, strict=True))
    heard: list[float] = []
    for metric in ("wd", "mse", "ssim"):
        got = patch_distance_maps(a, b, 8, metric, progress=lambda f, _: heard.append(f))
        assert (got == np.stack([patch_distance_map(x, y, 8, metric) for x, y in stack])).all()
    assert heard[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def test_stack_can_be_cancelled() -> None:
    cancel = CancelToken()
    cancel.cancel()
    a = np.zeros((3, 40, 40), np.uint8)
    with pytest.raises(Cancelled):
        patch_distance_maps(a, a, 8, cancel=cancel)
    with pytest.raises(Cancelled):
        patch_distance_maps_torch(a, a, 8, device="cpu", cancel=cancel)


def test_read_only_and_strided_images_are_taken() -> None:
    a, b = make_pair("noise", 60, 60, seed=8)
    locked = a.copy()
    locked.setflags(write=False)
    assert (patch_distance_map(locked, b, 8) == patch_distance_map(a, b, 8)).all()
    assert (patch_distance_map(a[::2, ::-1], b[::2, ::-1], 8) == patch_distance_map(a[::2], b[::2], 8)[:, ::-1]).all()


def test_threads_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_NUM_THREADS", "7")
    assert patches._threads(None) == 7
    monkeypatch.delenv("NUMBA_NUM_THREADS")
    assert patches._threads(None) >= 1
    assert patches._threads(2) == 2


IMAGE = np.zeros((16, 16), np.uint8)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((IMAGE, IMAGE, 17), "17 x 17 pixels does not fit into an image of 16 x 16"),
        ((IMAGE, IMAGE, 0), "patch size.*not 0"),
        ((IMAGE, IMAGE, 2.5), "patch size.*not 2.5"),
        ((IMAGE, IMAGE[:9], 4), "16 x 16 and the reconstruction 9 x 16"),
        ((IMAGE, IMAGE.astype(float), 4), "reconstruction has float64"),
        ((IMAGE[None], IMAGE[None], 4), "one grey image"),
        ((IMAGE, IMAGE, 4, "kl"), "no metric 'kl'"),
    ],
)
def test_refuses_with_a_sentence(arguments: tuple, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        patch_distance_map(*arguments)


def test_stack_refuses_single_images() -> None:
    with pytest.raises(InputError, match="stack of grey images"):
        patch_distance_maps(IMAGE, IMAGE, 4)


@pytest.mark.slow
def test_works_where_no_compile_cache_can_be_written(tmp_path: Path) -> None:
    """As when installed by an administrator for a user without a home: compiled in memory, not refused."""
    package = tmp_path / "GANAnomalyLib"
    shutil.copytree(Path(GANAnomalyLib.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    # A plain file where each folder would have to be: unwritable even for root, on every system.
    (package / "score" / "__pycache__").write_text("")
    (tmp_path / "home").write_text("")
    program = (
        "import numpy as np; from GANAnomalyLib.score import warm_up, patch_distance_map as f; print(warm_up());"
        "a = np.full((9, 9), 9, np.uint8); print(f(a, a + a, 4).max())"
    )
    home = str(tmp_path / "home")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.update(HOME=home, XDG_CACHE_HOME=home, LOCALAPPDATA=home, USERPROFILE=home)
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["numba", "9.0"], done.stderr


def test_importing_scores_imports_no_heavy_library() -> None:
    program = (
        "import sys, GANAnomalyLib.score; print({'torch', 'numba', 'skimage', 'scipy', 'SimpleITK'} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(GANAnomalyLib.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
