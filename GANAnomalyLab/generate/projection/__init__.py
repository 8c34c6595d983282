"""Pictures and the slices of volumes to latents: the published projector, for many pictures at once."""

from .project_pictures import ProjectionRow, ProjectSummary, project_images

__all__ = ["ProjectSummary", "ProjectionRow", "project_images"]
