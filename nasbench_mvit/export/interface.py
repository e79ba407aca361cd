"""What every exported network takes and gives, whatever the format; no torch.

The input is one batch of RGB images, float32 (B, 3, R, R), channels first, values from 0 to 1
without further normalisation, R the spec's resolution; the output is logits, float32 (B, K).
Shapes are static. Formats that know images, like Core ML, take an image instead.
"""

import json
from collections.abc import Mapping
from typing import Final

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError, SpecError

INPUT: Final = "image"
OUTPUT: Final = "logits"
CHANNELS: Final = 3
METADATA_KEY: Final = "nasbench_mvit"
FORMAT_VERSION: Final = 1


def input_shape(spec: MobileViTSpec, batch_size: int) -> tuple[int, int, int, int]:
    """Return (B, 3, R, R)."""
    return (batch_size, CHANNELS, spec.resolution, spec.resolution)


def describe(spec: MobileViTSpec) -> str:
    """Return what a file's metadata say of its network under ``METADATA_KEY``."""
    return json.dumps({"version": FORMAT_VERSION, "spec": spec.to_dict()}, sort_keys=True)


def described(metadata: Mapping[str, str], what: str) -> MobileViTSpec:
    """Return the network a file's metadata describe.

    Args:
        metadata: of the file.
        what: the file, for the message.

    Raises:
        ExportError: they describe none.
    """
    if METADATA_KEY not in metadata:
        raise ExportError(
            f"{what} was not written by nasbench_mvit: its metadata name no network. Export the "
            "network again."
        )
    try:
        header = json.loads(metadata[METADATA_KEY])
        version, spec = header["version"], header["spec"]
    except (ValueError, LookupError, TypeError) as problem:
        raise ExportError(f"{what} has damaged metadata: {problem!r}. Export it again.") from None
    if version != FORMAT_VERSION:
        raise ExportError(
            f"{what} has format version {version!r}, this version of nasbench_mvit reads "
            f"{FORMAT_VERSION}. Use the version that wrote it, or export the network again."
        )
    try:
        return MobileViTSpec.from_dict(spec)
    except SpecError as problem:
        raise ExportError(f"{what} describes no valid network: {problem}") from None
