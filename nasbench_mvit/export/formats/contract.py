"""What a format is: which precisions, which files, written and run how."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.heads import TASKS, Task
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.check import Runtime, Samples
from nasbench_mvit.export.interface import Precision
from nasbench_mvit.export.network import Network

Notes = tuple[str, ...]
Write = Callable[[Path, Network, Precision, Samples], Notes]

IN_FULL = "weights and arithmetic in float32"
IN_HALF = "weights and arithmetic in float16, input and output in float32"


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format.

    Attributes:
        title: its name, for people.
        files: names of what ``write`` leaves in the folder; the first is the network.
        extra: name of the extra it needs, None for none.
        packages: what that extra must have brought.
        ready: raises an ``ExportError`` where something else that ``write`` needs is missing.
        precisions: what each precision means here.
        write: writes into a folder and says what is worth knowing of it.
        open: returns what runs the first file here, None where nothing does.
        unchecked: why nothing does.
        tasks: what the networks may do that it is written for.
        check_spec: raises an ``ExportError`` where it cannot hold a network; None holds them all.
        partition: returns what of a network would leave the accelerator it is written for; None
            where it is written for none.
        interface: returns what goes in and comes out of a network of a task, where it is not what
            ``interface`` says.
    """

    title: str
    files: tuple[str, ...]
    extra: str | None
    packages: tuple[str, ...]
    precisions: dict[Precision, str]
    write: Write
    open: Callable[[Path], Runtime] | None
    ready: Callable[[], object] | None = None
    tasks: tuple[Task, ...] = TASKS
    check_spec: Callable[[MobileViTSpec], None] | None = None
    partition: Callable[[MobileViTSpec, Precision], str] | None = None
    unchecked: str = ""
    interface: Callable[[Task], str] | None = None
