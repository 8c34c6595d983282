"""The commands of ``gananomaly worklist``, one file each."""
