"""``gananomaly metrics``: how good generated images are."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from GANAnomalyLib.analysis.request import DEVICES
from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import NameValue, click_options, taken
from GANAnomalyLib.cli.session import Session, standard_options

from ...evaluate.evaluation_options import SourceOptions
from ..evaluation._command import answer


@click.command("metrics", short_help="How good generated images are: FRD, FID, KID and others.")
@click.argument("real", metavar="REAL")
@click.argument("fake", metavar="[FAKE_OR_MODEL]", required=False)
@click.option("--metrics", "names", default="frd", show_default=True, metavar="LIST", help="Names, with commas.")
@click.option(
    "--weights", "weights", type=NameValue(), multiple=True, metavar="NAME=FILE", help="inception, vgg16 or swav."
)
@click.option("--allow-download", is_flag=True, help="Fetch weights that are not on this computer.")
@click.option("--floor/--no-floor", default=True, show_default=True, help="Also compare the real images' halves.")
@click_options(SourceOptions)
@click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True, help="Where to compute.")
@click.option("--workers", type=int, default=0, help="Processes for radiomics.  [default: as the computer allows]")
@click.option("--cache", metavar="FOLDER", help="Keep features and framed volumes there, for the next time.")
@click.option("--out", "output", metavar="FILE", help="Also write a .json or .csv.")
@click.option("--force", is_flag=True, help="Replace FILE.")
@standard_options
def command(
    session: Session,
    real: str,
    fake: str | None,
    names: str,
    weights: tuple[tuple[str, Any], ...],
    allow_download: bool,
    floor: bool,
    device: str,
    workers: int,
    cache: str | None,
    output: str | None,
    force: bool,
    **options: Any,
) -> None:
    """Measure how good generated images are.

    REAL and FAKE are folders or zips of pictures, CT volumes (NIfTI, NRRD, DICOM), or folders of them; in place of
    FAKE a model by its name or file, a published .pkl too. REAL may be left out for is and ppl.

    \b
    Metrics (lower is better, but for pr, prdc_lite0 and is):
      frd  radiomics; needs no weights and is made for medical images; frd_steady leaves out features that are
           0 in all real images but for rounding, as medians are where most of an image is black
      fid, kid  Inception     fsd  SwAV     is  Inception, generated images alone
      pr   precision (how true) and recall (how varied), VGG16
      fd_lite0, prdc_lite0  the Frechet distance, and precision, recall, density and coverage, of EfficientNet-Lite0,
           whose weights come along; no FID, and to be compared with no number of another network
      ppl  how smoothly a model's images change, VGG16 with LPIPS
      Names with numbers are those of training: fid50k_full, kid50k_full, pr50k3_full, is50k, ppl2_wend.

    \b
    Example:
      gananomaly metrics normals/ synthetic/
      gananomaly metrics lesions/ synthetic/ --metrics fd_lite0,prdc_lite0
      gananomaly metrics normals.zip spine.safetensors --metrics fid50k_full,kid50k_full --weights inception=FILE
      gananomaly metrics scans/ demo --metrics frd,fsd --allow-download --out quality.json

    \b
    What comes out:
      a table; each number beside that of one half of the real images against the other, the best that so few
      images allow; FILE, and --json, hold them with the settings and what limits them

    Nothing is fetched unless you allow it. Numbers compare only with those of as many images of the same size.
    Exit codes: 0 done, 1 failed, 2 unusable input, 130 stopped. Research use only.
    """
    from GANAnomalyLib.errors import InputError
    from GANAnomalyLib.running.devices import choose_device
    from GANAnomalyLib.running.progress import part

    from ...evaluate.quality import measure, parse_metrics
    from ...evaluate.quality.measures import image_counts
    from ...evaluate.quality.quality_report import check_file, report_data, words, write_report
    from ...evaluate.quality.quality_sources import open_sets, pictures_hash

    metrics = parse_metrics(names)
    if not metrics:
        raise InputError("No metric was named: give some with --metrics, for example frd.")
    if fake is None and any(metric.two_sets for metric in metrics):
        raise InputError("These metrics compare two sets: give real images, then generated ones or a model.")
    if output is not None:
        check_file(output, force)
    chosen = taken(SourceOptions, options)
    found_device = choose_device(device)
    first, second = (None, real) if fake is None else (real, fake)
    notes: list[str] = []
    with at_work() as (bar, cancel):
        reading = part(bar, 0.0, 0.1)
        with open_sets(first, second, chosen, cache, found_device, reading, cancel, notes.append) as sets:
            results = measure(
                names,
                *sets,
                weights={name: Path(str(path)) for name, path in weights},
                allow_download=allow_download,
                device=found_device,
                floor=floor,
                seed=chosen.seed,
                cache=cache,
                workers=workers,
                progress=part(bar, 0.1, 1.0),
                cancel=cancel,
                say=notes.append,
            )
            counts = {m.name: dict(zip(("real", "generated"), image_counts(m, *sets), strict=True)) for m in metrics}
            digest, generated = getattr(sets[1], "model_hash", ""), pictures_hash(sets[1])
    data = report_data(results, names, chosen, counts, notes, digest, generated)
    if output is not None:
        write_report(output, data, force)
    rows = [
        [name, _number(value), _number(results.get(f"{name}_floor")), words(name)]
        for name, value in results.items()
        if not name.endswith("_floor")
    ]
    answer(session, data, [("Generative quality", ["metric", "value", "real halves", "what it is"], rows)], (), notes)
    if output is not None and not session.json:
        session.say(f"Wrote {output}")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if math.isfinite(value) else "none: nothing tells them apart"
