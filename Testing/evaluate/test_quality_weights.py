"""Weight files: given, found, missing, damaged, hostile; and the networks they fill."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import urllib.request

import numpy as np
import pytest
import torch
from evaluate.quality_sets import (
    inception_weights,
    need_torchvision,
    swav_weights,
    torso_slices,
    vgg16_weights,
)

from GANAnomalyLab.evaluate.quality import feature_weights as module
from GANAnomalyLab.evaluate.quality.feature_networks import load_lpips, load_network
from GANAnomalyLab.evaluate.quality.feature_weights import WEIGHTS, check_names, find_weights, read_weights
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.running.progress import CancelToken

OF_CLASSIFIERS = ("efficientnet_b2", "densenet121", "resnet50")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("weights")


@pytest.fixture
def no_kept(tmp_path, monkeypatch):
    """An empty place for what torch fetches, and no network."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))

    def refuse(*arguments, **named):
        raise AssertionError("nothing may be fetched")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    return tmp_path / "hub" / "checkpoints"


@pytest.mark.parametrize("name", list(WEIGHTS))
def test_a_missing_file_is_told_with_where_it_is_got(name, no_kept):
    option = "--weights FILE" if name in OF_CLASSIFIERS else f"--weights {name}=FILE"
    with pytest.raises(InputError, match=rf"{WEIGHTS[name].file}.*{option}.*--allow-download"):
        find_weights(name, {})
    with pytest.raises(InputError, match="There is no weight file"):
        find_weights(name, {name: no_kept / "none.pth"}, allow_download=True)


def known(monkeypatch, name: str, data: bytes) -> str:
    """As if ``data`` were the published file of a network; returns its SHA-256."""
    digest = hashlib.sha256(data).hexdigest()
    monkeypatch.setitem(WEIGHTS, name, dataclasses.replace(WEIGHTS[name], digest=digest))
    return digest


@pytest.mark.parametrize("name", list(WEIGHTS))
def test_digests_are_whole_and_agree_with_the_files_names(name):
    facts = WEIGHTS[name]
    # Of torchvision's three what its names say is all that is published.
    assert re.fullmatch("[0-9a-f]{8}" if name in OF_CLASSIFIERS else "[0-9a-f]{64}", facts.digest) or name == "swav"
    named = re.search(r"-([0-9a-f]{8})\.pth$", facts.file)
    assert facts.digest[:8] == (named[1] if named else "")


def test_a_digest_whose_beginning_is_published_is_held_to_it(no_kept, monkeypatch):
    no_kept.mkdir(parents=True)
    kept = no_kept / WEIGHTS["resnet50"].file
    kept.write_bytes(b"x")
    begins = hashlib.sha256(b"x").hexdigest()[:8]
    with pytest.raises(InputError, match=r"is not the published file.*--weights FILE"):
        find_weights("resnet50", {})
    monkeypatch.setitem(WEIGHTS, "resnet50", dataclasses.replace(WEIGHTS["resnet50"], digest=begins))
    assert find_weights("resnet50", {}) == kept


def test_what_torch_fetched_before_is_used_when_it_is_the_published_file(no_kept, monkeypatch):
    no_kept.mkdir(parents=True)
    kept, said = no_kept / WEIGHTS["vgg16"].file, []
    kept.write_bytes(b"x")
    digest = known(monkeypatch, "vgg16", b"x")
    assert find_weights("vgg16", {}, say=said.append) == kept
    # The same beginning is not enough.
    monkeypatch.setitem(WEIGHTS, "vgg16", dataclasses.replace(WEIGHTS["vgg16"], digest=digest[:8] + "0" * 56))
    with pytest.raises(InputError, match=rf"{digest}.*should be {digest[:8]}0+\. Delete it.*--weights vgg16=FILE"):
        find_weights("vgg16", {})
    assert said == []
    assert find_weights("vgg16", {"vgg16": kept}, say=said.append) == kept
    assert digest in said[0]
    assert "compare results only" in said[0]


def test_a_file_without_a_published_digest_is_remembered(no_kept):
    no_kept.mkdir(parents=True)
    kept, said = no_kept / WEIGHTS["swav"].file, []
    kept.write_bytes(b"first")
    first = hashlib.sha256(b"first").hexdigest()
    assert find_weights("swav", {}, say=said.append) == kept
    assert [first in sentence for sentence in said] == [True]
    assert find_weights("swav", {}, say=said.append) == kept
    assert len(said) == 1
    kept.write_bytes(b"other")
    with pytest.raises(InputError, match=rf"not the file that was first used here.*should be {first}"):
        find_weights("swav", {})
    assert find_weights("swav", {"swav": kept}) == kept


def test_a_given_file_that_is_the_published_one_needs_no_word(tmp_path, monkeypatch):
    (tmp_path / "mine.pth").write_bytes(b"x")
    known(monkeypatch, "alexnet", b"x")
    said = []
    find_weights("alexnet", {"alexnet": tmp_path / "mine.pth"}, say=said.append)
    assert said == []


def test_weights_of_unknown_networks():
    with pytest.raises(InputError, match="No metric has a network 'resnet': weights are given for inception"):
        check_names({"resnet": "x"})


