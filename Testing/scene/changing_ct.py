"""A CT on the screen with its result, what may happen to it, and what is on the screen then."""

from __future__ import annotations

import numpy as np
from scenes import TURN, add_transform

from GANAnomalyLib.scene.belonging import Belonging
from GANAnomalyLib.scene.finding_review import centre_ras, rows
from GANAnomalyLib.scene.hiding import is_hidden
from GANAnomalyLib.scene.result_nodes import facts_of, result_of
from GANAnomalyLib.scene.settle import settle
from GANAnomalyLib.scene.slice_views import RECONSTRUCTION_VIEW
from GANAnomalyLib.scene.volume_nodes import array_of, matrix_of, set_matrix, volume_of
from GANAnomalyLib.scene.voxel_prints import reading


def add_view(scene, name):
    node = scene.CreateNodeByClass("vtkMRMLSliceCompositeNode")
    node.UnRegister(None)
    node.SetLayoutName(name)
    return scene.AddNode(node)


def now(app, ct):
    """What a watcher does: settle, and read the voxels where they have to be read. Gives the state and the nodes."""
    state = settle(app.scene, result_of(app.scene, ct))
    if state is Belonging.UNKNOWN:
        for _ in reading(ct):
            pass
        state = settle(app.scene, result_of(app.scene, ct))
    return state, result_of(app.scene, ct)


def layers(app):
    scene = app.scene
    count = scene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode")
    every = [scene.GetNthNodeByClass(n, "vtkMRMLSliceCompositeNode") for n in range(count)]
    return {view.GetLayoutName(): (view.GetBackgroundVolumeID(), view.GetForegroundVolumeID()) for view in every}


def shown(app, ct, nodes):
    over = (ct.GetID(), nodes.heatmap.GetID())
    right = {"Red": over, "Green": over, RECONSTRUCTION_VIEW: (nodes.reconstruction.GetID(), None)}
    parts = [nodes.findings.GetDisplayNode(), nodes.legend]
    return layers(app) == right and all(part.GetVisibility() for part in parts)


def hidden(app, ct, nodes):
    bare = {"Red": (ct.GetID(), None), "Green": (ct.GetID(), None), RECONSTRUCTION_VIEW: (None, None)}
    parts = [nodes.findings.GetDisplayNode(), nodes.legend]
    return layers(app) == bare and not any(part.GetVisibility() for part in parts) and is_hidden(nodes)


def world(node, ijk):
    local = volume_of(node).ras(np.array(ijk)).tolist()
    place = [0.0, 0.0, 0.0]
    node.TransformPointToWorld(local, place)
    return place


def segment_place(nodes, rank=1):
    """The world point in the middle of a finding's segment, as drawn."""
    return nodes.findings.GetSegmentCenterRAS(rows(nodes)[rank - 1].segment_id)


def lies_on_ct(nodes, result):
    """Whether maps, segments and list say the same places as the CT itself."""
    corners = [[0, 0, 0], [79, 59, 23], [10, 50, 20]]
    maps = (nodes.heatmap, nodes.reconstruction, nodes.difference)
    for node in maps:
        if not np.allclose([world(node, at) for at in corners], [world(nodes.ct, at) for at in corners], atol=1e-3):
            return False
    for finding in result.findings:
        middle = (np.array(finding.box_ijk).sum(axis=1) - 1) / 2
        wanted = world(nodes.ct, middle)
        if not np.allclose(centre_ras(nodes, finding.rank), wanted, atol=0.01):
            return False
        # Slicer names the voxel below the middle.
        if not np.allclose(segment_place(nodes, finding.rank), world(nodes.ct, np.floor(middle)), atol=0.01):
            return False
    return True


def bend(scene):
    """A transform that is not linear: a thin plate spline through four points, of which one is moved."""
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonTransforms import vtkThinPlateSplineTransform

    source, target = vtkPoints(), vtkPoints()
    for n, point in enumerate([(0, 0, 0), (100, 0, 0), (0, 100, 0), (0, 0, 100), (50, 50, 50)]):
        source.InsertNextPoint(*point)
        target.InsertNextPoint(*[value + (20 if n == 4 else 0) for value in point])
    spline = vtkThinPlateSplineTransform()
    spline.SetSourceLandmarks(source)
    spline.SetTargetLandmarks(target)
    spline.SetBasisToR()
    transform = scene.AddNewNodeByClass("vtkMRMLTransformNode")
    transform.SetAndObserveTransformToParent(spline)
    return transform


