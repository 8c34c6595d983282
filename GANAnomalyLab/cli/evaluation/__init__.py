"""The commands of ``gananomaly evaluate``, one file each."""
