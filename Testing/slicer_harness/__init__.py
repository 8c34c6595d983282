"""Runs a Slicer module's own files on PySide6 over a real MRML scene; see README.md beside this file."""
