"""The gallery of 100,000 images in Chromium: first paint, frames while it scrolls, and how long a sort or filter takes.

    python Testing/benchmarks/bench_gallery.py                     a minute or two on two cores
    python Testing/benchmarks/bench_gallery.py --rows 10000 --seconds 1 --turns 1
    python Testing/benchmarks/bench_gallery.py --append            also add the table to RESULTS.md

Thumbnails are drawn from 300 different ones (of 96 pixels). First paint is what the browser tells of itself
(first-contentful-paint), "all thumbnails" until those on the screen are decoded. Frames are the gaps between calls of
requestAnimationFrame while the list is scrolled by a script, at a reader's pace and as fast as a wheel goes. Chromium
has no window and no graphics card here: it draws in software.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1]), str(HERE.parents[1] / "GANAnomaly")]
from curate_gallery.chromium import Browser, chromium  # noqa: E402
from curate_gallery.many_rows import write_store  # noqa: E402
from results_file import circumstances, markdown, publish, tell_target  # noqa: E402

PAINT_S, FRAME_MS = 2.0, 1000 / 60
SIZES = ((1366, 768), (2560, 1440))
_DRAWN = (
    "[...document.querySelectorAll('.tile:not([hidden])')].filter(t => t.querySelector('img').naturalWidth"
    " || t.querySelector('.none').textContent).length"
)
_TILES = "document.querySelectorAll('.tile:not([hidden])').length"
_PAINT = (
    """new Promise(tell => {
  const done = () => {
    const all = """
    + f"{_TILES} > 0 && {_DRAWN} === {_TILES}"
    + """;
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    if (all && paint) tell([paint.startTime, performance.now()]);
    else setTimeout(done, 10);
  };
  done();
})"""
)
_SCROLL = """new Promise(tell => {
  const list = document.querySelector("#list"), gaps = [], begin = performance.now();
  let last = begin;
  const step = now => {
    if (now > last) gaps.push(now - last);
    list.scrollTop += PACE * Math.max(0, now - last) / 1000;
    last = now;
    if (now - begin < 1000 * SECONDS) requestAnimationFrame(step);
    else tell(gaps.slice(1));
  };
  requestAnimationFrame(step);
})"""
_STEPS = """new Promise(tell => {
  const list = document.querySelector("#list");
  let left = FRAMES;
  const step = () => {
    list.scrollTop += PIXELS;
    left -= 1;
    if (left) requestAnimationFrame(step);
    else tell(FRAMES);
  };
  requestAnimationFrame(step);
})"""
_SETTLED = f"{_DRAWN} === {_TILES}"


def at(values: list[float], share: float) -> float:
    """What ``share`` of the values stay below."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def timed(browser: Browser, expression: str) -> float:
    """Milliseconds until a promise is kept."""
    return float(
        browser.ask(
            f"(async () => {{ const t = performance.now(); await {expression}; return performance.now() - t; }})()"
        )
    )


