"""How long the window stands still while a result enters the scene: every step of it, and the longest.

    python Testing/benchmarks/bench_scene_entry.py                      30, 112 and 300 slices
    python Testing/benchmarks/bench_scene_entry.py 30 --append          also add the table to RESULTS.md

A result of 40 findings over a CT, put into a real MRML scene with three slice views, once in an empty place and once in
place of an earlier result. What is done beforehand in another thread (reading maps, taking the sample for the slider)
does not count. Each view is drawn once at the end (400 x 400 pixels, by the processor), as the application does when it
is idle; that is told on its own. Needs the extra ``headless``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from results_file import RESULTS, append_block, circumstances, markdown, tell_target  # noqa: E402

SIZES = {30: (30, 101, 122), 112: (112, 101, 122), 300: (300, 512, 512)}
"""Voxels (K, J, I) by slices."""
TARGET_S = 0.2
FINDINGS = 40


def made_up(shape: tuple[int, int, int], folder: Path) -> tuple[Any, Any, Any]:
    """A CT-like volume, a result of it with nothing on the disk, and its maps as a thread would have read them."""
    from GANAnomalyLib.results.result import AnalysisResult, Finding
    from GANAnomalyLib.scene.finding_labels import box_of
    from GANAnomalyLib.scene.heat_values import sample_of
    from GANAnomalyLib.scene.scene_maps import ResultMaps
    from GANAnomalyLib.scene.vtk_images import image_of
    from GANAnomalyLib.volume.orient import AxialStack
    from GANAnomalyLib.volume.quick_hash import quick_hash
    from GANAnomalyLib.volume.volume import Volume

    random = np.random.default_rng(303)
    voxels = random.integers(-1000, 1000, shape, dtype=np.int16)
    image = Volume(voxels, np.diag([0.8, 0.8, 1.0, 1.0]), "CT")
    heat = random.random(shape, dtype=np.float32)
    findings, slices = [], shape[0]
    for rank in range(1, FINDINGS + 1):
        k, j, i = (int(random.integers(0, size - 12)) for size in shape)
        box = ((i, i + 12), (j, j + 12), (k, k + 12))
        centre = image.ras(np.array([i + 5.5, j + 5.5, k + 5.5])).tolist()
        findings.append(
            Finding(rank, rank, 5.0 - rank / 20, "wd", k, (k, k + 11), box, tuple(centre), (9.6, 9.6, 12.0))
        )
    scores = [
        {"slice": n, "position_mm": float(n), "score": 1.0, "patch_score": 2.0, "patch_row": 1, "patch_col": 1}
        for n in range(slices)
    ]
    manifest = {"fingerprint": "0123", "settings": {"metric": "wd", "window": 350.0, "level": 50.0}, "model": {}}
    maps = ResultMaps(
        image_of(heat),
        image_of(voxels),
        image_of(voxels),
        (0.5, 1.0),
        image.ijk_to_ras,
        quick_hash(voxels),
        {finding.label: box_of(finding) for finding in findings},
        sample_of(heat, AxialStack.from_volume(image), range(slices)),
    )
    return image, AnalysisResult(folder, manifest, findings, scores), maps


def steps_of(scene: Any, ct: Any, result: Any, maps: Any) -> Iterator[None]:
    """All that the panel does with a result, a step each."""
    from GANAnomalyLib.scene import display
    from GANAnomalyLib.scene.build import build_steps
    from GANAnomalyLib.scene.finding_review import go_to, highlight, rows, slice_rows

    nodes = yield from build_steps(scene, ct, result, maps)
    yield
    yield from display.show_steps(scene, nodes)
    yield
    display.display_state(scene, nodes), display.score_limits(nodes), display.top_percent(nodes, 0.7)
    yield
    rows(nodes), slice_rows(nodes)
    yield
    highlight(nodes, 1)
    go_to(scene, nodes, 1)
    yield


def measured(steps: Iterator[None]) -> list[float]:
    """Seconds that each step took, by the clock: a window waits for what other threads do as well."""
    found = []
    while True:
        begin = time.perf_counter()
        done = next(steps, "end")
        found.append(time.perf_counter() - begin)
        if done == "end":
            return found


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def run(slices: int) -> list[tuple[list[float], float]]:
    """The steps of a first result and of one in its place, and how long the slowest view then takes to draw."""
    from trame_slicer.views import ViewLayoutDefinition

    from GANAnomalyLib.scene.session import open_session
    from GANAnomalyLib.scene.volume_nodes import add_volume, show_grey

    kinds = (ViewLayoutDefinition.axial_view, ViewLayoutDefinition.coronal_view, ViewLayoutDefinition.sagittal_view)
    with open_session() as app, tempfile.TemporaryDirectory() as folder:
        views = [app.view_manager.create_view(kind()) for kind in kinds]
        for view in views:
            view.set_render_blocked(True)
            view.update_size(400, 400)
        ct, found = None, []
        for _ in range(2):
            image, result, maps = made_up(SIZES[slices], Path(folder))
            if ct is None:
                ct = add_volume(app.scene, "CT", image.voxels, image.ijk_to_ras)
                show_grey(ct, 350.0, 50.0)
            steps = measured(steps_of(app.scene, ct, result, maps))
            found.append((steps, max(_seconds(view.render_window().Render) for view in views)))
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slices", type=int, nargs="*", help=f"how many: {', '.join(map(str, SIZES))}")
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    rows = []
    for slices in options.slices or SIZES:
        # A process each: a second scene in one would inherit what VTK keeps of the first.
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            found = alone.submit(run, slices).result()
        for name, (steps, drawing) in zip(("new", "replaced"), found, strict=True):
            shape = " x ".join(str(size) for size in SIZES[slices][::-1])
            rows.append([shape, name, str(len(steps)), f"{sum(steps):.2f}", f"{max(steps):.3f}", f"{drawing:.2f}"])
            what = f"scene: the longest step, {slices} slices, {name}"
            tell_target(what, f"{max(steps):.3f} s", f"{TARGET_S:.1f} s", max(steps) <= TARGET_S)
    table = markdown(["voxels", "result", "steps", "s in all", "s, longest step", "s, drawing a view"], rows)
    block = f"{circumstances(os.cpu_count() or 1)}:\n\n{table}"
    print(f"\n{block}")
    if options.append:
        append_block(RESULTS, Path(__file__).name, block)


if __name__ == "__main__":
    main()
