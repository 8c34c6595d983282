"""Runs a Slicer module's own files on PySide6 over a real MRML scene; see README.md beside this file."""

import os

# Before the first import of PySide6: there is no screen, and enumerations are integers with short names in PythonQt.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYSIDE6_OPTION_PYTHON_ENUM", str(0x02 | 0x04))
