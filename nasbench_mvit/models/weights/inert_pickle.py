"""A stand-in for the module ``pickle``, by which ``torch.load`` reads checkpoints without risk.

A pickle names functions and classes to call, and may name any. Here only those that rebuild tensors
are called; everything else that trainings keep beside weights (options, enumerations, metrics,
whole modules) becomes an ``Inert``, which holds what was pickled and does nothing.
"""

import collections
import pickle
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

import torch
from torch import Tensor

_CALLED: Final = {
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch", "Size"): torch.Size,
    ("torch", "device"): torch.device,
    ("torch._utils", "_rebuild_parameter"): torch._utils._rebuild_parameter,  # noqa: SLF001
    ("torch._utils", "_rebuild_tensor_v2"): torch._utils._rebuild_tensor_v2,  # noqa: SLF001
    ("torch.storage", "UntypedStorage"): torch.UntypedStorage,
}
PARAMETERS, BUFFERS, MODULES = "_parameters", "_buffers", "_modules"


class Inert(dict[Any, Any]):
    """An object of any class: a mapping of what was pickled of it."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # a pickle may use it as a key

    def __init__(self, *_args: object, **_options: object) -> None:
        """Ignore the arguments of whatever this stands for."""
        super().__init__()

    def __setstate__(self, state: object) -> None:
        """Keep the attributes of the object."""
        if isinstance(state, Mapping):
            self.update(state)

    def _ignore(self, *_args: object) -> None:
        """Take an item of a list or a set."""

    append = extend = add = _ignore


class Unpickler(pickle.Unpickler):
    """Unpickles tensors and plain containers; everything else becomes an ``Inert``."""

    def find_class(self, module: str, name: str) -> Any:
        """Return the class or function that a pickle may use under this name.

        Under any other name it gets ``Inert``.
        """
        if module == "torch" and isinstance(dtype := getattr(torch, name, None), torch.dtype):
            return dtype
        return _CALLED.get((module, name), Inert)


def load(file: IO[bytes], **options: Any) -> object:
    """Return the object pickled in a file."""
    return Unpickler(file, **options).load()


def module_tensors(module: Inert, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """Yield the names and tensors that the state dict of a pickled ``nn.Module`` would have."""
    left_out = module.get("_non_persistent_buffers_set", ())
    for name, tensor in (*module[PARAMETERS].items(), *module[BUFFERS].items()):
        if isinstance(tensor, Tensor) and name not in left_out:
            yield f"{prefix}{name}", tensor
    for name, inner in module[MODULES].items():
        if isinstance(inner, Inert) and is_module(inner):
            yield from module_tensors(inner, f"{prefix}{name}.")


def is_module(value: Inert) -> bool:
    """Return whether an object was an ``nn.Module``."""
    return {PARAMETERS, BUFFERS, MODULES} <= value.keys()
