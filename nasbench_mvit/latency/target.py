"""Target: the device and the software that latencies are of.

Latencies of two targets are never compared, combined or fitted together.
"""

from collections.abc import Collection
from typing import Annotated, Final

from pydantic import Field

from nasbench_mvit.architecture.published_figures import FIGURES_TARGET
from nasbench_mvit.errors import counted
from nasbench_mvit.latency.fields import Strict, Text

MAX_BATCH: Final = 1_024
MAX_THREADS: Final = 1_024
#: Fields in which two visits of one device may differ.
VERSIONS: Final = frozenset({"os", "runtime_version"})


class Target(Strict):
    """The device and the settings that latencies belong to; None where a source gives none.

    Attributes:
        device: model of the phone or of the computer's processor.
        os: operating system with its version.
        runtime: library that runs the network, such as onnxruntime.
        runtime_version: its version.
        engine: execution engine, such as CPUExecutionProvider or wasm.
        threads: number of threads of the runtime.
        precision: precision of the network's arithmetic.
        batch: number of images in one run; times are for one run.
    """

    device: Text
    os: Text | None
    runtime: Text
    runtime_version: Text | None
    engine: Text
    threads: Annotated[int, Field(ge=1, le=MAX_THREADS)] | None
    precision: Text
    batch: Annotated[int, Field(ge=1, le=MAX_BATCH)]

    def __str__(self) -> str:
        """Return the target in one line."""
        threads = counted(self.threads, "thread") if self.threads else None
        runtime = " ".join(filter(None, (self.runtime, self.runtime_version)))
        batch = f"batch {self.batch}" if self.batch > 1 else None
        parts = (self.device, self.os, f"{runtime} ({self.engine})", threads, self.precision, batch)
        return ", ".join(filter(None, parts))

    @property
    def is_of_the_figures(self) -> bool:
        """Whether the latencies of the paper's figures are of this device and runtime."""
        return (self.device, self.runtime) == FIGURES_TARGET

    def differences(
        self, other: "Target", *, ignoring: Collection[str] = (), words: tuple[str, str]
    ) -> dict[str, str]:
        """Return the fields that this one says and ``other`` has otherwise, each in words.

        Args:
            other: the target to compare with.
            ignoring: fields that are not compared.
            words: adverbs of the two, such as "there" and "here".
        """
        there, here = self.model_dump(), other.model_dump()
        return {
            key: f"{key.replace('_', ' ')} {there[key]} {words[0]}, {here[key]} {words[1]}"
            for key in there
            if key not in ignoring and there[key] is not None and there[key] != here[key]
        }
