"""What a reader is told where a model does not fit a volume, and a card as a tooltip, friendly and hostile."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLib.data import bundled_file
from GANAnomalyLib.models.body_parts import regions_in, regions_in_words
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.fit import VolumeFacts, card_tooltip, fit_warnings
from GANAnomalyLib.volume import read_volume

MODULE = Path(__file__).parents[2] / "GANAnomaly"
CARD = ModelCard("m", title="Abdomen, 512 px", resolution=512, anatomy="abdomen and pelvis, contrast enhanced")
FACTS = VolumeFacts(
    modality="CT",
    minimum=-1024,
    maximum=1800,
    spacing_mm=(0.7, 0.7, 2.0),
    shape_kji=(200, 512, 512),
    body_part="ABDOMEN",
    z_mm=400.0,
)


def warned(card: ModelCard = CARD, **changes) -> list[str]:
    return fit_warnings(card, dataclasses.replace(FACTS, **changes))


def test_a_volume_that_fits_is_left_in_peace():
    assert warned() == []
    assert warned(modality="", body_part="", z_mm=0.0) == []


def test_the_bundled_ct_fits_the_bundled_model():
    volume = read_volume(bundled_file("torso_3mm.nii.gz"))
    k, _, _ = volume.voxels.shape
    facts = VolumeFacts(
        volume.modality,
        float(volume.voxels.min()),
        float(volume.voxels.max()),
        volume.spacing,
        volume.voxels.shape,
        z_mm=k * volume.spacing[2],
    )
    assert fit_warnings(ModelCard.read(bundled_file("models/demo.json")), facts) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"modality": "MR"}, "is an MRI, and this model was made for a CT"),
        ({"modality": " mr "}, "is an MRI"),
        ({"modality": "OT"}, "is OT, and this model"),
        ({"minimum": 0, "maximum": 255}, "grey values (0 to 255), not Hounsfield units"),
        ({"minimum": 0.0, "maximum": 1.0}, "grey values (0 to 1), not Hounsfield units"),
        ({"minimum": 0, "maximum": 4095}, "do not look like Hounsfield units"),
        ({"minimum": -150, "maximum": 400}, "Nothing in the image is darker than -150 HU"),
        ({"maximum": 65535}, "beyond what a CT can hold"),
        ({"minimum": -90000}, "beyond what a CT can hold"),
        ({"minimum": math.nan}, "not numbers"),
        ({"maximum": math.inf}, "not numbers"),
        ({"minimum": -1000, "maximum": -1000}, "Every voxel of the image is -1000"),
        ({"maximum": -300}, "looks at -125 to 225 HU, and the image holds only -1024 to -300"),
        ({"spacing_mm": (0.7, 0.7, 7.5)}, "7.5 mm apart"),
        ({"shape_kji": (1, 512, 512)}, "only one slice"),
        ({"shape_kji": (3, 512, 512)}, "only 3 slices"),
        ({"z_mm": 12.0}, "cover only 12 mm"),
        ({"spacing_mm": (3.0, 3.0, 3.0), "shape_kji": (112, 101, 122)}, "too coarse"),
        ({"spacing_mm": (0.7, 1.4, 2.0), "shape_kji": (200, 256, 512)}, "too coarse"),
        ({"body_part": "HEAD"}, "labelled HEAD, and this model was made for abdomen and pelvis"),
        ({"body_part": "CHESTABDPELVIS"}, "also shows the chest (CHESTABDPELVIS)"),
        ({"body_part": "WHOLEBODY"}, "also shows the head, neck, chest, arms and legs"),
    ],
)
def test_one_sentence_for_each_misfit(changes, words):
    sentences = warned(**changes)
    assert len(sentences) == 1, sentences
    assert words in sentences[0]
    assert sentences[0].endswith(".")


@pytest.mark.parametrize("body_part", ["LIVER", "Pelvis", "ABDOMENPELVIS", "UNKNOWN", "L-SPINE", "HIP"])
def test_other_words_for_the_same_region_are_no_misfit(body_part):
    assert warned(body_part=body_part) == []


def test_an_anatomy_that_the_card_does_not_state_is_said():
    (sentence,) = warned(dataclasses.replace(CARD, anatomy=""))
    assert "does not say which anatomy" in sentence


def test_radiographs_are_not_measured_in_hounsfield_units():
    card = dataclasses.replace(CARD, modality="DX", anatomy="chest")
    assert warned(card, modality="CR", minimum=0, maximum=4095, body_part="CHEST") == []


def test_the_gravest_comes_first_and_all_are_said():
    sentences = warned(minimum=0, maximum=255, body_part="HEAD", spacing_mm=(0.7, 0.7, 8.0), shape_kji=(4, 512, 512))
    for word, sentence in zip(("grey", "HEAD", "apart", "only 4"), sentences, strict=True):
        assert word in sentence


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("CHEST", {"chest"}),
        ("thorax", {"chest"}),
        ("Lungs", {"chest"}),
        ("CSPINE", {"neck"}),
        ("C-SPINE", {"neck"}),
        ("lumbar spine", {"abdomen"}),
        ("HEADNECK", {"head", "neck"}),
        ("CT TAP", {"chest", "abdomen", "pelvis"}),
        ("torso", {"chest", "abdomen", "pelvis"}),
        ("BRAIN", {"head"}),
        ("hands", {"arms"}),
        ("computer tomography, handled with care, hippocampal", set()),
        ("", set()),
    ],
)
def test_regions_named_by_a_text(text, regions):
    assert regions_in(text) == regions


def test_regions_are_said_from_head_to_foot():
    assert regions_in_words(["pelvis", "chest", "head"]) == "head, chest and pelvis"
    assert regions_in_words(["legs"]) == "legs"


class Reader(HTMLParser):
    """Collects tags and text as a browser or Qt would take them."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        assert not attrs
        self.tags.add(tag)

    def handle_data(self, data):
        self.text += data + "\n"


