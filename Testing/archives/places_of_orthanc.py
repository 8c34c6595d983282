"""An Orthanc of the tests' own: on this computer only, with a scratch storage and a password."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from waiting import until

USER, PASSWORD = "tester", "a secret: ü§"
PLUGINS = (Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so"), Path("/usr/lib/orthanc/libOrthancDicomWeb.so"))
TITLE, OUR_TITLE = "ORTHANC", "GANANOMALY"


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@dataclass
class Orthanc:
    """One that runs."""

    port: int
    dicom_port: int
    move_port: int

    @property
    def web(self) -> str:
        return f"http://localhost:{self.port}/dicom-web"

    @property
    def dimse(self) -> str:
        return f"dicom://{TITLE}@127.0.0.1:{self.dicom_port}"

    def rest(self, path: str, method: str = "GET", data: bytes | None = None):
        """Orthanc's own interface, beside what is tested."""
        asked = urllib.request.Request(f"http://localhost:{self.port}{path}", data, method=method)
        known = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        asked.add_header("Authorization", f"Basic {known}")
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def put(self, folder: Path) -> None:
        """Store every file of a folder."""
        for path in sorted(folder.rglob("*.dcm")):
            self.rest("/instances", "POST", path.read_bytes())

    def empty(self) -> None:
        for patient in self.rest("/patients"):
            self.rest(f"/patients/{patient}", "DELETE")

    def modalities(self) -> list[str]:
        """Of each series that it holds."""
        return sorted(one["MainDicomTags"]["Modality"] for one in self.rest("/series?expand"))

    def instances(self) -> list[str]:
        """The SOP instance UIDs that it holds."""
        return sorted(one["MainDicomTags"]["SOPInstanceUID"] for one in self.rest("/instances?expand"))


@contextmanager
def running(folder: Path, **changes):
    """A running Orthanc; skips where there is none."""
    program = shutil.which("Orthanc", path="/usr/sbin:/usr/bin:/usr/local/bin:/usr/local/sbin")
    plugin = next((path for path in PLUGINS if path.exists()), None)
    if program is None or plugin is None:
        pytest.skip("needs Orthanc and its DICOMweb plugin (Debian: orthanc, orthanc-dicomweb)")
    folder.mkdir(parents=True, exist_ok=True)
    made = Orthanc(free_port(), free_port(), free_port())
    settings = {
        "Name": "test",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "Plugins": [str(plugin)],
        "HttpPort": made.port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD},
        "DicomAet": TITLE,
        "DicomPort": made.dicom_port,
        "DicomCheckCalledAet": True,
        "DicomAlwaysAllowStore": False,
        "DicomModalities": {
            "us": {
                "AET": OUR_TITLE,
                "Host": "127.0.0.1",
                "Port": made.move_port,
                "AllowEcho": True,
                "AllowFind": True,
                "AllowGet": True,
                "AllowMove": True,
                "AllowStore": True,
            }
        },
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        "HttpThreadsCount": 4,
        "SaveJobs": False,
        **changes,
    }
    place = folder / "orthanc.json"
    place.write_text(json.dumps(settings))
    with open(folder / "log.txt", "wb") as log:
        process = subprocess.Popen([program, str(place)], stdout=log, stderr=log)
    try:

        def answers():
            assert process.poll() is None, (folder / "log.txt").read_text()[-2000:]
            try:
                return made.rest("/system")
            except OSError:
                return None

        until(answers, naps=3000)
        yield made
    finally:
        process.kill()
        process.wait()
