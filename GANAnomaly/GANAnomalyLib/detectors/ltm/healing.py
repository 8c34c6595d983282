"""Tokens that a transformer finds unlikely, replaced by the likeliest ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .network import Reader, begun

if TYPE_CHECKING:
    from monai.networks.nets import DecoderOnlyTransformer


def log_likelihood(logits: Tensor, tokens: Tensor) -> Tensor:
    """(N, L): the logarithm of how likely each of ``tokens`` (N, L) is after ``logits`` (N, L, V)."""
    return logits.log_softmax(-1).gather(-1, tokens[..., None])[..., 0]


@torch.no_grad()
def healed(
    network: DecoderOnlyTransformer, tokens: Tensor, share: float, check: Callable[[], None] = lambda: None
) -> Tensor:
    """``tokens`` (N, L) with those among the least likely ``share`` of their own sequence replaced.

    In the order of the sequence each becomes the likeliest one after all before it, those replaced already among them;
    the token that begins a sequence never. Each stretch between two replaced tokens is read once: what comes before the
    first is known from judging them all, and what comes after the last need not be read again.

    ``check`` is called between stretches, and may raise.
    """
    length, begin = tokens.shape[1], network.num_tokens - 1
    count = math.ceil(share * (length - 1))
    if not count:
        return tokens
    reader, tokens = Reader(network, len(tokens)), tokens.clone()
    rows = torch.arange(len(tokens), device=tokens.device)
    logits = reader(begun(tokens, begin))
    chosen = log_likelihood(logits, tokens).topk(count, largest=False).indices.sort().values
    tokens[rows, chosen[:, 0]] = logits[rows, chosen[:, 0], :begin].argmax(-1)
    for before, now in zip(chosen.T[:-1], chosen.T[1:], strict=True):
        check()
        # Sequences have stretches of their own lengths. Behind a shorter one is read on; that is read again later.
        ahead = torch.arange(int((now - before).max()), device=tokens.device)
        places = (before[:, None] + 1 + ahead).clamp(max=length - 1)
        logits = reader(tokens.gather(1, places - 1), places)
        tokens[rows, now] = logits[rows, now - before - 1, :begin].argmax(-1)
    return tokens
