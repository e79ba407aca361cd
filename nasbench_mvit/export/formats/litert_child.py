"""The part of the LiteRT export that runs where litert-torch is installed, as a program.

It imports nothing of this package, which need not be there. Its arguments are a folder and a
precision; in the folder are a program of torch.export and, for 8 bits, images as the network takes
them; it leaves the ``.tflite`` there and the versions of what made it.
"""

import sys
from importlib import metadata
from pathlib import Path

PROGRAM = "model.pt2"
IMAGES = "images.npy"
MODEL = "model.tflite"
VERSIONS = "versions.txt"
SIGNATURE = "serving_default"
# As in other formats: convolutions and matrix products; the rest stays in float32.
EIGHT_BIT = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "BATCH_MATMUL")


def main(folder: Path, precision: str) -> None:
    """Convert, and quantise where the precision is int8."""
    import litert_torch  # noqa: PLC0415 - slow to load, and absent where this is only imported
    import torch  # noqa: PLC0415

    program = torch.export.load(folder / PROGRAM)
    (image,) = program.example_inputs[0]
    packages = ["litert-torch", "torch"]
    litert_torch.convert(program.module(), (image,)).export(str(folder / MODEL))
    if precision == "int8":
        _quantise(folder)
        packages.append("ai-edge-quantizer")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    (folder / VERSIONS).write_text(versions)


def _quantise(folder: Path) -> None:
    """Replace the file by one with 8-bit weights and activations, in ranges set by the images."""
    import numpy as np  # noqa: PLC0415
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415
    from ai_edge_quantizer.quantizer import Quantizer  # noqa: PLC0415

    model = folder / MODEL
    signatures = Interpreter(str(model)).get_signature_list()
    (name,) = signatures[SIGNATURE]["inputs"]
    quantizer = Quantizer(str(model))
    for operation in EIGHT_BIT:
        quantizer.add_static_config(
            regex=".*", operation_name=operation, activation_num_bits=8, weight_num_bits=8
        )
    images = [{name: image[np.newaxis]} for image in np.load(folder / IMAGES)]
    ranges = quantizer.calibrate({SIGNATURE: images}, num_threads=1)
    quantizer.quantize(ranges).export_model(str(model), overwrite=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