def page_seconds(browser: Browser) -> float:
    """Processor seconds of the page's main thread so far: they hardly change when other programs run."""
    found = browser.call("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in found if one["name"] == "ThreadTime"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=3.0, help="of scrolling")
    parser.add_argument("--turns", type=int, default=3, help="times that the page is opened")
    parser.add_argument("--frames", type=int, default=180, help="whose cost in processor time is taken")
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    if chromium() is None:
        raise SystemExit("bench_gallery needs chromium.")
    from GANAnomalyLab.curate.gallery.gallery_folder import write_gallery

    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as home:
        store = write_store(Path(home) / "store", options.rows)
        begin, cpu = time.perf_counter(), time.process_time()
        written = write_gallery(str(store.folder), Path(home) / "gallery", full=0)
        clock, cpu = time.perf_counter() - begin, time.process_time() - cpu
        rows.append(["gallery written (s)", "", f"{clock:.1f} (processor {cpu:.1f})", f"{written.bytes / 1e6:.0f} MB"])
        page = (Path(home) / "gallery" / "gallery.html").as_uri()
        for size in SIZES:
            rows += in_browser(page, size, options)
    load = f"load of the machine {os.getloadavg()[0]:.1f}"
    block = f"{circumstances(os.cpu_count() or 1, load)}\n\n" + markdown(["what", "window", "measured", ""], rows)
    publish(__file__, block, options.append)


def in_browser(page: str, size: tuple[int, int], options: argparse.Namespace) -> list[list[str]]:
    """The table's rows of one window."""
    name, rows, paints, alls, work = f"{size[0]} x {size[1]}", [], [], [], []
    with Browser(size) as browser:
        browser.call("Performance.enable", timeDomain="threadTicks")
        for _turn in range(options.turns):
            before = page_seconds(browser)
            browser.go(page)
            browser.wait("document.readyState !== 'loading' && !!window.Gallery")
            paint, whole = browser.ask(_PAINT)
            paints.append(paint)
            alls.append(whole)
            browser.wait("Gallery.ready")
            work.append(1000 * (page_seconds(browser) - before))
        rows.append(["first paint (ms), median and longest", name, f"{at(paints, 0.5):.0f}", f"{max(paints):.0f}"])
        rows.append(["opened, with all columns: processor (ms)", name, f"{at(work, 0.5):.0f}", f"{max(work):.0f}"])
        rows.append(["all thumbnails (ms)", name, f"{at(alls, 0.5):.0f}", f"{max(alls):.0f}"])
        tell_target(
            f"gallery, first paint, {name}",
            f"{max(paints):.0f} ms",
            f"{1000 * PAINT_S:.0f} ms",
            max(paints) < 1000 * PAINT_S,
        )
        for told, pace in (("slowly, 800 pixels a second", 800), ("fast, 8,000 pixels a second", 8000)):
            rows.append(scrolled(browser, f"scrolling {told}", name, pace, options.seconds))
        rows += [stepped(browser, name, pixels, options.frames) for pixels in (13, 133)]
        for by in ("sharpness", "path"):
            took = timed(browser, f"Gallery.choose.order('{by}', true)")
            again = timed(browser, f"Gallery.choose.order('{by}', true)")
            rows.append([f"sort by {by} (ms), first and again", name, f"{took:.0f}", f"{again:.0f}"])
        took = timed(
            browser,
            "Gallery.choose.order('sharpness', true).then(r => Gallery.choose.filter(r, "
            "{check: 'any', kind: '', mark: '', text: 'site3/', traits: {}})).then(r => Gallery.grid.show(r))",
        )
        rows.append(["sort, filter by check and text, and show (ms)", name, f"{took:.0f}", ""])
        begin = time.perf_counter()
        browser.ask("Gallery.choose.order('sharpness', true).then(r => Gallery.grid.show(r))")
        browser.wait(_SETTLED)
        rows.append(["thumbnails of another order (ms)", name, f"{1000 * (time.perf_counter() - begin):.0f}", ""])
        rows.append(scrolled(browser, "scrolling another order, 800 pixels a second", name, 800, options.seconds))
        nodes = browser.ask("document.querySelectorAll('*').length")
        rows.append(["elements of the page", name, str(nodes), ""])
    return rows


def stepped(browser: Browser, name: str, pixels: int, frames: int) -> list[str]:
    """Scroll so many pixels in each frame; what a frame costs the page's thread."""
    browser.ask("document.querySelector('#list').scrollTop = 0")
    browser.wait(_SETTLED)
    before = page_seconds(browser)
    browser.ask(_STEPS.replace("PIXELS", str(pixels)).replace("FRAMES", str(frames)), timeout=600)
    took = 1000 * (page_seconds(browser) - before) / frames
    told = f"{took:.1f} ms of the processor"
    tell_target(f"gallery, a frame of {pixels} pixels, {name}", told, f"{FRAME_MS:.1f} ms", took < FRAME_MS)
    return [f"a frame of {pixels} pixels: processor (ms)", name, f"{took:.1f}", f"{frames} frames"]


def scrolled(browser: Browser, what: str, name: str, pace: int, seconds: float) -> list[str]:
    """Scroll from the top; a row of the table, and how it stands to 60 frames a second."""
    browser.ask("document.querySelector('#list').scrollTop = 0")
    time.sleep(0.5)
    gaps = browser.ask(_SCROLL.replace("PACE", str(pace)).replace("SECONDS", str(seconds)))
    long = sum(gap > 2 * FRAME_MS for gap in gaps) / max(len(gaps), 1)
    told = f"{at(gaps, 0.5):.1f}, {at(gaps, 0.95):.1f}, {max(gaps):.0f}"
    tell_target(
        f"gallery, {what}, {name}",
        f"{at(gaps, 0.5):.1f} ms a frame",
        f"{FRAME_MS:.1f} ms",
        at(gaps, 0.5) < 1.05 * FRAME_MS,
    )
    return [f"{what}: frames (ms) median, 95 %, longest", name, told, f"{100 * long:.1f} % above {2 * FRAME_MS:.0f} ms"]


if __name__ == "__main__":
    main()
