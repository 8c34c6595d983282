"""A watch: studies that fit are analysed once, those that grow are waited for, what comes of it goes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from archives.made_series import ROOT, write_series
from pydicom import dcmread

from GANAnomalyLib import AnalysisRequest
from GANAnomalyLib.archives.journal import ANALYSED, FAILED, SENT, Journal
from GANAnomalyLib.archives.watch import JOURNAL, Watch
from GANAnomalyLib.archives.watch_rules import WatchRules
from GANAnomalyLib.errors import Cancelled, FolderInUse, InputError
from GANAnomalyLib.files import folder_lock, growing
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.running.progress import CancelToken

TEMPLATE = AnalysisRequest("", model="encoder", steps=1, patch_size=6, top=3, device="cpu", metric="wd")


def capture(result: Path, images: Path, out: Path) -> None:
    """A small object of a result: a header of the study with the number of findings, under a UID of its own."""
    source = dcmread(next(iter(sorted(images.glob("*.dcm")))))
    source.SeriesInstanceUID = f"{source.StudyInstanceUID}.900"
    source.SOPInstanceUID = source.file_meta.MediaStorageSOPInstanceUID = f"{source.StudyInstanceUID}.900.1"
    source.SOPClassUID = source.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    source.Modality, source.SeriesNumber = "OT", 900
    source.ImageComments = f"{len(AnalysisResult.read(result).findings)} findings"
    with growing(out) as work:
        source.save_as(work / "capture.dcm", enforce_file_format=True)


@pytest.fixture
def watch(tmp_path, web):
    """A watch that looks without a pause; the rules and all else may be changed."""

    def make(**changes) -> Watch:
        steps = []
        options = {"rules": WatchRules(min_slices=2, since="20260101"), "template": TEMPLATE, "make": capture}
        options |= {"every": 0.0, "pause_s": 0.01, "on_step": steps.append, **changes}
        made = Watch(options.pop("archive", web), options.pop("out", tmp_path / "out"), **options)
        made.steps = steps
        return made

    return make


def test_a_study_is_fetched_analysed_and_its_objects_sent_once(watch, orthanc, tmp_path):
    orthanc.put(write_series(tmp_path / "in", study=1, count=2))
    first = watch()
    (entry,) = first.run(once=True)
    assert [step.state for step in first.steps] == ["queued", "fetched", "analysed", "sent"]
    assert (entry.study, entry.series, entry.images, entry.state) == (f"{ROOT}.1", f"{ROOT}.1.1", 2, SENT)
    assert orthanc.modalities() == ["CT", "OT"]
    result = AnalysisResult.read(tmp_path / "out" / "results" / entry.name)
    assert result.manifest["input"]["slices"] == 2
    before = result.manifest["created"], orthanc.rest("/changes?last")["Last"]
    again = watch()
    assert again.run(once=True) == [entry]
    assert again.steps == []
    after = AnalysisResult.read(result.folder).manifest["created"], orthanc.rest("/changes?last")["Last"]
    assert after == before
