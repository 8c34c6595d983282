"""Synthetic data from beginning to end: what a domain loss, a guarantee of privacy and synthetic images are worth.

Everything is drawn here: radiographs of virtual patients' spines with no finding, an implant or a collapsed vertebra,
and skin lesions of two kinds (gananomaly dataset virtual). All is done by the commands that a user has.

    python Testing/benchmarks/bench_synthetic.py --out FOLDER            all parts: three to four hours of one core
    python Testing/benchmarks/bench_synthetic.py --out FOLDER --parts domain privacy
    python Testing/benchmarks/bench_synthetic.py --out FOLDER --quick    through everything in minutes; says nothing
    python Testing/benchmarks/bench_synthetic.py --out FOLDER --append   also add the tables to RESULTS.md

What lies in FOLDER is not made again, and a training that was stopped goes on.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly"), str(ROOT)]
from results_file import circumstances, markdown, publish  # noqa: E402  (a sibling, found by the line above)

PARTS = ("domain", "privacy", "downstream", "attack")
DRAWN, SIDE = 64, 32
"""Pixels of a side, as drawn and as learnt from: at 64 an hour of one core teaches a generator nothing."""
SEEDS = (1, 2, 3)
EPSILONS = (3.0, 10.0, 100.0)
FEW = 24
"""Images of the model that is to know them by heart."""
CLASSES = 2
COMPONENTS = 16
EPOCHS = 12
"""Of classifiers: they stop earlier where nothing gets better."""
NETWORK = ("channel_max=24", "z_dim=64", "w_dim=64", "map=2", "lr=0.005", "pl_weight=0")
"""What learns most in minutes of one core: narrow, with a short mapping network and a rate twice the usual one."""


@dataclass(frozen=True)
class Sizes:
    """Pictures drawn, thousands of images shown in a training, between two snapshots, images made to measure one."""

    films: int = 2700
    lesions: int = 2000
    kimg: float = 40.0
    tick: float = 10.0
    batch: int = 16
    made: int = 600


QUICK = Sizes(films=120, lesions=80, kimg=0.064, tick=0.032, batch=8, made=24)


class Bench:
    """The folder of one run, and the commands that fill it."""

    def __init__(self, out: Path, sizes: Sizes) -> None:
        self.out, self.sizes = out.resolve(), sizes
        self.out.mkdir(parents=True, exist_ok=True)

    def command(self, *words: object, log: str) -> None:
        """One ``gananomaly`` command; its output goes to a file, and ends the benchmark where it fails."""
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'GANAnomaly'}{os.pathsep}{ROOT}", "OMP_NUM_THREADS": "1"}
        line = [sys.executable, "-m", "GANAnomalyLib", *map(str, words)]
        print("gananomaly", *words, flush=True)
        with (self.out / f"{log}.log").open("a") as to:
            code = subprocess.run(line, cwd=self.out, env=environment, stdout=to, stderr=subprocess.STDOUT).returncode
        if code:
            raise SystemExit(f"It failed (exit {code}): see {self.out / log}.log.")

    def made(self, name: str) -> bool:
        return (self.out / name).exists()

    # Data

    def films(self) -> None:
        """films.zip to learn from and films_test.zip of other patients, labelled 0 (no finding) and 1."""
        if not self.made("films"):
            drawn = ("--count", self.sizes.films, "--side", DRAWN, "--share", 0.5, "--test-share", 0.25)
            self.command("dataset", "virtual", "films", *drawn, "--out", "films", log="films")
        for name, labels, more in (
            ("films.zip", "train_binary.csv", ("--test", "films/test.csv")),
            ("films_test.zip", "test.csv", ()),
        ):
            if not self.made(name):
                words = ("dataset", "radiographs", "films/images", "--labels", f"films/{labels}", *more)
                self.command(*words, "--side", SIDE, "--out", name, log="films")

    def lesions(self) -> None:
        """lesions.zip to learn from, lesions_test.zip of as many other people."""
        for name, seed in (("lesions", 0), ("lesions_test", 1)):
            if not self.made(f"{name}.zip"):
                drawn = ("--count", self.sizes.lesions, "--side", DRAWN, "--seed", seed)
                self.command("dataset", "virtual", "skin", *drawn, "--out", name, log="lesions")
                words = ("dataset", "isic", f"{name}/train", "--labels", f"{name}/train.csv", "--side", SIDE)
                self.command(*words, "--out", f"{name}.zip", log="lesions")

    def classifier(self, name: str, seed: int, data: str = "films.zip") -> Path:
        """The snapshot of a small classifier of the real images."""
        if not sorted((self.out / name).glob("snapshot-*.safetensors")):
            words = ("--data", data, "--out", name, "--seed", seed, "--channels", 1, "--flip-vertical", 0)
            words += ("--rotation", 5, "--epochs", EPOCHS, "--threads", 1)
            self.command("train", "classifier", *words, log=name)
        return sorted((self.out / name).glob("snapshot-*.safetensors"))[-1]

    # Generators

    def gan(self, name: str, *more: object, data: str = "films.zip", kimg: float | None = None) -> list[Path]:
        """The snapshots of a conditional StyleGAN2, in order; trained where it is not there yet."""
        runs = sorted((self.out / name).glob("0*"))
        if not self.made(f"{name}.done"):
            sizes = self.sizes
            shape = ("--cond", 1, "--resolution", SIDE, "--fmaps", 0.0625, "--gamma", 1)
            for one in NETWORK:
                shape += ("--set", one)
            long = ("--kimg", kimg or sizes.kimg, "--tick", sizes.tick, "--snap", 1, "--batch", sizes.batch)
            fresh = ("--data", data, "--outdir", name, *shape, *long, "--aug", "noaug", "--threads", 1, *more)
            again = ("--resume", runs[-1]) if runs and sorted(runs[-1].glob("state-*")) else None
            self.command("train", "stylegan2", *(again or fresh), log=name)
            (self.out / f"{name}.done").touch()
        found = sorted((self.out / name).glob("0*/snapshot-*.safetensors"))
        return [one for one in found if one.stem != "snapshot-000000"] or found

    def pictures(self, model: Path, name: str, count: int) -> Path:
        """A folder of generated pictures, as many of each class, in a folder a class."""
        folder = self.out / "made" / name
        for label in range(CLASSES):
            if not (folder / f"{label}").exists():
                seeds = f"0-{count // CLASSES - 1}"
                words = ("--model", model, "--seeds", seeds, "--class", label, "--outdir", folder / f"{label}")
                self.command("generate", *words, log="generate")
        return folder

    def quality(self, model: Path, name: str, judge: Path, told: dict[str, float] | None = None) -> dict[str, float]:
        """Distance, precision and recall of a generator's images in features, and how many are of their class."""
        kept = self.out / "quality" / f"{name}.json"
        if not kept.exists():
            folder = self.pictures(model, name, self.sizes.made)
            made = read_pictures(sorted(folder.rglob("*.png")))
            found = compared(self.real(), made) | {"of_class": self.of_class(folder, name, judge)}
            kept.parent.mkdir(exist_ok=True)
            kept.write_text(json.dumps(found | (told or {})))
            shutil.rmtree(folder)
        return json.loads(kept.read_text())

    def of_class(self, folder: Path, name: str, judge: Path) -> float:
        """The share of images that a classifier, which no generator met, takes for what they were made as."""
        right = []
        for label in range(CLASSES):
            out = self.out / "judged" / f"{name}-{label}.csv"
            out.parent.mkdir(exist_ok=True)
            self.command("predict", judge, folder / f"{label}", "--out", out, "--force", log="predict")
            with out.open(newline="", encoding="utf-8-sig") as file:
                rows = list(csv.DictReader(file))
            right += [row["class"] == class_names(self.out / "films.zip")[label] for row in rows]
        return float(np.mean(right))

    def real(self) -> np.ndarray:
        """Features of the held out films: what the generators' images are compared with."""
        kept = self.out / "real.npy"
        if not kept.exists():
            np.save(kept, features(read_zip(self.out / "films_test.zip")))
        return np.load(kept)


