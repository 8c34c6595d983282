"""A Slicer scene with no Slicer application: slicer-core's MRML with trame-slicer's views."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import GANAnomalyError

_NEEDED = ("slicer", "slicer_layer_dm", "trame_slicer")


def require_headless() -> None:
    """Raise :class:`GANAnomalyError` naming the extra to install when a package of it is missing."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise GANAnomalyError(
            "Writing a Slicer scene needs slicer-core and trame-slicer: install them with "
            "'pip install gananomaly[headless]'.",
            f"missing: {', '.join(missing)}",
        )


@contextmanager
def open_session() -> Iterator[Any]:
    """A trame-slicer application object with an empty scene, drawing off screen.

    Raises :class:`GANAnomalyError` when the packages or the graphics libraries under them are missing.
    """
    require_headless()
    try:
        import slicer
        from trame_slicer.core import SlicerApp
        from trame_slicer.views import DirectViewFactory
    except ImportError as error:
        raise GANAnomalyError(
            "Slicer's core cannot be loaded because a graphics library is missing: on Debian and Ubuntu install it "
            "with 'apt install libgl1 libegl1 libxrender1'.",
            str(error),
        ) from error
    app = SlicerApp()
    if not app.scene.GetClassNameByTag("ColorLegendDisplay"):
        app.scene.RegisterNodeClass(slicer.vtkMRMLColorLegendDisplayNode())
    app.view_manager.register_factory(DirectViewFactory(do_render_offscreen=True))
    try:
        yield app
    finally:
        # trame-slicer's objects hold each other by VTK's observers, which Python's collector does not see through: the
        # scene would stay, with all its voxels.
        app.scene.Clear(False)


def save_scene(app: Any, path: Path) -> None:
    """Write the session's scene as .mrb; raises :class:`GANAnomalyError` when Slicer could not write it all."""
    if not app.io_manager.save_scene(path) or not path.is_file():
        raise GANAnomalyError(
            f"The scene {path.name} cannot be written: check that the folder is writable and the disk is not full."
        )


def load_scene(app: Any, path: Path) -> None:
    """Open an .mrb or .mrml into the session's scene; raises :class:`GANAnomalyError` when Slicer cannot."""
    if not app.io_manager.load_scene(path):
        raise GANAnomalyError(f"The scene {path} cannot be opened: it is missing or damaged.")
