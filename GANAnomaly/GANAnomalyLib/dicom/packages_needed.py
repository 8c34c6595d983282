"""The packages that only this room needs, and the sentence where one is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import InputError

PACKAGES = {"highdicom": "highdicom"}
"""Names to import and to install."""


@contextmanager
def needing(what: str) -> Iterator[None]:
    """Within it, a package that is not installed is told in a sentence that says what to do; ``what`` needs it.

    Raises :class:`InputError`; any other import that fails is raised as it is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = PACKAGES.get((error.name or "").partition(".")[0])
        if package is None:
            raise
        raise InputError.of(
            "{what} needs the Python package {package}, which is not installed: run pip install 'gananomaly[dicom]', "
            "or in 3D Slicer's Python console slicer.util.pip_install('{package}').",
            str(error),
            what=what,
            package=package,
        ) from error
