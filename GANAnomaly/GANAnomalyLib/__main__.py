"""``python -m GANAnomalyLib`` is the ``gananomaly`` command."""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - said in words, as the Python of an older 3D Slicer may be the one called
    sys.exit(
        "GANAnomaly needs Python 3.10 or newer, in 3D Slicer 5.10 or later; this is {}.{}.".format(*sys.version_info)
    )

from .cli import main

if __name__ == "__main__":
    main()
