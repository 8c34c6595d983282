"""The published YAML layout (configs/default.yaml of PICARD, and of the inpainting code it grew from) to our settings.

Every key is mapped, told to have no effect, or refused by name. Keys of the ``train`` section may also stand at the
top level, where the older layout has them; a section ``gananomaly`` holds settings by our own names.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import read_yaml
from GANAnomalyLib.files.typed_values import value_in_words

from .picard_config import PicardConfig

_SAME = {item.published: name for name, item in PicardConfig.options().items() if item.published}
"""Published key to our name, for those that mean the same."""
_TOP = ("train_data_path", "val_data_path", "data_with_subfolder", "expname")
"""Those of them that stand above all sections."""
_TEST = {
    "droprate": "drop_rate",
    "patch_stride": "stride",
    "heatmap_M_inpaint": "completions",
    "heatmap_metrics": "metrics",
    "parallel_batchsize": "batch",
    "only_check_nonblack_pixels": "skip_background",
}
"""Published keys of heatmaps that go onto the card."""

_NO_EFFECT = {
    "test_data_path": "test images are named to the command that analyses them",
    "num_workers": "patches are cut in the process that trains",
    "mosaic_unit_size": "holes are empty, not mosaics",
    "save_heatmap_data": "a result folder always holds the heatmap",
    "save_heatmap_plots": "a result folder always holds pictures",
    "save_progressive_heatmap": "heatmaps are written when they are whole",
    "log_compute_times": "a result folder always holds the times",
}


def read_published(path: Path | str) -> tuple[PicardConfig, list[str]]:
    """Settings from a YAML file in the published layout, and sentences on keys without effect.

    Raises :class:`InputError` for a file that is no such YAML, and for each key or value that cannot be followed.
    Paths in it are taken from the current folder.
    """
    return from_published(read_yaml(path))


def from_published(data: dict[str, Any]) -> tuple[PicardConfig, list[str]]:
    """As :func:`read_published`, from the parsed mapping."""
    found = _Settings()
    sections: dict[str, Callable[[str, Any], None]] = {
        "train": found.train,
        "test": found.test,
        "netG": found.network,
        "netD": found.network,
        "gananomaly": found.own,
    }
    for key, value in data.items():
        if key in sections:
            _each(key, value, sections[key])
        else:
            found.top(str(key), value)
    return found.config(), found.notes


class _Settings:
    """Settings collected key by key."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.notes: list[str] = []
        self.heatmap: dict[str, Any] = {}
        self.from_key: dict[str, str] = {}

    def config(self) -> PicardConfig:
        if self.values.pop("discount", True) is False:
            self.values["gamma"] = 1.0
        for name, side in (("window", "window"), ("hole", "hole")):
            given, trained = self.heatmap.get(name), self.values.get(side, getattr(PicardConfig(), side))
            if given is not None and given != trained:
                self.notes.append(f"Heatmaps will use a {name} of {given} pixels, the training one of {trained}.")
        return PicardConfig.from_dict({**self.values, **({"heatmap": self.heatmap} if self.heatmap else {})})

    def set(self, key: str, name: str, value: Any) -> None:
        value = _number(value, name)
        if name in self.values and self.values[name] != value:
            raise InputError(
                f"The configuration says two things: {self.from_key[name]} is {self.values[name]}, {key} is "
                f"{_short(value)}: keep one of them."
            )
        self.values[name], self.from_key[name] = value, key

    def top(self, key: str, value: Any) -> None:
        if key in _NO_EFFECT:
            self._without_effect(key)
        elif key == "cuda":
            if _yes(key, value) is False:
                self.set(key, "device", "cpu")
        elif key == "gpu_ids":
            self._gpus(key, value)
        elif key == "dataset_name":
            if value is not None:
                self.set(key, "training_data", str(value)[:200])
        elif key in _TOP:
            if value is not None:
                self.set(key, _SAME[key], value)
        else:
            self.train(key, value)

    def train(self, key: str, value: Any) -> None:
        name = key.removeprefix("train.")
        if name in ("netG", "netD"):
            _each(key, value, self.network)
        elif name in _NO_EFFECT:
            self._without_effect(key)
        elif name in ("image_shape", "mask_shape"):
            self._shape(key, value)
        elif name == "discounted_mask":
            self.values["discount"] = _yes(key, value)
        elif name == "mask_type":
            if value != "hole":
                raise InputError(
                    f"{key} {_short(value)} is not supported: the hidden part is a hole (mask_type: hole)."
                )
        elif name in _SAME and name not in (*_TOP, "ngf", "ndf"):
            if value is not None:
                self.set(key, _SAME[name], value)
        else:
            raise InputError(f"The configuration has a key {_short(key)} that is not known: correct or remove it.")

    def network(self, key: str, value: Any) -> None:
        name = key.rpartition(".")[2]
        if name == "input_dim":
            self.notes.append(f"{key} has no effect: the images' channels (image_shape) decide it.")
        elif (key.endswith("netG.ngf") or key.endswith("netD.ndf")) and value is not None:
            self.set(key, name, value)
        else:
            raise InputError(f"The configuration has a key {_short(key)} that is not known: correct or remove it.")

    def test(self, key: str, value: Any) -> None:
        name = key.removeprefix("test.")
        if name in _NO_EFFECT:
            self._without_effect(key)
        elif name in ("patch_shape", "mask_shape"):
            sides = _sides(key, value, (2, 3))
            self.heatmap["window" if name == "patch_shape" else "hole"] = sides[0]
        elif name in _TEST:
            if value is not None:
                self.heatmap[_TEST[name]] = _number(value, "rate")
        else:
            raise InputError(f"The configuration has a key {_short(key)} that is not known: correct or remove it.")

    def own(self, key: str, value: Any) -> None:
        self.set(key, key.removeprefix("gananomaly."), value)

    def _shape(self, key: str, value: Any) -> None:
        sides = _sides(key, value, (2, 3))
        self.set(key, "window" if key.endswith("image_shape") else "hole", sides[0])
        if len(sides) == 3 and key.endswith("image_shape"):
            self.set(key, "channels", sides[2])

    def _gpus(self, key: str, value: Any) -> None:
        if value is None or value == []:
            return
        if not isinstance(value, list) or not all(isinstance(n, int) and not isinstance(n, bool) for n in value):
            raise InputError(f"{key} must be a list of numbers, as in [0], not {_short(value)}.")
        if len(value) > 1:
            raise InputError(f"{key} names {len(value)} GPUs, but training uses one: keep one of them.")
        if value[0] != 0:
            raise InputError(
                f"{key} {value} cannot be followed: keep [0] and choose the GPU with the variable CUDA_VISIBLE_DEVICES."
            )

    def _without_effect(self, key: str) -> None:
        self.notes.append(f"{key} has no effect: {_NO_EFFECT[key.rpartition('.')[2]]}.")


def _each(section: str, values: Any, take: Callable[[str, Any], None]) -> None:
    if not isinstance(values, dict):
        raise InputError(f"The section {section} of the configuration must hold settings by name.")
    for key, value in values.items():
        take(f"{section}.{key}", value)


def _sides(key: str, value: Any, lengths: tuple[int, ...]) -> list[int]:
    plain = isinstance(value, list) and all(isinstance(n, int) and not isinstance(n, bool) for n in value)
    if not plain or len(value) not in lengths:
        raise InputError(f"{key} must be a list of whole numbers, as in [256, 256, 1], not {_short(value)}.")
    if value[0] != value[1]:
        raise InputError(f"{key} {value} is not square: patches and holes must be.")
    return value


def _yes(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{key} must be True or False, not {_short(value)}.")
    return value


def _number(value: Any, name: str) -> Any:
    """YAML reads 1e-4 (without a point) as text."""
    texts = ("data", "validation", "resume", "title", "training_data", "name", "anatomy")
    if isinstance(value, str) and name not in texts:
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _short(value: Any) -> str:
    return value_in_words(value)