def class_names(data: Path) -> list[str]:
    """The names of a labelled set's classes, by number."""
    with zipfile.ZipFile(data) as archive:
        return list(json.loads(archive.read("dataset.json"))["label_names"])


def read_pictures(files: Sequence[Path]) -> np.ndarray:
    """(N, H, W) uint8 grey."""
    from PIL import Image

    return np.stack([np.asarray(Image.open(file).convert("L")) for file in files])


def read_zip(path: Path) -> np.ndarray:
    """(N, H, W) uint8 grey, the pictures of a set."""
    from PIL import Image

    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".png"))
        return np.stack([np.asarray(Image.open(archive.open(name)).convert("L")) for name in names])


def features(images: np.ndarray) -> np.ndarray:
    """(N, 512) features of EfficientNet-Lite0, of grey images at twice their side."""
    from GANAnomalyLab.evaluate.authenticity.embedding import image_features
    from GANAnomalyLib.running.progress import CancelToken, no_progress

    class Pictures:
        def __len__(self) -> int:
            return len(images)

        def pixels(self, index: int) -> np.ndarray:
            return images[index].repeat(2, 0).repeat(2, 1)[None]

    return image_features(Pictures(), no_progress, CancelToken(), "images")  # type: ignore[arg-type]


def compared(real: np.ndarray, made: np.ndarray) -> dict[str, float]:
    """Frechet distance, precision and recall (fifth neighbours) of made images (N, H, W) to real features.

    In the first :data:`COMPONENTS` principal components of the real ones, each of variance 1: in all 512 features a
    generator of minutes is told from a film by its grain alone, and every share is 0.
    """
    from GANAnomalyLab.statistics.frechet import frechet
    from GANAnomalyLib.running.progress import CancelToken

    mean = real.mean(0)
    axes = np.linalg.svd(real - mean, full_matrices=False)[2][:COMPONENTS].T
    spread = ((real - mean) @ axes).std(0)
    known, fake = ((values - mean) @ axes / spread for values in (real, features(made)))
    return {
        "distance": frechet(known, fake, CancelToken()),
        "precision": within(known, fake),
        "recall": within(fake, known),
    }


