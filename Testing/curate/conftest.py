"""Stores made without workers: a task is a function, and any process can do it."""

import pytest
from curate.drawn import DEFECTS, chest, write_chests
from PIL import Image

from GANAnomalyLab.curate.curate_options import CurateOptions
from GANAnomalyLab.curate.curate_part import curate_part
from GANAnomalyLab.curate.curation_store import Store
from GANAnomalyLab.curate.part_queue import parts_of
from GANAnomalyLab.curate.source_files import list_sources

pytest.importorskip("pyarrow")


def fill(store, *sources, model=None, part=16, **settings):
    """Do a run's tasks here, one after the other; returns the store."""
    options = CurateOptions([str(source) for source in sources], str(store), part=part, model=model, **settings)
    facts = None
    if model is not None:
        from GANAnomalyLab.curate.model_scores import check_model

        facts = {"name": str(model), "hash": check_model(str(model))}
    made = Store.make(options.out, options.deciding(), facts)
    files = list_sources(options.sources).files
    made.write_listing(files)
    done = made.done()
    new = [file for file in files if (file.path, file.state) not in done]
    for task in parts_of(made, new, options, made.begin_run(options.sources), 1):
        curate_part(task)
    return made


@pytest.fixture(scope="session")
def films(tmp_path_factory):
    """40 drawn chests, and one of each defect."""
    folder = tmp_path_factory.mktemp("films")
    write_chests(folder, 40, 256)
    for number, (name, spoil) in enumerate(DEFECTS.items()):
        Image.fromarray(spoil(chest(5000 + number))).save(folder / f"{name}.png")
    return folder


@pytest.fixture(scope="session")
def film_store(films, tmp_path_factory):
    """A store of them, of several parts, made without a model."""
    return fill(tmp_path_factory.mktemp("made") / "store", films).folder
