"""Python packages that only some kinds of detector need, and the sentence where one is missing or too old."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import InputError

PACKAGES = {"einops": "einops", "monai": "monai", "opensimplex": "opensimplex", "skimage": "scikit-image"}
"""Names to import and to install."""


@contextmanager
def needing(what: str) -> Iterator[None]:
    """Within it, a package that is not installed, or lacks a name, is told in a sentence that says what to do.

    ``what`` needs it. Raises :class:`InputError`; any other import that fails is raised as it is.
    """
    try:
        yield
    except ImportError as error:
        package = PACKAGES.get((error.name or "").partition(".")[0])
        if package is None:
            raise
        if error.name not in PACKAGES or not isinstance(error, ModuleNotFoundError):
            raise InputError.of(
                "{what} needs a newer version of the Python package {package} than is installed: run pip install "
                "--upgrade 'gananomaly[normative]', or in 3D Slicer's Python console "
                "slicer.util.pip_install('--upgrade {package}').",
                str(error),
                what=what,
                package=package,
            ) from error
        raise InputError.of(
            "{what} needs the Python package {package}, which is not installed: run pip install "
            "'gananomaly[normative]', or in 3D Slicer's Python console slicer.util.pip_install('{package}').",
            str(error),
            what=what,
            package=package,
        ) from error
