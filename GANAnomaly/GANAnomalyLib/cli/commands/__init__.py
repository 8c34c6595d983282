"""One command a file; see :mod:`GANAnomalyLib.cli` for how to add one."""
