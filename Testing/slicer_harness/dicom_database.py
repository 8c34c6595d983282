"""slicer.dicomDatabase: CTK's database of DICOM files in SQLite, as far as a panel uses it.

Behaves as ``ctkDICOMDatabase`` does with a database on the disk: ``insert`` copies a file into the database's folder
unless told not to, what it cannot read or has already is passed over in silence, and an instance that is not there has
the file "".
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pydicom
from PySide6.QtCore import Property, QObject, Signal

_SCHEMA = """CREATE TABLE IF NOT EXISTS Images
(SOPInstanceUID TEXT PRIMARY KEY, Filename TEXT NOT NULL, SeriesInstanceUID TEXT NOT NULL)"""


class ctkDICOMDatabase(QObject):
    """One that is closed until :meth:`openDatabase`."""

    instanceAdded = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._file: Path | None = None

    def openDatabase(self, databaseFile: str) -> bool:
        self._file = Path(databaseFile)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._ask(_SCHEMA)
        return True

    def closeDatabase(self) -> None:
        self._file = None

    isOpen = Property(bool, lambda self: self._file is not None)
    databaseDirectory = Property(str, lambda self: str(self._file.parent) if self._file else "")

    def prepareInsert(self) -> None:
        """Nothing is remembered between two inserts here."""

    def insert(self, filePath: str, storeFile: bool = True, generateThumbnail: bool = True) -> None:
        try:
            head = pydicom.dcmread(filePath, stop_before_pixels=True)
            study, series, sop = (
                str(head[name].value) for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
            )
        except Exception:
            return  # CTK writes a line into its log
        if self.fileForInstance(sop):
            return
        kept = Path(filePath)
        if storeFile:
            parts = [hashlib.sha1(uid.encode()).hexdigest()[:12] for uid in (study, series, sop)]
            kept = Path(self.databaseDirectory, "dicom", *parts).with_suffix(".dcm")
            try:
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(filePath, kept)
            except OSError:
                return
        self._ask("INSERT INTO Images VALUES (?, ?, ?)", sop, str(kept), series)
        self.instanceAdded.emit(sop)

    def updateDisplayedFields(self) -> None:
        """Nothing is displayed."""

    def fileForInstance(self, sopInstanceUID: str) -> str:
        found = self._ask("SELECT Filename FROM Images WHERE SOPInstanceUID = ?", sopInstanceUID)
        return found[0][0] if found else ""

    def instancesForSeries(self, seriesUID: str, hits: int = -1) -> list[str]:
        return [row[0] for row in self._of_series("SOPInstanceUID", seriesUID)][: hits if hits > 0 else None]

    def filesForSeries(self, seriesUID: str, hits: int = -1) -> list[str]:
        return [row[0] for row in self._of_series("Filename", seriesUID)][: hits if hits > 0 else None]

    def instanceValue(self, sopInstanceUID: str, tag: str) -> str:
        path = self.fileForInstance(sopInstanceUID)
        return self.fileValue(path, tag) if path else ""

    def fileValue(self, fileName: str, tag: str) -> str:
        group, element = (int(part, 16) for part in tag.split(","))
        found = pydicom.dcmread(fileName, stop_before_pixels=True).get((group, element))
        return "" if found is None else str(found.value)

    def allFiles(self) -> list[str]:
        return [row[0] for row in self._ask("SELECT Filename FROM Images ORDER BY rowid")]

    def _of_series(self, column: str, series: str) -> list[tuple]:
        return self._ask(f"SELECT {column} FROM Images WHERE SeriesInstanceUID = ? ORDER BY rowid", series)

    def _ask(self, words: str, *values: str) -> list[tuple]:
        if self._file is None:
            return []
        with closing(sqlite3.connect(self._file)) as connection, connection:
            return connection.execute(words, values).fetchall()
