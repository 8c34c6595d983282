"""What a test had in the harness goes with it: else a process that runs many tests holds the voxels of all of them."""

from __future__ import annotations

import gc
import weakref

import numpy as np
from slicer_harness.fixture import harness
from slicer_harness_tests.test_panel import SAMPLE


def watched(image) -> list[str]:
    gone: list[str] = []
    image.AddObserver("DeleteEvent", lambda *_event: gone.append("voxels"))
    return gone


def test_voxels_and_panel_go_at_the_end_of_a_test():
    with harness() as app:
        _, widget = app.load_module(SAMPLE)
        gone = watched(app.add_volume(np.zeros((4, 8, 8), np.int16), "Chest").GetImageData())
        app.choose(widget.ui.inputSelector, "Chest")
        panel = weakref.ref(widget)
        del widget, _
    del app
    gc.collect()
    assert gone == ["voxels"]
    assert panel() is None
