"""StyleGAN2's networks as a plain composition of pad and conv2d calls: the baseline of bench_training.py.

Every sample's own modulated weights in one grouped convolution, zero insertion and a depthwise 4 x 4 filter for every
resampling. Only the weights come from the package, by published name; nothing else is shared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F

Weights = Mapping[str, torch.Tensor]


def lrelu(x):
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


def unit_moment(x):
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


def dense(p: Weights, name: str, x, lr_multiplier=1.0, activation=None):
    weight = p[name + ".weight"] * (lr_multiplier / math.sqrt(p[name + ".weight"].shape[1]))
    x = x @ weight.t() + p[name + ".bias"] * lr_multiplier
    return activation(x) if activation else x


def fir(x, gain, pad):
    """Zero padding (left, right, top, bottom), then the depthwise filter."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=x.dtype)
    kernel = torch.outer(taps, taps) * (gain / 64)
    return F.conv2d(F.pad(x, pad), kernel.expand(x.shape[1], 1, 4, 4), groups=x.shape[1])


def spread(x):
    """Samples on even positions, zeros between: (N, C, H, W) to (N, C, 2H, 2W)."""
    n, c, h, w = x.shape
    x = F.pad(x.reshape(n, c, h, 1, w, 1), (0, 1, 0, 0, 0, 1))
    return x.reshape(n, c, 2 * h, 2 * w)


def modulated(x, weight, style, demodulate=True, up=False):
    """Weights of each sample, all samples in one call as groups."""
    n, channels, h, w = x.shape
    out, k = weight.shape[0], weight.shape[-1]
    kernels = weight[None] * style[:, None, :, None, None]
    if demodulate:
        kernels = kernels * torch.rsqrt(kernels.square().sum((2, 3, 4), keepdim=True) + 1e-8)
    if up:
        kernels = kernels.transpose(1, 2).reshape(n * channels, out, k, k)
        x = F.conv_transpose2d(x.reshape(1, n * channels, h, w), kernels, stride=2, groups=n)
        return fir(x.reshape(n, out, 2 * h + 1, 2 * w + 1), 4.0, (1, 1, 1, 1))
    x = F.conv2d(x.reshape(1, n * channels, h, w), kernels.reshape(n * out, channels, k, k), padding=k // 2, groups=n)
    return x.reshape(n, out, h, w)


def mapping(p: Weights, z):
    x, layer = unit_moment(z), 0
    while f"mapping.fc{layer}.weight" in p:
        x = dense(p, f"mapping.fc{layer}", x, 0.01, lrelu)
        layer += 1
    return x


def synthesis(p: Weights, ws):
    """ws (N, num_ws, w_dim) to images, with the stored noise maps."""

    def style_layer(name, x, w, up):
        x = modulated(x, p[name + ".weight"], dense(p, name + ".affine", w), True, up)
        x = x + p[name + ".noise_const"] * p[name + ".noise_strength"]
        return lrelu(x + p[name + ".bias"][None, :, None, None])

    res, index, image = 4, 0, None
    x = p["synthesis.b4.const"][None].repeat(ws.shape[0], 1, 1, 1)
    while f"synthesis.b{res}.conv1.weight" in p:
        block = f"synthesis.b{res}"
        if res > 4:
            x = style_layer(block + ".conv0", x, ws[:, index], True)
            index += 1
        x = style_layer(block + ".conv1", x, ws[:, index], False)
        index += 1
        weight = p[block + ".torgb.weight"]
        style = dense(p, block + ".torgb.affine", ws[:, index]) / math.sqrt(weight.shape[1])
        rgb = modulated(x, weight, style, False) + p[block + ".torgb.bias"][None, :, None, None]
        image = rgb if image is None else fir(spread(image), 4.0, (2, 1, 2, 1)) + rgb
        res *= 2
    return image


def discriminator(p: Weights, image, group):
    """Images (N, C, R, R) to logits (N, 1)."""

    def conv(name, x, activation=lrelu, down=False, gain=1.0):
        k = p[name + ".weight"].shape[-1]
        weight = p[name + ".weight"] / math.sqrt(p[name + ".weight"].shape[1] * k * k)
        if down and k == 1:
            x = F.conv2d(fir(x, 1.0, (1, 1, 1, 1))[:, :, ::2, ::2], weight)
        elif down:
            x = F.conv2d(fir(x, 1.0, (2, 2, 2, 2)), weight, stride=2)
        else:
            x = F.conv2d(x, weight, padding=k // 2)
        if name + ".bias" in p:
            x = x + p[name + ".bias"][None, :, None, None]
        return (activation(x) if activation else x) * gain

    res, half = image.shape[-1], math.sqrt(0.5)
    x = conv(f"b{res}.fromrgb", image)
    while res > 4:
        skip = conv(f"b{res}.skip", x, None, True, half)
        x = skip + conv(f"b{res}.conv1", conv(f"b{res}.conv0", x), lrelu, True, half)
        res //= 2
    g = min(group, x.shape[0])
    y = x.reshape(g, -1, 1, *x.shape[1:])
    y = (y - y.mean(0)).square().mean(0).add(1e-8).sqrt().mean([2, 3, 4]).reshape(-1, 1, 1, 1).repeat(g, 1, 4, 4)
    x = conv("b4.conv", torch.cat([x, y], 1))
    return dense(p, "b4.out", dense(p, "b4.fc", x.flatten(1), 1.0, lrelu))
