"""The commands of ``gananomaly pacs``, a file each."""
