"""What makes two requests the same: their contents and the device they run on, not paths or what "auto" is called."""

from __future__ import annotations

import json

import pytest

from GANAnomalyLib import AnalysisRequest, run
from GANAnomalyLib.analysis import request as module
from GANAnomalyLib.errors import InputError, OtherResult


def test_results_of_earlier_versions_keep_their_fingerprint(monkeypatch):
    monkeypatch.setattr(module, "__version__", "0.1.0")
    request = AnalysisRequest("ct.nrrd", device="cpu", slices=(1, 5), settings={"warp_steps": 3})
    assert request.fingerprint("a", "b") == "fe46567180ad1ccac8afac02783b61ff1f88377dbb8361254d3379823a8183d9"


def test_auto_is_the_device_it_stands_for():
    auto, cpu = AnalysisRequest("ct.nrrd"), AnalysisRequest("ct.nrrd", device="cpu")
    assert auto.fingerprint("a", "b", device="cpu") == cpu.fingerprint("a", "b", device="cpu")
    assert auto.fingerprint("a", "b", device="cuda") != cpu.fingerprint("a", "b", device="cpu")


def test_a_feature_network_counts_by_its_content(tmp_path):
    def fingerprint(path) -> str:
        return AnalysisRequest("ct.nrrd", mode="reference", settings={"vgg16": str(path)}).fingerprint("a", "b")

    one, other = tmp_path / "one.pth", tmp_path / "other.pth"
    for path in (one, other):
        path.write_bytes(b"weights")
    before = fingerprint(one)
    assert fingerprint(other) == before
    other.write_bytes(b"others!")
    assert fingerprint(other) != before
    with pytest.raises(InputError, match=r"VGG16 weights file none\.pth cannot be opened"):
        fingerprint(tmp_path / "none.pth")


def test_a_result_is_reused_whether_its_device_was_named_or_found(ask):
    from GANAnomalyLib.running.devices import choose_device

    first = run(ask(device=choose_device("auto")))
    assert run(ask(device="auto")).reused
    # As version 0.1.0 wrote it, when "auto" was asked for.
    manifest = json.loads((first.folder / "result.json").read_text(encoding="utf-8"))
    request = ask(device="auto")
    manifest["fingerprint"] = request.fingerprint(manifest["input"]["hash"], manifest["model"]["hash"])
    (first.folder / "result.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert run(request).reused
    manifest["device"]["name"] = "another"
    (first.folder / "result.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(OtherResult):
        run(request)
