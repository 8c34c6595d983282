from slicer_harness.fixture import slicer_app  # noqa: F401 - a fixture
