"""A comparison of two scores in words, in plain values and as a folder."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...report import Page, roc_figure
from ...report.report_folder import (
    PAGE,
    ReportFolder,
    drawn_if_possible,
    origin,
    read_with_care,
    show_figures,
    to_repeat,
)
from ...statistics.compare import Comparison
from ...tables.write_csv import plain

UNMATCHED = "unmatched.csv"
FOLDER = ReportFolder("comparison", 1, (PAGE, UNMATCHED))
_SHOWN = 5

_METHOD = (
    "DeLong's test compares the AUROCs by their variances; the permutation test exchanges the two ranks of each case "
    "(of all cases of a patient); the bootstrap draws cases (patients) anew, both scores with the same draws."
)
_UNPAIRED = (
    "The two scores are of different cases, taken to be independent: DeLong's test adds their variances, and the "
    "bootstrap draws each set by itself."
)


@dataclass(frozen=True)
class NamedComparison:
    """A comparison with names, the (normal, abnormal) scores for its ROC curves, and the cases left out of it."""

    first: str
    second: str
    result: Comparison
    first_scores: tuple[np.ndarray, np.ndarray]
    second_scores: tuple[np.ndarray, np.ndarray]
    settings: dict[str, Any]
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()

    @property
    def notes(self) -> list[str]:
        """What a reader must know."""
        out = [_METHOD if self.result.paired else _UNPAIRED, *self.result.notes]
        if self.result.patients is None:
            out.append(
                "Whose the cases are is not known, so that each counts as a patient of its own: where several are of "
                "one, p is too small (see --patient-pattern)."
            )
        for names, has, lacks in (
            (self.only_first, self.first, self.second),
            (self.only_second, self.second, self.first),
        ):
            if names:
                shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
                out.append(f"{len(names)} cases of {has} are not among those of {lacks} and were left out: {shown}.")
        return out

    def sentence(self) -> str:
        """The answer, in one line."""
        found = self.result
        p = found.delong.p if math.isnan(found.permutation_p) else found.permutation_p
        said = "no p-value" if math.isnan(p) else f"p = {p:.2g}" if p < 1e-4 else f"p = {p:.4f}"
        return (
            f"AUROC {found.first:.3f} ({self.first}) and {found.second:.3f} ({self.second}), difference "
            f"{found.difference:+.3f}{_around(found.percentile)}: {said}."
        )

    def rows(self) -> list[list[str]]:
        """Measure and value, in words."""
        found = self.result
        percent = f"{100 * found.level:g}%"
        rows = [[f"{self.first}: AUROC", f"{found.first:.3f}"], [f"{self.second}: AUROC", f"{found.second:.3f}"]]
        rows.append([f"difference (bootstrap {percent})", f"{found.difference:+.3f}{_around(found.percentile)}"])
        delong = found.delong
        if not math.isnan(delong.p):
            rows.append(
                [f"difference (DeLong {percent})", f"{delong.difference:+.3f}{_around((delong.low, delong.high))}"]
            )
            rows.append(["p, DeLong, two-sided", f"{delong.p:.4g}"])
        if not math.isnan(found.permutation_p):
            how = "all exchanges" if found.permutation_exact else f"{self.settings['permutations']:,} exchanges"
            rows.append([f"p, permutation, two-sided ({how})", f"{found.permutation_p:.4g}"])
        cases = f"{found.normal} normal, {found.abnormal} abnormal"
        if not found.paired:
            cases += f"; second: {found.second_normal} normal, {found.second_abnormal} abnormal"
        if found.patients is not None:
            cases += f"; {found.patients} patients" + ("" if found.paired else " in the first")
        return [*rows, ["cases", cases]]

    def data(self, inputs: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            **FOLDER.heading,
            "first": self.first,
            "second": self.second,
            "settings": self.settings,
            "comparison": plain(dataclasses.asdict(self.result)),
            "only_first": list(self.only_first),
            "only_second": list(self.only_second),
            "notes": self.notes,
            **origin(inputs),
        }


def _around(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f" ({interval[0]:+.3f} to {interval[1]:+.3f})"


def write_comparison(
    named: NamedComparison, folder: Path | str, force: bool = False, inputs: Mapping[str, str] | None = None
) -> list[Path]:
    """Write results.json, report.html and, with cases left out, unmatched.csv: all or none.

    Raises as :meth:`ReportFolder.check`.
    """
    data = named.data(inputs)
    page = Page("Comparison", f"{named.first} and {named.second}")
    page.section("Result").text(named.sentence()).table(["measure", "value"], named.rows())
    notes = list(named.notes)
    scores = {named.first: named.first_scores, named.second: named.second_scores}
    caption = "ROC curves of both on the same cases." if named.result.paired else "ROC curves of both."
    # On the page alone.
    show_figures(page, drawn_if_possible(lambda: {"roc": (roc_figure(scores), caption)}, notes))
    read_with_care(page, notes)
    to_repeat(page, data, Settings=named.settings)
    sides = ((named.first, named.only_first), (named.second, named.only_second))
    unmatched = [{"case": name, "only in": side} for side, names in sides for name in names]
    return FOLDER.write(folder, data, page, force, {UNMATCHED: unmatched})
