"""The commands below ``gananomaly dataset``, one a file."""
