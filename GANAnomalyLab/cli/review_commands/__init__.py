"""The commands of ``gananomaly review`` that the laboratory adds, one file each."""
