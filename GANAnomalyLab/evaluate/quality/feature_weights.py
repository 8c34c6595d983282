"""Weight files of the feature networks: given by the user, found where torch keeps downloads, or asked for.

A file that nobody named is used only when its SHA-256 is the published one; where none is published, when it is the one
that this computer first used. A file that the user names is the user's choice: it is used, and what it is is told.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.detectors.stylegan2.vgg16_file import VGG16_SHA256
from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.files import beside, replace
from GANAnomalyLib.models.store import model_hash
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

if TYPE_CHECKING:
    import torch

_CHUNK = 1 << 18
_TIMEOUT_S = 30


@dataclass(frozen=True)
class WeightFile:
    """A published file of weights. ``digest`` is its SHA-256, or how it begins, as torchvision's names say it; "" where
    none was ever published."""

    what: str
    file: str
    url: str
    digest: str
    megabytes: int
    licence: str


WEIGHTS = {
    "inception": WeightFile(
        "Inception (TensorFlow's of 2015, converted by torch-fidelity)",
        "weights-inception-2015-12-05-6726825d.pth",
        "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
        "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
        95,
        "Apache-2.0",
    ),
    "vgg16": WeightFile(
        "VGG16 (torchvision's, ImageNet)",
        "vgg16-397923af.pth",
        "https://download.pytorch.org/models/vgg16-397923af.pth",
        VGG16_SHA256,
        553,
        "BSD-3-Clause",
    ),
    "alexnet": WeightFile(
        "AlexNet (torchvision's, ImageNet)",
        "alexnet-owt-7be5be79.pth",
        "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
        "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        244,
        "BSD-3-Clause",
    ),
    "swav": WeightFile(
        "ResNet-50 trained by SwAV (800 epochs)",
        "swav_800ep_pretrain.pth.tar",
        "https://dl.fbaipublicfiles.com/deepcluster/swav_800ep_pretrain.pth.tar",
        "",
        108,
        "CC BY-NC 4.0: no commercial use",
    ),
    "efficientnet_b2": WeightFile(
        "EfficientNet-B2 (torchvision's, ImageNet)",
        "efficientnet_b2_rwightman-c35c1473.pth",
        "https://download.pytorch.org/models/efficientnet_b2_rwightman-c35c1473.pth",
        "c35c1473",
        35,
        "BSD-3-Clause",
    ),
    "densenet121": WeightFile(
        "DenseNet-121 (torchvision's, ImageNet)",
        "densenet121-a639ec97.pth",
        "https://download.pytorch.org/models/densenet121-a639ec97.pth",
        "a639ec97",
        32,
        "BSD-3-Clause",
    ),
    "resnet50": WeightFile(
        "ResNet-50 (torchvision's, ImageNet)",
        "resnet50-0676ba61.pth",
        "https://download.pytorch.org/models/resnet50-0676ba61.pth",
        "0676ba61",
        98,
        "BSD-3-Clause",
    ),
}
"""Networks by the names that ``--weights NAME=FILE`` takes."""


def find_weights(
    name: str,
    given: Mapping[str, Path | str],
    allow_download: bool = False,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Callable[[str], None] = lambda sentence: None,
) -> Path:
    """The file of a network's weights; nothing is fetched unless ``allow_download``.

    ``say`` is told of weights that are not known to be the published ones.

    Raises
    ------
    InputError: the file given does not exist, none is given and none may be fetched, or the one found is another.
    GANAnomalyError: the download failed.
    """
    facts = WEIGHTS[name]
    if name in given:
        path = Path(given[name])
        if not path.is_file():
            raise InputError(f"There is no weight file {path}: check what was given for {name}.")
        digest = model_hash(path)
        if not _is_published(digest, facts):
            published = f"the published file has {facts.digest}" if facts.digest else "none is published"
            say(
                f"{path.name} was used for {facts.what}. Its SHA-256 is {digest}; {published}: compare results only "
                "with those of the same file."
            )
        return path
    kept = _kept(facts)
    if kept.is_file():
        _check(name, kept, say)
        return kept
    if not allow_download:
        raise InputError(
            f"The weights of {facts.what} are not on this computer: get {facts.url} ({facts.megabytes} MB, licence "
            f"{facts.licence}) and give it with {_option(name)}, or let it be fetched with --allow-download."
        )
    _download(facts, kept, progress, cancel or CancelToken())
    _check(name, kept, say)
    return kept


METRIC_NETWORKS = ("inception", "vgg16", "swav")
"""Networks of the metrics; the others of :data:`WEIGHTS` are for normative indices."""


def check_names(given: Mapping[str, Path | str]) -> None:
    """Raise :class:`InputError` when weights are given for a network that no metric has."""
    for name in given:
        if name not in METRIC_NETWORKS:
            raise InputError(f"No metric has a network {name!r}: weights are given for {', '.join(METRIC_NETWORKS)}.")


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Tensors of a weight file (.pth, .pt, .tar by torch.save, or .safetensors), without running anything in it.

    Raises :class:`InputError` for files that hold more than tensors, are damaged, or hold undefined numbers.
    """
    from GANAnomalyLib.models.checkpoint.safetensor_files import read_safetensors
    from GANAnomalyLib.models.checkpoint.torch_files import read_state_dict

    tensors = read_safetensors(path) if path.suffix == ".safetensors" else read_state_dict(path)
    for key, tensor in tensors.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise InputError(f"{path.name} cannot be used: its tensor {key} holds infinite or undefined numbers.")
    return tensors


