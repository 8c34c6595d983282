"""Published pickles: read right, and nothing in them ever run."""

from __future__ import annotations

import io
import pickle
import random
import tarfile

import numpy as np
import pytest
import torch
from benchmarks import plain_stylegan2
from detectors.published_pickles import (
    canary_source,
    fixture_tensors,
    network_tensors,
    published_classes,
    write_published,
)

from GANAnomalyLib.detectors.stylegan2.load import load_network
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.checkpoint import StoredNetwork, read_pickle

NAMES = ("stylegan2_r32_gray", "stylegan2_r64_rgb_cond3")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    return {name: write_published(folder / f"{name}.pkl", name, folder / "canary") for name in NAMES}


def refusal(path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_pickle(path)
    assert path.name in caught.value.message
    return caught.value.message


@pytest.mark.parametrize("name", NAMES)
def test_a_published_network_gives_the_reference_numbers(published, name):
    expected = fixture_tensors(name)
    generator = load_network(published[name])
    discriminator = load_network(published[name], which="D")
    assert not generator.training
    assert not any(p.requires_grad for p in generator.parameters())
    c = expected.get("c")
    ws = generator.mapping(expected["z"], c)
    assert float((ws - expected["ws_psi1"]).abs().max()) < 1e-4
    image = generator.synthesis(ws, noise_mode="const")
    assert float((image - expected["img_noise_const"]).abs().max()) < 1e-4
    assert float((discriminator(expected["D_input"], c) - expected["D_logits"]).abs().max()) < 1e-4


@pytest.mark.parametrize("group", [None, 2, 4, 8, 2048])
def test_a_discriminator_compares_as_many_images_as_it_was_saved_with(tmp_path, group):
    path = write_published(tmp_path / "p.pkl", NAMES[0], tmp_path / "c", epilogue={"mbstd_group_size": group})
    images = fixture_tensors(NAMES[0])["D_input"]
    images = torch.cat([images, 0.1 * images.flip(-1)])
    logits = load_network(path, which="D")(images)

    def plain(size: int) -> torch.Tensor:
        return plain_stylegan2.discriminator(network_tensors(NAMES[0], "D"), images, size)

    assert float((logits - plain(group or len(images))).abs().max()) < 1e-5
    if group is None:
        assert float((logits - plain(4)).abs().max()) > 1e-4, "a group of four would be seen"


def test_a_group_that_cannot_be_is_refused(tmp_path):
    path = write_published(tmp_path / "p.pkl", NAMES[0], tmp_path / "c", epilogue={"mbstd_group_size": -4})
    with pytest.raises(InputError, match="mbstd_group_size = -4"):
        load_network(path, which="D")


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_every_protocol_in_use_is_read_and_the_stored_source_is_not_run(tmp_path, protocol):
    canary = tmp_path / "canary"
    path = write_published(tmp_path / "p.pkl", NAMES[0], canary, protocol)
    content = read_pickle(path)
    assert list(content) == ["G", "D", "G_ema", "training_set_kwargs", "augment_pipe"]
    network = content["G_ema"]
    assert isinstance(network, StoredNetwork)
    assert network.class_name == "Generator"
    assert network.init_kwargs["synthesis_kwargs"]["conv_clamp"] == 256
    expected = network_tensors(NAMES[0], "G")
    assert network.tensors.keys() == expected.keys()
    assert all(torch.equal(network.tensors[key], expected[key]) for key in expected)
    assert content["training_set_kwargs"]["max_size"] == 7
    expected = np.arange(6.0).reshape(2, 3) if protocol < 5 else np.float32(6)
    np.testing.assert_array_equal(content["training_set_kwargs"]["spread"], expected, strict=True)
    assert not canary.exists()
    exec(canary_source(canary))
    assert canary.exists(), "the canary would have shown it"


def test_g_and_g_ema_are_told_apart(published):
    averaged, raw = load_network(published[NAMES[0]]), load_network(published[NAMES[0]], which="G")
    torch.testing.assert_close(raw.synthesis.b4.const, averaged.synthesis.b4.const * 1.5)


def test_only_the_asked_networks_are_read(published):
    content = read_pickle(published[NAMES[0]], only=("D",))
    assert content["G_ema"] is None
    assert content["D"].class_name == "Discriminator"


class Call:
    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __reduce__(self):
        return self.function, self.args


@pytest.mark.parametrize("protocol", [0, 2, 3, 4])
@pytest.mark.parametrize("place", ["alone", "in the state", "in the kwargs"])
def test_code_anywhere_in_a_pickle_is_refused_by_name_and_not_run(tmp_path, protocol, place):
    import os

    trap = tmp_path / "trap"
    call = Call(os.mkdir, str(trap))
    if place == "alone":
        data = pickle.dumps({"G_ema": call}, protocol=protocol)
    elif place == "in the kwargs":
        write_published(tmp_path / "k.pkl", NAMES[0], tmp_path / "c", max(protocol, 3), training_set_kwargs=call)
        data = (tmp_path / "k.pkl").read_bytes()
    else:
        with published_classes():
            from detectors.published_pickles import Persistent

            inner = Persistent("Generator", {"_parameters": {"w": call}, "_buffers": {}, "_modules": {}}, "")
            data = pickle.dumps({"G_ema": inner}, protocol=protocol)
    message = refusal(tmp_path / "bad.pkl", data)
    assert f"{os.mkdir.__module__}.mkdir" in message or protocol == 0
    assert not trap.exists()
    if place == "alone":
        pickle.loads(data)
        assert trap.exists(), "the trap would have sprung"


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "posix.system",
        "nt.system",
        "builtins.eval",
        "builtins.exec",
        "builtins.getattr",
        "builtins.__import__",
        "__builtin__.eval",
        "subprocess.Popen",
        "torch.load",
        "torch.serialization.load",
        "numpy.load",
        "pickle.loads",
        "operator.attrgetter",
        "collections.defaultdict",
        "torch_utils.persistence.import_hooks",
        "dnnlib.util.open_url",
        "_codecs.encode",
    ],
)
def test_every_other_name_is_refused_by_name(tmp_path, name):
    module, _, attribute = name.rpartition(".")
    old = f"\x80\x03c{module}\n{attribute}\n(X\x01\x00\x00\x00xtR.".encode("latin1")
    new = b"\x80\x04\x8c" + bytes([len(module)]) + module.encode() + b"\x8c" + bytes([len(attribute)])
    new += attribute.encode() + b"\x93\x8c\x01x\x85R."
    for data in (old, new):
        assert name in refusal(tmp_path / "bad.pkl", data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x80\x03X\x01\x00\x00\x00aQ.", "persistent reference"),
        (b"P1\n.", "persistent reference"),
        (b"\x80\x02\x82\x01.", "EXT1"),
        (b"(S'x'\nios\nsystem\n.", "pickle instruction"),
        (b"\x80\x05\x97.", "NEXT_BUFFER"),
        (b"\x80\x03ccollections\nOrderedDict\n}b.", "damaged"),
        (b"\x80\x03ccollections\nOrderedDict\n.", "a dictionary with G, D and G_ema was expected"),
        (b"\x80\x03]q\x00h\x00a.", "a dictionary with G, D and G_ema was expected"),
        (b"\x80\x03}q\x00X\x05\x00\x00\x00G_emah\x00s.", "nested without end"),
        (b"\x80\x03}N)s(\x86.", "damaged"),
        (b"\x80\x03cdnnlib.tflib.network\nNetwork\n.", "PyTorch version"),
        (b"\x80\x03" + b"c" + b"a" * 5000 + b"\nb\n.", "damaged"),
        (b"\x80\x03X\xff\xff\xff\x7fabc", "truncated"),
        (b"\x80\x04\x8e" + b"\xff" * 7 + b"\x0fabc", "truncated"),
        (b"hello, not a pickle", "damaged"),
        (b"\x80\x03", "truncated"),
    ],
)
def test_what_published_files_never_hold_is_refused(tmp_path, data, words):
    assert words in refusal(tmp_path / "bad.pkl", data)


