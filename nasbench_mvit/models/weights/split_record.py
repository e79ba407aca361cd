"""Which images weights were trained on and which were held out, told by the images' content.

It travels in the weights' file, so that a later score knows what is new to the network wherever
the images lie by then. Axes: N images.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

DIGEST_BYTES = 8
# The header of a safetensors file may take 100 MB; an image takes 11 bytes of it.
MAX_IMAGES = 4_000_000

BoolArray = npt.NDArray[np.bool_]


class ImageKey(NamedTuple):
    """The digests that identify an image, ``DIGEST_BYTES`` each.

    Attributes:
        content: hash of the file, or of the pixels where there is no file.
        named: hash of the content and the file's name in its class.
    """

    content: bytes
    named: bytes


@dataclass(frozen=True, kw_only=True)
class Known:
    """The use of N images in a training, according to its record.

    Attributes:
        is_trained: (N,), whether the image was trained on.
        is_held_out: (N,), whether it was held out of the training; never both.
        num_missing: held-out images that are not among the N.
    """

    is_trained: BoolArray
    is_held_out: BoolArray
    num_missing: int


@dataclass(frozen=True, kw_only=True)
class SplitRecord:
    """The images of a training.

    Attributes:
        seed: drew the validation images where the source did not set them apart.
        trained: contents of the images trained on, by these weights or those they started from.
        held_out: contents of the validation images.
        held_out_copies: validation images, by content and name, whose content was trained on too.
    """

    seed: int
    trained: frozenset[bytes]
    held_out: frozenset[bytes]
    held_out_copies: frozenset[bytes]

    @classmethod
    def of(
        cls,
        train: Sequence[ImageKey],
        val: Sequence[ImageKey],
        *,
        seed: int,
        seen: frozenset[bytes] = frozenset(),
    ) -> Self:
        """Return the record of a training's images.

        Args:
            train: keys of those trained on.
            val: keys of the validation images.
            seed: drew them.
            seen: contents of what the initial weights were trained on, which none holds out.
        """
        trained = frozenset(key.content for key in train)
        held_out = [key for key in val if key.content not in seen]
        return cls(
            seed=seed,
            trained=trained | seen,
            held_out=frozenset(key.content for key in held_out),
            held_out_copies=frozenset(key.named for key in held_out if key.content in trained),
        )

    def known(self, keys: Sequence[ImageKey], usual_N: BoolArray) -> Known:
        """Return the split of images into those trained on and those held out.

        Args:
            keys: keys of the images.
            usual_N: those that a score takes where nothing is known of the training; of several
                copies of one image only these can be the one that was held out.
        """
        trained_N = np.array([key.content in self.trained for key in keys], bool)
        held_out_N = np.array([key.content in self.held_out for key in keys], bool)
        copies_N = np.array([key.named in self.held_out_copies for key in keys], bool)
        held_out_N &= ~trained_N | (copies_N & usual_N)
        return Known(
            is_trained=trained_N & ~held_out_N,
            is_held_out=held_out_N,
            num_missing=len(self.held_out.difference(key.content for key in keys)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "seed": self.seed,
            "trained": _packed(self.trained),
            "held_out": _packed(self.held_out),
            "held_out_copies": _packed(self.held_out_copies),
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Return the record from the output of ``to_dict``.

        Raises:
            ValueError: it is damaged.
        """
        try:
            return cls(
                seed=int(content["seed"]),
                trained=_unpacked(content["trained"]),
                held_out=_unpacked(content["held_out"]),
                held_out_copies=_unpacked(content["held_out_copies"]),
            )
        except (KeyError, TypeError, binascii.Error) as problem:
            raise ValueError(
                f"the record of the training images is incomplete: {problem!r}"
            ) from None


def _packed(digests: frozenset[bytes]) -> str:
    return base64.b64encode(b"".join(sorted(digests))).decode()


def _unpacked(text: str) -> frozenset[bytes]:
    joined = base64.b64decode(text, validate=True)
    if len(joined) % DIGEST_BYTES:
        raise ValueError(f"{len(joined)} bytes are no digests of {DIGEST_BYTES}")
    starts = range(0, len(joined), DIGEST_BYTES)
    return frozenset(joined[start : start + DIGEST_BYTES] for start in starts)
