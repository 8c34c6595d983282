"""The report on a case: what stands in it, in which language, for whom, and what cannot break it."""

from __future__ import annotations

import dataclasses
import errno
import html
import json
import os
import re
import shutil

import numpy as np
import pytest
from review.report.conftest import change, pages, pdf_text

from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.results.result import AnalysisResult, finding_dict
from GANAnomalyLib.review.decisions import MAX_COMMENT, Decision, save_decisions
from GANAnomalyLib.review.finding_rows import FindingRow
from GANAnomalyLib.review.report import AddedFinding, Judgement, write_report
from GANAnomalyLib.volume import Volume, write_volume

WHEN = "2026-03-02T08:05:00+00:00"
DECIDED = [
    Judgement(1, "accepted", "Hüftprothese\nmit Streifen", WHEN, 4, "Endoprothese"),
    Judgement(2, "rejected", "", WHEN),
    Judgement(3, "unsure", "", WHEN),
]


def words(path) -> str:
    """The text of an HTML report, without its tags, pictures and style."""
    text = re.sub(r"(?s)<style.*?</style>|<[^>]*>", " ", path.read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", html.unescape(text))


@pytest.fixture(params=["html", "pdf"])
def ending(request) -> str:
    return request.param


def read(path) -> str:
    return words(path) if path.suffix == ".html" else pdf_text(path)


def test_all_that_was_asked_for_stands_in_it(made, image, tmp_path, ending):
    added = [AddedFinding(tuple(image.ras(np.array([40, 30, 12]))), (12.0, 12.0, 9.0), "Cyst", "seen late", WHEN, 3)]
    path = write_report(
        made,
        tmp_path / f"case.{ending}",
        reader="A. Reader",
        site="Site 7",
        verdict="abnormal",
        decisions=DECIDED,
        added=added,
        image=image,
    )
    told = read(path)
    for text in (
        *("Case report", "Case 0123ABCD", "A. Reader", "Site 7", "2026-03-01 12:30 UTC", "2026-03-02 08:05 UTC"),
        *("CT, 80 x 60 x 24 voxels, 3.00 x 3.00 x 3.00 mm", "abnormal", "technically inadequate"),
        "Findings: 5; accepted: 1, rejected: 1, unsure: 1, not decided: 2. Added by the reader: 1.",
        *("Finding 1: accepted", "Finding 2: rejected", "Finding 3: unsure", "brighter by over 175 HU", "Endoprothese"),
        *("Hüftprothese", "mit Streifen", "4 of 5", "Findings that were not decided", "Added +1", "Cyst", "seen late"),
        *("Coronal", "Sagittal", "Close up", "1 in 20 normal slices", "slice, from feet to head"),
        *("Smoothed CT, 1 cm", "smooth-1cm", "children: it knows adults", "feedfeedfeed", "350 / 50 HU"),
        *("mean squared error", "The scan is unusual for the model", "no finding does not mean normal"),
        *("No body was found", "A remark of a newer version.", "Signature", "Research use only. Not a medical device."),
    ):
        assert text in told, text


def test_german_is_german(made, image, tmp_path, ending):
    path = write_report(made, tmp_path / f"fall.{ending}", language="de", decisions=DECIDED, image=image)
    told = read(path)
    for text in (
        *("Fallbericht", "Befund 1: angenommen", "Befund 2: abgelehnt", "Befund 3: unsicher", "02.03.2026 08:05 UTC"),
        *("heller um über 175 HU", "Schicht", "Größe", "Graustufen", "3,00 x 3,00 x 3,00 mm", "Unterschrift"),
        *("Nur für die Forschung. Kein Medizinprodukt.", "Hinweis: Es wurde kein Körper gefunden", "auffällig"),
    ):
        assert text in told, text
    found = AnalysisResult.read(made).findings[0]
    assert f"{found.score:.1f}".replace(".", ",") + " Graustufen" in told
    assert not re.search("Research use|accepted|Finding|Slice|not decided", told)
    if ending == "html":
        page = path.read_text(encoding="utf-8")
        assert '<html lang="de">' in page
        assert '<p class="lines" lang="en">- children' in page
    else:
        assert b"/Lang (de)" in path.read_bytes()


def test_every_page_of_a_pdf_has_notice_number_and_paper(made, image, tmp_path):
    judged = [Judgement(rank, "accepted", "long. " * 600, WHEN) for rank in range(1, 6)]
    for paper, size in (("a4", b"595.2756 841.8898"), ("letter", b"612 792")):
        path = write_report(made, tmp_path / f"{paper}.pdf", paper=paper, decisions=judged, image=image)
        assert size in path.read_bytes()
        told = pdf_text(path).split("\f")[:-1]
        assert len(told) == pages(path) > 3
        for number, page in enumerate(told, 1):
            assert f"Page {number} of {len(told)}" in page
            assert "Research use only. Not a medical device." in page
        assert "".join(told).count("long. ") == 5 * 600


def test_a_page_of_html_is_made_for_printing(made, image, tmp_path):
    page = write_report(made, tmp_path / "a.html", paper="letter", image=image).read_text(encoding="utf-8")
    assert "@page { size: Letter;" in page
    # What repeats on each printed page: head and foot of the table that holds everything.
    assert re.search(r"<tfoot>.*Research use only. Not a medical device.", page)
    assert ".sheet > tfoot { display: table-footer-group; }" in page


def test_nobody_is_named_unless_asked(made, image, tmp_path, ending):
    path = write_report(made, tmp_path / f"a.{ending}", image=image)
    told = read(path)
    assert "Patient" not in told
    assert "torso.nii.gz" not in told
    assert str(made) not in told
    named = write_report(made, tmp_path / f"b.{ending}", patient="Müller, 1950", case="2026-17", image=image)
    assert "Müller, 1950" in read(named)
    assert "2026-17" in read(named)
    # In a PDF everything but its properties is compressed.
    head = named.read_bytes().split(b"<body>")[0] if ending == "html" else named.read_bytes()
    assert b"Case report 0123ABCD" in head
    assert not any(name in head for name in ("Müller".encode(), "Müller".encode("utf-16-be"), b"2026-17"))


def test_a_pdfs_fonts_are_inside_it(made, image, tmp_path):
    content = write_report(made, tmp_path / "a.pdf", language="de", image=image).read_bytes()
    fonts = re.findall(rb"/BaseFont /(\S+)", content)
    assert fonts
    assert all(b"+" in font for font in fonts), "a name before a plus means a part of a font that is embedded"
    assert content.count(b"/FontFile2") == len(set(fonts))


def test_the_same_content_gives_the_same_bytes(made, image, tmp_path, ending):
    first, second = (
        write_report(made, tmp_path / f"{n}.{ending}", decisions=DECIDED, image=image).read_bytes() for n in range(2)
    )
    assert first == second


def test_decisions_are_those_kept_beside_the_result(result, image, tmp_path):
    rows = [FindingRow(2, 1.0, 3, (3, 3), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "s", "accepted", "kept there", WHEN)]
    save_decisions(result, rows)
    told = words(write_report(result, tmp_path / "a.html", image=image))
    assert "Finding 2: accepted" in told
    assert "kept there" in told
    assert "Finding 1:" not in told


def test_markup_in_a_comment_is_text(made, image, tmp_path, ending):
    nasty = '<script>alert(1)</script> <b>&amp; "x" </para><img src=http://a.b/c> {{ 7*7 }}'
    path = write_report(
        made,
        tmp_path / f"a.{ending}",
        reader="<i>R</i>",
        case="<u>C</u>",
        decisions=[Decision(1, "accepted", nasty, WHEN)],
        added=[AddedFinding((0, 0, 0), label=nasty, comment=nasty)],
        image=image,
    )
    assert read(path).count(nasty) == 3
    if ending == "html":
        page = path.read_text(encoding="utf-8")
        assert not re.search("<script|<img|<b>|<i>R|<u>C", page)
        assert "default-src 'none'; img-src data:;" in html.unescape(page)


def test_letters_of_the_world(made, image, tmp_path, ending):
    comment = "Größe ≥ 3 µm · Ő č Ж α – 中文 שלום\u202e\x07 ☑"
    path = write_report(made, tmp_path / f"a.{ending}", decisions=[Decision(1, "accepted", comment)], image=image)
    told = read(path)
    assert "Größe ≥ 3 µm ·" in told
    if ending == "html":
        assert "中文 שלום" in told
    else:
        # What the fonts lack is a mark and no empty box, and the report says so.
        assert "– ?? ????" in told
        assert "Some characters cannot be printed here" in told


def test_a_comment_of_4000_letters_without_a_blank(made, image, tmp_path, ending):
    path = write_report(
        made, tmp_path / f"a.{ending}", decisions=[Decision(1, "unsure", "m" * MAX_COMMENT)], image=image
    )
    assert len(re.findall("m", re.sub(r"\s", "", read(path)))) >= MAX_COMMENT


def test_no_finding_at_all(result, image, tmp_path, ending):
    (result / "findings.json").write_text('{"findings": []}')
    told = read(write_report(result, tmp_path / f"a.{ending}", verdict="normal", image=image))
    assert "No findings." in told
    assert "Signature" in told
    assert "Findings: 0" not in told


def test_sixty_findings(result, image, tmp_path):
    first = AnalysisResult.read(result).findings[0]
    many = [finding_dict(dataclasses.replace(first, rank=n, label=n, slice=n % 24)) for n in range(1, 61)]
    (result / "findings.json").write_text(json.dumps({"findings": many}))
    judged = [Judgement(n, "accepted", f"comment {n}.", WHEN) for n in range(1, 41)]
    path = write_report(result, tmp_path / "a.pdf", decisions=judged, image=image)
    told = pdf_text(path)
    assert all(f"comment {n}." in told for n in range(1, 41))
    assert "not decided: 20" in told
    assert 10 < pages(path) < 25


def test_enormous_texts_of_a_hostile_result(result, image, tmp_path, ending):
    model = {
        "title": "T" * 5000,
        "name": "n" * 5000,
        "not_for": ["why " * 2000] * 3,
        "anatomy": "<b>",
        "hash": "h" * 900,
    }
    change(result, model=model, settings={"detector": "d" * 9000, "score_unit": "u" * 3000, "metric": "mse"})
    path = write_report(result, tmp_path / f"a.{ending}", decisions=DECIDED, image=image, case="c" * 5000)
    assert "why why" in read(path)


def test_slices_that_were_not_scored_leave_no_curve(result, image, tmp_path, ending):
    (result / "scores.csv").write_text("slice,score,patch_score\n0,nan,nan\n1,1.0,5.0\n")
    assert "slice, from feet to head" not in read(write_report(result, tmp_path / f"a.{ending}", image=image))


@pytest.mark.parametrize("score", ["0", "-3.5", "1e300"])
def test_a_curve_of_two_slices_of_one_score(result, image, tmp_path, score, ending):
    (result / "scores.csv").write_text(f"slice,score,patch_score\n7,1.0,{score}\n9,1.0,{score}\n")
    change(result, slice_thresholds={})
    assert "slice, from feet to head" in read(write_report(result, tmp_path / f"a.{ending}", image=image))


def test_without_the_image_the_patches_stand_there(result, tmp_path, ending):
    from GANAnomalyLib.pictures import write_patch_picture

    findings = [finding_dict(finding) for finding in AnalysisResult.read(result).findings]
    findings[0]["patch_picture"] = "patches/finding_01.png"
    findings[1]["patch_picture"] = "../secret.png"
    (result / "findings.json").write_text(json.dumps({"findings": findings}))
    patch = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for place in (result / "patches" / "finding_01.png", result.parent / "secret.png"):
        write_patch_picture(place, patch, patch)
    change(result, input={"modality": ""})
    told = read(write_report(result, tmp_path / f"a.{ending}", decisions=DECIDED))
    assert "30 x 30 x 30 mm" in told
    assert "The image was not there, or was another one" in told
    assert told.count("Patch and closest normal patch") == 1


def test_the_image_is_found_where_it_was_analysed(result, image, tmp_path):
    place = tmp_path / "hip.nii.gz"
    write_volume(image, place)
    change(result, request={"input": str(place), "model": "smooth-1cm"})
    assert "Coronal" in words(write_report(result, tmp_path / "a.html", decisions=DECIDED))
    write_volume(image.like(image.voxels + 1), place)
    change(result, input={"hash": "0" * 64, "modality": "CT"})
    assert "was another one" in words(write_report(result, tmp_path / "b.html", decisions=DECIDED))
    with pytest.raises(InputError, match="not the one that was analysed"):
        write_report(result, tmp_path / "c.html", decisions=DECIDED, image=place)


def test_another_image_is_refused(made, image, tmp_path):
    other = Volume(image.voxels[1:], image.ijk_to_ras, "CT")
    with pytest.raises(InputError, match="made for another volume"):
        write_report(made, tmp_path / "a.html", image=other)
    with pytest.raises(InputError):
        write_report(made, tmp_path / "a.html", image=tmp_path / "nowhere.nii")
    assert list(tmp_path.iterdir()) == []


def test_a_kind_of_model_has_its_title(result, image, tmp_path):
    for detector, said in (("memory", "Gedächtnis normaler Merkmale"), ("of nobody", "of nobody")):
        change(result, settings={"detector": detector, "window": 350.0, "level": 50.0, "metric": "mse"})
        path = write_report(result, tmp_path / "a.html", language="de", image=image, force=True)
        assert f"Verfahren {said}" in words(path)


def test_a_place_outside_the_image_has_no_pictures(made, image, tmp_path):
    for place in ((9000.0, 0.0, 0.0), (float("nan"), 0.0, 0.0)):
        path = write_report(made, tmp_path / "a.html", added=[AddedFinding(place)], image=image, force=True)
        assert "outside the image" in words(path)


def test_options_that_are_none(made, image, tmp_path):
    for given, said in (
        ({"language": "tlh"}, "en or de"),
        ({"paper": "a5"}, "a4 or letter"),
        ({"verdict": "fine"}, "normal, abnormal, inadequate"),
        ({"decisions": [Decision(1, "maybe")]}, "accepted, rejected or unsure"),
        ({"decisions": [Decision(1, "", "x" * 4001)]}, "shorten"),
    ):
        with pytest.raises(InputError, match=said):
            write_report(made, tmp_path / "a.html", image=image, **given)
    for name in ("report", "report.docx"):
        with pytest.raises(InputError, match=r"\.html or \.pdf"):
            write_report(made, tmp_path / name, image=image)
    with pytest.raises(InputError, match="no finished result"):
        write_report(tmp_path, tmp_path / "a.html", image=image)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_replaced_on_request_only(made, image, tmp_path):
    path = tmp_path / "a.html"
    path.write_text("mine")
    with pytest.raises(InputError, match=r"there already.*--force"):
        write_report(made, path, image=image)
    assert path.read_text() == "mine"
    write_report(made, path, image=image, force=True)
    assert "Case report" in words(path)
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        write_report(made, tmp_path / "folder.html", image=image, force=True)


@pytest.mark.parametrize(
    ("number", "kind", "said"), [(errno.ENOSPC, GANAnomalyError, "is full"), (errno.EROFS, InputError, "cannot be")]
)
def test_a_disk_that_refuses_leaves_the_older_report(made, image, tmp_path, monkeypatch, ending, number, kind, said):
    path = tmp_path / f"a.{ending}"
    path.write_text("older")

    def refuse(*_arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(kind, match=said):
        write_report(made, path, image=image, force=True)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "older"


def test_a_full_disk(made, image, small_disk):
    place = small_disk(64)
    with pytest.raises(GANAnomalyError, match="full"):
        write_report(made, place / "a.pdf", decisions=DECIDED, image=image)
    assert list(place.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(made, image, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(InputError, match="cannot be written to"):
        write_report(made, locked / "a.html", image=image)


def test_without_reportlab_it_says_what_to_do(made, image, tmp_path, monkeypatch):
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "reportlab" else real(name, *more)
    )
    with pytest.raises(GANAnomalyError, match=r"gananomaly\[report\]"):
        write_report(made, tmp_path / "a.pdf", image=image)
    assert write_report(made, tmp_path / "a.html", image=image).is_file()


def test_a_single_radiograph(tmp_path, ending):
    from example_result import make_result

    gradient = np.tile(np.arange(120, dtype=np.uint8), (100, 1))
    gradient[40:50, 60:70] = 255
    picture = Volume(gradient[None], np.diag([-1.0, -1.0, 1.0, 1.0]), "", meta={"kind": "picture"})
    folder = make_result(tmp_path / "result", picture, top=1).folder
    change(folder, settings={"window": 255, "level": 128, "metric": "mse"})
    told = read(write_report(folder, tmp_path / f"a.{ending}", decisions=[Decision(1, "accepted")], image=picture))
    assert "The image" in told
    assert "Coronal" not in told
    assert "10 x 10 pixels" in told
    assert " mm" not in told


def test_a_result_moved_away_after_its_decisions(result, image, tmp_path):
    shutil.rmtree(result)
    with pytest.raises(InputError, match="no finished result"):
        write_report(result, tmp_path / "a.pdf", image=image)
