"""The commands of ``gananomaly curate``, one file each."""
