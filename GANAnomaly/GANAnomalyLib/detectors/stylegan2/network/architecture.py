"""What a network was built as, told from its tensors: their shapes decide, whatever a file claims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ....errors import InputError

RESOLUTIONS = tuple(2**power for power in range(3, 12))
_FIXED = {"activation": ("lrelu",), "lr_multiplier": (0.01,), "mbstd_num_channels": (1, 0), "magnitude_ema_beta": ()}
"""Settings that shapes do not show, with the values the networks here are made for."""


def is_discriminator(tensors: Mapping[str, Any]) -> bool:
    """Whether these are a discriminator's tensors (by published name)."""
    return "b4.out.weight" in tensors and "synthesis.b4.const" not in tensors


def infer_architecture(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments that build the network these tensors belong to.

    Parameters
    ----------
    tensors: published parameter names to anything with a ``shape``.

    Returns
    -------
    dict
        For a generator ``z_dim, c_dim, w_dim, img_resolution, img_channels, mapping_layers`` and the widths, either as
        ``channel_base, channel_max`` or, where no such pair explains them, as ``channels`` {resolution: width}.
        For a discriminator ``c_dim, img_resolution, img_channels``, the widths, ``mapping_layers, cmap_dim`` with
        labels, and ``mbstd_group_size`` 0 where the minibatch statistic is absent.

    Raises
    ------
    InputError
        When the tensors are not a StyleGAN2 network with skip generator or residual discriminator.
    """
    shapes = {name: tuple(int(n) for n in tensor.shape) for name, tensor in tensors.items()}
    try:
        return _discriminator(shapes) if is_discriminator(shapes) else _generator(shapes)
    except (KeyError, IndexError, ValueError) as error:
        raise InputError(
            "The tensors are not those of a StyleGAN2 network (skip generator, residual discriminator); other "
            "generations and architectures are not supported.",
            f"missing or unexpected: {error}",
        ) from error


def stored_settings(init_kwargs: Mapping[str, Any], discriminator: bool = False) -> dict[str, Any]:
    """Constructor settings that shapes do not show, out of a checkpoint's (nested) ``init_kwargs``.

    Returns ``conv_clamp`` and ``num_fp16_res`` where given, and ``mbstd_group_size`` for discriminators (None: the
    whole batch is one group); raises :class:`InputError` when the network was made with something these networks do
    not have.
    """
    flat = _flat(init_kwargs)
    for name, known in _FIXED.items():
        if name in flat and flat[name] not in known:
            raise InputError(f"The network was made with {name} = {flat[name]!r}, which is not supported.")
    expected = "resnet" if discriminator else "skip"
    if flat.get("architecture", expected) != expected:
        raise InputError(f"The network's architecture is {flat['architecture']!r}; only {expected!r} is supported.")
    settings: dict[str, Any] = {}
    if isinstance(flat.get("conv_clamp"), int | float) and flat["conv_clamp"] > 0:
        settings["conv_clamp"] = float(flat["conv_clamp"])
    if isinstance(flat.get("num_fp16_res"), int) and 0 <= flat["num_fp16_res"] <= 1024:
        settings["num_fp16_res"] = int(flat["num_fp16_res"])
    if discriminator and "mbstd_group_size" in flat:
        group = flat["mbstd_group_size"]
        if group is not None and (not isinstance(group, int) or group < 0):
            raise InputError(f"The network was made with mbstd_group_size = {group!r}, which is not supported.")
        settings["mbstd_group_size"] = group
    return settings


def _flat(kwargs: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Settings inside ``mapping_kwargs``, ``synthesis_kwargs`` and the like, brought to one level."""
    flat: dict[str, Any] = {}
    for key, value in kwargs.items():
        if isinstance(value, Mapping) and depth < 4:
            flat.update(_flat(value, depth + 1))
        elif isinstance(value, str | int | float) or value is None:
            flat[str(key)] = value
    return flat


def _generator(shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    prefix = "synthesis."
    resolutions = _resolutions(shapes, prefix)
    widths = {res: shapes[f"{prefix}b{res}.conv1.weight"][0] for res in resolutions}
    c_dim, layers = _labels_and_layers(shapes)
    embed = shapes["mapping.embed.weight"][0] if c_dim else 0
    return {
        "z_dim": shapes["mapping.fc0.weight"][1] - embed,
        "c_dim": c_dim,
        "w_dim": shapes["mapping.w_avg"][0],
        "img_resolution": resolutions[-1],
        "img_channels": shapes[f"{prefix}b4.torgb.weight"][0],
        "mapping_layers": layers,
        **_widths(widths),
    }


def _discriminator(shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    resolutions = _resolutions(shapes, "")
    widths = {res: shapes[f"b{res}.conv0.weight"][1] for res in resolutions[1:]}
    widths[4] = shapes["b4.conv.weight"][0]
    extra = shapes["b4.conv.weight"][1] - widths[4]
    if extra not in (0, 1):
        raise ValueError(f"{extra} channels of minibatch statistics")
    found: dict[str, Any] = {
        "c_dim": 0,
        "img_resolution": resolutions[-1],
        "img_channels": shapes[f"b{resolutions[-1]}.fromrgb.weight"][1],
        **_widths(widths),
    }
    if "mapping.embed.weight" in shapes:
        found["c_dim"], found["mapping_layers"] = _labels_and_layers(shapes)
        found["cmap_dim"] = shapes["b4.out.weight"][0]
    if extra == 0:
        found["mbstd_group_size"] = 0
    return found


def _resolutions(shapes: Mapping[str, Any], prefix: str) -> list[int]:
    pattern = re.compile(re.escape(prefix) + r"b(\d{1,4})\.")
    found = sorted({int(match[1]) for name in shapes if (match := pattern.match(name))})
    if not found or found[-1] not in RESOLUTIONS or found != [2**power for power in range(2, found[-1].bit_length())]:
        raise ValueError(f"blocks of {found}")
    return found


def _labels_and_layers(shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, int]:
    layers = 0
    while f"mapping.fc{layers}.weight" in shapes:
        layers += 1
    labels = shapes["mapping.embed.weight"][1] if "mapping.embed.weight" in shapes else 0
    if layers == 0:
        raise ValueError("no mapping layers")
    return labels, layers


def _widths(widths: dict[int, int]) -> dict[str, Any]:
    """``min(base / resolution, max)`` where that explains every width, else the widths themselves."""
    largest = max(widths.values())
    bases = {res * width for res, width in widths.items() if width < largest}
    base = bases.pop() if bases else largest * max(widths)
    if not bases and all(min(base // res, largest) == width for res, width in widths.items()):
        return {"channel_base": base, "channel_max": largest}
    return {"channels": dict(sorted(widths.items()))}
