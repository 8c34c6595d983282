"""PICARD's networks against the reference numbers, and its checkpoints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.picard.load import PicardModel, build_picard, read_folder, save_picard
from GANAnomalyLib.detectors.picard.network.attention import contextual_attention
from GANAnomalyLib.detectors.picard.network.critic import Critic
from GANAnomalyLib.detectors.picard.network.dropout import draw_drop, drop_layers
from GANAnomalyLib.detectors.picard.network.generator import Inpainter
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard

FIXTURE = Path(__file__).parents[1] / "data" / "picard_ngf8.npz"


@pytest.fixture(scope="module")
def reference():
    with np.load(FIXTURE) as file:
        return {name: torch.from_numpy(file[name]) for name in file.files}


@pytest.fixture(scope="module")
def model(reference):
    return build_picard({name: value for name, value in reference.items() if "." in name})


@pytest.fixture
def small():
    torch.manual_seed(0)
    return PicardModel(Inpainter(1, 4), Critic(1, 4, 16), Critic(1, 4, 32), 32, 16)


def save_published(folder, model, iteration, critics=True):
    torch.save(model.inpainter.state_dict(), folder / f"gen_{iteration:08d}.pt")
    if critics:
        parts = {"localD": model.local.state_dict(), "globalD": model.global_.state_dict()}
        torch.save(parts, folder / f"dis_{iteration:08d}.pt")


@pytest.mark.parametrize("tag", ["masked_input", "raw_input"])
def test_both_stages_agree_with_the_reference(reference, model, tag):
    x, mask = reference["x"], reference["mask"]
    given = x * (1 - mask) if tag == "masked_input" else x
    with torch.no_grad():
        stage1, stage2 = model.inpainter(given, mask)
    assert (stage1 - reference[f"stage1_{tag}"]).abs().max() < 1e-4
    assert (stage2 - reference[f"stage2_{tag}"]).abs().max() < 1e-4


def test_critics_and_features_agree_with_the_reference(reference, model):
    centre = reference["x"][:, :, 64:192, 64:192]
    with torch.no_grad():
        assert (model.local.features(centre) - reference["local_features"]).abs().max() < 1e-4
        assert (model.local(centre) - reference["local_score"]).abs().max() < 1e-4
        assert (model.global_(reference["x"]) - reference["global_score"]).abs().max() < 1e-4
    assert (model.window, model.hole) == (256, 128)


def test_samples_of_a_batch_do_not_see_each_other(small):
    torch.manual_seed(1)
    x, mask = torch.rand(3, 1, 32, 48) * 2 - 1, torch.zeros(3, 1, 32, 48)
    mask[0, :, 8:24, 8:24] = mask[1, :, 0:8, 16:40] = mask[2, :, 16:32, 24:48] = 1
    x = x * (1 - mask)
    with torch.no_grad():
        together = small.inpainter(x, mask)[1]
        apart = torch.cat([small.inpainter(x[n : n + 1], mask[n : n + 1])[1] for n in range(3)])
    assert torch.allclose(together, apart, atol=1e-5)


def test_attention_pastes_nothing_of_the_hole():
    torch.manual_seed(2)
    x, mask = torch.rand(1, 4, 8, 8), torch.zeros(1, 1, 32, 32)
    mask[:, :, 8:16, 8:16] = 1
    other = x.clone()
    other[:, :, 2:4, 2:4] += 1
    far = contextual_attention(x, mask)[:, :, 6:, 6:]
    assert torch.allclose(far, contextual_attention(other, mask)[:, :, 6:, 6:], atol=1e-5)


def test_dropout_is_seeded_and_makes_completions_differ(small):
    layers = drop_layers(small.inpainter)
    assert len(layers) == 9
    one, same = (draw_drop(layers, 2, 0.5, torch.Generator().manual_seed(7)) for _ in range(2))
    assert all(torch.equal(one[name], same[name]) for name in layers)
    assert set(torch.cat([value.flatten() for value in one.values()]).tolist()) == {0.0, 2.0}
    x, mask = torch.rand(1, 1, 32, 32).repeat(2, 1, 1, 1), torch.zeros(2, 1, 32, 32)
    mask[:, :, 8:24, 8:24] = 1
    with torch.no_grad():
        first, second = small.inpainter(x * (1 - mask), mask, one)[0]
    assert not torch.allclose(first, second)
    with pytest.raises(InputError, match="no layer"):
        drop_layers(small.inpainter, ["coarse_generator.conv99"])
    with pytest.raises(InputError, match=r"\[0, 1\)"):
        draw_drop(layers, 1, 1.0, torch.Generator())


def test_a_published_folder_gives_the_last_iteration_or_the_chosen_one(small, tmp_path):
    save_published(tmp_path, small, 5000)
    save_published(tmp_path, small, 10000, critics=False)
    last = read_folder(tmp_path)
    assert (last.iteration, last.local) == (10000, None)
    chosen = read_folder(tmp_path, 5000)
    assert (chosen.window, chosen.hole, chosen.local.ndf) == (32, 16, 4)
    for name, tensor in small.state().items():
        assert torch.equal(chosen.state()[name], tensor)
    with pytest.raises(InputError, match="no iteration 7"):
        read_folder(tmp_path, 7)


@pytest.mark.parametrize("what", ["empty", "missing", "other", "hostile", "channels"])
def test_what_is_no_checkpoint_is_refused_in_a_sentence(small, tmp_path, what):
    folder = tmp_path / "run"
    if what != "missing":
        folder.mkdir()
    if what == "other":
        torch.save({"weight": torch.zeros(3)}, folder / "gen_00000001.pt")
    elif what == "hostile":
        (folder / "gen_00000001.pt").write_bytes(b"cos\nsystem\n(S'touch " + str(folder / "owned").encode() + b"'\ntR.")
    elif what == "channels":
        save_published(folder, PicardModel(small.inpainter, Critic(3, 4, 16), Critic(3, 4, 32)), 1)
    with pytest.raises(InputError) as caught:
        read_folder(folder)
    assert caught.value.message.endswith(".")
    assert not (folder / "owned").exists()


def test_a_model_saved_with_its_card_loads_by_name(small, tmp_path):
    card = save_picard(tmp_path / "mine.safetensors", small, ModelCard("mine", resolution=64))
    loaded = load_model(tmp_path / "mine.safetensors")
    assert card.architecture["window"] == 32
    picard = loaded.picard
    assert (picard.window, picard.hole, loaded.card.kind) == (32, 16, "picard")
    assert next(iter(loaded.networks())) is picard.inpainter
    x, mask = torch.zeros(1, 1, 32, 32), torch.zeros(1, 1, 32, 32)
    mask[:, :, 8:24, 8:24] = 1
    small.inpainter.eval()
    with torch.no_grad():
        assert torch.equal(loaded.picard.inpainter(x, mask)[1], small.inpainter(x, mask)[1])


def test_a_published_folder_loads_and_converts(small, tmp_path):
    from GANAnomalyLib.detectors.convert_checkpoint import convert

    folder = tmp_path / "published"
    folder.mkdir()
    save_published(folder, small, 42)
    assert load_model(folder).picard.iteration == 42
    convert(folder, tmp_path / "mine.safetensors", card_fields={"anatomy": "breast"})
    loaded = load_model(tmp_path / "mine.safetensors")
    assert loaded.card.anatomy == "breast"
    assert loaded.card.kind == "picard"
