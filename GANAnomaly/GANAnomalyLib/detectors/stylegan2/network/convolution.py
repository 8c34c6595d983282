"""Convolutions whose second derivatives are as fast as their first ones.

torch differentiates a convolution twice by convolving with kernels as large as the image, which R1 and path length
penalties pay for in every layer. The three operations here, a convolution, a transposed one and the gradient of their
weights, are each other's derivatives, so every order of derivative is one of the three native calls.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Pair = tuple[int, int]


def convolve(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0, groups: int = 1
) -> Tensor:
    """As ``torch.nn.functional.conv2d``: ``x`` (N, I, H, W), ``weight`` (O, I / groups, k, k), ``bias`` (O,)."""
    if not torch.is_grad_enabled():
        return functional.conv2d(x, weight, bias, stride, padding, 1, groups)
    return _differentiable(_Convolution, *_in_one_type(x, weight, bias), stride, padding, groups, False, (0, 0))


def convolve_transposed(x: Tensor, weight: Tensor, stride: int = 1, padding: int = 0, groups: int = 1) -> Tensor:
    """As ``torch.nn.functional.conv_transpose2d``: ``x`` (N, I, H, W), ``weight`` (I, O / groups, k, k)."""
    if not torch.is_grad_enabled():
        return functional.conv_transpose2d(x, weight, None, stride, padding, 0, groups)
    return _differentiable(_Convolution, *_in_one_type(x, weight, None), stride, padding, groups, True, (0, 0))


def _in_one_type(x: Tensor, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """What autocast does for the built-in calls; it does not look into functions of our own."""
    kind = x.device.type
    if torch.is_autocast_enabled(kind) and x.dtype != torch.float64:
        dtype = torch.get_autocast_dtype(kind)
        return x.to(dtype), weight.to(dtype), None if bias is None else bias.to(dtype)
    return x, weight, bias


def _convolution(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int,
    padding: int,
    groups: int,
    transposed: bool,
    extra: Pair,
) -> Tensor:
    """``x`` with ``weight``: (O, I / groups, k, k), or (I, O / groups, k, k) when ``transposed``.

    ``extra``: output padding of the transposed one, (H, W).
    """
    y: Tensor
    sizes = ([stride] * 2, [padding] * 2, [1, 1])
    if transposed and groups > 1:
        # The same numbers, but on graphics cards by the kernel made for one filter a channel.
        size = [
            (n - 1) * stride - 2 * padding + weight.shape[-1] + more for n, more in zip(x.shape[2:], extra, strict=True)
        ]
        inputs = _empty_like(x, weight.shape[1] * groups, size)
        mask = [True, False, False]
        y = torch.ops.aten.convolution_backward(x, inputs, weight, None, *sizes, False, [0, 0], groups, mask)[0]
        return y
    y = torch.ops.aten.convolution(x, weight, bias, *sizes, transposed, list(extra), groups)
    return y


def _weight_gradient(
    x: Tensor, grad: Tensor, size: int, stride: int, padding: int, groups: int, transposed: bool, extra: Pair
) -> Tensor:
    """The gradient of a convolution's weight: bilinear in its input ``x`` and in its output's gradient ``grad``."""
    first, second = (x, grad) if transposed else (grad, x)
    # Only the shape of this is looked at.
    weight = x.new_empty(first.shape[1], second.shape[1] // groups, size, size)
    sizes = ([stride] * 2, [padding] * 2, [1, 1], transposed, list(extra), groups)
    gradient: Tensor = torch.ops.aten.convolution_backward(grad, x, weight, None, *sizes, [False, True, False])[1]
    return gradient


class _Convolution(torch.autograd.Function):
    """:func:`_convolution` and its derivatives."""

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> Tensor:
        _remember(ctx, inputs)
        return _convolution(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        for_x = for_weight = for_bias = None
        if ctx.needs_input_grad[0]:
            for_x = _adjoint(grad, weight, x.shape[2:], *ctx.settings)
        if ctx.needs_input_grad[1]:
            for_weight = _differentiable(_WeightGradient, x, grad, weight.shape[-1], *ctx.settings, ctx.extra)
        if ctx.needs_input_grad[2]:
            for_bias = grad.sum((0, 2, 3))
        return for_x, for_weight, for_bias, None, None, None, None, None


class _WeightGradient(torch.autograd.Function):
    """:func:`_weight_gradient` and its derivatives."""

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> Tensor:
        _remember(ctx, inputs)
        return _weight_gradient(*inputs)

    @staticmethod
    def backward(ctx: Any, weight: Tensor) -> tuple[Tensor | None, ...]:
        x, grad = ctx.saved_tensors
        for_x = for_grad = None
        if ctx.needs_input_grad[0]:
            for_x = _adjoint(grad, weight, x.shape[2:], *ctx.settings)
        if ctx.needs_input_grad[1]:
            for_grad = _differentiable(_Convolution, x, weight, None, *ctx.settings, ctx.extra)
        return for_x, for_grad, None, None, None, None, None, None


class _MappedConvolution(torch.autograd.Function):
    """:class:`_Convolution` in the form that torch.func (vmap, grad) asks for."""

    generate_vmap_rule = True
    forward = staticmethod(_convolution)
    backward = _Convolution.backward

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _remember(ctx, inputs)


class _MappedWeightGradient(torch.autograd.Function):
    """:class:`_WeightGradient` in the form that torch.func asks for."""

    generate_vmap_rule = True
    forward = staticmethod(_weight_gradient)
    backward = _WeightGradient.backward

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _remember(ctx, inputs)


_MAPPED = {_Convolution: _MappedConvolution, _WeightGradient: _MappedWeightGradient}
# Private to torch, hence the way out: the form for torch.func is right everywhere, only slower.
_under_torch_func = getattr(torch._C, "_are_functorch_transforms_active", lambda: True)


def _differentiable(kind: type[torch.autograd.Function], *inputs: Any) -> Tensor:
    """Apply one of the two.

    For functions in torch.func's form torch binds the signature at every call, which takes twice as long as all else
    that it does besides computing.
    """
    y: Tensor
    if torch.compiler.is_compiling() or not _under_torch_func():
        y = kind.apply(*inputs)
    else:
        y = _MAPPED[kind].apply(*inputs)
    return y


def _remember(ctx: Any, inputs: tuple[Any, ...]) -> None:
    """Keep two tensors, the settings (stride, padding, groups, transposed) and the output padding."""
    first, second, _, *ctx.settings, ctx.extra = inputs
    ctx.save_for_backward(first, second)


def _empty_like(x: Tensor, channels: int, size: list[int]) -> Tensor:
    """(N, channels, *size) of the type and in the layout of ``x``, for a call that looks at those only."""
    if x.permute(0, 2, 3, 1).is_contiguous():
        return x.new_empty(x.shape[0], *size, channels).permute(0, 3, 1, 2)
    return x.new_empty(x.shape[0], channels, *size)


def _adjoint(
    y: Tensor, weight: Tensor, size: torch.Size, stride: int, padding: int, groups: int, transposed: bool
) -> Tensor:
    """The other of the two convolutions, from outputs back to inputs of ``size`` (H, W)."""
    extra = (0, 0)
    if not transposed:
        least = [(int(n) - 1) * stride - 2 * padding + weight.shape[-1] for n in y.shape[2:]]
        extra = (int(size[0]) - least[0], int(size[1]) - least[1])
    return _differentiable(_Convolution, y, weight, None, stride, padding, groups, not transposed, extra)