def test_bombs_end(tmp_path):
    """Gone through without care, the second and the third have 2 to the power of 200 parts."""
    deep = b"\x80\x03}X\x05\x00\x00\x00G_ema" + b"]" * 200_000 + b"a" * 199_999 + b"s."
    twice = b"".join(b"h" + bytes([n - 1]) + b"h" + bytes([n - 1]) + b"\x86q" + bytes([n]) for n in range(1, 200))
    laughs = b"\x80\x03]q\x00" + twice + b"}X\x05\x00\x00\x00G_emah\xc7s."
    hashing = b"\x80\x03)" + b"q\x00h\x00\x86" * 200 + b"q\x01}h\x01Ns."
    assert "nested without end" in refusal(tmp_path / "deep.pkl", deep)
    assert "nested without end" in refusal(tmp_path / "laughs.pkl", laughs)
    assert "damaged" in refusal(tmp_path / "hashing.pkl", hashing)


def test_sharing_does_not_multiply(tmp_path):
    shared: list = []
    for _ in range(50):
        shared = [shared, shared]
    path = tmp_path / "shared.pkl"
    path.write_bytes(pickle.dumps({"training_set_kwargs": shared}, protocol=4))
    content = read_pickle(path)["training_set_kwargs"]
    assert content[0] is content[1], "2 ** 50 lists would not fit"