OWN_TAGS = {"html", "body", "b", "br"}


def test_a_card_in_a_tooltip():
    card = ModelCard.read(bundled_file("models/demo.json"))
    shown = Reader(card_tooltip(card))
    assert shown.tags == OWN_TAGS
    for words in (
        card.title,
        "CT, abdomen and pelvis, contrast enhanced",
        "128 x 128 pixels",
        "350 / 50 HU",
        "Virtual patients",
        f"AUROC {card.results['auroc_mean']}",
        "Apache-2.0",
        "not a medical device",
        "it has seen one person's anatomy",
    ):
        assert words in shown.text, words


def test_a_card_without_results_says_so():
    assert "not tested" in card_tooltip(CARD)
    assert "AUROC 0.9" in card_tooltip(dataclasses.replace(CARD, results={"auroc": 0.9, "note": "x"}))


HOSTILE = '<img src="http://example.org/x"><script>alert(1)</script>&lt;b&gt; \u202e \ud800 \x00 ' + "long " * 50_000


def test_a_hostile_card_is_shown_as_text_and_cut():
    card = ModelCard(
        **dict.fromkeys(("name", "title", "modality", "anatomy", "training_data", "licence"), HOSTILE),
        training_data_licence=HOSTILE,
        results={HOSTILE: 10**400, "x": math.nan},
        not_for=[HOSTILE] * 1000,
        window=1e300,
    )
    markup = card_tooltip(card)
    assert Reader(markup).tags == OWN_TAGS
    assert len(markup) < 6000
    assert markup.encode("utf-8")
    for sentence in fit_warnings(card, dataclasses.replace(FACTS, modality=HOSTILE, body_part="HEAD" + HOSTILE)):
        assert not set(sentence) & set("<>\n\x00\u202e\ud800"), "a label would take it for markup"
        assert len(sentence) < 400


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        VolumeFacts,
        modality=st.text(max_size=20),
        minimum=st.floats(),
        maximum=st.floats(),
        spacing_mm=st.tuples(st.floats(), st.floats(), st.floats()),
        shape_kji=st.tuples(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 3000)),
        body_part=st.text(max_size=40),
        z_mm=st.floats(),
    ),
    st.text(max_size=40),
    st.integers(-1, 4096),
)
def test_whatever_the_volume_there_is_an_answer(facts, anatomy, resolution):
    sentences = fit_warnings(ModelCard("m", anatomy=anatomy, resolution=resolution), facts)
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in sentences)
    assert len(sentences) == len(set(sentences))


def test_a_panel_can_afford_it():
    """Called while Slicer's window waits: no library beyond Python's own is loaded for it."""
    code = (
        "import sys; before = set(sys.modules); import GANAnomalyLib.models.fit;"
        "heavy = {'numpy', 'torch', 'scipy', 'SimpleITK', 'skimage'} & (set(sys.modules) - before);"
        "sys.exit(' '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=MODULE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_model_of_coarse_normals_takes_slices_as_coarse():
    coarse = VolumeFacts("CT", -1000, 1500, (3, 3, 3), (100, 100, 120))
    coarser = VolumeFacts("CT", -1000, 1500, (6, 6, 3), (100, 50, 60))
    for pixel_mm, facts, told in ((0.0, coarse, True), (3.0, coarse, False), (3.0, coarser, True)):
        card = ModelCard("m", resolution=192, anatomy="abdomen", pixel_mm=pixel_mm)
        assert any("too coarse" in sentence for sentence in fit_warnings(card, facts)) == told


def test_of_an_mr_model():
    brain = ModelCard("m", modality="MR", resolution=128, anatomy="brain", window=100, level=50)
    head = {"body_part": "BRAIN", "minimum": 0, "maximum": 1400}
    assert warned(brain, **head, modality="MR") == warned(brain, **head, modality="") == []
    assert warned(brain, **{**head, "minimum": -30}, modality="MR") == []
    assert "this model was made for an MRI" in warned(brain, modality="CT")[0]
    assert "not those of an MR" in warned(brain, modality="", body_part="")[0]
    assert "HU" not in card_tooltip(brain)
    assert "percentile 98 of the head" in card_tooltip(brain)
