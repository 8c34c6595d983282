"""The folder of an agreement: results.json, tables, and one page."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ...report import Page
from ...report.cell_text import ends_text
from ...report.report_folder import PAGE, ReportFolder, origin, read_with_care, to_repeat
from ...statistics.bootstrap import Measured
from ...statistics.readers.agreement import Agreement
from ...tables.write_csv import plain
from .agreement_study import ALL, AgreementGroup, AgreementStudy

AGREEMENT, SETTLE = "agreement.csv", "to_settle.csv"
AGREEMENT_FOLDER = ReportFolder("reader agreement", 1, (AGREEMENT, SETTLE, PAGE))
HEADS = ("readings", "of", "items", "agreement", "interval", "kappa", "interval")


def write_agreement(study: AgreementStudy, folder: Path | str, force: bool = False) -> list[Path]:
    """Write the folder, whole or not at all, and return its files; raises as :meth:`ReportFolder.check`."""
    data = AGREEMENT_FOLDER.heading | agreement_data(study) | origin({"ratings": study.sha256})
    open_items = study.open_items()
    tables = {
        AGREEMENT: [_flat(row) for row in data["agreement"]],
        SETTLE: [
            {"treatment": group.treatment, "item": item, **_said(study, said)} for group, item, said in open_items
        ],
    }
    page = Page("Agreement of readers", _counted(study))
    for group in study.groups:
        page.section(group_title(group))
        page.table(HEADS, [agreement_row(one) for one in group.found])
    page.text(
        "Agreement is the share of pairs of readings of an item that are alike. Kappa is what there is beyond chance: "
        "Fleiss' of all readers, Cohen's of two readings. Intervals are percentiles of "
        f"{study.options.draws} draws of {'patients' if study.clustered else 'cases'}."
    )
    read_with_care(page, study.notes)
    if open_items:
        page.section("To be settled").text(f"Readers called {len(open_items)} items by different names.")
        page.table(
            ["treatment", "item", "said"],
            [[group.treatment, item, ", ".join(f"{name}: {word}" for name, word in said.items())]
             for group, item, said in open_items[:200]],
            "The first 200; all are in the table beside this page." if len(open_items) > 200 else "",
        )  # fmt: skip
    to_repeat(page, data, Settings=data["settings"])
    return AGREEMENT_FOLDER.write(folder, data, page, force, tables)


def agreement_data(study: AgreementStudy) -> dict[str, Any]:
    """The agreement in plain values; what cannot be told is None."""
    return plain(
        {
            "agreement": [
                {
                    "treatment": group.treatment,
                    "kind": group.kind,
                    "what": one.what,
                    "readers": list(one.readers),
                    "items": one.items,
                    "agreement": _value(one.agreement),
                    "kappa": _value(one.kappa),
                }
                for group in study.groups
                for one in group.found
            ],
            "to_settle": len(study.open_items()),
            "notes": study.notes,
            "settings": study.options.to_dict(),
            "hashes": {"data": study.sha256},
        }
    )


def agreement_row(one: Agreement) -> list[Any]:
    """A row below :data:`HEADS`."""
    whom = "all" if one.what == "all readers" else " and ".join(one.readers)
    ends = [ends_text(value.interval) if value.interval else "" for value in (one.agreement, one.kappa)]
    kappa = "" if one.kappa.value != one.kappa.value else f"{one.kappa.value:.3f}"
    return [one.what, whom, one.items, f"{one.agreement.value:.3f}", ends[0], kappa, ends[1]]


def group_title(group: AgreementGroup) -> str:
    """Which readings a group's are."""
    under = "All readings" if group.treatment == ALL else f"Treatment {group.treatment}"
    return under if group.kind == ALL else f"{under}, kind {group.kind}"


def _counted(study: AgreementStudy) -> str:
    held = [group.labels for group in study.groups]
    readers = len({name for labels in held for name in labels.readers})
    items = len({name for labels in held for name in labels.items})
    return f"{readers} reader{'s' if readers > 1 else ''}, {items} items"


def _value(found: Measured) -> dict[str, Any]:
    ends = {"low": None, "high": None} if found.interval is None else dataclasses.asdict(found.interval)
    return {"value": found.value, "low": ends["low"], "high": ends["high"]}


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    out = {name: row[name] for name in ("treatment", "kind", "what")} | {"readers": ", ".join(row["readers"])}
    out["items"] = row["items"]
    for name in ("agreement", "kappa"):
        out |= {name: row[name]["value"], f"{name}_low": row[name]["low"], f"{name}_high": row[name]["high"]}
    return out


def _said(study: AgreementStudy, said: dict[str, str]) -> dict[str, str]:
    readers = dict.fromkeys(name for group in study.groups for name in group.labels.readers)
    return {f"reader {name}": said.get(name, "") for name in readers}