def misfit(path: Path, name: str, error: Exception) -> InputError:
    """What to say when the tensors of a file are not those of the network they were given for."""
    return InputError(
        f"{path.name} does not hold the weights of {WEIGHTS[name].what}: get {WEIGHTS[name].url}, or the same weights "
        "as safetensors.",
        str(error),
    )


def _option(name: str) -> str:
    """How a file is given: a metric may have several networks, a training has one."""
    return f"--weights {name}=FILE" if name in (*METRIC_NETWORKS, "alexnet") else "--weights FILE"


def _is_published(digest: str, facts: WeightFile) -> bool:
    return bool(facts.digest) and digest.startswith(facts.digest)


def _kept(facts: WeightFile) -> Path:
    """Where torch and its libraries keep what they fetch; files found there are used."""
    import torch

    return Path(torch.hub.get_dir()) / "checkpoints" / facts.file


def _check(name: str, kept: Path, say: Callable[[str], None]) -> None:
    """Raise :class:`InputError` unless ``kept`` is the published file, or else the one that was first used here."""
    facts, digest = WEIGHTS[name], model_hash(kept)
    pin = kept.with_name(f"{kept.name}.sha256")
    expected, of = facts.digest, "the published file"
    if not expected:
        of = "the file that was first used here"
        with contextlib.suppress(OSError, ValueError):
            expected = pin.read_text(encoding="ascii").strip()
    if not expected:
        with contextlib.suppress(OSError):  # a place that cannot be written to cannot remember
            pin.write_text(f"{digest}\n", encoding="ascii")
        say(f"No SHA-256 of {facts.what} is published: from now on this computer expects {digest}.")
    elif not digest.startswith(expected):
        raise InputError(
            f"{kept} is not {of} of {facts.what}: its SHA-256 is {digest}, it should be {expected}. Delete it, or, if "
            f"you know the file and want it, give it with {_option(name)}."
        )


def _download(facts: WeightFile, kept: Path, progress: ProgressCallback, cancel: CancelToken) -> None:
    import hashlib
    import urllib.request

    digest = hashlib.sha256()
    part = None
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = beside(kept)
        with open(part, "wb") as file, urllib.request.urlopen(facts.url, timeout=_TIMEOUT_S) as answer:
            total = int(answer.headers.get("Content-Length") or facts.megabytes * 1_000_000)
            done = 0
            while chunk := answer.read1(_CHUNK):
                cancel.check()
                done += len(chunk)
                if done > max(total, 4 * facts.megabytes * 1_000_000):
                    raise GANAnomalyError(f"{facts.url} is larger than it should be: it was not kept.")
                digest.update(chunk)
                file.write(chunk)
                progress(done / total, Message("fetching_file", file=facts.file))
        short = done < total and answer.headers.get("Content-Length")
        if short or (facts.digest and not _is_published(digest.hexdigest(), facts)):
            raise GANAnomalyError(f"{facts.url} did not arrive whole: try again, or fetch it by other means.")
        replace(part, kept)
    except OSError as error:  # no network, a refusal, a full disk
        reason: Any = getattr(error, "reason", None) or error.strerror or type(error).__name__
        raise GANAnomalyError(
            f"{facts.url} could not be fetched ({reason}): get it by other means and give it with --weights.",
            repr(error),
        ) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
