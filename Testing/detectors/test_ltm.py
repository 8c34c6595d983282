"""The latent transformer: equal to the published one, reading in pieces equal to the plain way, and a detector."""

from __future__ import annotations

import pytest
import torch
from detectors import published_networks
from detectors.restorers import RestorerConformance
from torch import Tensor

from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.ltm.architecture import LtmArchitecture
from GANAnomalyLib.detectors.ltm.healing import healed, log_likelihood
from GANAnomalyLib.detectors.ltm.load import transformer_tensors
from GANAnomalyLib.detectors.ltm.network import Reader, begun, transformer
from GANAnomalyLib.detectors.vqvae.architecture import VqvaeArchitecture
from GANAnomalyLib.detectors.vqvae.network import vq_vae
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.seeded import seeded

SMALL = {
    **{"width": 4, "levels": 2, "residual": 1, "codes": 5, "code_width": 3},
    **{"token_width": 16, "depth": 2, "heads": 16},
}


class TestLtm(RestorerConformance):
    kind, architecture, published = "ltm", SMALL, "ltm"
    settings = {"share": 0.3}  # noqa: RUF012

    def part(self, start):
        held = self.model(1).tensors()
        return {name.removeprefix(start): value for name, value in held.items() if name.startswith(start)}

    def published_state(self):
        return {name.replace(".norm2.", ".norm3."): value for name, value in self.part("transformer.").items()}

    def published_file(self, folder):
        torch.save({"model_weights": self.part("vqvae.")}, folder / "vqvae.pt")
        return super().published_file(folder)

    def test_a_transformer_without_its_vq_vae_says_so(self, tmp_path):
        path = self.published_file(tmp_path)
        (tmp_path / "vqvae.pt").unlink()
        with pytest.raises(InputError, match=r"transformer only: put .* VQ-VAE beside it, as vqvae\.pt"):
            load_model(path)

    def test_the_published_names_and_sizes_are_its_own(self):
        with torch.device("meta"):
            held = {name: torch.empty(shape) for name, shape in published_networks.shapes("ltm").items()}
            wanted = transformer(LtmArchitecture(), 128).state_dict()
        found = transformer_tensors(held)
        assert {name: value.shape for name, value in found.items()} == {
            f"transformer.{name}": value.shape for name, value in wanted.items()
        }


@pytest.fixture(scope="module")
def published():
    network = transformer(LtmArchitecture(), 128)
    held = transformer_tensors(published_networks.weights("ltm"))
    network.load_state_dict({name.removeprefix("transformer."): value for name, value in held.items()})
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def small():
    with seeded(0):
        return transformer(LtmArchitecture(**SMALL), 24).eval().requires_grad_(False)


def tokens_of(count: int, length: int, codes: int) -> Tensor:
    return torch.randint(0, codes, (count, length), generator=torch.Generator().manual_seed(count))


def healed_plainly(network, tokens: Tensor, share: float) -> Tensor:
    """One sequence at a time, all of it read again for each token that is replaced."""
    out = []
    for row in tokens:
        likely = log_likelihood(network(begun(row[None], network.num_tokens - 1)), row[None])[0]
        row = row.clone()
        for place in torch.nonzero(likely < torch.quantile(likely, share))[:, 0]:
            logits = network(begun(row[None], network.num_tokens - 1))[0, place]
            row[place] = logits[:-1].argmax()
        out.append(row)
    return torch.stack(out)


def test_the_transformer_gives_the_published_numbers(published):
    tokens = (5 * torch.arange(64) + 3)[None] % 17
    published_networks.check("ltm", "logits", published(tokens))
    published_networks.check("ltm", "logits", Reader(published, 1)(tokens))


def test_healing_gives_the_published_numbers(published):
    published_vqvae = published_networks.fill(vq_vae(VqvaeArchitecture(), 1), "vqvae")
    tokens = published_vqvae.index_quantize(published_networks.image()[:1]).flatten(1)
    likely = log_likelihood(Reader(published, 1)(begun(tokens, 16)), tokens)
    published_networks.check("ltm", "log_likelihood", likely.view(1, 32, 32))
    found = healed(published, tokens, 0.03)
    published_networks.check("ltm", "restored", published_vqvae.decode_samples(found.view(1, 32, 32)))


def test_pieces_are_read_as_the_whole(small):
    tokens, reader = tokens_of(2, 36, 6), Reader(small, 2)
    wanted = small(tokens)
    torch.testing.assert_close(reader(tokens[:, :15]), wanted[:, :15])
    places = torch.stack([torch.arange(15, 25), torch.arange(10, 20)])
    found = reader(tokens.gather(1, places), places)
    torch.testing.assert_close(found[0], wanted[0, 15:25])
    torch.testing.assert_close(found[1], wanted[1, 10:20])
    # What was read once and is written anew does not count any more.
    tokens[0, 12:20] = 0
    reader(tokens[:, 12:20], torch.arange(12, 20).expand(2, -1))
    torch.testing.assert_close(reader(tokens[:, 20:30], torch.arange(20, 30).expand(2, -1)), small(tokens)[:, 20:30])


@pytest.mark.parametrize("share", [0.03, 0.1, 0.5])
def test_healing_in_pieces_is_the_plain_way(small, share):
    tokens = tokens_of(4, 36, 5)
    found = healed(small, tokens, share)
    assert torch.equal(found, healed_plainly(small, tokens, share))
    assert not torch.equal(found, tokens)
    assert int(found.max()) < 5, "the token that begins a sequence"


def test_no_share_leaves_everything(small):
    tokens = tokens_of(2, 36, 5)
    assert torch.equal(healed(small, tokens, 0.0), tokens)
