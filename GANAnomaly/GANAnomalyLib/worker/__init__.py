"""The engine in a process of its own: what the worker says, and the client that starts it and listens.

Needs nothing but the standard library, so that a panel can import it at once.
"""

from .client import WorkerJob
from .less_memory import with_less_memory

__all__ = ["WorkerJob", "with_less_memory"]
