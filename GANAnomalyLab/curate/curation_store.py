"""A store: a folder of Parquet files that says of each image of a repository what was found, once.

::

    STORE/store.json         what rows depend on, and when runs were made
    STORE/rows/*.parquet     a file a task; written whole, named by what it was made of
    STORE/thumbnails/*.bin   the thumbnails of a task, one behind the other
    STORE/listing.parquet    what lay in the sources when last looked
    STORE/marks.csv          what curators said, appended
"""

from __future__ import annotations

import datetime
import hashlib
import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import hash_json, write_json
from GANAnomalyLib.files.reading import parse_json
from GANAnomalyLib.files.writing import whole

from .packages import needed, parquet
from .rows import LISTING, ROWS, whole_rows
from .thumbnails import THUMBNAILS

if TYPE_CHECKING:
    from .source_files import SourceFile

STORE_FILE = "store.json"
STORE_VERSION = 2
"""Raised when rows mean something else: stores of other versions are refused in a sentence."""
_ORIGIN_DAYS = 3650


@dataclass
class Store:
    """A store that exists; ``facts`` is what its store.json says."""

    folder: Path
    facts: dict[str, Any]

    @classmethod
    def open(cls, folder: Path | str) -> Store:
        """Raises :class:`InputError` for a folder that is no store, or one of another version."""
        folder = Path(folder)
        file = folder / STORE_FILE
        if not file.is_file():
            raise InputError(f"{folder} is no store: gananomaly curate SOURCE --out FOLDER makes one.")
        try:
            facts = parse_json(file.read_text(encoding="utf-8"), f"{folder.name}/{STORE_FILE}")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{file} cannot be opened: check that it may be read.", str(error)) from error
        version = facts.get("version") if isinstance(facts, dict) else None
        if version != STORE_VERSION:
            raise InputError(
                f"The store {folder.name} is of version {version}, and this program reads version {STORE_VERSION}: "
                "curate into a new folder, or read it with the program that made it."
            )
        return cls(folder, facts)

    @classmethod
    def make(cls, folder: Path | str, settings: dict[str, Any], model: dict[str, str] | None) -> Store:
        """A new store, or the one that is there, if its rows depend on the same things.

        ``model``: its name and hash. Raises :class:`InputError` for a folder of other things, and for a store made with
        another model or other settings.
        """
        folder = Path(folder)
        wanted = {"settings": settings, "model": model}
        if (folder / STORE_FILE).is_file():
            store = cls.open(folder)
            if not store.facts["runs"]:  # A first run that found no cluster left it: no row depends on anything yet.
                store.facts.update(wanted)
                write_json(folder / STORE_FILE, store.facts)
            store._check_same(wanted)
            return store
        if folder.exists() and (not folder.is_dir() or any(not one.name.startswith(".") for one in folder.iterdir())):
            raise InputError(f"{folder} is there and no store: name a new folder.")
        # Dates are kept as weeks from a day that is nowhere else, so that no row tells when somebody was imaged.
        origin = datetime.date.today() - datetime.timedelta(random.SystemRandom().randrange(_ORIGIN_DAYS))
        facts: dict[str, Any] = {"version": STORE_VERSION, **wanted, "origin": origin.isoformat(), "runs": []}
        (folder / ROWS).mkdir(parents=True, exist_ok=True)
        write_json(folder / STORE_FILE, facts)
        return cls(folder, facts)

    def _check_same(self, wanted: dict[str, Any]) -> None:
        for name, value in wanted.items():
            if self.facts.get(name) != value:
                told = "another model" if name == "model" else "other settings"
                model = (self.facts.get("model") or {}).get("name", "none")
                raise InputError(
                    f"The store {self.folder.name} was made with {told} (model {model}): name a new folder with --out, "
                    "so that its rows stay comparable."
                )

    def begin_run(self, sources: Sequence[str]) -> int:
        """Note that a run begins; returns its number. Kept before any row of it."""
        runs = self.facts["runs"]
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        runs.append({"run": len(runs) + 1, "began": now, "sources": [os.path.abspath(source) for source in sources]})
        write_json(self.folder / STORE_FILE, self.facts)
        return len(runs)

    def write_listing(self, files: Iterable[SourceFile]) -> None:
        """Keep what lies in the sources now."""
        arrow, found = needed("pyarrow"), list(files)
        table = arrow.table({"path": [file.path for file in found], "state": [file.state for file in found]})
        with whole(self.folder / LISTING, "the listing") as part:
            parquet().write_table(table, part, compression="zstd")

    @cached_property
    def fingerprint(self) -> str:
        """What rows depend on, as a hash."""
        return hash_json({name: self.facts[name] for name in ("version", "settings", "model")})

    def part_name(self, files: Sequence[SourceFile], run: int) -> str:
        """The name of a task's files: the same for the same files, states, settings and run."""
        digest = hashlib.sha256(self.fingerprint.encode())
        for file in files:
            digest.update(f"\n{file.path}\t{file.state}".encode("utf-8", "surrogateescape"))
        return f"{run:06d}-{digest.hexdigest()[:24]}"

    def done(self, retry: bool = False) -> set[tuple[str, str]]:
        """(path, state) of what has rows; with ``retry`` without what could not be read."""
        table = whole_rows(self.folder, ["path", "state", "kind"], listed=False)
        kinds, paths, states = (table[name].to_pylist() for name in ("kind", "path", "state"))
        return {
            (path, state)
            for kind, path, state in zip(kinds, paths, states, strict=True)
            if not (retry and kind == "unreadable")
        }

    def clear_leftovers(self) -> None:
        """Remove thumbnails whose rows were never written; only while no task is at work."""
        kept = {path.stem for path in (self.folder / ROWS).glob("*.parquet")}
        for path in (self.folder / THUMBNAILS).glob("*.bin"):
            if path.stem not in kept:
                path.unlink(missing_ok=True)
