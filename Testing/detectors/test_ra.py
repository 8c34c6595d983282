"""The reversed autoencoder's map, and the weights of LPIPS that a published checkpoint brings."""

from __future__ import annotations

import numpy as np
from detectors import published_networks
from detectors.restorers import RestorerConformance, made, restored, restorer

from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.restorer.lpips import Lpips
from GANAnomalyLib.running.seeded import seeded

SMALL = {"widths": [4, 8], "latent": 6}


class TestRa(RestorerConformance):
    kind, architecture, published = "ra", SMALL, "ra"
    beside = dict.fromkeys([f"l_pips_sq.{name}" for name in Lpips().state_dict()], ())

    def published_state(self):
        """See :class:`RestorerConformance`; with a perceptual network, whose last layers are named twice."""
        with seeded(4):
            lpips = Lpips().state_dict()
        twice = {name: value for name, value in lpips.items() if name.startswith("lin")}
        held = {**lpips, **{f"lins.{name[3:]}": value for name, value in twice.items()}}
        return super().published_state() | {f"l_pips_sq.{name}": value for name, value in held.items()}

    def test_a_published_checkpoint_brings_its_perceptual_network(self, tmp_path):
        model = load_model(self.published_file(tmp_path))
        assert model.perceptual.name == "lpips"
        assert model.card.architecture["perceptual"] == "lpips"
        assert model.perceptual.note() is None


def test_without_the_saliency_the_map_is_the_equalised_difference():
    slices = 2 * published_networks.image()[:, 0, :64:4, :64:4].numpy() - 1
    model = made("ra", 16, 1, SMALL)
    assert model.perceptual.name == "ssim"
    plain, weighed = (restored(model, slices, saliency=value)[0].anomaly for value in (False, True))
    assert plain.max() <= 1
    assert not np.allclose(plain, weighed)


def test_nobody_takes_the_others_checkpoints():
    kinds = ("vae", "cevae", "sivae", "ra")
    lpips = {f"l_pips_sq.{name}": tuple(value.shape) for name, value in Lpips().state_dict().items()}
    for owner in kinds:
        shapes = published_networks.shapes(owner) | (lpips if owner == "ra" else {})
        taken = [kind for kind in kinds if restorer(kind).recognise(shapes) is not None]
        assert taken == [owner]
    for other in ("vqvae", "wgan", "mae", "morphaeus", "phanes", "ddpm", "patched_ddpm"):
        assert not [kind for kind in kinds if restorer(kind).recognise(published_networks.shapes(other)) is not None]
