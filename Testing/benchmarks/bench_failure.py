"""Whether the anomaly score tells where a segmenter fails: organs of virtual patients, normal and abnormal ones.

A plain 2-D U-Net learns an organ from normal virtual patients (warps of the bundled torso CT, whose organ labels are
warped alike; only its upper slices have labels). Then it segments patients with a simulated anomaly in it and
others without, the model analyses the same slices, and ``gananomaly evaluate failure`` holds one against the other.

    python Testing/benchmarks/bench_failure.py                 about half an hour on one thread
    python Testing/benchmarks/bench_failure.py --out FOLDER    what lies in FOLDER is not made again
    python Testing/benchmarks/bench_failure.py --sets learn judge    try the rule on as many other cases
    python Testing/benchmarks/bench_failure.py --append        also add the table to RESULTS.md
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly"), str(ROOT)]
from results_file import circumstances, markdown, publish  # noqa: E402  (a sibling, found by the line above)

LABELS = HERE.parent / "data" / "torso_3mm_30slices_organs.nii.gz"
ORGANS = {"liver": 5, "spleen": 1}
LABELLED = 82
"""The first slice of the torso CT that has labels."""
FIRST, STOP = 88, 112
"""The slices that are segmented and analysed: a warp seldom brings others than labelled ones there."""
KINDS = ("mass_hypo", "mass_hyper", "missing", "metal", "probe", "needle", "fluid")
LEVELS = (1, 2, 3)
TRAIN_SEED, SEEDS = 700_000, {"learn": 710_000, "judge": 720_000}
COUNTS = ("warned_failures", "missed_failures", "false_warnings", "passed")
WINDOW, CENTRE = 400.0, 50.0


@lru_cache(maxsize=1)
def torso():
    """The torso CT's volume and axial stack, and its labels (S, H, W) uint8: 255 where nobody said what is there."""
    from GANAnomalyLib.data import DEMO_CT, bundled_file
    from GANAnomalyLib.volume import AxialStack, read_volume

    volume = read_volume(bundled_file(DEMO_CT))
    stack = AxialStack.from_volume(volume)
    labels = np.full(stack.slices.shape, 255, np.uint8)
    labels[LABELLED:] = AxialStack.from_volume(read_volume(LABELS, allow_any=True)).slices
    return volume, stack, labels


def normal_patient(first_seed: int, organ: str) -> tuple[np.ndarray, np.ndarray, int]:
    """A virtual patient (S, H, W) int16 HU, where its organ is (bool), and its seed: the first from ``first_seed`` on
    of whom all slices that count have labels."""
    from GANAnomalyLab.simulate.virtual_cohort import virtual_labels, virtual_patient

    _, stack, labels = torso()
    for seed in range(first_seed, first_seed + 100):
        warped = virtual_labels(labels, stack.spacing_mm, seed)
        if (warped[FIRST:STOP] != 255).all():
            hu = np.clip(np.rint(virtual_patient(stack.slices, stack.spacing_mm, seed)), -1024, 3071)
            return hu.astype(np.int16), warped == ORGANS[organ], seed
    raise SystemExit(f"No patient from seed {first_seed} on has labels in all slices.")


def with_anomaly(hu: np.ndarray, marked: np.ndarray, kind: str, level: int, seed: int) -> np.ndarray:
    """The patient with an anomaly whose centre lies in what is marked."""
    from GANAnomalyLab.simulate.anomalies import insert_array
    from GANAnomalyLib.errors import InputError

    rng = np.random.default_rng(seed)
    inside = np.argwhere(marked[FIRST + 2 : STOP - 2]) + np.array([FIRST + 2, 0, 0])
    for tried in range(20):
        try:
            centre = tuple(float(n) for n in rng.choice(inside))
            return insert_array(hu, torso()[1].spacing_mm, kind, seed + tried, level, centre=centre)[0]
        except InputError:
            continue
    raise SystemExit(f"There is no room for {kind} in the patient {seed}.")


