"""What the worker tells of an error, and the exception that the client makes of it."""

from __future__ import annotations

import json

import pytest

from GANAnomalyLib.errors import FolderInUse, InputError, OtherResult, OutOfMemory, option
from GANAnomalyLib.running.progress import CancelToken, no_progress
from GANAnomalyLib.worker.client import done_or_raise
from GANAnomalyLib.worker.reasons import error_event
from GANAnomalyLib.worker.tasks import perform


@pytest.mark.parametrize(
    ("request_", "field", "said"),
    [
        ({"input": "ct.nii.gz", "metric": "unheard of"}, "metric", "metric must be one of"),
        ({"input": "ct.nii.gz", "region": "mask"}, "mask", "give one with --mask."),
        ({"input": "no_such_file.nii.gz"}, "input", "does not exist"),
    ],
)
def test_a_worker_names_the_field(tmp_path, request_, field, said):
    with pytest.raises(InputError) as refused:
        perform({"device": "cpu", "output": str(tmp_path / "out"), **request_}, no_progress, CancelToken())
    event = json.loads(json.dumps(error_event(refused.value)))
    assert (event["event"], event["code"], event["field"]) == ("error", "input", field)
    assert said in event["message"]
    with pytest.raises(InputError) as caught:
        done_or_raise(event)
    assert (caught.value.message, caught.value.marked) == (event["message"], event["marked"])
    assert (caught.value.field, caught.value.values) == (field, event["values"])


@pytest.mark.parametrize("kind", [InputError, FolderInUse, OtherResult, OutOfMemory])
def test_an_error_is_the_same_on_both_sides(kind):
    error = kind(f"Use {option('device', 'cpu')}.", field="device", values={"given": "cuda"})
    event = json.loads(json.dumps(error_event(error)))
    assert event["code"] == kind.code
    assert event["message"] == "Use --device cpu."
    with pytest.raises(kind) as caught:
        done_or_raise(event)
    assert type(caught.value) is kind
    assert (caught.value.marked, caught.value.field, caught.value.values) == (error.marked, "device", {"given": "cuda"})


def test_an_error_that_memory_caused_tells_nothing_of_the_first():
    try:
        try:
            raise MemoryError
        except MemoryError as error:
            raise InputError("ct.nii.gz cannot be opened.", field="input", values={"given": 1}) from error
    except InputError as error:
        event = error_event(error)
    assert (event["kind"], event["code"], event["field"], event["values"]) == ("memory", "memory", "", {})


def test_an_event_without_the_new_facts_is_understood():
    """Of an older worker."""
    with pytest.raises(InputError, match="No CT") as caught:
        done_or_raise({"event": "error", "kind": "input", "message": "No CT."})
    assert caught.value.field == ""
