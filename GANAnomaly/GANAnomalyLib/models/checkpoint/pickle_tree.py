"""Published StyleGAN2 pickles as plain data: dictionaries, numbers, and networks as named tensors."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from .limits import DEFAULT_SIZE_LIMIT, open_checked
from .pickle_machine import GlobalName, Node, read_tree
from .pickle_tensors import number_array, number_dtype, storage_values, strided_tensor

if TYPE_CHECKING:
    import torch

DEPTH_LIMIT = 60
VALUE_LIMIT = 1_000_000
"""Values made from one file; sharing in a pickle could otherwise unfold without end."""

_PERSISTENT = "torch_utils.persistence _reconstruct_persistent_obj"
_MAPPINGS = {"dnnlib.util EasyDict", "collections OrderedDict", "builtins dict", "__builtin__ dict"}
_SEQUENCES = {
    f"{module} {name}" for module in ("builtins", "__builtin__") for name in ("set", "frozenset", "list", "tuple")
}
_TORCH = {"torch._utils _rebuild_parameter", "torch._utils _rebuild_tensor_v2", "torch.storage _load_from_bytes"}
_NUMPY_DTYPE, _NUMPY_CLASS = "numpy dtype", "numpy ndarray"
_NUMPY_ARRAY = {f"numpy.{core}.multiarray _reconstruct" for core in ("core", "_core")}
_NUMPY_SCALAR = {f"numpy.{core}.multiarray scalar" for core in ("core", "_core")}
ALLOWED = frozenset(
    {_PERSISTENT, _NUMPY_DTYPE, _NUMPY_CLASS} | _MAPPINGS | _SEQUENCES | _TORCH | _NUMPY_ARRAY | _NUMPY_SCALAR
)


@dataclass
class StoredNetwork:
    """A network as a checkpoint stores it: what it is called, how it was made, and its tensors by dotted name."""

    class_name: str
    init_args: tuple[Any, ...] = ()
    init_kwargs: dict[str, Any] = field(default_factory=dict)
    tensors: dict[str, torch.Tensor] = field(default_factory=dict)


def read_pickle(
    path: Path | str, only: Collection[str] | None = None, size_limit: int = DEFAULT_SIZE_LIMIT
) -> dict[str, Any]:
    """Read a published ``.pkl`` without running any of it.

    Parameters
    ----------
    path: the checkpoint.
    only: keys of the outermost dictionary to read the tensors of; the others become None. None reads all.
    size_limit: bytes; a larger file is refused before it is read.

    Returns
    -------
    dict
        The file's dictionary (``G``, ``D``, ``G_ema``, ``training_set_kwargs``, ``augment_pipe``) of plain values,
        with every network a :class:`StoredNetwork`. The Python source in the file is skipped over, never used.

    Raises
    ------
    InputError
        Forbidden names (each refused by its name), TensorFlow networks, truncated, damaged or oversized files.
    """
    path = Path(path)
    file, size = open_checked(path, size_limit)
    with file:
        try:
            tree = read_tree(file, size, ALLOWED, _refused)
            return _Reader().top(tree, only)
        except InputError as error:
            raise InputError(f"{path.name} cannot be used: {error.message}", error.details) from error
        except Exception as error:
            raise InputError(
                f"{path.name} cannot be used: it is damaged, or not a StyleGAN2 checkpoint.", repr(error)
            ) from error


def _refused(name: str) -> InputError:
    if name.startswith("dnnlib.tflib"):
        return InputError(
            "it is a TensorFlow network of the first StyleGAN2 release (it names "
            f"{name}); take the publisher's PyTorch version of it, or convert it to PyTorch where it came from."
        )
    return InputError(
        f"it names {name}, which no StyleGAN2 checkpoint needs and which could run code on this computer; "
        "nothing was run, ask the publisher for a plain checkpoint or a safetensors file."
    )


class _Reader:
    """Turns the inert tree into values, each node once, within limits."""

    def __init__(self) -> None:
        self._done: dict[int, Any] = {}
        self._open: set[int] = set()
        self._count = 0

    def top(self, tree: Any, only: Collection[str] | None) -> dict[str, Any]:
        if isinstance(tree, Node) and tree.name == _PERSISTENT:
            network = self.value(tree)
            return {"G_ema" if "synthesis.b4.const" in network.tensors else "D": network}
        pairs = self._pairs(tree)
        if pairs is None:
            raise InputError("it is not a StyleGAN2 checkpoint: a dictionary with G, D and G_ema was expected.")
        return {str(key): self.value(item) if only is None or key in only else None for key, item in pairs.items()}

    def value(self, node: Any, depth: int = 0) -> Any:
        """The plain value of a tree's node."""
        if node is None or isinstance(node, bool | int | float | str | bytes):
            return node
        if id(node) in self._done:
            return self._done[id(node)]
        self._count += 1
        if id(node) in self._open or depth > DEPTH_LIMIT or self._count > VALUE_LIMIT:
            raise InputError("its contents are nested without end, as no StyleGAN2 checkpoint is.")
        self._open.add(id(node))
        made = self._made(node, depth + 1)
        self._open.discard(id(node))
        self._done[id(node)] = made
        return made

    def _made(self, node: Any, depth: int) -> Any:
        pairs = self._pairs(node)
        if pairs is not None:
            return {key: self.value(item, depth) for key, item in pairs.items()}
        if isinstance(node, list):
            return [self.value(item, depth) for item in node]
        if isinstance(node, tuple):
            return tuple(self.value(item, depth) for item in node)
        if isinstance(node, GlobalName):
            return node.name
        if not isinstance(node, Node):
            raise ValueError("an unfinished value")
        if node.name in _SEQUENCES:
            return [self.value(item, depth) for item in (*node.items, *(node.args[0] if node.args else ()))]
        if node.name == _PERSISTENT:
            return self._network(node, depth)
        if node.name in _TORCH:
            return self._torch(node, depth)
        return self._numpy(node, depth)

    def _pairs(self, node: Any) -> dict[Any, Any] | None:
        """The contents of anything that is a dictionary, else None."""
        if isinstance(node, dict):
            return node
        if not isinstance(node, Node) or node.name not in _MAPPINGS:
            return None
        first = node.args[0] if node.args else {}
        pairs = dict(first) if isinstance(first, dict) else {str(key): item for key, item in first}
        return {**pairs, **node.pairs}

    def _network(self, node: Node, depth: int) -> StoredNetwork:
        """Class name and state only: ``module_src`` stays what it is, text that nobody reads."""
        meta = self._pairs(node.args[0])
        state = None if meta is None else self._pairs(meta["state"])
        if meta is None or state is None or not isinstance(meta["class_name"], str):
            raise ValueError("a network without class name or state")
        args = self.value(state.get("_init_args"), depth)
        kwargs = self.value(state.get("_init_kwargs"), depth)
        network = StoredNetwork(meta["class_name"], tuple(args or ()), dict(kwargs or {}))
        self._collect(state, "", network.tensors, depth)
        return network

    def _collect(self, state: dict[Any, Any], prefix: str, into: dict[str, Any], depth: int) -> None:
        """Tensors of a module and of the modules inside it, under dotted names."""
        self._count += 1
        if depth > DEPTH_LIMIT or self._count > VALUE_LIMIT:
            raise InputError("its contents are nested without end, as no StyleGAN2 checkpoint is.")
        for group in ("_parameters", "_buffers"):
            for name, item in (self._pairs(state.get(group, {})) or {}).items():
                if item is not None:
                    tensor = self.value(item, depth + 1)
                    if not _is_tensor(tensor):
                        raise ValueError(f"{prefix}{name} is not a tensor")
                    into[f"{prefix}{name}"] = tensor
        for name, item in (self._pairs(state.get("_modules", {})) or {}).items():
            if item is None:
                continue
            if not isinstance(item, Node) or item.name != _PERSISTENT:
                raise ValueError(f"{prefix}{name} is not a network")
            meta = self._pairs(item.args[0])
            inner = None if meta is None else self._pairs(meta["state"])
            if inner is None:
                raise ValueError(f"{prefix}{name} holds nothing")
            self._collect(inner, f"{prefix}{name}.", into, depth + 1)

    def _torch(self, node: Node, depth: int) -> Any:
        if node.name.endswith("_load_from_bytes"):
            return storage_values(node.args[0])
        if node.name.endswith("_rebuild_parameter"):
            tensor = self.value(node.args[0], depth)
            if not _is_tensor(tensor):
                raise ValueError("a parameter that is not a tensor")
            return tensor
        storage = self.value(node.args[0], depth)
        if not _is_tensor(storage):
            raise ValueError("a tensor without data")
        return strided_tensor(storage, *node.args[1:4])

    def _numpy(self, node: Node, depth: int) -> Any:
        if node.name == _NUMPY_DTYPE:
            return number_dtype(node.args, node.state)
        if node.name in _NUMPY_SCALAR:
            dtype, data = node.args
            return number_array((), self._dtype(dtype, depth), False, data)[()]
        if node.name in _NUMPY_ARRAY and isinstance(node.state, tuple) and len(node.state) == 5:
            _, shape, dtype, fortran, data = node.state
            return number_array(shape, self._dtype(dtype, depth), fortran, data)
        raise ValueError(f"{node.name} without contents")

    def _dtype(self, node: Any, depth: int) -> Any:
        if not isinstance(node, Node) or node.name != _NUMPY_DTYPE:
            raise ValueError("an array without a type")
        return self.value(node, depth)


def _is_tensor(value: Any) -> bool:
    import torch

    return isinstance(value, torch.Tensor)
