"""PHANES: equal to the published networks, its masks as worked by hand, and a detector like any other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import published_networks
from detectors.restorers import RestorerConformance, made, restored, restorer

from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.explain import make_detector
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.phanes.detector import filled
from GANAnomalyLib.detectors.phanes.hole_masks import cut_residual, mask_of
from GANAnomalyLib.detectors.phanes.inpainter import AOTBlock, Discriminator, Inpainter
from GANAnomalyLib.errors import InputError

SMALL = {"widths": [2, 4, 4, 4], "latent": 4, "inpainter_width": 4, "blocks": 1}
SIDE = 48


class TestPhanes(RestorerConformance):
    kind, architecture, published, side = "phanes", SMALL, "phanes", SIDE

    def published_state(self):
        start = "inpainter."
        held = self.model(1).tensors()
        inpainter = {f"netG.{name[len(start) :]}": value for name, value in held.items() if name.startswith(start)}
        return super().published_state() | inpainter | {"netD.0.weight": torch.zeros(2, 2)}


def test_the_inpainter_computes_what_the_published_one_does():
    inpainter, images = published_networks.fill(Inpainter(), "phanes", "netG."), published_networks.image()
    masks = torch.zeros_like(images)
    masks[:, :, 40:70, 50:90] = 1
    # The published numbers are 2e-5 off those of double precision: gates are steep.
    published_networks.check("phanes", "inpainted", inpainter(images, masks), 1e-4)


def test_what_lies_in_the_hole_is_not_looked_at():
    inpainter = Inpainter(1, 4, 1).eval()
    images, masks = torch.rand(1, 1, 48, 48), torch.zeros(1, 1, 48, 48)
    masks[..., 10:20, 10:20] = 1
    other = images.clone()
    other[..., 12:18, 12:18] = 0.1
    with torch.no_grad():
        assert torch.equal(inpainter(images, masks), inpainter(other, masks))
        assert not torch.equal(inpainter(images, masks), inpainter(1 - images, masks))


def test_the_discriminator_has_the_published_sizes():
    shapes = published_networks.shapes("phanes")
    wanted = [shape for name, shape in shapes.items() if name.startswith("netD.") and "weight" in name[-11:]]
    found = [tuple(value.shape) for value in Discriminator().parameters() if value.ndim == 4]
    assert found == [shape for shape in wanted if len(shape) == 4]


def test_a_gate_that_is_the_same_everywhere_lets_little_through():
    block = AOTBlock(8)
    with torch.no_grad():
        for parameter in block.gate.parameters():
            parameter.zero_()
    maps = torch.rand(1, 8, 12, 12)
    with torch.no_grad():
        changed = block(maps)
    share = 1 / (1 + np.exp(5.0))
    torch.testing.assert_close((changed - (1 - share) * maps).abs().max() < 0.05, torch.tensor(True))


def mirrored() -> torch.Tensor:
    images = published_networks.image()
    return (images - images.flip(-1)).abs()


def test_masks_are_as_published_where_that_is_asked_for():
    published_networks.check("phanes", "mask_of_residual", mask_of(mirrored(), as_published=True))


def test_ours_masks_a_twentieth_and_what_is_next_to_it_image_by_image():
    masks = mask_of(mirrored())
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    for maps, mask in zip(mirrored(), masks, strict=True):
        above = maps > np.percentile(maps, 95)
        assert mask[above].all()
        assert 0.05 < mask.mean() < 0.2
        assert torch.equal(mask[None], mask_of(maps[None]))


def test_a_mask_is_widened_by_as_much_as_its_blur_says():
    maps = torch.zeros(1, 1, 15, 15)
    maps[0, 0, :, 7] = 1  # a line: the blur of one in the distances 0, 1, 2, 3 is 0.33, 0.23, 0.08, 0.01
    assert mask_of(maps, 0.5)[0, 0, 4].tolist() == [0.0] * 6 + [1.0] * 3 + [0.0] * 6


def test_a_threshold_masks_what_is_above_it_and_may_be_nothing():
    maps = torch.full((2, 1, 9, 9), 0.2)
    maps[1] = 0.6
    assert mask_of(maps, 0.5).mean((1, 2, 3)).tolist() == [0, 1]
    assert mask_of(torch.zeros(1, 1, 9, 9)).sum() == 0


def test_residuals_are_cut_at_their_own_percentile():
    residual = torch.arange(101.0).view(1, 1, 1, 101)
    cut = cut_residual(torch.cat([residual, 0 * residual]))
    torch.testing.assert_close(cut[0].flatten()[:96], torch.arange(96.0) / 95)
    assert cut[0].flatten()[95:].eq(1).all()
    assert cut[1].eq(0).all()


def test_outside_the_mask_a_slice_stays_as_it_is():
    images, masks = torch.rand(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)
    masks[..., :2, :] = 1
    whole = filled(torch.full((1, 1, 4, 4), -0.3), images, masks)
    assert torch.equal(whole[..., 2:, :], images[..., 2:, :])
    assert whole[..., :2, :].eq(0).all()


def slices(count: int = 2) -> np.ndarray:
    random = np.random.default_rng(0)
    return random.uniform(-1, 1, (count, SIDE, SIDE)).astype(np.float32)


def test_nothing_is_filled_in_where_the_threshold_is_too_high():
    model, shown = made("phanes", SIDE, 1, SMALL), slices()
    for item, one in zip(restored(model, shown, mask_threshold=4), shown, strict=True):
        np.testing.assert_allclose(item.reconstruction, one, atol=1e-6)
        assert item.anomaly.max() < 1e-6
    changed = restored(model, shown)[0].reconstruction != shown[0]
    assert 0.05 < changed.mean() < 0.9


def test_the_cards_threshold_is_the_default():
    model, shown = made("phanes", SIDE, 1, SMALL), slices(1)
    own = restored(model, shown)[0].reconstruction
    model.card.recommended = {"mask_threshold": 4}
    assert restored(model, shown)[0].anomaly.max() < 1e-6
    np.testing.assert_array_equal(restored(model, shown, mask_threshold=-1)[0].reconstruction, own)


@pytest.mark.parametrize("said", ["high", True, -0.5, float("nan")])
def test_a_card_with_a_threshold_that_cannot_be_is_refused(said):
    model = made("phanes", SIDE, 1, SMALL)
    model.card.recommended = {"mask_threshold": said}
    with pytest.raises(InputError, match="mask_threshold"):
        make_detector(model)


def test_a_threshold_between_0_and_minus_1_is_refused():
    with pytest.raises(InputError, match="mask_threshold is 0 or more, or -1"):
        make_detector(made("phanes", SIDE, 1, SMALL), DetectorOptions(settings={"mask_threshold": -0.5}))


def test_as_published_the_next_slice_changes_the_mask():
    maps = mirrored()
    assert torch.equal(mask_of(maps)[:1], mask_of(maps[:1]))
    assert not torch.equal(mask_of(maps, as_published=True)[:1], mask_of(maps[:1], as_published=True))
    model, shown = made("phanes", SIDE, 1, SMALL), slices(1)
    ours, theirs = (restored(model, shown, as_published=way)[0].reconstruction for way in (False, True))
    assert (theirs != shown[0]).mean() > (ours != shown[0]).mean()


def test_images_that_are_too_small_are_refused():
    reader = restorer("phanes")
    with pytest.raises(InputError, match="32 pixels cannot be filled in"):
        reader.networks(reader.architecture(widths=(2, 4)), 32, 1)


def test_a_published_checkpoint_keeps_its_sizes(tmp_path):
    held = published_networks.weights("phanes")
    torch.save({"model_weights": held}, tmp_path / "latest_model.pt")
    model = load_model(tmp_path / "latest_model.pt")
    assert model.card.architecture["blocks"] == 8
    assert torch.equal(model.parts["inpainter"].state_dict()["encoder.1.weight"], held["netG.encoder.1.weight"])
    assert torch.equal(model.parts["network"].state_dict()["encoder.fc.bias"], held["encoder.fc.bias"])


def test_each_picture_is_looked_at_once(monkeypatch):
    """The slice, its coarse restoration and what was filled in, as they are and equalised; not the slice twice."""
    model, looked = made("phanes", SIDE, 1, SMALL), []
    whole = type(model.perceptual).seen
    monkeypatch.setattr(type(model.perceptual), "seen", lambda self, images: looked.append(0) or whole(self, images))
    restored(model, slices(1))
    assert len(looked) == 6
