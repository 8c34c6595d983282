"""Results beside the segmentations of their CTs and, where it is known, the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from GANAnomalyLib.errors import InputError

from ...images.case_names import case_name, find_files, some
from ..findings.finding_cases import FindingsCase, match_results


@dataclass(frozen=True)
class SegmentedCase:
    """One result (:class:`FindingsCase`) with the files of its segmentation and truth, not read yet."""

    result: FindingsCase
    segmentation: Path
    truth: Path | None = None


def match_segmentations(
    places: Sequence[Path | str],
    segmentation: Path | str,
    truth: Path | str | None = None,
    table: Path | str | None = None,
    partial: bool = False,
) -> tuple[list[SegmentedCase], list[str]]:
    """Pair results with label maps by case, in the order of the results; the second part are notes for the reader.

    Parameters
    ----------
    places: result folders, or folders of them.
    segmentation, truth: a folder of label maps, or one; ``truth`` None where nobody knows.
    table: a CSV with the columns case, and group or patient or both.
    partial: results and label maps that have no counterpart are left out, not an error.

    Raises
    ------
    InputError: nothing there, two cases of one name, no case with all that is needed, or one without (unless
        ``partial``), named.
    """
    results, _ = match_results(places, None, table)
    cases: dict[str, FindingsCase] = {}
    for result in results:
        name = case_name(result.name)
        if name in cases:
            raise InputError(f"Two results are of the case {name}: give one of them, or other names.")
        cases[name] = result
    maps = {"segmentation": find_files(segmentation, "segmentation")}
    if truth is not None:
        maps["truth"] = find_files(truth, "truth")
    notes = []
    for what, found in maps.items():
        if len(found) == len(cases) == 1:
            found = maps[what] = dict(zip(cases, found.values(), strict=True))
        if not cases.keys() & found.keys():
            raise InputError(
                f"No result has a {what} of its name: the results are {some([*cases])}, the files {some([*found])}."
            )
        notes += _alone(f"results have no {what}", [name for name in cases if name not in found], partial)
        notes += _alone(f"files of the {what} have no result", [name for name in found if name not in cases], partial)
    whole = [name for name in cases if all(name in found for found in maps.values())]
    if not whole:
        raise InputError("No result has both a segmentation and a truth of its name: check how the files are called.")
    known = maps.get("truth", {})
    return [SegmentedCase(cases[name], maps["segmentation"][name], known.get(name)) for name in whole], notes


def _alone(what: str, names: Sequence[str], partial: bool) -> list[str]:
    if names and not partial:
        raise InputError(f"{len(names)} {what}: {some(names)}. Add what is missing, or leave them out with --partial.")
    return [f"Left out: {len(names)} {what} ({some(names)})."] if names else []