def network():
    """A U-Net of three floors."""
    import torch
    from torch import nn

    def block(inner: int, outer: int) -> nn.Sequential:
        layers: list[nn.Module] = []
        for channels in (inner, outer):
            layers += [nn.Conv2d(channels, outer, 3, padding=1), nn.BatchNorm2d(outer), nn.ReLU()]
        return nn.Sequential(*layers)

    class UNet(nn.Module):
        def __init__(self, widths: tuple[int, ...] = (8, 16, 32, 64)) -> None:
            super().__init__()
            self.down = nn.ModuleList(block(a, b) for a, b in zip((1, *widths[:-1]), widths, strict=True))
            rising = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
            self.widen = nn.ModuleList(nn.ConvTranspose2d(a, b, 2, 2) for a, b in rising)
            self.up = nn.ModuleList(block(2 * b, b) for _, b in rising)
            self.head = nn.Conv2d(widths[0], 1, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            held = []
            for n, down in enumerate(self.down):
                x = down(nn.functional.max_pool2d(x, 2) if n else x)
                held.append(x)
            for widen, up, beside in zip(self.widen, self.up, held[-2::-1], strict=True):
                x = up(torch.cat([widen(x), beside], 1))
            return self.head(x)

    return UNet()


def pictures(hu: np.ndarray):
    """(N, 1, H, W) of slices (N, h, w) in HU, sides made multiples of 8."""
    import torch

    shown = ((hu.astype(np.float32) - CENTRE) / (WINDOW / 2)).clip(-1, 1)
    room = [(0, 0), *((0, -side % 8) for side in hu.shape[1:])]
    return torch.from_numpy(np.pad(shown, room, constant_values=-1)[:, None])


def segmenter(path: Path, organ: str, patients: int, epochs: int):
    """The network, trained on normal patients; kept in ``path``."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, pad

    torch.manual_seed(0)
    net = network()
    if path.is_file():
        net.load_state_dict(torch.load(path, weights_only=True))
        return net.eval()
    images, masks, seed = [], [], TRAIN_SEED
    for _ in range(patients):
        hu, marked, seed = normal_patient(seed, organ)
        seed += 1
        images.append(pictures(hu[FIRST:STOP]))
        masks.append(torch.from_numpy(marked[FIRST:STOP, None].astype(np.float32)))
    x, y = torch.cat(images), torch.cat(masks)
    y = pad(y, (0, x.shape[3] - y.shape[3], 0, x.shape[2] - y.shape[2]))
    size = 8
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3)
    steps = epochs * (len(x) // size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, steps)
    begin = time.monotonic()
    for epoch in range(epochs):
        total = 0.0
        for batch in torch.randperm(len(x))[: len(x) // size * size].split(size):
            logits, truth = net(x[batch]), y[batch]
            share = logits.sigmoid()
            dice = 1 - (2 * (share * truth).sum() + 1) / (share.sum() + truth.sum() + 1)
            loss = binary_cross_entropy_with_logits(logits, truth) + dice
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        print(
            f"epoch {epoch + 1} of {epochs}: loss {total * size / len(x):.3f}, {time.monotonic() - begin:.0f} s",
            flush=True,
        )
    torch.save(net.state_dict(), path)
    return net.eval()


def segment(net, hu: np.ndarray) -> np.ndarray:
    """(S, H, W) bool: where the network sees the organ, in the slices that count."""
    import torch

    out = np.zeros(hu.shape, bool)
    with torch.inference_mode():
        found = net(pictures(hu[FIRST:STOP]))[:, 0, : hu.shape[1], : hu.shape[2]] > 0
    out[FIRST:STOP] = found.numpy()
    return out


def write_slab(slices: np.ndarray, path: Path) -> None:
    """Write those of a patient's slices (S, H, W) that count, at their place in the torso."""
    from GANAnomalyLib.volume import Volume, write_volume

    volume, stack, _ = torso()
    matrix = volume.ijk_to_ras.copy()
    matrix[:, 3] = matrix @ [0, 0, FIRST, 1]  # slices are the last axis, inferior to superior
    write_volume(Volume(stack.to_voxels(slices)[FIRST:STOP], matrix), path)


def make_cases(folder: Path, organ: str, net, first_seed: int, normals: int, each: int) -> None:
    """CTs, what the organ is in them and what the network says, and a table of whose they are."""
    plan = [("normal", 0)] * normals + [(kind, level) for kind in KINDS for level in LEVELS for _ in range(each)]
    for name in ("ct", "truth", "segmentation"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rows = []
    for number, (kind, level) in enumerate(plan):
        name = f"{kind}{level}_{number:03d}"
        path = folder / "segmentation" / f"{name}.nii.gz"
        rows.append({"case": name, "group": kind, "patient": f"p{number:03d}"})
        if path.is_file():
            continue
        hu, marked, seed = normal_patient(first_seed + 100 * number, organ)
        if kind != "normal":
            hu = with_anomaly(hu, marked, kind, level, seed)
        write_slab(hu, folder / "ct" / path.name)
        write_slab(marked.astype(np.uint8) * ORGANS[organ], folder / "truth" / path.name)
        write_slab(segment(net, hu).astype(np.uint8) * ORGANS[organ], path)
    with open(folder / "cases.csv", "w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)


def gananomaly(*arguments: object) -> str:
    """What a command of the product answers."""
    paths = os.pathsep.join(sys.path[1:3])
    return subprocess.run(
        [sys.executable, "-m", "GANAnomalyLib", *map(str, arguments)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": paths},
        check=True,
        text=True,
    ).stdout


def analyse(folder: Path, model: str) -> Path:
    """The results of a set's CTs; those that are there are taken as they are."""
    results = folder / f"results_{model}"
    gananomaly("batch", folder / "ct", "--out", results, "--model", model)
    return results


def failures(folder: Path, results: Path, label: int, out: str, *more: object) -> dict | None:
    """The answer of ``evaluate failure``; None where it says that there are failures only, or none."""
    known = ["--segmentation", folder / "segmentation", "--truth", folder / "truth", "--cases", folder / "cases.csv"]
    try:
        done = gananomaly(
            "evaluate", "failure", *known, results, "--out", folder / out, "--label", label, "--force", "--json", *more
        )
    except subprocess.CalledProcessError as error:
        print(error.stdout, flush=True)
        return None
    return json.loads(done)


def table_rows(name: str, data: dict) -> list[list[str]]:
    """A row a score: failures, AUROC, correlation, and for the chosen score what is left when it is heeded."""
    rows, risk, counts = [], data["risk_coverage"], data["rule_counts"]
    for score, held in data["measures"].items():
        count = data["failures"] + data["others"]
        row = [name, f"{data['settings']['dice']:g}", f"{data['failures']} of {count}", score]
        row += [with_ends(held["auroc"]), with_ends(held["spearman"])]
        if score == data["settings"]["score"]:
            row += [f"{with_ends(risk['area'], 3)}; {risk['chance']:.3f}; {risk['best']:.3f}"]
            failed, others = (sum(counts[key] for key in keys) for keys in (COUNTS[:2], COUNTS[2:]))
            row += [f"{counts[COUNTS[0]]} of {failed}, {counts[COUNTS[2]]} of {others}"]
        rows.append(row + [""] * (8 - len(row)))
    return rows


def with_ends(value: dict, digits: int = 2) -> str:
    ends = "" if value.get("low") is None else f" ({value['low']:.{digits}f} to {value['high']:.{digits}f})"
    return "-" if value["value"] is None else f"{value['value']:.3f}{ends}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="where cases and results go and are found again; else nowhere")
    parser.add_argument("--model", default="demo")
    parser.add_argument("--organs", nargs="+", default=list(ORGANS), choices=ORGANS)
    parser.add_argument("--train", type=int, default=16, help="normal patients that the segmenter learns from")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--normals", type=int, default=15)
    parser.add_argument("--each", type=int, default=2, help="cases of each kind at each level")
    parser.add_argument("--sets", nargs="+", default=["learn"], choices=SEEDS)
    parser.add_argument("--dice", type=float, nargs="+", default=[0.8, 0.9, 0.965], help="what is a failure")
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for organ in options.organs:
            out = (options.out or Path(place)) / organ
            out.mkdir(parents=True, exist_ok=True)
            kept = out / f"unet{options.train}x{options.epochs}.pt"
            net = segmenter(kept, organ, options.train, options.epochs)
            results = {}
            for name in options.sets:
                make_cases(out / name, organ, net, SEEDS[name], options.normals, options.each)
                results[name] = analyse(out / name, options.model)
            for least in options.dice:
                for name in options.sets:
                    learnt = out / "learn" / f"failure_{least:g}"
                    more = ["--dice", least] if name == "learn" else ["--predict", learnt]
                    data = failures(out / name, results[name], ORGANS[organ], f"failure_{least:g}", *more)
                    rows += [] if data is None else table_rows(f"{organ}, {name}", data)
    heads = ["cases", "a failure: Dice under", "failures", "score", "AUROC (95%)", "Spearman (95%)"]
    heads += ["mean risk over coverage; chance; best", "the rule warns of failures, others"]
    publish(__file__, f"{circumstances(1)}; `{options.model}`:\n\n{markdown(heads, rows)}", options.append)


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    main()
