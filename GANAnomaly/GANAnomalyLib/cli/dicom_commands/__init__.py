"""The commands below ``gananomaly dicom``, one a file."""
