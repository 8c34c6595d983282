"""VQ-VAE and latent transformer against the published ones' numbers; reading in pieces against the plain way."""

from __future__ import annotations

import pytest
import torch
from detectors import published_networks
from torch import Tensor

from GANAnomalyLib.detectors.ltm.healing import healed, log_likelihood
from GANAnomalyLib.detectors.ltm.network import Reader, begun, transformer
from GANAnomalyLib.detectors.ltm.published import converted
from GANAnomalyLib.detectors.vqvae.network import vq_vae
from GANAnomalyLib.running.seeded import seeded


@pytest.fixture(scope="module")
def published_vqvae():
    return published_networks.fill(vq_vae(), "vqvae")


@pytest.fixture(scope="module")
def published():
    network = transformer()
    network.load_state_dict(converted(published_networks.weights("ltm")))
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def small():
    with seeded(0):
        return transformer(5, 40, 8, 2, 2).eval().requires_grad_(False)


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


def test_the_vq_vae_gives_the_published_numbers(published_vqvae):
    images = published_networks.image()
    encoded = published_vqvae.encode(images)
    published_networks.check("vqvae", "encoded", encoded)
    published_networks.check("vqvae", "indices", published_vqvae.quantizer.quantize(encoded))
    published_networks.check("vqvae", "restored", published_vqvae.decode(published_vqvae.quantize(encoded)[0]))


def test_the_transformer_gives_the_published_numbers(published):
    tokens = (5 * torch.arange(64) + 3)[None] % 17
    published_networks.check("ltm", "logits", published(tokens))
    published_networks.check("ltm", "logits", Reader(published, 1)(tokens))


def test_healing_gives_the_published_numbers(published, published_vqvae):
    tokens = published_vqvae.index_quantize(published_networks.image()[:1]).flatten(1)
    likely = log_likelihood(Reader(published, 1)(begun(tokens, 16)), tokens)
    published_networks.check("ltm", "log_likelihood", likely.view(1, 32, 32))
    found = healed(published, tokens, 0.03)
    published_networks.check("ltm", "restored", published_vqvae.decode_samples(found.view(1, 32, 32)))


def test_published_names_are_all_of_ours(published):
    given = {name: torch.zeros(1).expand(shape) for name, shape in published_networks.shapes("ltm").items()}
    named = {name: tuple(value.shape) for name, value in converted(given).items()}
    assert named == {name: tuple(value.shape) for name, value in published.state_dict().items()}


def test_pieces_are_read_as_the_whole(small):
    tokens, reader = tokens_of(2, 40, 6), Reader(small, 2)
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
    tokens = tokens_of(4, 40, 5)
    found = healed(small, tokens, share)
    assert torch.equal(found, healed_plainly(small, tokens, share))
    assert not torch.equal(found, tokens)
    assert int(found.max()) < 5, "the token that begins a sequence"


def test_no_share_leaves_everything(small):
    tokens = tokens_of(2, 40, 5)
    assert torch.equal(healed(small, tokens, 0.0), tokens)