def within(known: np.ndarray, asked: np.ndarray, neighbours: int = 5) -> float:
    """The share of ``asked`` nearer to a known one than its fifth neighbour is (Kynkaanniemi et al., NeurIPS 2019)."""
    from scipy.spatial.distance import cdist

    radii = np.sort(cdist(known, known), 1)[:, neighbours]
    return float((cdist(asked, known) <= radii[None]).any(1).mean())


# Parts


def domain(bench: Bench) -> str:
    """A conditional generator with and without the domain loss, three seeds each."""
    bench.films()
    teacher, judge = bench.classifier("teacher", 1), bench.classifier("judge", 2)
    curves: dict[str, list[list[dict[str, float]]]] = {}
    for seed in SEEDS:
        for name, more in (("plain", ()), ("domain", ("--domain-loss", teacher, "--domain-weight", 0.1))):
            snapshots = bench.gan(f"{name}-{seed}", "--seed", seed, *more)
            found = [bench.quality(one, f"{name}-{seed}-{one.stem[-6:]}", judge) for one in snapshots]
            curves.setdefault(name, []).append(found)
    rows = []
    length = min(len(curve) for both in curves.values() for curve in both)
    for step in range(length):
        for name, runs in curves.items():
            at = [run[step] for run in runs]
            shown = ", ".join(f"{one['distance']:.1f}" for one in at)
            numbers = [", ".join(f"{one[key]:.2f}" for one in at) for key in ("precision", "recall", "of_class")]
            rows.append(
                [f"{bench.sizes.tick * (step + 1):g}", "with" if name == "domain" else "without", shown, *numbers]
            )
    head = ("thousand images", "domain loss", "distance (three seeds)", "precision", "recall", "of their class")
    return markdown(head, rows)


def privacy(bench: Bench) -> str:
    """Quality against epsilon."""
    bench.films()
    judge = bench.classifier("judge", 2)
    rows = []
    for epsilon in (None, *reversed(EPSILONS)):
        name = "plain-1" if epsilon is None else f"epsilon-{epsilon:g}"
        more = () if epsilon is None else ("--privacy", "dp", "--target-epsilon", epsilon, "--delta", 1e-4)
        last = bench.gan(name, "--seed", 1, *more)[-1]
        found = bench.quality(last, f"{name}-{last.stem[-6:]}", judge)
        card = json.loads(last.with_suffix(".json").read_text())
        spent = (card.get("training") or {}).get("privacy") or card.get("privacy") or {}
        noise = spent.get("noise_multiplier") or spent.get("noise")
        rows.append(
            [
                "none" if epsilon is None else f"{float(spent.get('epsilon', epsilon)):.1f}",
                "" if noise is None else f"{noise:.2f}",
                f"{found['distance']:.1f}",
                *(f"{found[key]:.2f}" for key in ("precision", "recall", "of_class")),
            ]
        )
    return markdown(("epsilon", "noise", "distance", "precision", "recall", "of their class"), rows)


def downstream(bench: Bench) -> str:
    """Classifiers learnt from real images, made ones and both, on the same real images of other people."""
    bench.films()
    bench.lesions()
    teacher = bench.classifier("teacher", 1)
    thousands = f"{min(1.0, bench.sizes.lesions / 2000):g}"
    sources = [
        ("films, without domain loss", "films", bench.gan("plain-1", "--seed", 1)[-1]),
        ("films, domain loss", "films", bench.gan("domain-1", "--seed", 1, "--domain-loss", teacher)[-1]),
        ("films, epsilon 10", "films", bench.out / "epsilon-10"),
        ("lesions", "lesions", bench.gan("skin", "--seed", 1, "--channels", 3, data="lesions.zip")[-1]),
    ]
    rows = []
    for title, data, model in sources:
        if model.is_dir():
            found = sorted(model.glob("0*/snapshot-*.safetensors"))
            if not found:
                continue
            model = found[-1]
        out = f"downstream-{title.replace(', ', '-').replace(' ', '_')}"
        if not (bench.out / out / "results.json").exists():
            mixes = ("--mix", f"{thousands},{thousands}", "--only", f"{thousands},{thousands}")
            words = ("--data", f"{data}.zip", "--test", f"{data}_test.zip", "--synthetic-from", model, *mixes)
            words += ("--channels", 3 if data == "lesions" else 1, "--epochs", EPOCHS, "--threads", 1, "--out", out)
            bench.command("evaluate", "downstream", *words, log=out)
        results = json.loads((bench.out / out / "results.json").read_text())
        against = {one["classifier"]: one for one in results["comparisons"]}
        for one in results["classifiers"]:
            apart = against.get(one["classifier"])
            cells = [title, one["classifier"], with_ends(one, "auroc"), f"{one['accuracy']:.3f}"]
            rows.append(
                [*cells, "" if apart is None else f"{with_ends(apart, 'auroc', '+')}, {chance(apart['auroc_p'])}"]
            )
    return markdown(("images", "learnt from", "AUROC (95 %)", "accuracy", "AUROC against the first"), rows)


