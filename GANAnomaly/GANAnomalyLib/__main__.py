"""``python -m GANAnomalyLib`` is the ``gananomaly`` command."""

from .cli import main

if __name__ == "__main__":
    main()
