"""Reading checkpoint files without running anything that is in them.

``read_checkpoint`` is the door; it looks at the contents, not at the ending. One file a format:
``pickle_machine`` and ``pickle_tree`` for published pickles, ``torch_files`` for state dicts, ``safetensor_files``.
"""

from .checkpoint_files import Checkpoint, read_checkpoint
from .limits import DEFAULT_SIZE_LIMIT
from .pickle_tree import StoredNetwork, read_pickle
from .safetensor_files import read_safetensors, read_safetensors_header

__all__ = [
    "DEFAULT_SIZE_LIMIT",
    "Checkpoint",
    "StoredNetwork",
    "read_checkpoint",
    "read_pickle",
    "read_safetensors",
    "read_safetensors_header",
]
