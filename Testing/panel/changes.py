"""What happens to a CT with a result, and what the panel and its views show then."""

from __future__ import annotations

import numpy as np

SENTENCE = "The CT has changed since the analysis: analyse it again, or show the result as it was."
TURN = np.array([[0.8, -0.6, 0, 25.0], [0.6, 0.8, 0, -12.0], [0, 0, 1, 50.0], [0, 0, 0, 1]])


def add_transform(slicer_app, matrix=TURN):
    node = slicer_app.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    node.SetMatrixTransformToParent(slicer_app.slicer.util.vtkMatrixFromArray(matrix))
    return node


def edit(slicer_app, ct, by=1):
    slicer_app.slicer.util.arrayFromVolume(ct)[3, 4, 5] += by
    slicer_app.slicer.util.arrayFromVolumeModified(ct)


def settled(slicer_app, reviewed):
    """Wait until the watcher has nothing left to read."""
    watcher = reviewed.panel.changed.watcher
    slicer_app.process()
    slicer_app.wait_until(lambda: not watcher._reading.running and not watcher._soon.isActive())
    slicer_app.process()


def box(reviewed):
    return reviewed.ui.changedBox.isVisibleTo(reviewed.ui.changedBox.window())


def layers(slicer_app):
    scene, found = slicer_app.scene, {}
    for n in range(scene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode")):
        view = scene.GetNthNodeByClass(n, "vtkMRMLSliceCompositeNode")
        found[view.GetLayoutName()] = (view.GetBackgroundVolumeID(), view.GetForegroundVolumeID())
    return found


def world(node, ijk):
    import vtk

    matrix, place = vtk.vtkMatrix4x4(), [0.0, 0.0, 0.0]
    node.GetIJKToRASMatrix(matrix)
    node.TransformPointToWorld(list(matrix.MultiplyPoint([*ijk, 1.0])[:3]), place)
    return place


def on_ct(nodes):
    at = [30, 20, 76]
    return np.allclose(world(nodes.heatmap, at), world(nodes.ct, at), atol=1e-3)


def bend(slicer_app):
    import vtk

    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    for n, point in enumerate([(0, 0, 0), (100, 0, 0), (0, 100, 0), (0, 0, 100), (50, 50, 50)]):
        source.InsertNextPoint(*point)
        target.InsertNextPoint(*[value + (20 if n == 4 else 0) for value in point])
    spline = vtk.vtkThinPlateSplineTransform()
    spline.SetSourceLandmarks(source)
    spline.SetTargetLandmarks(target)
    spline.SetBasisToR()
    node = slicer_app.scene.AddNewNodeByClass("vtkMRMLTransformNode")
    node.SetAndObserveTransformToParent(spline)
    return node


def show_as_it_was(slicer_app, reviewed):
    slicer_app.press(reviewed.ui.asItWasButton)
    slicer_app.wait_until(lambda: reviewed.nodes().earlier_ct is not None)
    slicer_app.process()
