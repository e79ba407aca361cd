"""A package called executorch with the interface the export uses; it lowers to torch's own program.

What it leaves to slower kernels is named in a variable of the environment, and it can be told to
fail.
"""

from pathlib import Path

LEFT = "STAND_IN_LEFT"
FAILS = "STAND_IN_FAILS"
VERSION = "0.0.1"

_XNNPACK = """
class XnnpackPartitioner:
    pass
"""
_EXIR = f"""
import io, os
from types import SimpleNamespace as Some
import torch

def to_edge_transform_and_lower(exported, partitioner):
    (part,) = partitioner
    assert type(part).__name__ == "XnnpackPartitioner"
    if {FAILS!r} in os.environ:
        raise RuntimeError("no kernel for this")
    nodes = list(exported.run_decompositions().graph.nodes)
    left = os.environ.get({LEFT!r}, "").split()
    is_left = lambda node: getattr(node.target, "_opname", None) in left
    inside = Some(graph=Some(nodes=[node for node in nodes if not is_left(node)]))
    outside = [node for node in nodes if is_left(node)]
    handle = Some(op="get_attr", target="lowered_module_0")
    module = Some(
        graph=Some(nodes=[handle, *outside]),
        lowered_module_0=Some(original_module=Some(graph_module=inside)),
    )
    for node in exported.graph.nodes:
        node.meta.pop("from_node", None)  # it names graphs by where they lie in memory
    content = io.BytesIO()
    torch.export.save(exported, content)
    return Some(
        exported_program=lambda: Some(graph_module=module),
        to_executorch=lambda: Some(buffer=content.getvalue()),
    )
"""
_RUNTIME = """
from types import SimpleNamespace as Some
import torch

class Runtime:
    @classmethod
    def get(cls):
        return cls()

    def load_program(self, path):
        module = torch.export.load(path).module()
        shape = torch.export.load(path).example_inputs[0][0].shape
        info = Some(sizes=lambda: tuple(shape))
        method = Some(
            execute=lambda inputs: [module(*inputs).detach()],
            metadata=Some(input_tensor_meta=lambda index: info),
        )
        return Some(load_method=lambda name: method if name == "forward" else None)
"""
_THREADS = """
import torch

def _unsafe_reset_threadpool(count):
    torch.set_num_threads(count)
"""
_FILES = {
    "executorch/__init__.py": "",
    "executorch/backends/__init__.py": "",
    "executorch/backends/xnnpack/__init__.py": _XNNPACK,
    "executorch/exir/__init__.py": _EXIR,
    "executorch/extension/__init__.py": "",
    "executorch/extension/pybindings/__init__.py": "",
    "executorch/extension/pybindings/portable_lib.py": _THREADS,
    "executorch/runtime/__init__.py": _RUNTIME,
    f"executorch-{VERSION}.dist-info/METADATA": f"Name: executorch\nVersion: {VERSION}\n",
}


def install(folder: Path) -> None:
    """Write the package into ``folder``."""
    for name, text in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
