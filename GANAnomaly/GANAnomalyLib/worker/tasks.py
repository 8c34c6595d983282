"""What a worker can be asked to do, by the name in its request's "task"."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..analysis.request import AnalysisRequest
from ..errors import InputError
from ..files.typed_values import value_in_words
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback
from ..spelling import meant

Task = Callable[[dict[str, Any], ProgressCallback, CancelToken], dict[str, Any]]
"""What does a request's values (a dict, without "task"), and returns what its "done" event holds."""


def perform(
    request: Any, progress: ProgressCallback, cancel: CancelToken, tasks: Mapping[str, Task] | None = None
) -> dict[str, Any]:
    """Do what a request (the JSON file's content) asks for, one of ``tasks`` (None: :data:`TASKS`); returns the "done"
    event.

    Raises :class:`InputError` for what is no request, and whatever the task itself raises.
    """
    if not isinstance(request, dict):
        raise InputError("The request must be a JSON object.")
    name = request.get("task", "analyze")
    tasks = TASKS if tasks is None else tasks
    task = tasks.get(name) if isinstance(name, str) else None
    if task is None:
        raise InputError(
            f"There is no task {value_in_words(name)}{meant(name, tasks)}: choose one of {', '.join(sorted(tasks))}."
        )
    values = {key: value for key, value in request.items() if key != "task"}
    return {"event": "done", **task(values, progress, cancel)}


def _analyze(values: dict[str, Any], progress: ProgressCallback, cancel: CancelToken) -> dict[str, Any]:
    force = _switch(values, "force")
    request = AnalysisRequest.from_dict(values)
    progress(0.0, Message("loading_engine"))
    from ..analysis.pipeline import run
    from ..results.result import finding_dict

    result = run(request, progress, cancel, force)
    return {
        "folder": str(result.folder.absolute()),
        "reused": result.reused,
        "findings": [finding_dict(finding) for finding in result.findings],
        "warnings": list(result.manifest.get("warnings", [])),
        "notes": list(result.manifest.get("notes", [])),
        "marked_warnings": dict(result.manifest.get("marked_warnings", {})),
    }


def _convert(values: dict[str, Any], progress: ProgressCallback, cancel: CancelToken) -> dict[str, Any]:
    force = _switch(values, "force")
    source = values.pop("source", None)
    output, which = values.pop("output", None), values.pop("which", "G_ema")
    fields = values.pop("card", None) or {}
    if values:
        raise InputError(f"The request holds unknown settings: {', '.join(sorted(map(value_in_words, values))[:5])}.")
    if not isinstance(source, str) or not source.strip():
        raise InputError("The request names no checkpoint to convert.")
    if not (output is None or isinstance(output, str)) or not isinstance(which, str) or not isinstance(fields, dict):
        raise InputError("The request to convert holds a value of a wrong kind.")
    if not Path(source).is_file():
        raise InputError(f"There is no checkpoint {source}: check the path.")
    from ..models.model_folders import user_folder
    from ..models.store import SUFFIX

    path = Path(output) if output else user_folder() / f"{Path(source).stem}{SUFFIX}"
    progress(0.05, Message("loading_engine"))
    from ..detectors.convert_checkpoint import convert

    cancel.check()
    progress(0.3, Message("converting_model"))
    if not output:
        path.parent.mkdir(parents=True, exist_ok=True)
    card = convert(source, path, which, fields, force)
    progress(1.0, Message("done"))
    return {"model": card.name, "path": str(path.absolute()), "card": dataclasses.asdict(card)}


def _opinions(values: dict[str, Any], progress: ProgressCallback, cancel: CancelToken) -> dict[str, Any]:
    wanted = {name: values.pop(name, "") for name in ("folder", "classifier", "fingerprint")}
    if values:
        raise InputError(f"The request holds unknown settings: {', '.join(sorted(map(value_in_words, values))[:5])}.")
    if not all(isinstance(value, str) for value in wanted.values()):
        raise InputError("The request for a second opinion holds a value of a wrong kind.")
    if not wanted["folder"] or not wanted["classifier"]:
        raise InputError("A second opinion needs a result's folder and a classifier.")
    from ..review.ask_classifier import ask

    found = ask(**wanted, progress=progress, cancel=cancel)
    return {"folder": wanted["folder"], "opinions": dataclasses.asdict(found)}


def _dicom(values: dict[str, Any], progress: ProgressCallback, cancel: CancelToken) -> dict[str, Any]:
    from ..dicom.packages_needed import needing

    progress(0.0, Message("loading_engine"))
    with needing("DICOM export"):
        from ..dicom.asked_export import export_as_asked
    done = export_as_asked(values, progress, cancel)
    return {"files": {kind: str(path) for kind, path in done.files.items()}, "notes": done.notes}


def _switch(values: dict[str, Any], name: str) -> bool:
    value = values.pop(name, False)
    if not isinstance(value, bool):
        raise InputError(f"{name} must be true or false, not {value_in_words(value)}.")
    return value


TASKS: dict[str, Task] = {"analyze": _analyze, "convert": _convert, "opinions": _opinions, "dicom": _dicom}
