"""A folder of CTs through 3D Slicer without its window: one result each, a summary table, and where wanted a scene.

    Slicer --no-main-window --python-script GANAnomalyBatch.py -- --input FOLDER --model demo --out FOLDER

Started again with the same words it goes on where it stopped. Exit codes: 0 all done, 1 some cases failed, 2 the input
cannot be used, 130 stopped. In a folder of its own because Slicer takes every file beside GANAnomaly.py for a module.
Without scenes the same is done by ``PythonSlicer -m GANAnomalyLib batch``.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def options(arguments: list[str]) -> argparse.Namespace:
    """The command line, after the ``--`` that ends Slicer's own options."""
    parser = argparse.ArgumentParser(prog="GANAnomalyBatch.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("--input", required=True, nargs="+", help="folders of volumes or DICOM series, or volumes")
    parser.add_argument("--out", required=True, help="where the results go, a folder each, with summary.csv")
    parser.add_argument(
        "--model", default="demo_memory", help="an installed model's name, or its file (default: demo_memory)"
    )
    parser.add_argument("--workers", type=int, default=1, help="how many at a time (default: 1)")
    parser.add_argument("--scene", action="store_true", help="also save scene.mrb in each result folder")
    parser.add_argument("--force", action="store_true", help="compute again what is finished")
    parser.add_argument("--install", action="store_true", help="agree to download missing Python packages")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the analysis: --set top=20"
    )
    return parser.parse_args(arguments[1:] if arguments[:1] == ["--"] else arguments)


def main(arguments: list[str]) -> int:
    """Run a batch; returns the exit code."""
    from GANAnomaly import tooOld

    if tooOld():
        say(tooOld())
        return 2
    try:
        chosen = options(arguments)
    except SystemExit as ended:
        return 2 if ended.code else 0
    from GANAnomalyLib.errors import GANAnomalyError

    try:
        return batch(chosen)
    except GANAnomalyError as error:
        say(error.message)
        return error.exit_code


def batch(chosen: argparse.Namespace) -> int:
    """The whole of it; raises :class:`GANAnomalyLib.errors.GANAnomalyError`."""
    import slicer
    from GANAnomalyPanel import install

    from GANAnomalyLib.analysis.request import AnalysisRequest
    from GANAnomalyLib.batch import find_cases, run_batch
    from GANAnomalyLib.detectors.kinds import needs_of
    from GANAnomalyLib.errors import GANAnomalyError
    from GANAnomalyLib.running.progress import CancelToken

    needs = needs_of(chosen.model)
    lacking = install.missing(needs)
    if lacking and not chosen.install:
        raise GANAnomalyError(
            f"Python packages are missing ({', '.join(lacking)}): add --install to download them into this Slicer, "
            f"or do it by hand. {install.instructions(lacking)}"
        )
    try:
        install.ensure(consent=True, needs=needs)
    except install.InstallError as error:
        raise GANAnomalyError(f"{error.message} {error.by_hand}") from error
    cases = find_cases(chosen.input)
    cancel = CancelToken()
    before = signal.signal(signal.SIGINT, lambda *_: cancel.cancel())
    try:
        summary = run_batch(
            cases,
            AnalysisRequest(chosen.input[0], model=chosen.model, **settings(chosen.set)),
            Path(chosen.out),
            workers=chosen.workers,
            progress=Progress(),
            cancel=cancel,
            force=chosen.force,
            on_result=tell,
            base=slicer.util.startupEnvironment(),
        )
        if chosen.scene and not summary.stopped:
            save_scenes(cases, summary)
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)  # None: it was not Python's
    counts = [f"{summary.count(status)} {status}" for status in ("done", "reused", "failed", "cancelled")]
    say(f"{', '.join(text for text in counts if text[0] != '0')}. The table is {summary.path}")
    return summary.exit_code


def settings(pairs: list[str]) -> dict[str, Any]:
    """``NAME=VALUE`` pairs; values as JSON where they are, as text where not. ``slices=40:80`` is a range."""
    from GANAnomalyLib.errors import InputError

    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise InputError(f"--set {pair} is not NAME=VALUE, as in --set top=20.")
        name = name.strip().replace("-", "_")
        try:
            found[name] = json.loads(text)
        except (ValueError, RecursionError):
            first, colon, stop = text.partition(":")
            is_range = colon and first.isdigit() and stop.isdigit()
            found[name] = (int(first), int(stop)) if is_range else text
    from GANAnomalyLib.analysis.request import AnalysisRequest

    AnalysisRequest.from_dict({"input": "any", **found})
    return found


def tell(row: Any) -> None:
    """One case has ended."""
    say(f"{row.case}: {row.status}{f' - {row.message}' if row.message else ''}")


def save_scenes(cases: list[Any], summary: Any) -> None:
    """A scene beside every result that has none yet, made by this Slicer."""
    import slicer

    from GANAnomalyLib.errors import GANAnomalyError
    from GANAnomalyLib.pictures.manifest_facts import modality
    from GANAnomalyLib.results.result import AnalysisResult
    from GANAnomalyLib.scene.build import build_scene
    from GANAnomalyLib.scene.display import show
    from GANAnomalyLib.volume import read_volume

    paths = {case.name: case.path for case in cases}
    for row in summary.rows:
        folder = summary.folder / row.result if row.result else None
        if row.status not in ("done", "reused") or folder is None or (folder / "scene.mrb").is_file():
            continue
        say(f"{row.case}: writing the scene")
        slicer.mrmlScene.Clear()
        try:
            result = AnalysisResult.read(folder)
            asked = result.manifest["request"]
            offset = asked.get("hu_offset")
            source, series = str(paths[row.case]), asked.get("series")
            volume = read_volume(source, series, True, hu_offset=offset, modality=modality(result), colours=True)
            show(slicer.mrmlScene, build_scene(slicer.mrmlScene, volume, result))
            if not slicer.util.saveScene(str(folder / "scene.mrb")):
                raise GANAnomalyError(f"it could not be saved to {folder}: check the free space.")
        except GANAnomalyError as error:
            say(f"{row.case}: no scene: {error.message}")
    slicer.mrmlScene.Clear()


class Progress:
    """A line when something new is being done, not more often than every percent."""

    def __init__(self) -> None:
        self._said = -1

    def __call__(self, fraction: float, message: str) -> None:
        percent = int(100 * fraction)
        if percent != self._said:
            self._said = percent
            say(f"{percent:3d} %  {message}")


def say(text: str) -> None:
    """To the terminal, at once."""
    print(text, flush=True)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    import slicer

    slicer.util.exit(code)
