"""``gananomaly train classifier``: which class a picture is of."""

from __future__ import annotations

from ...train.classifier import TRAINER
from ..trainer_command import trainer_command

_HELP = """{text}

small learns on two cores; lite0 begins from ImageNet weights that are here; efficientnet_b2, densenet121 and resnet50
are torchvision's, with the published recipes.

\b
Example:
  gananomaly train classifier --data lesions.zip --out run
  gananomaly train classifier --data lesions.zip --synthetic 0,1.5 --synthetic-from gan.safetensors --out mixed
  gananomaly predict run pictures/
  gananomaly train classifier --findings results/ --out second

\b
What comes out:
  FOLDER/snapshot-000600.safetensors  the network and its card (classes, held out accuracy and AUROC)
  FOLDER/state-000600.pt              what it takes to go on exactly
  FOLDER/log.jsonl                    losses by step, and what was measured on held out images
  FOLDER/samples/                     what the network is shown
  FOLDER/images/                      the images as the network sees them: as private as the originals

Stop with Ctrl-C, or lose the power: the same command goes on. Exit codes: 0 done, 1 failed, 2 unusable input, 130
stopped. Research use only.
"""

command = trainer_command(TRAINER, _HELP, "gananomaly predict")