class Answer(io.BytesIO):
    def __init__(self, data, length=None):
        super().__init__(data)
        self.headers = {"Content-Length": str(len(data) if length is None else length)}


def test_a_download_is_kept_whole_and_checked(no_kept, monkeypatch):
    data = bytes(range(256)) * 4000
    facts = module.WeightFile("a net", "net.pth", "https://example.org/net.pth", "", 1, "MIT")
    good = module.WeightFile(**{**facts.__dict__, "digest": hashlib.sha256(data).hexdigest()})
    bad = module.WeightFile(**{**facts.__dict__, "digest": hashlib.sha256(data).hexdigest()[:8] + "0" * 56})
    asked = []

    lengths = [None, len(data) + 1, None, None]

    def answer(url, timeout):
        asked.append(url)
        return Answer(data, lengths.pop(0))

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    for chosen in (bad, good):
        monkeypatch.setitem(WEIGHTS, "inception", chosen)
        with pytest.raises(GANAnomalyError, match="did not arrive whole"):
            find_weights("inception", {}, allow_download=True)
        assert list(no_kept.iterdir()) == []
    monkeypatch.setitem(WEIGHTS, "inception", good)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        find_weights("inception", {}, allow_download=True, cancel=cancel)
    assert list(no_kept.iterdir()) == []
    seen = []
    kept = find_weights("inception", {}, True, lambda fraction, message: seen.append(fraction))
    assert kept.read_bytes() == data
    assert seen[-1] == 1
    count = len(asked)
    assert find_weights("inception", {}) == kept
    assert len(asked) == count


def test_no_network_is_told(no_kept, monkeypatch):
    def refuse(url, timeout):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    with pytest.raises(GANAnomalyError, match=r"could not be fetched \(no route to host\).*--weights"):
        find_weights("inception", {}, allow_download=True)
    assert list(no_kept.iterdir()) == []


class Harm:
    def __reduce__(self):
        return (open, ("harmed", "w"))


def test_hostile_and_undefined_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": torch.ones(3), "harm": Harm()}, tmp_path / "a.pth")
    torch.save({"weight": torch.tensor([1.0, float("nan")])}, tmp_path / "c.pth")
    for name, words in (("a", "more than tensors"), ("c", "infinite or undefined")):
        with pytest.raises(InputError, match=words):
            read_weights(tmp_path / f"{name}.pth")
    assert not (tmp_path / "harmed").exists()


def test_inception_gives_what_torch_fidelity_gives(folder):
    path = inception_weights(folder)
    network = load_network("inception", path, "cpu")
    pixels = torch.from_numpy(torso_slices(64)[30:33, None].copy()).expand(-1, 3, -1, -1)
    found = network(pixels)
    assert found.shape == (3, network.width)
    import torch_fidelity

    own = torch_fidelity.FeatureExtractorInceptionV3("inception-v3-compat", ["2048", "logits_unbiased"], str(path))
    features, logits = own(pixels)
    assert torch.equal(found[:, :2048], features)
    assert torch.equal(found[:, 2048:], logits)


def test_swav_is_a_resnet_on_normalised_images(folder):
    path = swav_weights(folder)
    network = load_network("swav", path, "cpu")
    pixels = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 3, 224, 224), dtype=np.uint8))
    import torchvision

    plain = torchvision.models.resnet50().eval()
    plain.fc = torch.nn.Identity()
    stored = torch.load(path, weights_only=True)
    plain.load_state_dict({key[7:]: value for key, value in stored.items() if "pro" not in key})
    images = torchvision.transforms.functional.normalize(pixels / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    with torch.no_grad():
        assert torch.allclose(network(pixels), plain(images), rtol=1e-4, atol=1e-3 * plain(images).abs().max())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["inception", "vgg16", "swav"])
def test_weights_of_another_network_are_refused(name, tmp_path):
    need_torchvision()
    torch.save({"conv1.weight": torch.ones(4, 4)}, tmp_path / "other.pth")
    with pytest.raises(InputError, match=r"other\.pth does not hold the weights of"):
        load_network(name, tmp_path / "other.pth", "cpu")
    if name == "vgg16":
        with pytest.raises(InputError, match=r"other\.pth does not hold the weights of VGG16"):
            load_lpips(tmp_path / "other.pth", "cpu")


@pytest.mark.slow
@pytest.mark.minutes
def test_vgg16_features_and_lpips(folder):
    path = vgg16_weights(folder)
    images = torch.from_numpy(torso_slices(32)[30:32, None].copy()).expand(-1, 3, -1, -1)
    found = load_network("vgg16", path, "cpu")(images)
    assert found.shape == (2, 4096)
    assert found.min() == 0
    assert not torch.equal(found[0], found[1])
    lpips = load_lpips(path, "cpu")
    scaled = images / 127.5 - 1
    apart = lpips(scaled, scaled.flip(0)).flatten()
    assert (apart > 0).all()
    assert apart[0] == pytest.approx(apart[1].item(), rel=1e-5)
    assert lpips(scaled, scaled).abs().max() == 0


def test_a_missing_package_is_told(monkeypatch, folder):
    import sys

    path = inception_weights(folder)
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    with pytest.raises(InputError, match=r"needs the Python package torch-fidelity.*gananomaly\[evaluate\]"):
        load_network("inception", path, "cpu")
