"""All of this room needs highdicom."""

from __future__ import annotations

import pytest

pytest.importorskip("highdicom", reason="highdicom is not installed: pip install 'gananomaly[dicom]'")
