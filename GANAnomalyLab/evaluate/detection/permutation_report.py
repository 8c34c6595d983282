"""A permutation test in words, in plain values and as a folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...report import Page
from ...report.report_folder import PAGE, ReportFolder, origin, read_with_care
from ...statistics.auroc import SEED
from ...statistics.permutation import DIFFERENCE, OF_DRAWS, PermutationResult
from ...statistics.simulated_power import Power
from ...tables.write_csv import plain

FOLDER = ReportFolder("permutation test", 1, (PAGE,))

_NO_SPREAD = (
    "A population has no spread, as when AUROCs were drawn from two sets of one size, each draw taking all of both: "
    "the test then finds any difference, however small, and says nothing."
)
_POWER = (
    "Power: each simulated study draws both populations from normal distributions with the means, deviations and sizes "
    "found, and is itself tested. The published script simulates populations but tests the observed ones every time, "
    "so that its power is 0 or 1 unless p is close to alpha."
)


@dataclass(frozen=True)
class TwoPopulations:
    """A finished test of two named populations, and what was asked for.

    ``of_draws``: the populations are bootstrap draws. ``as_published``: the published p and power are the ones to
    show first. ``power`` and ``published_power`` are None where no studies were simulated.
    """

    first: str
    second: str
    result: PermutationResult
    power: Power | None = None
    published_power: float | None = None
    as_published: bool = False
    of_draws: bool = False
    seed: int = SEED

    @property
    def notes(self) -> list[str]:
        """What a reader must know."""
        out = [_NO_SPREAD] if 0 in (self.result.first_sd, self.result.second_sd) else []
        return [*out, DIFFERENCE, *([_POWER] if self.power else []), *([OF_DRAWS] if self.of_draws else [])]

    def sentence(self) -> str:
        """The answer, in one line."""
        found = self.result
        p = found.published_p if self.as_published else found.p
        how = "as published (either direction)" if self.as_published else f"H1: {self.first} above {self.second}"
        return (
            f"mean {found.first_mean:.4f} ({self.first}) and {found.second_mean:.4f} ({self.second}), difference "
            f"{found.observed:+.4f}: p = {p_text(p, found, self.as_published)}, {how}."
        )

    def rows(self) -> list[list[str]]:
        """Measure and value, in words."""
        found = self.result
        out = [
            [f"{self.first}: mean ± sd (n)", f"{found.first_mean:.4f} ± {found.first_sd:.4f} ({found.first})"],
            [f"{self.second}: mean ± sd (n)", f"{found.second_mean:.4f} ± {found.second_sd:.4f} ({found.second})"],
            ["difference of means", f"{found.observed:+.4f}"],
        ]
        kind = "all relabellings" if found.exact else f"{found.resamples:,} relabellings"
        right = [f"p, one-sided ({kind})", p_text(found.p, found, False)]
        published = [f"p as published ({kind})", p_text(found.published_p, found, True)]
        out += [published, right] if self.as_published else [right, published]
        if self.power is not None:
            power = self.power
            right = [
                f"power at alpha {power.alpha:g} ({power.simulations:,} studies)",
                f"{power.power:.3f} ({power.low:.3f} to {power.high:.3f})",
            ]
            published = [f"power as published at alpha {power.alpha:g}", f"{self.published_power:.3f}"]
            out += [published, right] if self.as_published else [right, published]
        return out

    def data(self, inputs: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            **FOLDER.heading,
            "first": self.first,
            "second": self.second,
            "as_published": self.as_published,
            "seed": self.seed,
            "test": plain(dataclasses.asdict(self.result)),
            "power": None if self.power is None else plain(dataclasses.asdict(self.power)),
            "published_power": self.published_power,
            "notes": self.notes,
            **origin(inputs),
        }


def p_text(p: float, result: PermutationResult, published: bool) -> str:
    """``0.0123``, ``1e-05``, or, where the published count is zero, ``0 (none of 100,000)``."""
    if published and p == 0:
        return f"0 (none of {result.resamples:,})"
    if p < 1e-4:
        return f"{p:.2g}"
    return f"{p:.4f}"


def write_permutation(
    test: TwoPopulations, folder: Path | str, force: bool = False, inputs: Mapping[str, str] | None = None
) -> list[Path]:
    """Write results.json and report.html, both or neither; raises as :meth:`ReportFolder.check`."""
    data = test.data(inputs)
    page = Page("Permutation test", f"{test.first} against {test.second}")
    page.section("Result").text(test.sentence()).table(["measure", "value"], test.rows())
    read_with_care(page, test.notes)
    page.section("To repeat it").facts({"seed": test.seed} | data["inputs"] | data["provenance"], "Inputs and versions")
    return FOLDER.write(folder, data, page, force)
