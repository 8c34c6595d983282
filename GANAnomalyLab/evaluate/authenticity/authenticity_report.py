"""The evaluation's folder: results.json, tables, pictures of pairs and a page, all of them or none."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from ...report import Page, roc_figure
from ...report.cell_text import ends_text, with_ends
from ...report.report_folder import (
    PAGE,
    Drawn,
    ReportFolder,
    drawn_if_possible,
    origin,
    read_with_care,
    show_figures,
    to_repeat,
)
from ...statistics.auroc import AurocEstimate
from ...tables.write_csv import plain
from . import projector
from .authenticity_evaluation import Authenticity
from .authenticity_pictures import distance_figure, pair_picture
from .coverage import Coverage
from .membership import RATES, Membership, risk
from .picture_sets import CONTROL, REAL, SYNTHETIC

KIND = "authenticity"
PAIRS, REALS = "synthetic.csv", "real.csv"
DISTANCES, ROC = "distances.png", "attack.png"
FOLDER = ReportFolder(KIND, 1, (PAIRS, REALS, PAGE, DISTANCES, ROC, *projector.FILES))
_SHOWN, _NEAREST = 48, 8
_QUARTERS = (0, 0.25, 0.5, 0.75, 1)


def write_authenticity(
    found: Authenticity, folder: Path | str, force: bool = False, project: bool = False
) -> list[Path]:
    """Write the folder, whole or not at all, and return its files; ``project`` adds those for TensorBoard's projector.

    Raises :class:`InputError` as :meth:`ReportFolder.check`, GANAnomalyError when the disk refuses.
    """
    drawn = drawn_if_possible(lambda: _figures(found), found.warnings)
    data = results_data(found) | origin({name: held.images.mark() for name, held in found.sets.items()})
    more = {}
    if project:
        names = (REAL, SYNTHETIC)
        copied = {found.sets[SYNTHETIC].names[n] for n in found.copies}
        more = projector.projector_files(
            [(name, found.sets[name]) for name in names], [found.features[name] for name in names], copied
        )
    tables = {PAIRS: synthetic_rows(found), REALS: real_rows(found)}
    return FOLDER.write(folder, data, _page(found, data, drawn), force, tables, drawn, more)


def results_data(found: Authenticity) -> dict[str, Any]:
    """The evaluation in plain values; what is not a number becomes None."""
    likenesses = found.likenesses
    data = {
        **FOLDER.heading,
        "settings": dataclasses.asdict(found.options),
        "images": {name: len(held) for name, held in found.sets.items()},
        "patients": {name: len(np.unique(held.patients)) for name, held in found.sets.items() if name != SYNTHETIC},
        "left_out": {name: held.left_out for name, held in found.sets.items()},
        "blank": found.blank,
        "copies": [
            {
                "synthetic": found.sets[SYNTHETIC].names[n],
                "real": found.sets[REAL].names[likenesses[n].index],
                "similarity": round(likenesses[n].similarity, 4),
                "pose": likenesses[n].pose or "as it is",
            }
            for n in found.copies
        ],
        "rule": {
            "similarity": round(found.bar, 4),
            "real_images_checked": len(found.checked),
            "most_alike_across_patients": float(found.checked.max()) if len(found.checked) else None,
            "alike_across_patients": found.alike,
        },
        "space": found.space,
        "network": found.network or None,
        "distances": {
            "synthetic_to_real": _quarters(found.to_real.distances),
            "real_to_synthetic": _quarters(found.to_synthetic.distances),
            "real_to_other_patients": _quarters(found.between.distances),
        },
        "coverage": {"real": _coverage(found.real_covered), "synthetic": _coverage(found.synthetic_covered)},
        "membership": None if found.membership is None else _membership(found.membership),
        "warnings": found.warnings,
    }
    return plain(data)


def synthetic_rows(found: Authenticity) -> list[dict[str, Any]]:
    """One row a synthetic image: its nearest real one, and the one that it is most like."""
    names, copies = found.sets[REAL].names, set(found.copies)
    return [
        {
            "synthetic": name,
            "copy": int(n in copies),
            "most_like": names[like.index] if like.index >= 0 else None,
            "similarity": like.similarity,
            "pose": like.pose or "as it is",
            "nearest_real": names[found.to_real.indices[n]],
            "distance": float(found.to_real.distances[n]),
        }
        for n, (name, like) in enumerate(zip(found.sets[SYNTHETIC].names, found.likenesses, strict=True))
    ]


def real_rows(found: Authenticity) -> list[dict[str, Any]]:
    """One row a real image: its nearest synthetic one, and how far the nearest of another patient is."""
    return [
        {
            "real": name,
            "nearest_synthetic": found.sets[SYNTHETIC].names[found.to_synthetic.indices[n]],
            "distance": float(found.to_synthetic.distances[n]),
            "distance_to_other_patients": plain(float(found.between.distances[n])),
        }
        for n, name in enumerate(found.sets[REAL].names)
    ]


def summary_words(found: Authenticity) -> list[str]:
    """What came out, in sentences."""
    count, copies = len(found.sets[SYNTHETIC]), len(found.copies)
    out = [
        f"{copies} of {count} synthetic images {'is a copy' if copies == 1 else 'are copies'} of a real one "
        f"(structure alike by {found.bar:.3g} or more)."
    ]
    if found.membership is not None:
        held = found.membership
        best, plainly = (held.attacks[name] for name in (held.strongest, held.baseline))
        out.append(
            "The strongest attack tells training images from others with an AUROC of "
            f"{with_ends(best.value, best.percentile)}, a guess without the synthetic images with "
            f"{with_ends(plainly.value, plainly.percentile)}: {_verdict(held)}."
        )
    return out


def _verdict(held: Membership) -> str:
    interval, over = held.attacks[held.strongest].percentile, held.over_baseline.percentile
    if interval is None or over is None:
        return "too few patients to say whether that is chance"
    if interval[0] <= 0.5:
        return "no better than chance, as far as these images tell"
    if over[0] <= 0:
        return "better than chance, but not clearly by the synthetic images: the two sets of real images differ"
    return "the synthetic images tell who was trained on"


def measure_rows(found: Authenticity) -> list[list[str]]:
    """(measure, value, interval or what to hold it against) in words."""
    rows = [["Copies", str(len(found.copies)), f"of {len(found.sets[SYNTHETIC])}"]]
    for title, held in (
        ("Real images that synthetic ones cover", found.real_covered),
        ("Synthetic images among real ones", found.synthetic_covered),
    ):
        if held is not None:
            ends = ends_text(held.interval)
            rows.append([title, f"{held.value:.3f}", f"{ends}{'; ' if ends else ''}{held.expected:.3f} expected"])
    for title, distances in (
        ("Median distance, synthetic to nearest real", found.to_real.distances),
        ("Median distance, real to nearest synthetic", found.to_synthetic.distances),
        ("Median distance, real to nearest of another patient", found.between.distances),
    ):
        if np.isfinite(distances).any():
            rows.append([title, f"{np.nanmedian(distances):.3f}", ""])
    return rows


def attack_rows(found: Authenticity) -> list[list[str]]:
    """(attack, AUROC, true positives at each of the rates, risk) in words."""
    held = found.membership
    if held is None:
        return []
    return [
        [
            name,
            with_ends(estimate.value, estimate.percentile),
            *(_at(estimate, rate) for rate in RATES),
            f"{risk(estimate, RATES[-1]):.3f}",
        ]
        for name, estimate in held.attacks.items()
    ]


ATTACK_HEADS = ("attack", "AUROC (interval)", *(f"found at {100 * rate:g} % false" for rate in RATES), "risk at 1 %")


def _at(estimate: AurocEstimate, rate: float) -> str:
    point = estimate.at_rate[rate]
    return with_ends(point.sensitivity, point)


def _quarters(distances: np.ndarray) -> dict[str, float] | None:
    held = distances[np.isfinite(distances)]
    if not len(held):
        return None
    return dict(zip(("least", "q1", "median", "q3", "most"), np.quantile(held, _QUARTERS).tolist(), strict=True))


def _coverage(held: Coverage | None) -> dict[str, Any] | None:
    if held is None:
        return None
    ends = {} if held.interval is None else {"low": held.interval.low, "high": held.interval.high}
    return {"value": held.value, **ends, "expected": held.expected, "neighbours": held.neighbours}


def _membership(held: Membership) -> dict[str, Any]:
    best, over = held.attacks[held.strongest], held.over_baseline
    return {
        **_attack(best),
        "strongest": held.strongest,
        "baseline": held.baseline,
        "over_baseline": {
            "difference": over.difference,
            **dict(zip(("low", "high"), over.percentile or (None, None), strict=True)),
        },
        "attacks": {name: _attack(estimate) for name, estimate in held.attacks.items()},
    }


def _attack(estimate: AurocEstimate) -> dict[str, Any]:
    return {
        "auroc": estimate.value,
        **dict(zip(("low", "high"), estimate.percentile or (None, None), strict=True)),
        "at": [
            {
                "false_positive_rate": rate,
                "true_positive_rate": estimate.at_rate[rate].sensitivity,
                "low": estimate.at_rate[rate].low,
                "high": estimate.at_rate[rate].high,
                "control": estimate.at_rate[rate].false_positive_rate,
                "risk": risk(estimate, rate),
            }
            for rate in RATES
        ],
        "training": estimate.abnormal,
        "control": estimate.normal,
    }


def _figures(found: Authenticity) -> Drawn:
    distances = {
        "synthetic to nearest real": found.to_real.distances,
        "real to nearest of another patient": found.between.distances,
    }
    drawn = {
        DISTANCES: (
            distance_figure(distances, found.where),
            "Where synthetic images lie nearer to real ones than patients lie to each other, look at the pairs.",
        )
    }
    if found.membership is not None:
        scores = {name: (held.control, held.training) for name, held in found.membership.scores.items()}
        said = {
            name: f"AUROC {with_ends(estimate.value, estimate.percentile)}"
            for name, estimate in found.membership.attacks.items()
        }
        words = "How well attacks tell images that were trained on from others, by the synthetic images alone."
        drawn[ROC] = (roc_figure(scores, said, "Membership attack"), words)
    return drawn


def _page(found: Authenticity, data: dict[str, Any], drawn: Drawn) -> Page:
    sets = found.sets
    counts = f"{len(sets[SYNTHETIC])} synthetic images against {len(sets[REAL])} real ones"
    page = Page("Authenticity of synthetic images", counts)
    page.text("This page shows real images: it is not to be shared where they may not be.")
    page.section("Results").text("\n\n".join(summary_words(found)))
    page.table(["measure", "value", f"{100 * found.options.level:g}% interval"], measure_rows(found), _caption(found))
    if rows := attack_rows(found):
        page.section("Membership attack").table(list(ATTACK_HEADS), rows, _attack_caption(found))
    read_with_care(page, found.warnings)
    _galleries(page, found)
    if drawn:
        page.section("Distances")
        show_figures(page, drawn)
    facts = {"images": data["images"], "patients": data["patients"], "could not be read": data["left_out"]}
    to_repeat(page, data, Settings=data["settings"], The_sets=facts, The_rule=data["rule"])
    return page


def _caption(found: Authenticity) -> str:
    return (
        "An image is covered when one of the other set lies nearer than its "
        f"{found.options.neighbours}th neighbour (of another patient, where patients are known); expected is what as "
        f"many images of the same source would reach. Distances are cosine distances in {found.where}. The rule for "
        f"copies, tried on {len(found.checked)} real images and those of other patients, calls {found.alike} of them "
        "copies."
    )


def _attack_caption(found: Authenticity) -> str:
    held = found.membership
    assert held is not None
    over = with_ends(held.over_baseline.difference, held.over_baseline.percentile)
    return (
        f"{len(found.sets[REAL])} images that were trained on against {len(found.sets[CONTROL])} that were not. Of "
        "several attacks the strongest counts. The baseline does not look at the synthetic images: what it tells "
        f"is how the two sets differ anyhow. The strongest is better by {over}. Risk: the share found beyond false "
        "positives, of what could be."
    )


def _galleries(page: Page, found: Authenticity) -> None:
    copies = found.copies
    names = {name: found.sets[name].names for name in (REAL, SYNTHETIC)}

    def words(synthetic: int, real: int, said: str) -> str:
        return f"{names[SYNTHETIC][synthetic]} and {names[REAL][real]}: {said}"

    if copies:
        page.section("Copies").text(
            f"The synthetic image on the left, the real one on the right; {min(len(copies), _SHOWN)} of {len(copies)}."
        )
        pictures = []
        for n in copies[:_SHOWN]:
            like = found.likenesses[n]
            said = f"{like.similarity:.3f}" + (f", {like.pose}" if like.pose else "")
            pictures.append((pair_picture(found, n, like.index), words(n, like.index, said)))
        page.gallery(pictures)
    others = [int(n) for n in np.argsort(found.to_real.distances, kind="stable") if int(n) not in set(copies)]
    if others:
        page.section("Nearest without being copies").text("By distance; the synthetic image on the left.")
        page.gallery(
            (pair_picture(found, n, real), words(n, real, f"distance {found.to_real.distances[n]:.3f}"))
            for n, real in ((n, int(found.to_real.indices[n])) for n in others[:_NEAREST])
        )
