"""What Slicer's Python lacks for an analysis, and getting it once, with the user's consent.

torch comes through the PyTorch extension, which chooses the build for the computer's graphics card; the rest through
pip. Slicer's own packages are pinned while pip works: a second SimpleITK or another NumPy would break the application.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import slicer
from slicer.i18n import tr as _

REQUIREMENTS = Path(__file__).resolve().parents[1] / "Resources" / "requirements.txt"
_SLICERS_OWN = ("numpy", "scipy", "SimpleITK", "vtk", "pydicom", "Pillow", "requests", "torch")
_REVIEW = ("SQLAlchemy>=2.0.28", "alembic>=1.13")
_DICOM = ("highdicom>=0.28",)
_SENDING = ("dicomweb-client>=0.60", "pynetdicom>=3", "requests>=2.31")
_POSTGRES = ("psycopg[binary]>=3.1",)
"""What the review database, DICOM objects and sending them need, and PostgreSQL besides: extras of pyproject.toml."""
_NAME = re.compile(r"[A-Za-z0-9._-]+")


class InstallError(Exception):
    """Installation was declined or failed; the message is for the user, ``by_hand`` says what to do instead."""

    def __init__(self, message: str, by_hand: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.by_hand = by_hand


def requirements() -> list[str]:
    """The requirements that pip installs, as in Resources/requirements.txt."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]


def missing(needs: Sequence[str] = ()) -> list[str]:
    """Names of what is not there, torch among them; [] when an analysis can run. Imports nothing heavy.

    ``needs`` are the further requirements of one kind of model (:class:`GANAnomalyLib.detectors.kinds.DetectorKind`).
    """
    importlib.invalidate_caches()
    lacking = [] if importlib.util.find_spec("torch") else ["torch"]
    return lacking + [item for item in (*requirements(), *needs) if not _satisfied(item)]


def ensure(consent: bool = False, needs: Sequence[str] = ()) -> None:
    """Install what is missing; asks first unless ``consent`` was given. Raises :class:`InstallError`.

    ``needs`` as in :func:`missing`.
    """
    lacking = missing(needs)
    if not lacking:
        return
    by_hand = instructions(lacking)
    if not consent and not ask(lacking):
        raise InstallError(
            _("Nothing was installed. An analysis needs: {names}.").format(names=_names(lacking)), by_hand
        )
    if "torch" in lacking:
        _install_torch(by_hand)
    packages = [item for item in lacking if item != "torch"]
    if packages:
        _install_packages(packages, by_hand)
    still = missing(needs)
    if still:
        raise InstallError(
            _("The installation ended, but {names} cannot be found: restart Slicer and try again.").format(
                names=_names(still)
            ),
            by_hand,
        )


def ensure_review() -> None:
    """Install what the review database needs; asks first. Raises :class:`InstallError`."""
    from GANAnomalyLib.review.store.database_place import ENVIRONMENT

    server = os.environ.get(ENVIRONMENT, "").startswith("postgres")
    _ensure_for(
        (*_REVIEW, *(_POSTGRES if server else ())),
        _(
            "The review database needs Python packages that are not installed yet: {names} ({size}).\n\n"
            "Download and install them into this Slicer now? This is done once; nothing about you or your images is "
            "sent."
        ),
        _("GANAnomaly: review database"),
        _("Nothing was installed. The review database needs: {names}."),
    )


def ensure_dicom() -> None:
    """Install what DICOM objects need; asks first. Raises :class:`InstallError`."""
    _ensure_for(
        _DICOM,
        _(
            "DICOM objects need Python packages that are not installed yet: {names} ({size}).\n\n"
            "Download and install them into this Slicer now? This is done once; nothing about you or your images is "
            "sent."
        ),
        _("GANAnomaly: DICOM"),
        _("Nothing was saved or sent. DICOM objects need: {names}."),
    )


def ensure_sending() -> None:
    """Install what DICOM objects and sending them need; asks first. Raises :class:`InstallError`."""
    _ensure_for(
        (*_DICOM, *_SENDING),
        _(
            "Sending needs Python packages that are not installed yet: {names} ({size}).\n\n"
            "Download and install them into this Slicer now? This is done once; nothing about you or your images is "
            "sent by that."
        ),
        _("GANAnomaly: DICOM"),
        _("Nothing was saved or sent. Sending needs: {names}."),
    )


