"""Scene and views of a result with no Slicer application and no display, drawn in a process of their own.

A process of its own, because graphics drivers that are missing or broken end the process that asks them, and because
VTK keeps state that a second scene would inherit: neither may reach the analysis.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import GANAnomalyError
from ..files import replace
from ..pictures.result_maps import read_map
from ..results.result import FILES, AnalysisResult, Finding, finding_dict
from ..running.progress import CancelToken
from ..volume.volume import Volume
from .session import open_session, require_headless, save_scene

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_TIME_LIMIT_S = 900.0
_JOB, _VOLUME, _ANSWER = "job.json", "volume.npz", "answer.json"


def write_scene(
    result: AnalysisResult,
    volume: Volume,
    out_folder: Path | str,
    views: int = 5,
    cancel: CancelToken | None = None,
) -> list[Path]:
    """Write scene.mrb and views/finding_01.png ... of a result into a folder; returns their paths, the scene first.

    Parameters
    ----------
    result: an open result, its files on the volume's grid.
    volume: the analysed volume.
    out_folder: made where it does not exist; earlier scenes and views in it are replaced once the new are whole.
    views: pictures of how many findings; 0 makes none.

    Raises :class:`GANAnomalyError` when the extra ``headless`` is not installed, this machine cannot draw or the
    folder cannot be written; :class:`InputError` when result and volume do not belong together.
    """
    require_headless()
    for name in ("heatmap", "reconstruction", "findings_segmentation"):
        read_map(result.path(name), volume)
    out = Path(out_folder)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".scene-", dir=out) as name:
            work = Path(name)
            _write_job(work, result, volume, views)
            _run_child(work, cancel or CancelToken())
            return _move(work, out)
    except OSError as error:
        raise GANAnomalyError(
            f"The scene cannot be written to {out}: check that the folder is writable and the disk is not full.",
            str(error),
        ) from error


def write_scene_here(result: AnalysisResult, volume: Volume, folder: Path, views: int) -> None:
    """What :func:`write_scene` does, in this process and straight into ``folder``."""
    from .build import build_scene
    from .display import show
    from .view_pictures import open_view, render_views

    with open_session() as app:
        view = open_view(app) if views > 0 else None
        nodes = build_scene(app.scene, volume, result)
        show(app.scene, nodes)
        save_scene(app, folder / FILES["scene"])
        if view is not None:
            pictures = folder / FILES["views"]
            pictures.mkdir()
            render_views(view, app.scene, nodes, result, pictures, views)


def main(folder: str) -> None:
    """The process of its own: does the job in a folder and leaves an answer there."""
    work = Path(folder)
    job = json.loads((work / _JOB).read_text(encoding="utf-8"))
    answer: dict[str, Any] = {"ok": True}
    try:
        with np.load(work / _VOLUME, allow_pickle=False) as data:
            volume = Volume(data["voxels"], data["ijk_to_ras"], job["modality"])
        findings = [Finding.from_dict(item) for item in job["findings"]]
        result = AnalysisResult(Path(job["result"]), job["manifest"], findings, job["scores"])
        write_scene_here(result, volume, work, job["views"])
    except GANAnomalyError as error:
        answer = {"ok": False, "type": type(error).__name__, "message": error.message, "details": error.details}
    (work / _ANSWER).write_text(json.dumps(answer), encoding="utf-8")


def _write_job(work: Path, result: AnalysisResult, volume: Volume, views: int) -> None:
    np.savez(work / _VOLUME, voxels=volume.voxels, ijk_to_ras=volume.ijk_to_ras)
    job = {
        "result": str(result.folder.resolve()),
        "manifest": result.manifest,
        "findings": [finding_dict(finding) for finding in result.findings],
        "scores": result.scores,
        "modality": volume.modality,
        "views": views,
    }
    (work / _JOB).write_text(json.dumps(job, default=_plain), encoding="utf-8")


def _run_child(work: Path, cancel: CancelToken) -> None:
    environment = dict(os.environ)
    paths = [str(_PACKAGE_ROOT), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    command = [sys.executable, "-c", f"from {__name__} import main; import sys; main(sys.argv[1])", str(work.resolve())]
    with open(work / "log.txt", "w+", encoding="utf-8", errors="replace") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        try:
            _wait(child, cancel)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        log.seek(0)
        _check_answer(work / _ANSWER, child.returncode, log.read()[-4000:])


def _wait(child: subprocess.Popen[bytes], cancel: CancelToken) -> None:
    waited = 0.0
    while waited < _TIME_LIMIT_S:
        cancel.check()
        try:
            child.wait(timeout=0.25)
            return
        except subprocess.TimeoutExpired:
            waited += 0.25
    raise GANAnomalyError(f"Drawing the scene took longer than {_TIME_LIMIT_S / 60:.0f} minutes and was stopped.")


def _check_answer(path: Path, returncode: int, log: str) -> None:
    from .. import errors

    if not path.is_file():
        raise GANAnomalyError(
            "Slicer's core stopped while drawing the scene, most often because off-screen graphics are missing: on "
            "Debian and Ubuntu install them with 'apt install libgl1 libegl1 libxrender1', or leave the scene out.",
            f"exit status {returncode}\n{log}",
        )
    answer = json.loads(path.read_text(encoding="utf-8"))
    if not answer["ok"]:
        kind = getattr(errors, answer["type"], GANAnomalyError)
        raise kind(answer["message"], answer["details"])


def _move(work: Path, out: Path) -> list[Path]:
    """Put the finished files in place of earlier ones."""
    scene = out / FILES["scene"]
    replace(work / FILES["scene"], scene)
    pictures, target = work / FILES["views"], out / FILES["views"]
    if target.is_dir():
        replace(target, work / "earlier views")
    if pictures.is_dir():
        shutil.move(pictures, target)
    return [scene, *sorted(target.glob("finding_*.png"))]


def _plain(value: Any) -> Any:
    """NumPy scalars and data classes in a manifest made in memory."""
    if isinstance(value, np.generic):
        return value.item()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not plain data")
