"""Writes pickles laid out as the published StyleGAN2 checkpoints are, from the fixtures' tensors.

The classes they name exist only while a pickle is written, and the Python source stored in them is a canary: whoever
runs it leaves a file behind.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

DATA = Path(__file__).parents[1] / "data"
INIT = {
    "stylegan2_r32_gray": {
        "z_dim": 32,
        "c_dim": 0,
        "w_dim": 32,
        "img_resolution": 32,
        "img_channels": 1,
        "mapping_kwargs": {"num_layers": 2},
        "synthesis_kwargs": {"channel_base": 512, "channel_max": 32, "num_fp16_res": 2, "conv_clamp": 256},
    },
    "stylegan2_r64_rgb_cond3": {
        "z_dim": 32,
        "c_dim": 3,
        "w_dim": 48,
        "img_resolution": 64,
        "img_channels": 3,
        "mapping_kwargs": {"num_layers": 8},
        "synthesis_kwargs": {"channel_base": 1024, "channel_max": 32},
    },
}
GROUP = {"stylegan2_r32_gray": 4, "stylegan2_r64_rgb_cond3": 2}


def fixture_tensors(name: str) -> dict[str, torch.Tensor]:
    """All arrays of a fixture as tensors, names as stored ("G.synthesis.b4.const", "z", ...)."""
    with np.load(DATA / f"{name}.npz") as arrays:
        return {key: torch.from_numpy(np.array(arrays[key])) for key in arrays}


def network_tensors(name: str, letter: str) -> dict[str, torch.Tensor]:
    """The tensors of the fixture's "G" or "D" under published names."""
    return {key[2:]: value for key, value in fixture_tensors(name).items() if key.startswith(f"{letter}.")}


def canary_source(canary: Path) -> str:
    """Python source that writes ``canary`` when it is run."""
    return f"open({str(canary)!r}, 'w').write('the stored source was run')\nclass Generator: pass\n"


class Persistent:
    """A network as the persistence mechanism stores it; pickles as a call with its source and its state."""

    rebuild: Any = None
    mapping: type = dict

    def __init__(self, class_name: str, state: dict[str, Any], source: str) -> None:
        self.class_name, self.state, self.source = class_name, state, source

    def __reduce__(self) -> tuple[Any, ...]:
        meta = self.mapping(
            type="class", version=6, module_src=self.source, class_name=self.class_name, state=self.state
        )
        return self.rebuild, (meta,)


@contextlib.contextmanager
def published_classes() -> Iterator[type]:
    """The names published pickles use, importable while inside; gives the EasyDict class."""
    util, tool = types.ModuleType("dnnlib.util"), types.ModuleType("torch_utils.persistence")
    easy = type("EasyDict", (dict,), {"__module__": "dnnlib.util"})

    def rebuild(meta: dict[str, Any]) -> None:
        raise AssertionError("only ever named, never called")

    rebuild.__module__, rebuild.__qualname__ = "torch_utils.persistence", "_reconstruct_persistent_obj"
    rebuild.__name__ = "_reconstruct_persistent_obj"
    util.EasyDict, tool._reconstruct_persistent_obj = easy, rebuild
    modules = {
        "dnnlib": types.ModuleType("dnnlib"),
        "dnnlib.util": util,
        "torch_utils": types.ModuleType("torch_utils"),
        "torch_utils.persistence": tool,
    }
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    Persistent.rebuild, Persistent.mapping = staticmethod(rebuild), easy
    try:
        yield easy
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def nested(tensors: dict[str, torch.Tensor], class_name: str, source: str, init: dict[str, Any]) -> Persistent:
    """Tensors by dotted name as the tree of modules they came from."""
    easy = Persistent.mapping
    state: dict[str, Any] = {
        "training": False,
        "_parameters": OrderedDict(bias=None),
        "_buffers": OrderedDict(),
        "_non_persistent_buffers_set": set(),
        "_backward_hooks": OrderedDict(),
        "_is_full_backward_hook": None,
        "_forward_hooks": OrderedDict(),
        "_modules": OrderedDict(),
        "activation": "lrelu",
        "act_gain": np.sqrt(2),
        "_init_args": (),
        "_init_kwargs": easy({key: easy(value) if isinstance(value, dict) else value for key, value in init.items()}),
    }
    inside: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        head, dot, rest = name.partition(".")
        if dot:
            inside.setdefault(head, {})[rest] = tensor
        elif head in ("resample_filter", "noise_const", "w_avg"):
            state["_buffers"][head] = tensor
        else:
            state["_parameters"][head] = torch.nn.Parameter(tensor)
    for name, group in inside.items():
        state["_modules"][name] = nested(group, "Layer", source, {})
    return Persistent(class_name, state, source)


def write_published(
    path: Path, name: str, canary: Path, protocol: int = 4, epilogue: dict[str, Any] | None = None, **extra: Any
) -> Path:
    """Write fixture ``name`` as a published checkpoint with keys G, D, G_ema, training_set_kwargs, augment_pipe.

    ``epilogue`` are other settings of the discriminator's end than the fixture's.
    """
    source = canary_source(canary)
    init = INIT[name]
    discriminator = {key: init[key] for key in ("c_dim", "img_resolution", "img_channels")}
    discriminator["epilogue_kwargs"] = {"mbstd_group_size": GROUP[name]} if epilogue is None else epilogue
    with published_classes() as easy:
        generator = network_tensors(name, "G")
        blurred = {key: value * 1.5 if key.endswith("const") else value for key, value in generator.items()}
        content = {
            "G": nested(blurred, "Generator", source, init),
            "D": nested(network_tensors(name, "D"), "Discriminator", source, discriminator),
            "G_ema": nested(generator, "Generator", source, init),
            "training_set_kwargs": easy(
                class_name="training.dataset.ImageFolderDataset",
                max_size=np.int64(7),
                # numpy writes arrays in protocol 5 through a function that published files never name
                spread=np.arange(6.0).reshape(2, 3) if protocol < 5 else np.float32(6),
            ),
            "augment_pipe": None,
            **extra,
        }
        path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path
