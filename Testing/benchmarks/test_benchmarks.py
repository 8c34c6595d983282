"""The benchmarks' own arithmetic: what they report must be what was run."""

import numpy as np
import pytest
import torch

from benchmarks.bench_latent_spaces import LayerLatents, Searches, _warped, run_within, runs_of
from benchmarks.bench_projection import Row, first_reaching, gray8_mse, verdict
from benchmarks.results_file import append_block
from GANAnomalyLab.demo_models.demo_detection import explain_with
from GANAnomalyLib.detectors.stylegan2.fast_projection import synthesise
from GANAnomalyLib.detectors.stylegan2.load import StyleGAN2Model
from GANAnomalyLib.detectors.stylegan2.network.encoder import Encoder
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.models.card import ModelCard


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    generator = Generator(
        z_dim=8, w_dim=8, img_resolution=16, img_channels=1, mapping_layers=1, channel_base=128, channel_max=8
    )
    encoder = Encoder(w_dim=8, img_resolution=16, channel_base=128, channel_max=8)
    card = ModelCard("tiny", recommended={"fast": {"stop": 0.0}})
    networks = [network.eval().requires_grad_(False) for network in (generator, encoder)]
    return StyleGAN2Model(card, *networks)


@pytest.fixture(scope="module")
def slices(model):
    with torch.no_grad():
        z = torch.randn(11, 8, generator=torch.Generator().manual_seed(2))
        return model.generator.synthesis(model.generator.mapping(z, None), noise_mode="none").clamp(-1, 1)


def test_a_block_goes_to_the_end_of_its_own_section(tmp_path):
    results = tmp_path / "RESULTS.md"
    results.write_text("# T\n\n## One (`a.py`)\n\ntext\n\n| a |\n\n## Two (`b.py`)\n\nmore\n")
    append_block(results, "a.py", "first")
    append_block(results, "a.py", "second")
    append_block(results, "b.py", "third")
    assert results.read_text() == (
        "# T\n\n## One (`a.py`)\n\ntext\n\n| a |\n\nfirst\n\nsecond\n\n## Two (`b.py`)\n\nmore\n\nthird\n"
    )
    before = results.read_text()
    with pytest.raises(SystemExit, match=r"no section.*c\.py"):
        append_block(results, "c.py", "lost")
    assert results.read_text() == before


def test_runs_stay_inside_and_spread_over_the_patient():
    firsts = []
    for number in range(1000, 1020):
        run = run_within(112, 3, number)
        assert run.start >= 0
        assert run.stop == run.start + 3 <= 112
        firsts.append(run.start)
    assert min(firsts) < 15
    assert max(firsts) > 95
    assert max(np.diff(sorted(firsts))) < 15
    assert run_within(2, 3, 7) == slice(0, 2)
    assert runs_of([2, 3]) == [range(0, 2), range(2, 5)]


def test_equal_error_is_said_as_it_is():
    assert first_reaching([9, 4, 5, 3], 4) == 2
    assert first_reaching([9, 4], 3) is None
    rows = [Row("published", 9, 8, 20), Row("batch", 5, 4, 20), Row("bare", 5, 4, 50), Row("fast", 1, 1, 30)]
    said = " ".join(verdict(rows, [60, 30, 25, 20], 4))
    assert "Fast does NOT reach the error of the published procedure (30.0 against 20.0)" in said
    assert "Fast reaches the error of the published procedure with w alone (30.0 against 50.0)" in said
    assert "after 2 of 4 steps, 4.0 CPU s a slice one by one: at that error the fast mode is 4.0 times as fast" in said


def test_error_is_in_grey_levels():
    images = np.zeros((2, 4, 4), np.float32)
    assert gray8_mse(images, images + 10 / 127.5) == pytest.approx(100)


def test_w_plus_with_equal_layers_is_w_and_moves_layers_apart(model, slices):
    w = torch.randn(2, 8, generator=torch.Generator().manual_seed(1))
    view = LayerLatents(model.generator)
    whole = w.repeat(1, model.generator.num_ws)
    torch.testing.assert_close(synthesise(view, whole), synthesise(model.generator, w))
    apart = whole.clone()
    apart[:, -8:] += 1
    ws = w[:, None].repeat(1, model.generator.num_ws, 1)
    ws[:, -1] += 1
    torch.testing.assert_close(synthesise(view, apart), model.generator.synthesis(ws, noise_mode="none"))
    assert not torch.equal(synthesise(view, apart), synthesise(view, whole))


def test_the_judged_fast_mode_is_the_shipped_one(model, slices):
    searches = Searches(model, 2)
    images, steps = searches.fast(5)(slices, [range(len(slices))])
    ours = _warped(images, slices, searches.base).mean(1).clamp(-1, 1).numpy()
    shipped = explain_with(model, steps=5)(slices[:, 0].numpy())
    np.testing.assert_allclose(ours, shipped, atol=1e-5)
    assert steps == 5


@pytest.mark.slow
def test_every_search_gets_every_slice_closer_than_its_start(model, slices):
    def error(images):
        return (images - slices).square().mean((1, 2, 3))

    searches = Searches(model, 8)
    runs = [range(0, 9), range(9, 11)]
    found = {name: search(slices, runs) for name, search in searches.all()}
    mean = error(synthesise(model.generator, torch.from_numpy(searches.statistics[0])[None]))
    encoded = error(found.pop("encoder alone")[0])
    assert len(found) == 7
    for name, (images, _) in found.items():
        start = encoded if name.startswith("encoder") else mean
        assert (error(images) < start).all(), name
    # Two anchors in nine slices, one in two: each searches four times as long.
    assert found["neighbours, w, 20 steps"][1] == pytest.approx((3 * 80 + 8 * 20) / 11)
