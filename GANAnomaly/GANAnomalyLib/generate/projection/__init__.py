"""Pictures and the slices of volumes to latents: the published projector, for many pictures at once."""

from .options import ProjectOptions
from .run import ProjectionRow, ProjectSummary, project_images

__all__ = ["ProjectOptions", "ProjectSummary", "ProjectionRow", "project_images"]
