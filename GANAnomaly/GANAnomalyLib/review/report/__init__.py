"""A report on one case, for a colleague and for the archive: HTML or PDF, in a reader's language, on A4 or Letter.

``write_report`` is the door; ``report_content`` makes blocks of a result and what readers said (``report_parts``),
``html_report`` and ``pdf_report`` write them; ``plane_pictures`` and ``curve_drawing`` draw (``drawing_shapes``).
"""

from .report_parts import AddedFinding, Judgement, Verdict
from .write_report import write_report

__all__ = ["AddedFinding", "Judgement", "Verdict", "write_report"]
