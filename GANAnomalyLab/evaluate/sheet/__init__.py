"""The data sheet of a set of synthetic pictures: what it was made of and what was measured of it, to be signed."""

from .data_sheet import SheetPlan

__all__ = ["SheetPlan"]