def small_ras(nodes, ijk):
    matrix = np.array(facts_of(nodes).stack["ijk_to_ras"])
    return (matrix @ [*ijk, 1.0])[:3]


def edit(app, ct):
    import slicer.util

    slicer.util.arrayFromVolume(ct)[3, 4, 5] += 1
    slicer.util.arrayFromVolumeModified(ct)


def mask_in_place(app, ct):
    """What Segment Editor's mask volume does: the node gets an image of its own, filled outside of a segment."""
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    image.DeepCopy(ct.GetImageData())
    for i in range(20):
        image.SetScalarComponentFromDouble(i, 30, 10, 0, -1000 if i else 7)
    ct.SetAndObserveImageData(image)


def filter_in_place(app, ct):
    from vtkmodules.vtkImagingGeneral import vtkImageGaussianSmooth

    smooth = vtkImageGaussianSmooth()
    smooth.SetInputData(ct.GetImageData())
    smooth.Update()
    ct.GetImageData().DeepCopy(smooth.GetOutput())


def crop(app, ct):
    import slicer.util

    slicer.util.updateVolumeFromArray(ct, array_of(ct)[2:].copy())


def resample(app, ct):
    """To half the voxels in each direction, in the same place."""
    import slicer.util

    matrix = matrix_of(ct)
    slicer.util.updateVolumeFromArray(ct, array_of(ct)[::2, ::2, ::2].copy())
    set_matrix(ct, matrix @ np.diag([2, 2, 2, 1.0]))


def another_file(app, ct):
    """Another CT of the same size, read into the same node."""
    import slicer.util

    slicer.util.updateVolumeFromArray(ct, array_of(ct)[::-1].copy())
    set_matrix(ct, TURN @ matrix_of(ct))


def colours(app, ct):
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    image.SetDimensions(ct.GetImageData().GetDimensions())
    image.AllocateScalars(3, 3)
    ct.SetAndObserveImageData(image)


def emptied(app, ct):
    ct.SetAndObserveImageData(None)


def bent(app, ct):
    ct.SetAndObserveTransformNodeID(bend(app.scene).GetID())


def bent_above(app, ct):
    lower = add_transform(app.scene)
    lower.SetAndObserveTransformNodeID(bend(app.scene).GetID())
    ct.SetAndObserveTransformNodeID(lower.GetID())


def hardened_bend(app, ct):
    bent(app, ct)
    ct.HardenTransform()


SHEAR = np.array([[1, 0.2, 0, 5.0], [0, 1.1, 0, 0], [0, 0, 1, -7.0], [0, 0, 0, 1]])
CHANGES = {
    edit: Belonging.OTHER_VOXELS,
    mask_in_place: Belonging.OTHER_VOXELS,
    filter_in_place: Belonging.OTHER_VOXELS,
    another_file: Belonging.OTHER_VOXELS,
    crop: Belonging.OTHER_GRID,
    resample: Belonging.OTHER_GRID,
    colours: Belonging.OTHER_GRID,
    emptied: Belonging.OTHER_GRID,
    bent: Belonging.BENT,
    bent_above: Belonging.BENT,
    hardened_bend: Belonging.OTHER_GRID,
}


def sequence_of(app, volumes):
    """A sequence of CTs as it is browsed; gives the proxy node and a function that goes to a time point."""
    import slicer
    import slicer.util

    sequence = app.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "phases")
    for n, volume in enumerate(volumes):
        node = slicer.vtkMRMLScalarVolumeNode()
        slicer.util.updateVolumeFromArray(node, volume.voxels)
        set_matrix(node, volume.ijk_to_ras)
        sequence.SetDataNodeAtValue(node, str(n))
    logic = slicer.vtkSlicerSequencesLogic()
    logic.SetMRMLScene(app.scene)
    browser = app.scene.AddNode(slicer.vtkMRMLSequenceBrowserNode())
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())

    def go_to(item):
        browser.SetSelectedItemNumber(item)
        logic.UpdateProxyNodesFromSequences(browser)

    go_to(0)
    return browser.GetProxyNode(sequence), go_to
