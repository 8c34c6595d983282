"""``python -m GANAnomalyLab.demo_models``: train, export and evaluate the bundled demo model."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from GANAnomalyLib.data import bundled_folder
from GANAnomalyLib.models.card import ModelCard

from ..simulate.anomalies import ANOMALIES_VERSION
from ..simulate.virtual_cohort import COHORT_VERSION
from . import demo_cohort as cohort
from .calibrate import PATIENTS, STRIDE, calibrate_on_cohort, recalibrate
from .training import STAGES, seen_kimg, train_demo, trained_models

PATCH, METRIC, STEPS = 8, "wd", 0


def train(folder: Path, minutes: float, threads: int) -> None:
    """Train, going on from the folder's last state if there is one."""
    from GANAnomalyLib.cli.bar import at_work

    with at_work() as (bar, cancel):
        train_demo(folder, minutes, threads, bar, cancel, print)


def export(folder: Path, destination: Path, normals: int) -> ModelCard:
    """Write the model file and its card from a training's last snapshot, calibrated on held-out normals."""
    from GANAnomalyLib.detectors.loading import load_model

    found = trained_models(folder)
    model = load_model(found[-1])
    return calibrate_on_cohort(destination, model.tensors(), _card(model.card, seen_kimg(found)), normals)


def _card(trained: ModelCard, kimg: list[float]) -> ModelCard:
    """The facts of the snapshot, and those that only this demo knows; ``kimg`` of each stage, or of a run alone."""
    stages = {}
    if len(kimg) == len(STAGES):
        stages["stages"] = [[patients, done] for (patients, _, _), done in zip(STAGES, kimg, strict=True)]
    return ModelCard(
        name="demo",
        title="Demo: abdomen and pelvis, 128 px",
        resolution=trained.resolution,
        architecture={name: trained.architecture[name] for name in ("generator", "encoder")},
        anatomy="abdomen and pelvis, contrast enhanced",
        window=trained.window,
        level=trained.level,
        framing=trained.framing,
        training_data=cohort.TRAINING_DATA,
        training_data_licence="Apache-2.0",
        licence="Apache-2.0",
        recommended={"metric": METRIC, "patch_size": PATCH, "steps": STEPS},
        training={
            **trained.training,
            "kimg": sum(kimg),
            **stages,
            "cohort_version": COHORT_VERSION,
            "script": "python -m GANAnomalyLab.demo_models train RUN",
        },
        not_for=["clinical decisions: research use only, not a medical device", *cohort.NOT_FOR],
    )


def evaluate(model_name: str, cases: int, normals: int, write_card: bool, only: str = "") -> None:
    """Print detection and localisation on held-out virtual patients; optionally onto the card."""
    from GANAnomalyLib.detectors.loading import load_model

    from .demo_detection import calibrate, detection, explain_with

    stack = cohort.source()
    model = load_model(model_name)
    reference = cohort.normal_slices(stack, cohort.CALIBRATION_SEED, normals, stride=2)
    normal = cohort.normal_slices(stack, cohort.NORMAL_SEED, normals, stride=4)
    abnormal = cohort.abnormal_slices(stack, cases)
    explainers = {
        "StyleGAN2, fast (ours)": explain_with(model),
        "- without the warp": explain_with(model, warp_steps=0.0),
        "- and 20 steps of search in w": explain_with(model, steps=20),
    }
    explainers = {name: explain for name, explain in explainers.items() if only in name}
    print(f"{len(normal)} normal slices, {len(abnormal.images)} abnormal; AUROC by kind, mean; top patch on anomaly")
    for name, explain in explainers.items():
        restored = explain(reference), explain(normal), explain(abnormal.images)
        for label, metric, is_calibrated in (
            ("mse", "mse", True),
            ("wd", "wd", True),
            ("mse raw", "mse", False),
            ("wd raw", "wd", False),
        ):
            usual = calibrate(reference, restored[0], metric, PATCH)
            found = detection(
                normal, restored[1], abnormal, restored[2], metric, PATCH, usual if is_calibrated else None
            )
            kinds = " ".join(f"{kind} {value:.3f}" for kind, value in found.auroc.items())
            places = " ".join(f"{value:.2f}" for value in found.located.values())
            print(
                f"{name:30s} {label:7s} mse {found.mse:6.1f} | {kinds} | mean {found.mean_auroc:.3f}"
                f" | {places} | mean {found.mean_located:.2f}",
                flush=True,
            )
            if write_card and name.startswith("StyleGAN2") and label == METRIC:
                results = {
                    **found.to_dict(),
                    "normal_slices": len(normal),
                    "abnormal_slices": len(abnormal.images),
                    "anomalies_version": ANOMALIES_VERSION,
                    "what": "held-out virtual patients; anomalies of levels 2 and 3 in turn; highest calibrated patch",
                }
                card = ModelCard.read(model.path.with_suffix(".json"))
                card.results = results
                card.write(model.path.with_suffix(".json"))


