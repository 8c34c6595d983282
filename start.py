#!/usr/bin/env python3
"""The front door: makes GANAnomaly's own environment beside this file and runs it there.

    python3 start.py demo               analyse the bundled CT (Windows: py start.py demo)
    python3 start.py test               check the code and run the tests
    python3 start.py docs               build the documentation into the folder site
    python3 start.py analyze FILE ...   any other word goes to the gananomaly command

Needs nothing but Python 3.10 or newer and, the first time, a package index. The environment is the folder .venv; delete
it to start afresh.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "gananomaly-installed.json"
CONSTRAINTS = HERE / "Testing" / "constraints.txt"
MOST_PROCESSES = 4  # each takes up to 2 GB of memory
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libXcursor.so.1": "libxcursor1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}

TESTED = [
    "curate", "dicom", "evaluate", "headless", "normative", "pacs", "postgres", "privacy", "report", "slurm", "test",
]  # fmt: skip
"""Extras that the tests use."""


def main(arguments):
    if sys.version_info < (3, 10):  # noqa: UP036 - said in words, as an older Python may well be the one called
        return say("GANAnomaly needs Python 3.10 or newer; this is {}.{}.".format(*sys.version_info[:2]), 2)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    own = {"test": (TESTED, test), "docs": (["docs"], docs)}
    extras, command = own.get(arguments[0], (["headless"], None))
    code = install(extras)
    if code:
        return code
    if command is not None:
        return command(arguments[1:])
    environment = dict(os.environ, PYTHONUTF8="1")
    return run([PYTHON, "-m", "GANAnomalyLib", *arguments], env=environment)


def say(text, code=0):
    print(text, file=sys.stderr, flush=True)
    return code


def run(command, **options):
    """Run a program in the foreground; Ctrl-C reaches it directly, so wait for its own answer."""
    process = subprocess.Popen([str(part) for part in command], **options)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def install(extras):
    """Make the environment if it is missing, install into it if anything changed; 0 or an exit code."""
    if ready(extras):
        return 0
    done = installed()
    if not PYTHON.exists():
        if importlib.util.find_spec("ensurepip") is None:
            return say(
                "Python's venv module is not complete here. Run:  sudo apt install python3-venv  and try again.", 1
            )
        say(f"Making an environment in {VENV} ...")
        if run([sys.executable, "-m", "venv", "--clear", VENV]):
            shutil.rmtree(VENV, ignore_errors=True)
            return say("The environment could not be made: see the message above.", 1)
    STAMP.unlink(missing_ok=True)
    extras = sorted(set(extras) | (set(done.get("extras", [])) if done.get("python") == version() else set()))
    say("Installing GANAnomaly and what it needs (once; some minutes and a few GB, mostly PyTorch) ...")
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--progress-bar", "on"]
    code = run([*pip, "--constraint", CONSTRAINTS, "--editable", f"{HERE}[{','.join(extras)}]"])
    if code:
        return say("The installation failed: check the network and the free disk space, then run the same again.", 1)
    STAMP.write_text(json.dumps({"digest": digest(), "extras": extras, "python": version()}), encoding="utf-8")
    missing = missing_libraries()
    if missing:
        say(f"Pictures of 3D Slicer scenes need system libraries. To get them:  sudo apt install {' '.join(missing)}")
    return 0


def ready(extras):
    """Whether the environment holds these extras as the requirements are now."""
    done = installed()
    return done.get("digest") == digest() and set(extras) <= set(done.get("extras", [])) and PYTHON.exists()


def digest():
    """Changes when the requirements, the pins, this Python or this folder do."""
    parts = [(HERE / "pyproject.toml").read_bytes(), CONSTRAINTS.read_bytes(), version().encode(), str(HERE).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def version():
    return "{}.{}".format(*sys.version_info[:2])


def installed():
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def missing_libraries():
    """Debian packages of the libraries that off-screen rendering opens while it runs (Linux only)."""
    if not sys.platform.startswith("linux"):
        return []
    import ctypes

    missing = []
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def test(arguments):
    """ruff, mypy, then pytest, with a process for each core; further arguments go to pytest (--cov: the coverage)."""
    for command in (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]):
        code = run([PYTHON, "-m", *command], cwd=HERE)
        if code:
            return say(f"{' '.join(command[:2])} found something: see above.", code)
    # The tests' networks are tiny: threads would spend their time waiting for each other.
    environment = {"OMP_NUM_THREADS": "1", "COVERAGE_CORE": coverage_core(), **os.environ}
    parallel = ["-n", str(min(cores(), MOST_PROCESSES)), "--dist", "worksteal"]
    return run([PYTHON, "-m", "pytest", *parallel, *arguments], cwd=HERE, env=environment)


def cores():
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def coverage_core():
    """The quickest way to count lines that this Python has."""
    return "sysmon" if sys.version_info >= (3, 12) else "ctrace"


def docs(arguments):
    """The site from docs/, warnings are errors; further arguments go to Sphinx."""
    command = [PYTHON, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", *arguments, "docs", "site"]
    code = run(command, cwd=HERE, env=dict(os.environ, PYTHONUTF8="1"))
    return code or say(f"Open {HERE / 'site' / 'index.html'} in a browser; it needs no network.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