def chance(p: float) -> str:
    """A p-value, not smaller than three digits say."""
    return f"p {p:.3f}" if p >= 0.001 else "p < 0.001"


def attack(bench: Bench) -> str:
    """A membership attack on a model that saw few images often, on a private one of them, and on one of many."""
    bench.films()
    few = bench.out / "few"
    if not few.exists():
        keep_few(bench.out / "films.zip", few)
    judged = []
    kimg, seed = bench.sizes.kimg, ("--seed", 1)
    eager = (*seed, "--gamma", 0.05, "--set", "channel_max=32")
    joint = ("--gamma", 0.1, "--encoder", "joint", "--set", "encoder_paint=0", "--set", "adversarial_every=2")
    joint += ("--set", "channel_max=32", "--set", "z_dim=8", "--set", "w_dim=8", *seed)
    private = ("--privacy", "dp", "--target-epsilon", 10, "--delta", 1e-3)
    for title, name, real, snapshots in (
        (f"of {FEW} images", "few-plain", "few", bench.gan("few-plain", *eager, data="few", kimg=1.5 * kimg)),
        (f"of {FEW} images, with encoder", "few-joint", "few", bench.gan("few-joint", *joint, data="few", kimg=kimg)),
        (
            f"of {FEW} images, epsilon 10",
            "few-private",
            "few",
            bench.gan("few-private", *eager, *private, data="few", kimg=kimg / 4),
        ),
        ("of all films", "plain-1", "films.zip", bench.gan("plain-1", *seed)),
    ):
        out = f"authenticity-{name}"
        if not (bench.out / out / "results.json").exists():
            folder = bench.pictures(snapshots[-1], f"attack-{name}", bench.sizes.made)
            words = (real, folder, "--control", "films_test.zip", "--out", out)
            bench.command("evaluate", "authenticity", *words, log=out)
        judged.append((title, json.loads((bench.out / out / "results.json").read_text())))
    return attack_table(judged)


def keep_few(data: Path, folder: Path) -> None:
    """A labelled set of a set's first :data:`FEW` images."""
    with zipfile.ZipFile(data) as archive:
        facts = json.loads(archive.read("dataset.json"))
        kept = facts["labels"][:FEW]
        for name, _ in kept:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(archive.read(name))
        (folder / "dataset.json").write_text(json.dumps({**facts, "labels": kept}))


def attack_table(judged: Sequence[tuple[str, dict]]) -> str:
    """A row a model."""
    rows = []
    for title, found in judged:
        member = found["membership"]
        at = next(one for one in member["at"] if one["false_positive_rate"] == 0.01)
        caught = f"{at['true_positive_rate']:.2f} ({at['low']:.2f} to {at['high']:.2f})"
        apart = with_ends(member["over_baseline"], "difference", "+", "")
        rows.append([title, str(len(found["copies"])), with_ends(member, "auroc", "", ""), apart, caught])
    return markdown(
        ("model", "copies", "attack's AUROC (95 %)", "over the baseline (95 %)", "found at 1 % wrong"), rows
    )


def with_ends(found: dict, name: str, sign: str = "", prefix: str | None = None) -> str:
    """A number of a result with its interval."""
    before = f"{name}_" if prefix is None else prefix
    low, high = found[f"{before}low"], found[f"{before}high"]
    return f"{found[name]:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"


def main() -> None:
    """The command line; see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="the folder of data, trainings and results; else a temporary one")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--quick", action="store_true", help="very small: to see that all of it runs")
    parser.add_argument("--append", action="store_true", help="also add the tables to RESULTS.md")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(args.out or Path(scratch), QUICK if args.quick else Sizes())
        for part in args.parts:
            table = globals()[part](bench)
            publish(__file__, f"{part}: {circumstances(1)}:\n\n{table}", args.append)


if __name__ == "__main__":
    main()
