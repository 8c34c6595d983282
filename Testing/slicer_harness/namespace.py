"""Puts the stand-ins where Slicer has them (slicer.app, qt, ctk, ...) for one test, and takes them away after it."""

from __future__ import annotations

import sys
import types

import slicer
import slicer.util

_MISSING = object()


def _module(name: str, **contents) -> types.ModuleType:
    module = types.ModuleType(name)
    vars(module).update(contents)
    return module


class Namespace:
    """``with Namespace(app):`` the whole of Slicer's names are there."""

    def __init__(self, app) -> None:
        self._app = app
        self._saved: list[tuple[object, str, object]] = []
        self._saved_modules: dict[str, object] = {}

    def _put(self, owner, name: str, value) -> None:
        self._saved.append((owner, name, vars(owner).get(name, _MISSING)))
        setattr(owner, name, value)

    def _put_module(self, name: str, module: types.ModuleType) -> None:
        self._saved_modules[name] = sys.modules.get(name)
        sys.modules[name] = module
        if name.startswith("slicer."):
            self._put(slicer, name.split(".", 1)[1], module)

    def __enter__(self) -> Namespace:
        from slicer_harness import dialogs, layout, modules, packages, pythonqt, qt_module, sample_data

        pythonqt.install()
        pythonqt.select("slicer.util")
        if not hasattr(slicer.util, "_slicer_harness_connections"):
            pythonqt.rewrite_connections(slicer.util)
            slicer.util._slicer_harness_connections = True
        dialogs.install()
        self._put(slicer, "app", self._app)
        self._put(slicer, "mrmlScene", self._app.core.scene)
        namespace = modules.Modules()
        modules.fill(namespace, self._app.core)
        namespace.sampleDataSources, namespace.sampleDataSourceCategories = {}, {}
        namespace.sampledata = modules.LogicModule("SampleData", None)
        self._put(slicer, "modules", namespace)
        self._put(slicer, "selfTests", {})
        for name, cls in {**qt_module.MRML_CLASSES, "qMRMLSliceWidget": layout.qMRMLSliceWidget}.items():
            self._put(slicer, name, cls)
        for cls in (modules.qSlicerScriptedLoadableModule, modules.qSlicerScriptedLoadableModuleWidget):
            self._put(slicer, cls.__name__, cls)
        self._put(slicer.util, "pip_install", packages.pip_install)
        self._put(slicer.util, "pip_uninstall", packages.pip_install)
        self._put_module("qt", qt_module.make_qt())
        self._put_module("ctk", qt_module.make_ctk())
        self._put_module("SampleData", sample_data)
        self._put_slicer_modules(packages)
        return self

    def _put_slicer_modules(self, packages) -> None:
        from slicer_harness import parameter_connectors, parameter_types, parameter_wrapper, scripted, translation

        wrapper = {}
        for source in (parameter_types, parameter_wrapper, parameter_connectors):
            wrapper.update({name: value for name, value in vars(source).items() if not name.startswith("_")})
        wrapper["SlicerParameterNamePropertyName"] = parameter_wrapper.PARAMETER_NAME
        classes = {name: getattr(scripted, name) for name in vars(scripted) if name.startswith("ScriptedLoadable")}
        # A module file gets these names with "import *".
        public = _module("slicer.ScriptedLoadableModule", **classes, __all__=list(classes))
        self._put_module("slicer.ScriptedLoadableModule", public)
        self._put_module("slicer.i18n", _module("slicer.i18n", tr=translation.tr, translate=translation.translate))
        self._put_module("slicer.parameterNodeWrapper", _module("slicer.parameterNodeWrapper", **wrapper))
        functions = {n: getattr(packages, n) for n in ("pip_check", "pip_ensure", "pip_install", "load_requirements")}
        self._put_module("slicer.packaging", _module("slicer.packaging", **functions))

    def __exit__(self, *unused) -> None:
        for owner, name, value in reversed(self._saved):
            if value is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
        for name, module in self._saved_modules.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module
