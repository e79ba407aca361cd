"""What Core ML may compute on, by coremltools' names."""

from typing import Final

COMPUTE_UNITS: Final = ("ALL", "CPU_AND_NE", "CPU_AND_GPU", "CPU_ONLY")
