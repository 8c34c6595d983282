"""Cancelled work goes on for a while: what it reads stays until then, and the process ends as it should."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from places import PACKAGES

from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.running.background import cancellable, free_after, leave
from GANAnomalyLib.running.progress import CancelToken

ROOT = Path(__file__).parents[2]
MAPPED = """
import threading
from pathlib import Path
import numpy as np
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.errors import Cancelled
from GANAnomalyLab.evaluate.quality.image_features import FeatureStore
from GANAnomalyLab.evaluate.quality.quality_images import ArrayImages
from GANAnomalyLib.running.progress import CancelToken

cancel, started, closed, done, sums = CancelToken(), threading.Event(), threading.Event(), threading.Event(), []
images = ArrayImages(np.zeros((4000, 2, 2), np.uint8))

def work(told):
    started.set()
    closed.wait(30)
    sums.append(rows.sum())
    done.set()

threading.Thread(target=lambda: (started.wait(30), cancel.cancel())).start()
try:
    with FeatureStore() as store:
        rows = store.rows(images, "", np.float64, lambda: iter([np.ones((4000, 100))]), cancel)
        folder = Path(store._own.name)
        cancellable(work, cancel)
except Cancelled:
    print("cancelled, kept" if folder.exists() else "cancelled")
closed.set()
done.wait(30)
print(*sums)
for thread in threading.enumerate():
    if not thread.daemon and thread is not threading.main_thread():
        thread.join(30)
print(folder.exists())
"""
LEFT = """
import sys, tempfile, threading
from GANAnomalyLib import cli
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.running.progress import CancelToken

cancel, started = CancelToken(), threading.Event()

def stopped(args):
    threading.Thread(target=lambda: (started.wait(30), cancel.cancel())).start()
    try:
        cancellable(lambda told: (started.set(), threading.Event().wait()), cancel)
    except Exception as error:
        print(error.message, end="")
        sys.exit(130)

app.main = stopped
folder = tempfile.TemporaryDirectory()
print(folder.name)
cli.main([])
"""


def python(script: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": PACKAGES}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_memory_map_stays_until_the_cancelled_work_has_ended():
    ended = python(MAPPED)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == ["cancelled, kept", "400000.0", "False"]


def test_a_stopped_command_does_not_wait_for_the_work_it_left():
    ended = python(LEFT)
    folder, said = ended.stdout.splitlines()
    assert (ended.returncode, ended.stderr, said.partition(":")[0]) == (130, "", "Cancelled")
    assert not Path(folder).exists()


def test_freeing_waits_for_left_work_only():
    freed, cancel, go_on, gone = [], CancelToken(), threading.Event(), threading.Event()
    free_after(lambda: freed.append("at once"))
    assert freed == ["at once"]
    leave(99)  # nothing is left behind: it returns

    started = threading.Event()
    threading.Thread(target=lambda: (started.wait(30), cancel.cancel())).start()
    with pytest.raises(Cancelled):
        cancellable(lambda told: (started.set(), go_on.wait(30), freed.append("work")), cancel)
    free_after(lambda: (freed.append("later"), gone.set()))
    assert freed == ["at once"]
    go_on.set()
    assert gone.wait(30)
    assert freed == ["at once", "work", "later"]
