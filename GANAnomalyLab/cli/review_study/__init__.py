"""The commands of ``gananomaly review study``, one file each."""
