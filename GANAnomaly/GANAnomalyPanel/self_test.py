"""The module's own test, run inside Slicer: real analyses with the bundled model, no network."""

# ruff: noqa: PT009, PT027 - Slicer runs unittest cases, and has no pytest
from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import slicer

from GANAnomalyLib.data import bundled_file

NEEDLE = (74, 78)
"""Slices (first, stop) of the bundled CT with anomalies through its needle."""


def check_analysis(test: Any, logic: Any) -> None:
    """A worker's result: nodes, geometry, findings; made again, it replaces itself and nothing else."""
    from GANAnomalyLib.scene import finding_review as review
    from GANAnomalyLib.scene.result_nodes import result_of, results_in

    ct = load("torso_3mm_with_anomalies.nii.gz")
    heard: list[float] = []
    nodes = logic.analyze(ct, slices=NEEDLE, progress=lambda fraction, message: heard.append(fraction))
    test.assertTrue(heard, "progress was told")
    for node in (nodes.heatmap, nodes.reconstruction, nodes.difference):
        test.assertEqual(node.GetImageData().GetDimensions(), ct.GetImageData().GetDimensions())
        test.assertTrue(np.allclose(ijk_to_ras(node), ijk_to_ras(ct)), "the maps lie on the CT's grid")
    heat = slicer.util.arrayFromVolume(nodes.heatmap)
    test.assertTrue(np.isfinite(heat).all())
    test.assertGreater(heat[slice(*NEEDLE)].max(), 0)
    rows = review.rows(nodes)
    test.assertEqual(len(rows), nodes.findings.GetSegmentation().GetNumberOfSegments())
    test.assertTrue(all(NEEDLE[0] <= row.slice < NEEDLE[1] for row in rows))
    test.assertEqual([row.score for row in rows], sorted((row.score for row in rows), reverse=True))

    count = slicer.mrmlScene.GetNumberOfNodes()
    mine = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode", "the user's own")
    again = logic.analyze(ct, slices=NEEDLE)
    test.assertEqual(slicer.mrmlScene.GetNumberOfNodes(), count + 1)
    test.assertIsNotNone(slicer.mrmlScene.GetNodeByID(mine.GetID()))
    test.assertEqual(len(results_in(slicer.mrmlScene)), 1)
    test.assertEqual([row.score for row in review.rows(again)], [row.score for row in rows])
    test.assertIs(result_of(slicer.mrmlScene, ct).findings, again.findings)


def check_saved_scene(test: Any, logic: Any) -> None:
    """Decisions and parameters come back with a saved scene."""
    from GANAnomalyLib.scene import finding_review as review
    from GANAnomalyLib.scene.result_nodes import result_of

    ct = load("torso_3mm_with_anomalies.nii.gz")
    nodes = logic.analyze(ct, slices=NEEDLE, top=3)
    review.decide(nodes, 1, "accepted", "needle, tip in the liver; \u201equoted\u201c, with a comma")
    parameters = logic.getParameterNode()
    parameters.inputVolume = ct
    parameters.top = 3
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "review.mrb"
        test.assertTrue(slicer.util.saveScene(str(path)))
        slicer.mrmlScene.Clear()
        test.assertIsNone(slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSegmentationNode"))
        slicer.util.loadScene(str(path))
    parameters = logic.getParameterNode()
    test.assertEqual(parameters.top, 3)
    restored = result_of(slicer.mrmlScene, parameters.inputVolume)
    first = review.rows(restored)[0]
    test.assertEqual(first.decision, "accepted")
    test.assertIn("tip in the liver", first.comment)
    test.assertEqual(restored.findings.GetSegmentation().GetNumberOfSegments(), 3)


def check_bad_input(test: Any, logic: Any) -> None:
    """What cannot be analysed is refused in a sentence, with the scene as it was."""
    from GANAnomalyLib.errors import InputError

    ct = load("torso_3mm.nii.gz")
    empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    count = slicer.mrmlScene.GetNumberOfNodes()
    for node, settings in (
        (None, {}),
        (empty, {}),
        (ct, {"model": "no such model"}),
        (ct, {"slices": (5000, 5001)}),
        (ct, {"metric": "unheard of"}),
    ):
        with test.assertRaises(InputError) as caught:
            logic.analyze(node, **settings)
        test.assertTrue(caught.exception.message)
        test.assertNotIn("Traceback", caught.exception.message)
    test.assertEqual(slicer.mrmlScene.GetNumberOfNodes(), count)


def check_in_process(test: Any, logic: Any) -> None:
    """The same numbers inside Slicer as in the worker."""
    from GANAnomalyLib.scene import finding_review as review

    ct = load("torso_3mm_with_anomalies.nii.gz")
    slices = (NEEDLE[0], NEEDLE[0] + 3)
    apart = [row.score for row in review.rows(logic.analyze(ct, slices=slices, device="cpu"))]
    logic.workspace.close()
    inside = [row.score for row in review.rows(logic.analyze(ct, slices=slices, device="cpu", inProcess=True))]
    test.assertTrue(np.allclose(apart, inside, rtol=1e-3))


def load(name: str) -> Any:
    """A bundled volume, as a node."""
    return slicer.util.loadVolume(str(bundled_file(name)))


def ijk_to_ras(node: Any) -> np.ndarray:
    """(4, 4)."""
    import vtk

    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


CHECKS = {
    "analysis of the bundled CT": check_analysis,
    "a saved scene brings decisions back": check_saved_scene,
    "bad input is refused": check_bad_input,
    "in process and in the worker alike": check_in_process,
}
