"""Names of metrics: the short ones, and those under which training has reported them since StyleGAN2-ADA.

Those of EfficientNet-Lite0 are named after it, so that nobody takes them for the published ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.spelling import meant

THOUSAND = 1000


FD_LITE, PRDC_LITE = "fd_lite0", "prdc_lite0"
"""In features of EfficientNet-Lite0, whose weights are always here."""


@dataclass(frozen=True)
class Metric:
    """What a name asks for.

    ``kind`` is one of :data:`KINDS`. ``real`` and ``fake`` are the largest numbers of images that are used; None: all
    there are, and of a generator as many as there are real ones.
    """

    name: str
    kind: str
    real: int | None = None
    fake: int | None = None

    @property
    def two_sets(self) -> bool:
        """Whether real images are compared with generated ones; the others look at generated ones alone."""
        return self.kind not in ("is", "ppl")

    @property
    def higher_is_better(self) -> bool:
        return self.kind in ("pr", PRDC_LITE, "is")

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of its numbers among the results."""
        return tuple(self.name + ending for ending in _ENDINGS.get(self.kind, ("",)))


KINDS = {
    "fid": "Frechet distance of Inception features (FID)",
    "kid": "kernel distance of Inception features (KID)",
    "pr": "precision and recall of VGG16 features",
    "is": "inception score (IS)",
    "ppl": "perceptual path length in w, at the ends (PPL)",
    "fsd": "Frechet distance of SwAV features (FSD)",
    "frd": "Frechet distance of radiomics, logarithm (FRD)",
    FD_LITE: "Frechet distance of EfficientNet-Lite0 features (not the FID)",
    PRDC_LITE: "precision, recall, density and coverage of EfficientNet-Lite0 features",
}
"""Kinds of metrics, in words."""
_ENDINGS = {
    "pr": ("_precision", "_recall"),
    "is": ("_mean", "_std"),
    "frd": ("", "_steady"),
    PRDC_LITE: ("_precision", "_recall", "_density", "_coverage"),
}
_PATTERNS = (
    rf"(?P<kind>{FD_LITE}|{PRDC_LITE})(?:_(?P<k>\d+)k)?(?P<full>_full)?",
    r"(?P<kind>fid|kid|fsd|frd)(?:(?P<k>\d+)k)?(?P<full>_full)?",
    r"(?P<kind>pr)(?:(?P<k>\d+)k3)?(?P<full>_full)?",
    r"(?P<kind>is)(?:(?P<k>\d+)k)?",
)


def parse_metric(name: str) -> Metric:
    """``fid``, ``fid50k_full`` (50,000 generated images, all real ones), ``frd2k`` (2,000 of each), ``ppl2_wend``, ...

    Raises :class:`InputError` for a name that no metric has.
    """
    text = name.strip().lower()
    if text in ("ppl", "ppl_wend", "ppl2_wend"):
        return Metric(text, "ppl", 0, None if text == "ppl" else 50 * THOUSAND)
    for pattern in _PATTERNS:
        match = re.fullmatch(pattern, text)
        if match is None or (match["k"] is not None and not 0 < int(match["k"]) <= THOUSAND):
            continue
        found = match.groupdict()
        count = None if found["k"] is None else int(found["k"]) * THOUSAND
        if found["kind"] == "is":
            return Metric(text, "is", 0, count)
        return Metric(text, found["kind"], None if found.get("full") else count, count)
    near = meant(text, KINDS)
    raise InputError(
        f"There is no metric {name.strip()!r}{near}: known ones are {', '.join(KINDS)}, and names with a number of "
        "images such as fid50k_full, kid50k_full, pr50k3_full, is50k, ppl2_wend."
    )


def parse_metrics(names: str | Iterable[str]) -> list[Metric]:
    """Metrics from a list of names or a text with commas; each once, in order. ``none`` or nothing gives none."""
    given = names.split(",") if isinstance(names, str) else list(names)
    given = [name for name in given if name.strip()]
    if [name.strip().lower() for name in given] == ["none"]:
        return []
    return list({metric.name: metric for metric in map(parse_metric, given)}.values())


METRICS: dict[str, Metric] = {
    name: parse_metric(name)
    for name in (
        *KINDS,
        "fid50k_full",
        "fid50k",
        "kid50k_full",
        "kid50k",
        "pr50k3_full",
        "pr50k3",
        "is50k",
        "ppl_wend",
        "ppl2_wend",
        "fsd50k_full",
        "fsd50k",
        "frd2k_full",
        "frd2k",
        f"{FD_LITE}_50k_full",
        f"{PRDC_LITE}_50k_full",
    )
}
"""The names usually asked for; :func:`parse_metric` takes other numbers of thousands too."""
