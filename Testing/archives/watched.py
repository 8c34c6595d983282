"""What the tests' watches ask for and send back; run as a program, a watch that is killed at a moment of its own.

``python watched.py PLACE`` with a file of settings in PLACE: the archive's address, and the moment to die at. Results
go onto the worklist of the review database that GANANOMALY_REVIEW names, where it names one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from pydicom import dcmread

from GANAnomalyLib import AnalysisRequest
from GANAnomalyLib.archives.connection import Connection
from GANAnomalyLib.archives.journal import Journal
from GANAnomalyLib.archives.open_archive import open_archive
from GANAnomalyLib.archives.watch_archive import Watch
from GANAnomalyLib.archives.watch_rules import WatchRules
from GANAnomalyLib.cli.worklist_cases import put_on_worklist
from GANAnomalyLib.files import growing
from GANAnomalyLib.results.result import AnalysisResult

TEMPLATE = AnalysisRequest("", model="encoder", steps=1, patch_size=6, top=3, device="cpu", metric="wd")


def capture(result: Path | None, images: Path, out: Path) -> None:
    """A small object of a result: an image of the study with the number of findings, under a new UID each time."""
    from pydicom.uid import generate_uid

    source = dcmread(min(images.glob("*.dcm")))
    source.SeriesInstanceUID = f"{source.StudyInstanceUID}.900"
    source.SOPInstanceUID = source.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    source.SOPClassUID = source.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    source.Modality, source.SeriesNumber = "OT", 900
    if result is not None:
        source.ImageComments = f"{len(AnalysisResult.read(result).findings)} findings"
    with growing(out) as work:
        source.save_as(work / "capture.dcm", enforce_file_format=True)


class Moments:
    """Ends the process, as kill -9 does, when one of its moments has come."""

    def __init__(self, fatal: str) -> None:
        self._fatal = fatal

    def __call__(self, moment: str) -> None:
        if moment == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, thing: object, name: str) -> None:
        """The moments just before and just after a method of something."""
        plain = getattr(thing, name)

        def call(*rest, **more):
            self(f"before {name}")
            value = plain(*rest, **more)
            self(f"after {name}")
            return value

        setattr(thing, name, call)


def main(place: Path) -> None:
    settings = json.loads((place / "settings.json").read_text())
    moments = Moments(settings["fatal"])
    archive = open_archive(Connection(archive=settings["address"], tries=3, pause=0.05))
    plain_store = archive.store

    def store(dataset):
        with open(place / "stored.txt", "a") as file:
            file.write(f"{dataset.SOPInstanceUID}\n")
        return plain_store(dataset)

    archive.store = store
    for name in ("studies", "retrieve", "store"):
        moments.around(archive, name)
    for name in ("take", "step", "begin_sending", "end_sending"):
        moments.around(Journal, name)
    watch = Watch(
        archive,
        place / "out",
        WatchRules(min_slices=2, since="20260101"),
        TEMPLATE,
        capture,
        every=0.0,
        pause_s=0.01,
        progress=lambda fraction, message: moments(message.code),
        on_step=lambda entry: moments(entry.state),
    )
    watch.make = lambda *rest: (moments("before make"), capture(*rest), moments("after make"))
    if "GANANOMALY_REVIEW" in os.environ:
        watch.keep = put_on_worklist
        moments.around(watch, "keep")
    for entry in watch.run(once=True):
        print(entry.state)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