def ensure_for_report(packages: Sequence[str]) -> None:
    """Install what of these requirements is missing; asks first. Raises :class:`InstallError`."""
    _ensure_for(
        packages,
        _(
            "The report needs Python packages that are not installed yet: {names} ({size}).\n\n"
            "Download and install them into this Slicer now? This is done once; nothing about you or your images is "
            "sent."
        ),
        _("GANAnomaly: first report"),
        _("No report was written: {names} is missing."),
        advise=False,
    )


def _ensure_for(needs: Sequence[str], question: str, title: str, declined: str, advise: bool = True) -> None:
    """Install what is missing of ``needs`` after a question; the texts have places for names and size.

    ``advise`` says what to do by hand to who declined.
    """
    importlib.invalidate_caches()
    lacking = [item for item in needs if not _satisfied(item)]
    if not lacking:
        return
    by_hand = instructions(lacking)
    text = question.format(names=_names(lacking), size=_("some MB"))
    if not slicer.util.confirmOkCancelDisplay(text, windowTitle=title):
        raise InstallError(declined.format(names=_names(lacking)), by_hand if advise else "")
    _install_packages(lacking, by_hand)
    importlib.invalidate_caches()
    still = [item for item in needs if not _satisfied(item)]
    if still:
        raise InstallError(
            _("The installation ended, but {names} cannot be found: restart Slicer and try again.").format(
                names=_names(still)
            ),
            by_hand,
        )


def ask(lacking: list[str]) -> bool:
    """Whether the user agrees to the download."""
    size = _("up to 3 GB") if "torch" in lacking else _("some MB")
    text = _(
        "An analysis needs Python packages that are not installed yet: {names} ({size}).\n\n"
        "Download and install them into this Slicer now? This is done once; nothing about you or your images is sent."
    ).format(names=_names(lacking), size=size)
    return slicer.util.confirmOkCancelDisplay(text, windowTitle=_("GANAnomaly: first use"))


def instructions(lacking: list[str]) -> str:
    """What to do by hand, in Slicer's own words."""
    steps = []
    if "torch" in lacking:
        steps.append(
            _("In the Extensions Manager install 'PyTorch', restart Slicer, open the module 'PyTorch Utils', install.")
        )
    packages = [item for item in lacking if item != "torch"]
    if packages:
        command = f"slicer.util.pip_install({' '.join(packages)!r})"
        steps.append(_("In the Python Console (View menu) run: {command}").format(command=command))
    return "\n".join(steps)


def _install_torch(by_hand: str) -> None:
    try:
        import PyTorchUtils
    except ImportError as error:
        raise InstallError(
            _("PyTorch is missing, and so is Slicer's PyTorch extension that installs it."), by_hand
        ) from error
    try:
        # Consent was given for all of it.
        torch = PyTorchUtils.PyTorchUtilsLogic().installTorch(askConfirmation=False)
    except Exception as error:
        raise InstallError(_("PyTorch could not be installed: {why}").format(why=_short(error)), by_hand) from error
    if torch is None:
        raise InstallError(_("PyTorch was not installed."), by_hand)


def _install_packages(packages: list[str], by_hand: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("\n".join(_pins()) + "\n", encoding="utf-8")
        try:
            try:
                from slicer.packaging import pip_ensure
            except ImportError:
                slicer.util.pip_install([*packages, "--constraint", str(constraints)])
            else:
                pip_ensure(packages, constraints=constraints, prompt_install=False, requester="GANAnomaly")
        except Exception as error:
            names = _names(packages)
            raise InstallError(
                _("{names} could not be installed: {why}").format(names=names, why=_short(error)), by_hand
            ) from error


def _pins() -> list[str]:
    """Slicer's own packages at the versions it came with."""
    pins = []
    for name in _SLICERS_OWN:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        # A local build's suffix is no version that pip could find again, and it need not: it is installed.
        pins.append(f"{name}=={version}")
    return pins


def _satisfied(requirement: str) -> bool:
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    if wanted.marker is not None and not wanted.marker.evaluate():
        return True
    try:
        return wanted.specifier.contains(importlib.metadata.version(wanted.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False


def _names(items: list[str]) -> str:
    return ", ".join(_NAME.match(item).group(0) for item in items)


def _short(error: Exception) -> str:
    """One line of an error, without a traceback or pip's pages."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300]
