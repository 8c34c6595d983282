"""``gananomaly train encoder``: the start of the fast projection, for a trained generator."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.options import NameValue, click_options, given
from GANAnomalyLib.cli.session import Session, standard_options

from ...train.encoder.encoder_config import EncoderConfig

_WORDS = {
    "w_error": "w on held-out samples, share of its variance",
    "sample_mse": "held-out samples, mean squared error, 8 bit",
    "data_mse": "held-out patients' slices, mean squared error, 8 bit",
}


@click.command("encoder", short_help="Find a slice's latent at once, for fast analysis.")
@click_options(EncoderConfig)
@click.option("--set", "settings", type=NameValue(), multiple=True, help="A setting by its name; may be repeated.")
@standard_options
def command(session: Session, settings: tuple[tuple[str, Any], ...], **options: Any) -> None:
    """Train an encoder for a trained StyleGAN2 model, which does not change.

    The encoder learns to find the latent w of an image from samples of the generator, and, with --data, from normal
    images explained through the generator; some are shown with patches painted over and must be explained without
    them. gananomaly analyze then begins from it (and for many models need not search on).

    \b
    Example:
      gananomaly train encoder --model runs/00000-normals-auto1 --out encoder --minutes 10
      gananomaly train encoder --model chest --data normals/ --out encoder --minutes 30 --name chest-fast

    \b
    What comes out:
      FOLDER/NAME.safetensors  the model with its encoder and, beside it, its card; for  gananomaly analyze --model
      FOLDER/log.jsonl         losses by step; the first and the last line have the errors on what is held out
      FOLDER/state.pt          what it takes to go on
      FOLDER/images/           with --data, the images as the network sees them: as private as the originals

    A model's thresholds were found with its former encoder and are taken off its card: gananomaly model export finds
    them anew. Exit codes: 0 done, 1 failed, 2 unusable input, 130 stopped. Research use only.
    """
    from ...train.encoder.encoder_run import train_encoder

    config = EncoderConfig.from_dict({**dict(settings), **given(options)})
    with at_work() as (bar, cancel):
        result = train_encoder(config, bar, cancel, session.say)
    if session.json:
        session.emit(
            {
                "model": str(result.path),
                "card": str(result.path.with_suffix(".json")),
                "steps": result.steps,
                "before": result.before,
                "after": result.after,
            }
        )
        return
    rows = [[_WORDS[name], f"{result.before[name]:.4g}", f"{value:.4g}"] for name, value in result.after.items()]
    print_table(f"The encoder after {result.steps} steps", ["error of", "before", "after"], rows)
    session.say(f"Wrote {result.path} and its card.")
