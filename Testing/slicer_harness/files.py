"""slicer.app.coreIOManager(): files into and out of the scene, by the same logics and nodes as in the application."""

from __future__ import annotations

import os
from pathlib import Path

_SEGMENTATIONS = (".seg.nrrd", ".seg.nhdr", ".seg.vtm")
_VOLUMES = (".nrrd", ".nhdr", ".nii", ".nii.gz", ".mha", ".mhd", ".dcm")


class CoreIOManager:
    """Reads volumes, segmentations, tables, colour tables and scenes; writes nodes and scenes."""

    def __init__(self, core) -> None:
        self._core = core
        self._scene = core.scene

    def fileType(self, path: str) -> str:
        name = str(path).lower()
        if name.endswith((".mrml", ".mrb")):
            return "SceneFile"
        if name.endswith(_SEGMENTATIONS):
            return "SegmentationFile"
        if name.endswith(_VOLUMES):
            return "VolumeFile"
        if name.endswith((".ctbl", ".cxml")):
            return "ColorTableFile"
        return "TableFile" if name.endswith((".csv", ".tsv")) else "NoFile"

    def loadNodes(self, file_type: str, properties: dict, nodes=None, messages=None) -> bool:
        reader = {
            "VolumeFile": self._volume,
            "SegmentationFile": self._segmentation,
            "SceneFile": self._read_scene,
            "TableFile": self._table,
            "ColorTableFile": self._colors,
        }.get(file_type)
        if reader is None:
            raise NotImplementedError(f"the harness reads no {file_type}")
        # As in the application, reading is one batch for the scene's observers, except for a whole scene.
        if file_type == "SceneFile":
            return reader(properties, messages)
        if not Path(properties["fileName"]).exists():
            return False
        node = reader(properties, messages)
        if node is not None and nodes is not None:
            nodes.AddItem(node)
        return node is not None

    def _volume(self, properties: dict, messages):
        path = properties["fileName"]
        flags = ("labelmap", "center", "singleFile", "autoWindowLevel", "discardOrientation")
        options = sum(1 << bit for bit, name in enumerate(flags) if properties.get(name))
        name = properties.get("name", os.path.basename(path).split(".")[0])
        node = self._core.volumes_logic.AddArchetypeVolume(path, name, options, None)
        if node is not None and properties.get("show", True):
            selection = self._core.app_logic.GetSelectionNode()
            if selection is not None:
                label = node.IsA("vtkMRMLLabelMapVolumeNode")
                (selection.SetActiveLabelVolumeID if label else selection.SetActiveVolumeID)(node.GetID())
                self._core.app_logic.PropagateVolumeSelection()
        return node

    def _segmentation(self, properties: dict, messages):
        logic = self._core.segmentations_logic
        return logic.LoadSegmentationFromFile(properties["fileName"], True, properties.get("name", ""), None, messages)

    def _stored(self, class_name: str, properties: dict):
        """Through the node's own storage node; the node leaves the scene again when it cannot be read."""
        name = properties.get("name", Path(properties["fileName"]).stem)
        node = self._scene.AddNewNodeByClass(class_name, name)
        storage = node.CreateDefaultStorageNode()
        storage.UnRegister(None)
        storage.SetFileName(properties["fileName"])
        self._scene.AddNode(storage)
        node.SetAndObserveStorageNodeID(storage.GetID())
        if storage.ReadData(node):
            return node
        self._scene.RemoveNode(storage)
        self._scene.RemoveNode(node)
        return None

    def _table(self, properties: dict, messages):
        return self._stored("vtkMRMLTableNode", properties)

    def _colors(self, properties: dict, messages):
        return self._stored("vtkMRMLColorTableNode", properties)

    def _read_scene(self, properties: dict, messages) -> bool:
        path, clear = str(properties["fileName"]), bool(properties.get("clear", False))
        if not Path(path).is_file():
            return False
        if path.lower().endswith(".mrb"):
            return bool(self._scene.ReadFromMRB(path, clear, messages))
        self._scene.SetURL(path)
        return bool(self._scene.Connect(messages) if clear else self._scene.Import(messages))

    def fileWriterFileType(self, node) -> str:
        return node.GetClassName()

    def saveNodes(self, file_type: str, properties: dict, messages=None) -> bool:
        path = Path(properties["fileName"]).absolute()
        if not os.access(path.parent, os.W_OK):
            return False
        return self._save_scene(path, messages) if file_type == "SceneFile" else self._save_node(properties, path)

    def _save_scene(self, path: Path, messages) -> bool:
        self._scene.SetURL(str(path))
        self._scene.SetRootDirectory(str(path.parent))
        if path.suffix == ".mrml":
            return bool(self._scene.Commit())
        if path.suffix == ".mrb":
            return bool(self._scene.WriteToMRB(str(path), None, messages))
        return bool(self._scene.SaveSceneToSlicerDataBundleDirectory(str(path), None))

    def _save_node(self, properties: dict, path: Path) -> bool:
        node = self._scene.GetNodeByID(properties["nodeID"])
        node.AddDefaultStorageNode(str(path))
        storage = node.GetStorageNode()
        if storage is None:
            return False
        storage.SetFileName(str(path))
        if "useCompression" in properties:
            storage.SetUseCompression(int(properties["useCompression"]))
        return bool(storage.WriteData(node))
