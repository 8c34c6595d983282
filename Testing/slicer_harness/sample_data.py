"""The SampleData module: sources are registered as in Slicer; only file:// sources are fetched."""

from __future__ import annotations

import os
import shutil
import urllib.parse
import urllib.request
from pathlib import Path

import slicer


def _listed(value) -> list:
    return value if isinstance(value, list) else [value]


class SampleDataSource:
    """One or more files that belong together."""

    def __init__(
        self,
        sampleName=None,
        sampleDescription=None,
        uris=None,
        fileNames=None,
        nodeNames=None,
        checksums=None,
        loadFiles=None,
        customDownloader=None,
        thumbnailFileName=None,
        loadFileTypes=None,
        loadFileProperties=None,
    ) -> None:
        self.sampleName = sampleName if sampleName is not None else (_listed(nodeNames)[0] or "")
        self.sampleDescription, self.thumbnailFileName = sampleDescription, thumbnailFileName
        self.customDownloader, self.loadFileProperties = customDownloader, dict(loadFileProperties or {})
        self.uris = _listed(uris) if uris is not None else [""]
        count = len(self.uris)
        self.fileNames, self.nodeNames, self.checksums, self.loadFiles, self.loadFileTypes = (
            _listed(v) if isinstance(v, list) or count == 1 else [v] * count
            for v in (fileNames, nodeNames, checksums, loadFiles, loadFileTypes)
        )
        lengths = {len(v) for v in (self.uris, self.fileNames, self.nodeNames, self.checksums, self.loadFiles)}
        if len(lengths) != 1:
            raise ValueError("All fields of sample data source must have the same length")


class SampleDataLogic:
    def __init__(self, logMessage=None) -> None:
        self._log = logMessage

    @staticmethod
    def registerCustomSampleDataSource(category="Custom", loadFileType=None, loadFileTypes=None, **fields) -> None:
        if loadFileType is not None and loadFileTypes is not None:
            raise ValueError("loadFileType and loadFileTypes cannot be specified at the same time")
        source = SampleDataSource(loadFileTypes=loadFileTypes or loadFileType, **fields)
        sources = slicer.modules.sampleDataSources.setdefault(category, [])
        if all(vars(known) != vars(source) for known in sources):
            sources.append(source)

    def sourceForSampleName(self, sampleName: str):
        sources = [s for group in slicer.modules.sampleDataSources.values() for s in group]
        return next((source for source in sources if source.sampleName == sampleName), None)

    def downloadSample(self, sampleName: str):
        return self.downloadSamples(sampleName)[0]

    def downloadSamples(self, sampleName: str) -> list:
        source = self.sourceForSampleName(sampleName)
        return self.downloadFromSource(source) if source is not None else []

    def downloadFromSource(self, source: SampleDataSource, **options) -> list:
        loaded = []
        files = zip(
            source.uris, source.fileNames, source.nodeNames, source.loadFiles, source.loadFileTypes, strict=True
        )
        for uri, file_name, node_name, load_file, file_type in files:
            path = self.downloadFile(uri, slicer.app.cachePath, file_name or os.path.basename(uri))
            if load_file is False or node_name is None:
                loaded.append(path)
                continue
            properties = {**source.loadFileProperties, "name": node_name}
            loaded.append(slicer.util.loadNodeFromFile(path, file_type, properties))
        return loaded

    def downloadFile(self, uri: str, destFolderPath: str, name: str, *others) -> str:
        parts = urllib.parse.urlparse(uri)
        if parts.scheme != "file":
            raise AssertionError(f"a test must not fetch {uri}")
        target = Path(destFolderPath) / name
        shutil.copyfile(urllib.request.url2pathname(parts.path), target)
        return str(target)


def downloadSample(sampleName: str):
    return SampleDataLogic().downloadSample(sampleName)


def downloadSamples(sampleName: str) -> list:
    return SampleDataLogic().downloadSamples(sampleName)
