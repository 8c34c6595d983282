"""From options to a run that can begin: the images, every number, and the folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.modalities import modality_code
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ..loop.run_files import check_outside
from ..loop.run_state import check_same
from .private_plan import private
from .run_folder import is_run, read_options, run_name
from .snapshot_metrics import check_metrics
from .stylegan2_config import ResolvedConfig, resolve
from .stylegan2_options import TrainOptions

if TYPE_CHECKING:
    from ...images import ImageSet, ImageSource

Say = Callable[[str], None]
COMMAND = "gananomaly train stylegan2"
"""How a run calls itself where others ask who writes to its folder."""
READING = 0.02
"""The share of a run's progress that making the images ready has."""
STORE = "images"
"""Where, beside the runs, the images are kept ready: runs on the same data share them."""


@dataclass
class Plan:
    """A run as it will be. ``folder`` is None for one that is still to be made; ``facts`` are about the data."""

    options: TrainOptions
    config: ResolvedConfig
    images: ImageSet
    validation: ImageSet | None
    facts: dict[str, Any]
    folder: Path | None
    name: str


def read_request(given: Mapping[str, Any]) -> tuple[TrainOptions, Path | None]:
    """Options as given, and the run's folder to go on with, if ``resume`` or ``outdir`` is one.

    There the run's own options hold wherever none is given.
    """
    given = dict(given)
    folder = next((Path(str(given[name])) for name in ("resume", "outdir") if is_run(given.get(name))), None)
    if folder is None:
        return TrainOptions.from_dict(given), None
    before, _, _ = read_options(folder)
    if given.get("resume") is not None and Path(str(given["resume"])) == folder:
        given.pop("resume")
    given.pop("outdir", None)
    options = TrainOptions.from_dict({**before.to_dict(), **given})
    if options.resume != before.resume:
        raise InputError("A run that goes on cannot begin from another model as well: leave one --resume out.")
    return options, folder


def make_plan(
    options: TrainOptions,
    folder: Path | None = None,
    images: ImageSet | None = None,
    validation: ImageSet | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Say = lambda sentence: None,
) -> Plan:
    """Open the images and decide every number; makes no folder yet.

    Parameters
    ----------
    folder: the run to go on with. images, validation: sets in memory, in place of what the options name.

    Raises
    ------
    InputError: as :func:`.config.resolve`, data that cannot be used, settings the run did not begin with.
    """
    from GANAnomalyLib.running.devices import choose_device

    options.check()
    check_metrics(options)
    device = choose_device(options.device)
    if images is None:
        images, validation = read_images(options, _store(options, folder), progress, cancel or CancelToken(), say)
    facts = _facts(images, validation)
    size = (images.resolution, images.channels, images.classes, images.kind)
    if folder is None:
        from .transfer import adopt

        options, begins_from = adopt(options, *size[:3], say=say)
        config = private(resolve(options, *size, device), options, facts["patients"], say)
        return Plan(options, config, images, validation, facts, None, run_name(options, config, begins_from))
    _, before, known = read_options(folder)
    check_same({"images": known.get("mark")}, {"images": facts["mark"]})
    settled = _settled(options, before)
    config = private(resolve(settled, *size, device), settled, facts["patients"])
    # The clamp belongs to the networks, also where they go on without half precision.
    config = dataclasses.replace(config, conv_clamp=before.conv_clamp)
    check_same(before.fixed(), config.fixed())
    return Plan(options, config, images, validation, facts, folder, folder.name)


def sources(options: TrainOptions) -> tuple[ImageSource, ImageSource | None]:
    """What is trained on, and what is only watched where that lies elsewhere."""
    from ...images import ImageSource

    if options.data is None:
        raise InputError("There is nothing to train on: give normal images with --data.")
    named = {name: getattr(options, name) for name in ImageSource.options() if hasattr(options, name)}
    named["modality"] = modality_code(options.modality).lower()
    named["part"] = options.part if options.split else None
    source = ImageSource(
        **named, path=options.data, conditional=options.cond, hu_window=options.window, hu_level=options.level
    )
    source.check()
    watched = options.validation
    if watched is None or _share(watched) is not None:
        return source, None
    if options.split is not None and not Path(watched).exists():
        return source, dataclasses.replace(source, part=watched, subset=None, mirror=False)
    return source, dataclasses.replace(
        source, path=watched, subset=None, mirror=False, split=None, part=None, mask=None, label=None
    )


def read_images(
    options: TrainOptions, store: Path, progress: ProgressCallback, cancel: CancelToken, say: Say
) -> tuple[ImageSet, ImageSet | None]:
    """The training images and those that are only watched, no patient in both."""
    from ...images import check_apart, open_images, split_by_patient

    source, watched = sources(options)
    check_outside(store.parent, source.path, option="--outdir")
    share = _share(options.validation)
    both = watched is not None
    # A subset counts images that are trained on: it is taken after the patients are parted.
    whole = dataclasses.replace(source, subset=None) if share is not None else source
    images = open_images(whole, store, part(progress, 0.0, 0.8 if both else 1.0), cancel, say)
    if share is not None:
        images, validation = split_by_patient(images, share, options.seed)
        return images.subset(options.subset, options.seed) if options.subset else images, validation
    if watched is None:
        return images, None
    watched = dataclasses.replace(watched, resolution=images.resolution)
    validation = open_images(watched, store, part(progress, 0.8, 1.0), cancel, say)
    check_apart(images, validation)
    return images, validation


def _store(options: TrainOptions, folder: Path | None) -> Path:
    if folder is not None:
        return folder.resolve().parent / STORE
    if not options.outdir:
        raise InputError("Nowhere to write to: name a folder for runs with --outdir.")
    return Path(options.outdir) / STORE


def _share(validation: str | None) -> float | None:
    """The share of patients to keep aside, where that is what was given."""
    if validation is None or Path(validation).exists():
        return None
    try:
        share = float(validation)
    except ValueError:
        return None
    if not 0 < share < 1:
        raise InputError(f"--validation {validation} is no share of the patients: give one between 0 and 1, or a path.")
    return share


def _facts(images: ImageSet, validation: ImageSet | None) -> dict[str, Any]:
    """Plain values about the data; no path, nothing that names a patient."""
    facts = {
        "mark": images.mark(),
        "images": len(images),
        "patients": len(set(images.patients.tolist())),
        "kind": images.kind,
        "label_names": list(images.label_names),
    }
    if validation is not None:
        facts.update(validation_images=len(validation), validation_patients=len(set(validation.patients.tolist())))
    return facts


def _settled(options: TrainOptions, before: ResolvedConfig) -> TrainOptions:
    """What depended on the number of devices stays as it was decided, also on other devices."""
    names = ["batch", "mbstd", "gamma", "ema_kimg"]
    names += ["noise"] if before.privacy != "none" else []
    decided = {name: getattr(before, name) for name in names if getattr(options, name) is None}
    return dataclasses.replace(options, **decided)
