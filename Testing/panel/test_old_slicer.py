"""In a 3D Slicer whose Python is too old: one sentence in the panel, in place of a module that fails."""

from __future__ import annotations

import ast
import collections
import sys

import numpy as np
import pytest
from panel.conftest import MODULE

OLD = collections.namedtuple("version_info", "major minor micro releaselevel serial")(3, 9, 10, "final", 0)
SENTENCE = "GANAnomaly needs 3D Slicer 5.10 or later: this one has Python 3.9."


@pytest.fixture
def old(slicer_app, monkeypatch):
    """The application on Python 3.9, where nothing of the panel and the engine can be imported."""
    for name in [name for name in sys.modules if name.split(".")[0] in ("GANAnomalyPanel", "GANAnomalyLib")]:
        monkeypatch.delitem(sys.modules, name)

    class Refuse:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name.split(".")[0] in ("GANAnomalyPanel", "GANAnomalyLib"):
                raise SyntaxError(f"{name} needs a newer Python")

    monkeypatch.setattr(sys, "meta_path", [Refuse, *sys.meta_path])
    monkeypatch.setattr(sys, "version_info", OLD)
    return slicer_app


@pytest.mark.parametrize("version", [(3, 8), (3, 9)])
@pytest.mark.parametrize("name", ["GANAnomaly.py", "GANAnomalyScripts/GANAnomalyBatch.py", "GANAnomalyLib/__init__.py"])
def test_files_that_say_so_are_read_by_older_pythons(name, version):
    ast.parse((MODULE.parent / name).read_text(encoding="utf-8"), feature_version=version)


@pytest.mark.parametrize("i18n", [True, False], ids=["5.8", "5.2, without translations"])
def test_the_panel_says_so_and_nothing_else(old, monkeypatch, i18n):
    if not i18n:
        monkeypatch.setitem(sys.modules, "slicer.i18n", None)
    module, widget = old.load_module(MODULE)
    labels = widget.parent.findChildren(old.qt.QLabel)
    assert [label.text() if callable(label.text) else label.text for label in labels] == [SENTENCE]
    assert module.title == "GANAnomaly"
    old.leave(module)
    old.enter(module)
    old.close_scene()
    old.add_volume(np.zeros((2, 4, 4), np.int16))
    old.check()


def test_scripts_are_told_too(old, capsys):
    old.load_module(MODULE, show=False)
    from GANAnomaly import GANAnomalyLogic

    with pytest.raises(RuntimeError, match="this one has Python"):
        GANAnomalyLogic()
    source = MODULE.parent / "GANAnomalyScripts" / "GANAnomalyBatch.py"
    script = {"__name__": "GANAnomalyBatch", "__file__": str(source)}
    exec(compile(source.read_text(encoding="utf-8"), str(source), "exec"), script)
    assert script["main"](["--", "--input", "x", "--out", "y"]) == 2
    assert capsys.readouterr().out == f"{SENTENCE}\n"
