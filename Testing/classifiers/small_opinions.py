"""Result folders with decided findings whose pictures tell which were accepted, and a tiny classifier of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from classifiers.small_classifier import write_classifier
from evaluate.located import PATCH, write_result

from GANAnomalyLib.classifiers.architecture import DECIDED
from GANAnomalyLib.pictures import write_patch_picture
from GANAnomalyLib.results.result import MANIFEST
from GANAnomalyLib.review.decisions import DECISIONS_FILE

WORDS = ("accepted", "rejected", "accepted", "rejected", "unsure", "")
SEEN = {"model": "m1", "hash": "sha256:" + "ab" * 32, "patch_size": PATCH, "window": 350.0, "level": 50.0}


def write_decided(folder: Path, seed: int, words: Sequence[str] = WORDS, truth: Sequence[str] = (), **manifest) -> Path:
    """A result with a finding a word; what is, or by ``truth`` would be, accepted is a bright spot in its picture."""
    write_result(folder, [(9.0 - rank, [(rank % 6, 2, 2)]) for rank in range(len(words))], decisions=words)
    random = np.random.default_rng(seed)
    for rank, word in enumerate(truth or words, start=1):
        pair = random.integers(60, 110, (2, PATCH, PATCH), dtype=np.uint8)
        if word == "accepted":
            pair[0, 2:6, 2:6] = 230
        write_patch_picture(folder / "patches" / f"finding_{rank:02d}.png", *pair)
    content = json.loads((folder / MANIFEST).read_text())
    content["settings"].update(window=350.0, level=50.0)
    content["input"] = {"hash": f"scan-{seed}"}
    for name, value in manifest.items():
        content[name].update(value)
    (folder / MANIFEST).write_text(json.dumps(content))
    return folder


def write_results(folder: Path, count: int = 8) -> Path:
    """A folder of so many of them, each of another scan, with a comment that is nobody's business."""
    for number in range(count):
        one = write_decided(folder / f"case{number}", number)
        kept = json.loads((one / DECISIONS_FILE).read_text())
        for decision in kept["decisions"]:
            decision["comment"] = "as Mrs Secret had before"
        (one / DECISIONS_FILE).write_text(json.dumps(kept))
    return folder


def write_of_findings(path: Path, **changes) -> Path:
    """A classifier with weights of a seed that says that it learnt from such findings."""
    made = write_classifier(path, DECIDED, findings={**SEEN, **changes})
    card = json.loads(made.with_suffix(".json").read_text())
    card["resolution"] = changes.get("patch_size", PATCH)
    card["training"] = {"classes": {"rejected": 12, "accepted": 11}, "patients": 6}
    card["results"] = {"held_out": {"auroc": 0.91}}
    made.with_suffix(".json").write_text(json.dumps(card))
    return made
