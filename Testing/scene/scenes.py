"""Scenes for the tests of this room: a user's CT with a result, saved and loaded."""

from __future__ import annotations

import numpy as np

from GANAnomalyLib.scene.session import load_scene, open_session, save_scene
from GANAnomalyLib.scene.volume_nodes import add_volume, show_grey

TURN = np.array([[0.8, -0.6, 0, 25.0], [0.6, 0.8, 0, -12.0], [0, 0, 1, 40.0], [0, 0, 0, 1]])


def add_ct(scene, volume, name="CT of the user"):
    """A volume node as Slicer's own reader leaves it: grey, its window chosen by hand."""
    node = add_volume(scene, name, volume.voxels, volume.ijk_to_ras)
    show_grey(node, 1500.0, -500.0)
    return node


def add_transform(scene, matrix=TURN):
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    values = vtkMatrix4x4()
    values.DeepCopy(matrix.ravel().tolist())
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(values)
    return transform


def moved(point, matrix=TURN):
    return (matrix @ [*point, 1.0])[:3]


def reopened(app, path):
    """The session's scene, saved to ``path`` and opened in a new session (a context manager)."""
    save_scene(app, path)
    return _Opened(path)


class _Opened:
    def __init__(self, path):
        self._path = path

    def __enter__(self):
        self._session = open_session()
        app = self._session.__enter__()
        load_scene(app, self._path)
        return app

    def __exit__(self, *error):
        return self._session.__exit__(*error)
