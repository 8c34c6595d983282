"""By what others know again where synthetic images came from."""

from __future__ import annotations

from pathlib import Path

from ...images.archive import is_archive, open_pictures


def synthetic_hashes(source: str) -> list[str]:
    """SHA-256 of a model's file, or of the pictures' files: of all together and of each folder's.

    ``source`` as :class:`GANAnomalyLab.train.classifier.settings.ClassifierSettings` has it in ``synthetic_from``.
    """
    if Path(source).is_dir() or is_archive(source):
        with open_pictures(source) as pictures:
            folders = sorted({name.rpartition("/")[0] for name in pictures.names})
            return list(dict.fromkeys([pictures.files_hash(), *map(pictures.files_hash, folders)]))
    from GANAnomalyLib.detectors.loading import load_model

    return [load_model(source, "cpu").model_hash]
