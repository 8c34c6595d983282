"""The cropped and shared networks give the inpainter's own holes, whatever the hole, the dropout and the order."""

from __future__ import annotations

import pytest
import torch
from detectors import picard_small

from GANAnomalyLib.detectors.picard.heatmaps.completer import Completer
from GANAnomalyLib.detectors.picard.heatmaps.spans import Span, inputs, outputs
from GANAnomalyLib.detectors.picard.network import draw_drop, drop_layers

LAYERS = {
    "published": None,
    "none": [],
    "the first one": ["coarse_generator.conv1"],
    "in the decoder": ["coarse_generator.conv12", "coarse_generator.conv16"],
    "the last one": ["coarse_generator.conv17"],
    "in the fine network": ["coarse_generator.conv6", "fine_generator.conv3", "fine_generator.pmconv6"],
    "late in the fine network": ["fine_generator.pmconv9", "fine_generator.allconv13"],
}


def both(network, size, hole, names=None, prune=None, rate=0.5):
    """Two completions each of two windows: what the inpainter gives in the hole, and what the completer does."""
    random = torch.Generator().manual_seed(3)
    layers = drop_layers(network, names)
    windows = torch.rand(2, network.channels, size, size, generator=random) * 2 - 1
    drops = [draw_drop(layers, 2, rate, random) for _ in range(2)]
    completer = Completer(network, size, Span(*hole), layers, prune)
    at = slice(*hole)
    with torch.no_grad():
        mask = completer.mask.expand(2, -1, -1, -1)
        full = [network(windows * (1 - mask), mask, drop)[1][..., at, at] for drop in drops]
        first, begun = completer.begin(windows, drops[0])
        again = completer.go_on(begun[::-1], {name: value.flip(0) for name, value in drops[1].items()}).flip(0)
    return full, [first, again]


def check(full, ours):
    for ours_, theirs in zip(ours, full, strict=True):
        torch.testing.assert_close(ours_, theirs, atol=5e-5, rtol=0)
        assert theirs.std() > 1e-3, "a constant completion could hide an error"


@pytest.mark.parametrize("prune", [True, False])
@pytest.mark.parametrize("hole", [(8, 24), (11, 20), (4, 28), (1, 31), (13, 16)])
def test_any_hole(hole, prune):
    check(*both(picard_small.model().inpainter, 32, hole, prune=prune))


@pytest.mark.parametrize("names", LAYERS.values(), ids=LAYERS)
def test_any_dropout(names):
    full, ours = both(picard_small.model().inpainter, 32, (8, 24), names)
    check(full, ours)
    assert torch.equal(full[0], full[1]) == (names == [])


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.97])
def test_any_rate(rate):
    check(*both(picard_small.model(ngf=6).inpainter, 32, (8, 24), rate=rate))


def test_colour_larger_windows_and_channels_that_are_left_out():
    check(*both(picard_small.model(ngf=4, channels=3).inpainter, 32, (8, 24)))
    check(*both(picard_small.model(ngf=12).inpainter, 96, (24, 72)))


def test_what_does_not_change_is_not_made_again():
    """At the published size the layers before the dilated ones are made again in the hole's reach alone."""
    completer = Completer(
        picard_small.model(ngf=2).inpainter, 256, Span(64, 192), drop_layers(picard_small.model().inpainter)
    )
    branch = completer.fine.branches[0]
    made = {
        layer.name.rsplit(".", 1)[1]: span.size / layer.size_out
        for layer, span in zip(branch.layers, branch.made, strict=True)
    }
    assert made["conv1"] == 132 / 256
    assert made["conv6"] < 0.65
    assert made["conv9_atrous"] == 1
    assert completer.fine.attention.asked.size == 24
    assert len(completer.fine.attention.free) == 32**2 - 18**2
    assert completer.coarse.layers[completer.coarse.first].name == "coarse_generator.conv2_downsample"


def test_spans_by_trying_every_pixel():
    for kernel, stride, dilation in ((3, 1, 1), (5, 1, 1), (3, 2, 1), (3, 1, 4)):
        padding = dilation * (kernel // 2)
        weight = torch.ones(1, 1, kernel, kernel)
        for first, stop in ((6, 9), (7, 12)):
            x = torch.zeros(1, 1, 24, 24)
            x[..., first:stop, first:stop] = 1
            touched = torch.nn.functional.conv2d(x, weight, None, stride, padding, dilation)[0, 0].amax(0).nonzero()
            span = outputs(Span(first, stop), kernel, stride, dilation).within(24 // stride)
            assert span == (int(touched.min()), int(touched.max()) + 1)
            back = inputs(span, kernel, stride, dilation)
            assert back.first <= first
            assert back.stop >= stop
    with pytest.raises(ValueError, match="not inside"):
        Span(0, 4).of(Span(1, 5))
