"""Pictures as text: PNG in Base64. Axes: H rows, W columns."""

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

UInt8Array = npt.NDArray[np.uint8]


def encoded(pixels: UInt8Array) -> str:
    """Return an image (H, W, 3), or a grey one (H, W), as text."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def decoded(text: str) -> UInt8Array:
    """Return the image that ``encoded`` made ``text`` of."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))
