"""The preprocessing of images for each source of published MobileViT weights.

All take values from 0 to 1 without further normalisation. Read in: ml-cvnets
``config/classification/mobilevit_*.yaml`` of its first release (resize 288, crop 256; images are
read by OpenCV, hence BGR); transformers ``preprocessor_config.json`` of apple/mobilevit-*
(``do_flip_channel_order``); timm ``models/mobilevit.py`` (``_cfg``: crop_pct 0.9, bicubic).
"""

from dataclasses import dataclass
from typing import Literal

Channels = Literal["rgb", "bgr"]
CHANNELS: tuple[Channels, ...] = ("rgb", "bgr")
OWN = "nasbench_mvit"


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """The preprocessing of an image.

    Attributes:
        resize: short side in pixels to which it is scaled.
        filter: filter of the scaling.
        crop: side in pixels of the centre crop.
        channels: order of the channels.
    """

    resize: int = 288
    filter: Literal["bilinear", "bicubic"] = "bilinear"
    crop: int = 256
    channels: Channels = "rgb"


PREPROCESSING = {
    OWN: Preprocessing(),
    "transformers": Preprocessing(channels="bgr"),
    "timm": Preprocessing(resize=int(256 / 0.9), filter="bicubic"),
    "ml-cvnets": Preprocessing(channels="bgr"),
}
