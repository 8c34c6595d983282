"""State dicts and safetensors: found by content, whatever they are called and however they are nested."""

from __future__ import annotations

import zipfile

import pytest
import torch
from detectors.published_pickles import fixture_tensors, network_tensors, write_published
from safetensors.torch import save_file

from GANAnomalyLib.detectors.stylegan2.load import load_network
from GANAnomalyLib.detectors.stylegan2.network import Discriminator, Generator
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.checkpoint import read_checkpoint, read_safetensors_header

NAME = "stylegan2_r32_gray"


@pytest.fixture(scope="module")
def generator():
    return network_tensors(NAME, "G")


@pytest.fixture(scope="module")
def discriminator():
    return network_tensors(NAME, "D")


def same(network, tensors) -> bool:
    state = network.state_dict()
    return state.keys() == tensors.keys() and all(torch.equal(state[key], tensors[key]) for key in tensors)


def prefixed(tensors, prefix):
    return {f"{prefix}{key}": value for key, value in tensors.items()}


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("layout", ["plain", "prefixed", "nested", "wrapped", "parallel"])
def test_state_dicts(tmp_path, generator, discriminator, layout, legacy):
    content = {
        "plain": generator,
        "prefixed": prefixed(generator, "G_ema.") | prefixed(discriminator, "D."),
        "nested": {"G_ema": generator, "G": {k: v * 2 for k, v in generator.items()}, "D": discriminator, "step": 7},
        "wrapped": {"state": {"G_ema": generator}, "losses": [1.0, 2.0]},
        "parallel": prefixed(generator, "module."),
    }[layout]
    path = tmp_path / "state.pt"
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    assert same(load_network(path), generator)
    if layout in ("prefixed", "nested"):
        network = load_network(path, which="D")
        assert isinstance(network, Discriminator)
        assert same(network, discriminator)


def test_the_numbers_are_the_references(tmp_path, generator):
    expected = fixture_tensors(NAME)
    torch.save(generator, tmp_path / "state.pth")
    save_file(prefixed(generator, "G_ema."), tmp_path / "ours.safetensors")
    for file in ("state.pth", "ours.safetensors"):
        network = load_network(tmp_path / file)
        assert isinstance(network, Generator)
        image = network.synthesis(network.mapping(expected["z"], None), noise_mode="const")
        assert float((image - expected["img_noise_const"]).abs().max()) < 1e-4


def test_the_ending_does_not_matter(tmp_path, generator):
    path = write_published(tmp_path / "published.pt", NAME, tmp_path / "canary")
    assert same(load_network(path), generator)
    torch.save(generator, tmp_path / "state.pkl")
    assert same(load_network(tmp_path / "state.pkl"), generator)
    assert not (tmp_path / "canary").exists()


def test_half_precision_blocks_only_when_asked(tmp_path):
    path = write_published(tmp_path / "p.pkl", NAME, tmp_path / "canary")
    assert not load_network(path).synthesis.b32.half
    half = load_network(path, half=True).synthesis
    assert [res for res in (4, 8, 16, 32) if getattr(half, f"b{res}").half] == [16, 32]
    assert half.b8.conv1.conv_clamp == 256


def test_other_tensors_of_our_own_files_are_kept(tmp_path, generator):
    path = tmp_path / "ours.safetensors"
    save_file(prefixed(generator, "G_ema.") | {"encoder.b4.conv.weight": torch.ones(2)}, path)
    checkpoint = read_checkpoint(path)
    assert checkpoint.tensors.keys() == generator.keys()
    assert list(checkpoint.others) == ["encoder.b4.conv.weight"]
    with pytest.raises(InputError, match="holds no network D; it holds G_ema"):
        read_checkpoint(path, "D")


