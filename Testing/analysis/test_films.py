"""Files asked for beside the result: they are made when they are missing, and they change no number."""

from __future__ import annotations

from click.testing import CliRunner

from GANAnomalyLib import run
from GANAnomalyLib.cli.app import app


def test_a_film_changes_no_number(ask, tmp_path):
    plain = run(ask())
    film = tmp_path / "film.gif"
    heat = plain.path("heatmap").read_bytes()
    filmed = run(ask(settings={"save_video": str(film)}))
    assert film.is_file()
    assert not filmed.reused
    assert filmed.manifest["fingerprint"] == plain.manifest["fingerprint"]
    assert filmed.path("heatmap").read_bytes() == heat
    time = film.stat().st_mtime_ns
    assert run(ask(settings={"save_video": str(film)})).reused
    assert film.stat().st_mtime_ns == time
    assert run(ask()).reused
    other = run(ask(settings={"save_video": str(film), "video_slice": 2}))
    assert not other.reused
    assert film.stat().st_mtime_ns > time
    film.unlink()
    assert not run(ask(settings={"save_video": str(film), "video_slice": 2})).reused
    assert film.is_file()


def test_projections_beside_the_result(ask, tmp_path):
    folder = tmp_path / "projections"
    settings = {"projections": str(folder)}
    result = run(ask(mode="reference", settings=settings, slices=(1, 3)))
    assert sorted(path.name for path in folder.iterdir()) == ["slice_0001", "slice_0002"]
    assert result.path("heatmap").is_file()
    assert run(ask(mode="reference", settings=settings, slices=(1, 3))).reused


def test_a_film_from_the_terminal(crop, tmp_path):
    film, out = tmp_path / "film.gif", tmp_path / "result"

    def analyze(*options):
        fixed = (crop, "--model", "encoder", "--steps", 1, "--patch-size", 6, "--device", "cpu", "--out", out)
        return CliRunner().invoke(app, ["analyze", *map(str, (*fixed, *options))])

    done = analyze("--save-video", film, "--video-slice", 1)
    assert done.exit_code == 0, done.output
    assert film.is_file()
    assert str(film) in done.stdout
    for options in (("--video-slice", 1), ("--save-video", "film.avi")):
        wrong = analyze(*options)
        assert wrong.exit_code == 2
        assert "Traceback" not in wrong.output
