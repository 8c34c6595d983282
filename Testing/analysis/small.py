"""Small models and volumes for the tests of the pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from GANAnomalyLab.train.domain_reference import make_reference
from GANAnomalyLib.detectors.stylegan2.network.encoder import Encoder
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.domain.slice_traits import describe
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.volume import AxialStack, Volume, find_body, read_volume

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "Testing" / "data"
TORSO = ROOT / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"
SIZE, WINDOW, LEVEL = 32, 350.0, 50.0
FLOOR = LEVEL - WINDOW / 2
ENCODER = {"w_dim": 32, "img_resolution": SIZE, "img_channels": 1, "channel_base": 256, "channel_max": 16}


def generator_tensors(name: str = "stylegan2_r32_gray") -> dict[str, torch.Tensor]:
    """A fixture's generator under published names."""
    with np.load(DATA / f"{name}.npz") as arrays:
        return {key[2:]: torch.from_numpy(arrays[key].copy()) for key in arrays if key.startswith("G.")}


def small_generator() -> Generator:
    """The 32-pixel fixture's generator: random weights, but smooth in w, so that projection has something to find."""
    network = Generator(32, 0, 32, SIZE, 1, 2, channel_base=512, channel_max=32)
    network.load_state_dict(generator_tensors())
    return network.eval().requires_grad_(False)


def write_models(folder: Path) -> Path:
    """Models "full", "body", "each" (by framing), "encoder", "classes" (3 of them), "rgb" and "two" (by channels)."""

    def write(name: str, tensors: dict[str, torch.Tensor], extra: dict[str, torch.Tensor] | None = None, **card):
        card = {"resolution": SIZE, "window": WINDOW, "level": LEVEL, **card}
        named = {f"G_ema.{key}": value for key, value in tensors.items()}
        save_model(folder / f"{name}.safetensors", {**named, **(extra or {})}, ModelCard(name, **card))

    torch.manual_seed(7)
    write("full", generator_tensors())
    write("body", generator_tensors(), framing="body")
    encoder = {f"encoder.{key}": value for key, value in Encoder(**ENCODER).state_dict().items()}
    write("encoder", generator_tensors(), encoder, architecture={"encoder": ENCODER})
    write("each", generator_tensors(), encoder, architecture={"encoder": ENCODER}, framing="slice-body")
    write("rgb", generator_tensors("stylegan2_r64_rgb_cond3"), resolution=64, channels=3)
    for name, classes, channels in (("classes", 3, 1), ("two", 0, 2)):
        network = Generator(8, classes, 8, 16, channels, 1, channel_base=64, channel_max=8)
        write(name, network.state_dict(), resolution=16, channels=channels)
    return folder


def torso_crop(first: int = 50, count: int = 4) -> Volume:
    """Some slices of the real torso, every second pixel, as they lie in the file."""
    whole = read_volume(TORSO)
    matrix = whole.ijk_to_ras.copy()
    matrix[:3, 3] = whole.ras(np.array([0, 0, first]))
    matrix[:3, :2] *= 2
    return Volume(np.ascontiguousarray(whole.voxels[first : first + count, ::2, ::2]), matrix)


def chest_crop() -> Volume:
    """Four slices of a real chest, as large as the torso's: another part of the body."""
    voxels = read_volume(DATA / "aorta_small.nii.gz").voxels[20:24]
    return Volume(voxels, np.diag([7.0, 7.0, 3.0, 1.0]))


def write_knowing(folder: Path) -> Path:
    """A model "knowing", whose two normals are slices of the torso around those of the crop."""
    parts = [_described(torso_crop(first, 6)) for first in (48, 49)]
    reference = make_reference(np.concatenate(parts), np.repeat([0, 1], [len(part) for part in parts]))
    tensors = {f"G_ema.{name}": value for name, value in generator_tensors().items()}
    tensors |= {f"domain.{name}": torch.from_numpy(array) for name, array in reference.tensors().items()}
    folder.mkdir()
    card = ModelCard("knowing", resolution=SIZE, window=WINDOW, level=LEVEL)
    save_model(folder / "knowing.safetensors", tensors, card)
    return folder


def _described(volume: Volume) -> np.ndarray:
    stack = AxialStack.from_volume(volume)
    return describe(stack.slices, find_body(stack.slices, FLOOR, stack.spacing_mm), 11.0)


def turned(volume: Volume, flips: tuple[int, ...] = (), angle: float = 0.0) -> Volume:
    """The same voxels stored along other directions: i, j or k reversed, then the patient turned about two axes."""
    voxels, matrix = volume.voxels, volume.ijk_to_ras.copy()
    for axis in flips:
        voxels = np.flip(voxels, 2 - axis)
        matrix[:3, 3] += matrix[:3, axis] * (voxels.shape[2 - axis] - 1)
        matrix[:3, axis] *= -1
    a, b = np.radians(angle), np.radians(-angle / 2)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    turn = turn @ np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    matrix[:3] = turn @ matrix[:3]
    return Volume(np.ascontiguousarray(voxels), matrix)


def own_images(count: int = 6, seed: int = 3) -> Volume:
    """A CT whose slices the small generator can make exactly: images along a line in w, as Hounsfield units."""
    network = small_generator()
    z = torch.randn(2, 32, generator=torch.Generator().manual_seed(seed))
    ends = network.mapping(z, None)[:, 0]
    w = torch.stack([torch.lerp(ends[0], ends[1], t) for t in torch.linspace(0, 0.6, count)])
    images = network.synthesis(w[:, None].repeat(1, network.num_ws, 1), noise_mode="none").clamp(-1, 1)[:, 0]
    hu = (images.numpy() + 1) / 2 * WINDOW + FLOOR
    # Rows run anterior to posterior and columns right to left in what the network sees.
    return Volume(np.rint(hu).astype(np.int16), np.diag([-3.0, -3.0, 4.0, 1.0]))