def test_a_network_that_is_not_there(tmp_path, generator, discriminator):
    torch.save({"G": generator, "D": discriminator}, tmp_path / "no_average.pt")
    with pytest.raises(InputError, match=r"holds no network G_ema; it holds D, G"):
        load_network(tmp_path / "no_average.pt")
    with pytest.raises(InputError, match=r"one of G_ema, G, D, not 'E'"):
        load_network(tmp_path / "no_average.pt", which="E")
    torch.save({"layer.weight": torch.ones(3)}, tmp_path / "other.pt")
    with pytest.raises(InputError, match="named otherwise"):
        load_network(tmp_path / "other.pt")
    torch.save({"synthesis.input.weight": torch.ones(3)}, tmp_path / "three.pt")
    with pytest.raises(InputError, match="StyleGAN3"):
        load_network(tmp_path / "three.pt")
    torch.save({"epoch": 3}, tmp_path / "none.pt")
    with pytest.raises(InputError, match="holds no tensors"):
        load_network(tmp_path / "none.pt")


def test_a_whole_pickled_network_is_not_opened(tmp_path, generator):
    for legacy in (False, True):
        path = tmp_path / "module.pt"
        torch.save(load_generator(generator), path, _use_new_zipfile_serialization=not legacy)
        with pytest.raises(InputError, match="could run code"):
            load_network(path)


def load_generator(tensors):
    from GANAnomalyLib.detectors.stylegan2.network.architecture import infer_architecture

    network = Generator(**infer_architecture(tensors))
    network.load_state_dict(tensors)
    return network


@pytest.mark.parametrize("kind", ["pt", "legacy.pt", "safetensors"])
def test_truncated_and_oversized(tmp_path, generator, kind):
    path = tmp_path / f"whole.{kind}"
    if kind == "safetensors":
        save_file(generator, path)
    else:
        torch.save(generator, path, _use_new_zipfile_serialization=kind == "pt")
    whole = path.read_bytes()
    with pytest.raises(InputError, match="over the limit"):
        load_network(path, size_limit=1000)
    for size in (1, 7, 20, 3000, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"truncated|damaged"):
            load_network(path)


def test_an_archive_that_unpacks_to_more_than_it_says(tmp_path, generator):
    path = tmp_path / "bomb.pt"
    torch.save(generator, path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/9999", b"\0" * 30_000_000)
    with pytest.raises(InputError, match="unpacks to more"):
        load_network(path, size_limit=5_000_000)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("synthesis.b8.conv0.bias", lambda t: t[:-1], "do not fit"),
        ("synthesis.b8.conv0.bias", lambda t: None, "do not fit"),
        ("synthesis.b8.conv0.bias", lambda t: t * float("nan"), "infinite or undefined"),
        ("synthesis.b8.conv0.bias", lambda t: t.to(torch.int32), "real numbers"),
        ("synthesis.b8.resample_filter", lambda t: t.roll(1), "resampling filter"),
        ("synthesis.b8.resample_filter", lambda t: torch.ones(12), "resampling filter"),
    ],
)
def test_tensors_that_would_give_a_wrong_network(tmp_path, generator, name, change, words):
    tensors = dict(generator)
    tensors[name] = change(tensors[name])
    torch.save({key: value for key, value in tensors.items() if value is not None}, tmp_path / "bad.pt")
    with pytest.raises(InputError, match=words):
        load_network(tmp_path / "bad.pt")


def test_a_discriminator_under_a_generators_name(tmp_path, monkeypatch):
    from detectors import published_pickles

    letters = {"G": "D", "D": "G"}
    original = published_pickles.network_tensors
    monkeypatch.setattr(published_pickles, "network_tensors", lambda name, letter: original(name, letters[letter]))
    path = write_published(tmp_path / "swapped.pkl", NAME, tmp_path / "canary")
    for which in ("G_ema", "D"):
        with pytest.raises(InputError, match="other kind of network"):
            load_network(path, which=which)


def test_a_device_that_is_not_there(tmp_path, generator):
    torch.save(generator, tmp_path / "state.pt")
    with pytest.raises(InputError, match="not available"):
        load_network(tmp_path / "state.pt", device="cuda:99")


def test_headers_are_read_without_the_tensors(tmp_path, generator):
    path = tmp_path / "ours.safetensors"
    save_file(generator, path)
    header = read_safetensors_header(path)
    assert {name: tuple(entry["shape"]) for name, entry in header.items()} == {
        name: tuple(tensor.shape) for name, tensor in generator.items()
    }