def test_arrays_of_objects_are_refused(tmp_path):
    array = np.array([{"a": 1}], dtype=object)
    message = refusal(tmp_path / "bad.pkl", pickle.dumps({"training_set_kwargs": array}, protocol=4))
    assert "only arrays of numbers" in message
    for dtype in ("U4", "S2", "V8", "M8[s]"):
        refusal(tmp_path / "bad.pkl", pickle.dumps({"x": np.zeros(2, dtype=dtype)}, protocol=4))


def test_code_in_a_storage_is_not_run(tmp_path):
    import os

    trap = tmp_path / "trap"
    payload = pickle.dumps(Call(os.mkdir, str(trap)), protocol=2)
    refusal(tmp_path / "bad.pkl", pickle.dumps({"x": Call(torch.storage._load_from_bytes, payload)}, protocol=4))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for member in ("storages", "tensors", "pickle"):
            info = tarfile.TarInfo(member)
            info.size = len(payload)
            archive.addfile(info, io.BytesIO(payload))
    data = pickle.dumps({"x": Call(torch.storage._load_from_bytes, packed.getvalue())}, protocol=4)
    assert "archive" in refusal(tmp_path / "bad.pkl", data)
    assert not trap.exists()


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [
        (0, (9,), (1,)),
        (5, (4,), (1,)),
        (-1, (2,), (1,)),
        (0, (2, 2), (1,)),
        (0, (10**9, 10**9), (0, 0)),
        (0, (2,), (-1,)),
    ],
)
def test_a_tensor_never_reaches_outside_its_data(tmp_path, offset, size, stride):
    storage = torch.arange(8.0).untyped_storage()
    typed = torch.storage.TypedStorage(wrap_storage=storage, dtype=torch.float32, _internal=True)
    call = Call(torch._utils._rebuild_tensor_v2, typed, offset, size, stride, False, {})
    assert "damaged" in refusal(tmp_path / "bad.pkl", pickle.dumps({"x": call}, protocol=4))


def test_files_that_cannot_be_read(tmp_path, published):
    whole = published[NAMES[0]].read_bytes()
    for part in (0.001, 0.1, 0.5, 0.9, 0.9999):
        assert "truncated" in refusal(tmp_path / "cut.pkl", whole[: int(len(whole) * part)])
    assert "empty" in refusal(tmp_path / "empty.pkl", b"")
    with pytest.raises(InputError, match="over the limit"):
        read_pickle(published[NAMES[0]], size_limit=1000)
    with pytest.raises(InputError, match="is a folder"):
        read_pickle(tmp_path)
    with pytest.raises(InputError, match="no model file"):
        read_pickle(tmp_path / "absent.pkl")


def small_pickle() -> bytes:
    with published_classes():
        from detectors.published_pickles import nested

        network = nested({"a.weight": torch.ones(2, 3), "w_avg": torch.zeros(2)}, "Generator", "x = 1", {"z_dim": 4})
        content = {"G_ema": network, "n": np.float32(1.5), "a": np.arange(4)}
        return pickle.dumps(content, protocol=4)


def test_damage_is_always_one_clear_error(tmp_path, monkeypatch):
    import builtins
    import os

    def sprung(*_args, **_kwargs):
        raise SystemExit("something in the file was run")

    for module, name in ((os, "system"), (builtins, "eval"), (builtins, "exec")):
        monkeypatch.setattr(module, name, sprung)
    data, path = small_pickle(), tmp_path / "fuzz.pkl"
    chance = random.Random(303)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(600):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 8))):
            where = chance.randrange(len(damaged))
            kind = chance.randrange(3)
            if kind == 0:
                damaged[where] = chance.randrange(256)
            elif kind == 1:
                del damaged[where : where + chance.randrange(1, 9)]
            else:
                damaged[where:where] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 5)))
        path.write_bytes(bytes(damaged))
        try:
            read_pickle(path)
            outcomes["read"] += 1
        except InputError:
            outcomes["refused"] += 1
    assert outcomes["refused"] > 100
    assert outcomes["read"] > 10
