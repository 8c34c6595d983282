"""The commands of ``gananomaly review`` that a reading room needs, one file each."""
