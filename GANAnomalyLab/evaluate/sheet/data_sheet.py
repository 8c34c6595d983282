"""The sheet of a set of pictures: everything checked before they are made, written when they lie there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import locked, write_json, write_text
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.version import __version__

from ...generate.generate_options import GenerateOptions
from ...generate.made_again import check_made, check_there
from ...generate.number_lists import written_numbers
from ...generate.picture_writer import check_free
from ...generate.seed_pictures import FILM, WantedPictures, wanted_pictures
from ...report.provenance import files_hash, provenance
from .card_facts import class_name, model_facts, privacy_facts, training_facts
from .measured_results import read_found, subject
from .plain_words import shown
from .sheet_page import sheet_page
from .sheet_rows import NOT_MEASURED, rows, warnings

if TYPE_CHECKING:
    from GANAnomalyLib.detectors.loaded_model import LoadedModel

SHEET, PAGE = "sheet.json", "sheet.html"
SCHEMA_VERSION = 1


class SheetPlan:
    """A sheet to be written, all that may be wrong with it looked at before.

    Parameters
    ----------
    model, options, device, batch: as :func:`GANAnomalyLab.generate.seed_pictures.generate_images` takes them.
    folder: where the pictures are or will be, and the sheet goes.
    sources: folders or files that :func:`.measured_results.read_found` reads.
    made: the pictures are there already; some are made again to see that they are what the options make.
    force: replace an earlier sheet, and what ``generate_images`` may replace.

    Raises :class:`InputError` for results that are none or of another model, for a folder that holds anything else than
    the pictures (a sheet is of all that is shared), for a sheet that is there, and as ``generate_images``.
    """

    def __init__(
        self,
        model: str | Path | LoadedModel,
        folder: Path | str,
        options: GenerateOptions,
        sources: Iterable[Path | str] = (),
        *,
        device: str = "auto",
        batch: int | None = None,
        force: bool = False,
        made: bool = False,
    ) -> None:
        self.folder, self.made, self.force = Path(folder), made, force
        if options.grid:
            raise InputError("A data sheet is of pictures, not of a page of them: leave --grid or --sheet out.")
        self.found = read_found(sources)

        def look(names: list[str]) -> None:
            check_free(self.folder, [SHEET, PAGE], force)
            if made:
                check_there(self.folder, names)
            else:
                check_free(self.folder, names, force)
            self._check_alone(names)

        self.wanted: WantedPictures = wanted_pictures(model, options, device, batch, look)
        for name, one in self.found:
            subject(name, one, self.model.model_hash, None, None, CancelToken())

    @property
    def model(self) -> LoadedModel:
        """The model, loaded."""
        return self.wanted.maker.model

    def write(self, cancel: CancelToken | None = None) -> list[Path]:
        """Write sheet.json and sheet.html beside the pictures; returns both.

        Raises :class:`InputError` where pictures are others than the options make, or results of other pictures;
        GANAnomalyError when the disk is full.
        """
        return _write(self.folder, self, cancel or CancelToken())

    def data(self, cancel: CancelToken) -> dict[str, Any]:
        """What sheet.json holds: counts, hashes and words, nothing that names a patient, a path or a real file."""
        wanted, card = self.wanted, self.model.card
        self._check_alone(wanted.names)
        again = check_made(wanted, self.folder, cancel) if self.made else None
        files = files_hash([self.folder / name for name in sorted(wanted.names[: len(wanted.labels)])], cancel)
        assert files is not None
        found = [
            (one, subject(name, one, self.model.model_hash, files, self.folder, cancel)) for name, one in self.found
        ]
        options = wanted.options
        psi = options.truncation_psi if wanted.stored is None else None
        table = rows(found, psi)
        data = {
            "schema_version": SCHEMA_VERSION,
            "kind": "data sheet",
            "version": __version__,
            "before_signing": [],
            "pictures": {
                "count": len(wanted.labels),
                "class": class_name(card, options.class_index) or None,
                "made_from": "seeds" if wanted.stored is None else "stored latents",
                "seeds": _seeds(wanted.seeds),
                "truncation_psi": psi,
                "noise": options.noise_mode,
                "format": options.form,
                "film": bool(options.interpolate),
                "sha256": files,
                "made_again_and_alike": again,
            },
            "model": model_facts(card, self.model.model_hash),
            "training_data": training_facts(card),
            "privacy": privacy_facts(card),
            "measured": [row.data() for row in table if row.value != NOT_MEASURED],
            "not_measured": [row.data() for row in table if row.value == NOT_MEASURED],
            "licence": {
                "model": shown(card.licence),
                "training_data": shown(card.training_data_licence),
                "use": "research use only, not a medical device",
                "not_for": [shown(text) for text in card.not_for[:20]],
            },
            "provenance": provenance(),
        }
        data["before_signing"] = [*_concerns(data), *warnings(found)]
        return data

    def _check_alone(self, names: list[str]) -> None:
        """Raise :class:`InputError` where the folder holds anything but the pictures and a sheet."""
        if not self.folder.is_dir():
            return
        known = {*names, FILM, SHEET, PAGE}
        others = sorted(p.name for p in self.folder.iterdir() if p.name not in known and not p.name.startswith("."))
        if others:
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            raise InputError(
                f"{self.folder} holds {others[0]}{more}, which these options do not make: a data sheet is of all "
                "that a folder holds, so give it a folder of its own."
            )


@locked("folder", "gananomaly generate")
def _write(folder: Path, plan: SheetPlan, cancel: CancelToken) -> list[Path]:
    check_free(folder, [SHEET, PAGE], plan.force)
    data = plan.data(cancel)
    page = sheet_page(data).html()
    # The numbers come last: where they are, the page is.
    write_text(folder / PAGE, page, "the data sheet")
    write_json(folder / SHEET, data, "the data sheet")
    return [folder / SHEET, folder / PAGE]


def _concerns(data: dict[str, Any]) -> list[str]:
    """What of the set itself must not be missed, in sentences."""
    out = []
    if not data["privacy"]["guarantee"]:
        out.append("There is no guarantee of privacy.")
    if data["pictures"]["made_from"] != "seeds":
        out.append(
            "The pictures are made of stored latents. Where these were found by projecting real images, each shows a "
            "patient's, and they are no synthetic ones."
        )
    if lacking := [row["measure"] for row in data["not_measured"]]:
        out.append(f"Not measured: {', '.join(lacking)}.")
    if data["training_data"]["patients"] is None:
        out.append("How many patients the model learnt from is not stated.")
    unsaid = [key.replace("_", " ") for key in ("model", "training_data") if not data["licence"][key]]
    if unsaid:
        out.append(f"No licence is stated of the {' and the '.join(unsaid)}.")
    return out


def _seeds(seeds: list[int]) -> str | None:
    """The list in ranges, cut where it is long."""
    text = written_numbers(seeds)
    return (text if len(text) <= 200 else text[: text.rfind(",", 0, 200)] + ",...") or None
