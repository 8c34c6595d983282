"""A series analysed for true, and its result exported: what the analysis keeps of its source is enough."""

from __future__ import annotations

import pydicom
import pytest
from dicom.made import read
from places import ROOT

from GANAnomalyLib import AnalysisRequest, run
from GANAnomalyLib.dicom.export_objects import Wanted, export
from GANAnomalyLib.volume.instance_prints import uid_print

TILTED = ROOT / "Testing" / "data" / "ct_head_tilt"


@pytest.mark.slow
def test_from_the_images_to_objects_on_them(tmp_path, model_folder, monkeypatch):
    monkeypatch.setenv("GANANOMALY_MODELS", str(model_folder))
    request = AnalysisRequest(
        input=TILTED, output=tmp_path / "result", model="encoder", steps=1, top=4, device="cpu", slices=(4, 12)
    )
    result = run(request)
    source = result.manifest["input"]["source"]
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in sorted(TILTED.glob("*.dcm"))]
    headers.sort(key=lambda header: header.ImagePositionPatient[2])
    assert source["series"] == uid_print(headers[0].SeriesInstanceUID)
    assert [one.partition(":")[0] for one in source["instances"]] == [uid_print(h.SOPInstanceUID) for h in headers]
    assert not any(str(header.SOPInstanceUID) in str(result.manifest) for header in headers)
    made = export(result, tmp_path / "out", Wanted())
    segmentation = read(made.files["seg"])
    assert len(segmentation.SegmentSequence) == len(result.findings) > 0
    assert segmentation.FrameOfReferenceUID == headers[0].FrameOfReferenceUID
