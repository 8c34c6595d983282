"""``gananomaly train picard``: completing hidden parts of normal patches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import NameValue, click_options, given
from GANAnomalyLib.cli.session import Session, standard_options

from ...train.picard.picard_config import PicardConfig


@click.command("picard", short_help="Complete hidden parts of normal patches (PICARD).")
@click_options(PicardConfig, "data", "out")
@click.option("--config", "configuration", metavar="FILE", help="YAML, laid out as PICARD's published default.yaml.")
@click_options(PicardConfig, "validation", "modality", "hu_offset", "minutes", "device", "seed")
@click.option("--set", "settings", type=NameValue(), multiple=True, help="A setting by its name; may be repeated.")
@standard_options
def command(
    session: Session,
    configuration: str | None,
    settings: tuple[tuple[str, Any], ...],
    **options: Any,
) -> None:
    """Train PICARD's inpainting network and its critics on normal images.

    Parts of normal patches are hidden and the network learns to complete them; later, what it cannot complete is
    where an image is not normal. Without --config the published settings are used: windows of 256 pixels, holes of
    128, 55 patches at a time. That wants a graphics card; for a computer without one see the second example.

    \b
    Example:
      gananomaly train picard --data normals/ --out run --config default.yaml
      gananomaly train picard --data normals/ --out run --minutes 60 --set resolution=128 --set window=64
          --set hole=32 --set jitter=[8,8] --set ngf=16 --set ndf=16 --set batch=16 --set generator_every=1

    \b
    What comes out:
      FOLDER/picard.safetensors  the model and, beside it, its card; for  gananomaly analyze --detector picard
      FOLDER/checkpoints/        gen_*.pt and dis_*.pt as published, and the state to go on from
      FOLDER/log.jsonl           the losses; hole_l1 is the error in the hole, on images from -1 to 1
      FOLDER/samples/            patches: the truth, the hole, the coarse and the fine completion
      FOLDER/tensorboard/        the same for TensorBoard, where it is installed
      FOLDER/slices-HASH.raw     the training images, framed: as private as the originals

    Stop with Ctrl-C, or lose the power: the same command goes on from the last snapshot. Settings are listed in
    the documentation of PicardConfig. Exit codes: 0 done, 1 failed, 2 unusable input, 130 stopped. Research use only.
    """
    from ...train.picard.published import read_published
    from ...train.picard.train_picard import train

    config, notes = (PicardConfig(), []) if configuration is None else read_published(configuration)
    config = PicardConfig.from_dict({**config.to_dict(), **dict(settings), **given(options)})
    for note in notes:
        session.say(note)
    with at_work() as (bar, cancel):
        path = train(config, bar, cancel, say=session.say)
    rows = _measured(Path(config.out))
    if session.json:
        session.emit({"model": str(path), "card": str(path.with_suffix(".json")), "measured": rows})
        return
    session.say(f"Wrote {path} and its card.")
    if len(rows) > 1:
        first, last = rows[0]["error_in_hole"], rows[-1]["error_in_hole"]
        session.say(
            f"Error in the hole: {first:.3f} at the start, {last:.3f} after {rows[-1]['iteration']} iterations."
        )


def _measured(folder: Path) -> list[dict[str, Any]]:
    """The error in the hole on the patches that stay the same, by iteration."""
    from ...train.run_log import read_log

    rows = []
    for row in read_log(folder / "log.jsonl"):
        for name in ("validation_hole_l1", "fixed_hole_l1"):
            if name in row:
                rows.append({"iteration": row.get("iteration"), "error_in_hole": row[name]})
    return rows
