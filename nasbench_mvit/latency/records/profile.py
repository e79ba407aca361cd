"""What a measurement says of a run beside its time; everything in it may be missing."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from nasbench_mvit.latency.fields import MAX_MS, Strict, Text

Bytes = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
MAX_LAYERS = 100_000


class LayerTime(Strict):
    """One layer as the runtime executed it.

    Attributes:
        name, operation: what the runtime calls it and its kind.
        compute_unit: where it ran, such as CPU, GPU or NPU.
        ms: its milliseconds in a profiled run; None where the runtime does not say them. They do
            not add up to the network's latency: profiling slows a run down.
    """

    name: Text
    operation: Text
    compute_unit: Text
    ms: Annotated[float, Field(ge=0, le=MAX_MS)] | None = None


class Profile(Strict):
    """What is known of a run beside its time.

    Attributes:
        job: identifier of the run where it was made, such as a service's job.
        tool_versions: versions of the tools that compiled and ran the network, by their names.
        peak_memory_bytes: lowest and highest peak of memory over the runs.
        layers: the layers in their order.
        energy_mj: millijoules for one image, as from a power meter, without the idle device's.
        images_per_s: throughput with as many images in flight as the device takes.
    """

    job: Text | None = None
    tool_versions: dict[Text, Text] = Field(default_factory=dict)
    peak_memory_bytes: tuple[Bytes, Bytes] | None = None
    layers: Annotated[tuple[LayerTime, ...], Field(max_length=MAX_LAYERS)] = ()
    energy_mj: Positive | None = None
    images_per_s: Positive | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.peak_memory_bytes is not None and self.peak_memory_bytes != tuple(
            sorted(self.peak_memory_bytes)
        ):
            raise ValueError("peak_memory_bytes must be the lowest and the highest peak, in order")
        return self

    @property
    def columns(self) -> dict[str, float]:
        """The figures of the whole network by their names, as far as they are known."""
        peak = None if self.peak_memory_bytes is None else float(self.peak_memory_bytes[1])
        found = {
            "peak_memory_bytes": peak,
            "energy_mj": self.energy_mj,
            "images_per_s": self.images_per_s,
        }
        return {name: value for name, value in found.items() if value is not None}