def compare_models(names: list[str], cases: int, normals: int, pairs: list[str], first: int = 0) -> None:
    """Print one table of several models on the same slices."""
    from GANAnomalyLib.detectors.loading import load_model

    from .compare_detectors import compare

    settings = {name: json.loads(value) for name, _, value in (pair.partition("=") for pair in pairs)}
    stack = cohort.source()
    normal = cohort.normal_slices(stack, cohort.NORMAL_SEED + first, normals, stride=5)
    abnormal = cohort.abnormal_slices(stack, cases, first_case=first)
    print(f"{len(normal)} normal and {len(abnormal.images)} abnormal slices")
    compare([load_model(name) for name in names], normal, abnormal, **settings)


def main() -> None:
    """The command line; see ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m GANAnomalyLab.demo_models", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="train into a folder, going on from its last state")
    training.add_argument("run", type=Path)
    training.add_argument("--minutes", type=float, default=60)
    training.add_argument("--threads", type=int, default=2)
    exporting = commands.add_parser("export", help="write the model and its card from such a folder, or a run")
    exporting.add_argument("run", type=Path)
    exporting.add_argument("--out", type=Path, default=bundled_folder() / "models" / "demo.safetensors")
    exporting.add_argument("--normals", type=int, default=PATIENTS, help="held-out normal patients to calibrate on")
    again = commands.add_parser("recalibrate", help="replace what normals show in a demo model's file, of either kind")
    again.add_argument("model", type=Path, help="the .safetensors file")
    again.add_argument("--normals", type=int, default=PATIENTS, help="held-out normal patients to calibrate on")
    again.add_argument("--stride", type=int, default=STRIDE, help="take every so manieth of their slices")
    again.add_argument("--metric", choices=("mse", "wd"), help="recommend this metric from now on")
    evaluating = commands.add_parser("evaluate", help="detection on held-out virtual patients")
    evaluating.add_argument("--model", default="demo")
    evaluating.add_argument("--cases", type=int, default=10, help="abnormal patients of each kind")
    evaluating.add_argument("--normals", type=int, default=10)
    evaluating.add_argument("--write-card", action="store_true")
    evaluating.add_argument("--only", default="", help="only ways of explaining whose name holds this")
    comparing = commands.add_parser("compare", help="several models' detectors on the same held-out virtual patients")
    comparing.add_argument("models", nargs="+", help="names or files")
    comparing.add_argument("--cases", type=int, default=4, help="abnormal patients of each kind")
    comparing.add_argument("--normals", type=int, default=4)
    comparing.add_argument("--first", type=int, default=0, help="leave out so many patients at the beginning")
    comparing.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of PICARD")
    args = parser.parse_args()
    if args.command == "train":
        train(args.run, args.minutes, args.threads)
    elif args.command == "export":
        export(args.run, args.out, args.normals)
    elif args.command == "recalibrate":
        card = recalibrate(args.model, args.normals, args.stride, args.metric)
        print(f"{args.model}: thresholds {card.thresholds}, heatmap {card.recommended['heatmap_threshold']}")
    elif args.command == "compare":
        compare_models(args.models, args.cases, args.normals, args.set, args.first)
    else:
        evaluate(args.model, args.cases, args.normals, args.write_card, args.only)


if __name__ == "__main__":
    main()
