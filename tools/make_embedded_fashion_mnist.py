"""Makes the embedded image subset from the four IDX files of Fashion-MNIST.

    python tools/make_embedded_fashion_mnist.py FOLDER_WITH_THE_IDX_GZ_FILES [OUTPUT_FOLDER]

The same files give the same bytes: the choice of images is seeded, the archive holds no times.
"""

import argparse
import gzip
import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nasbench_mvit.training.images.embedded import CLASS_NAMES, FOLDER
from nasbench_mvit.training.images.packaged import CHECKSUMS

SEED = 20170828  # the day Fashion-MNIST was published
PER_CLASS = {"train": 1000, "val": 500, "test": 500}
IDX_HEADER_BYTES = {"images": 16, "labels": 8}
SIDE = 28

Array = npt.NDArray[np.uint8]


def read_idx(folder: Path, prefix: str) -> tuple[Array, Array]:
    """Return the (N, 28, 28) images and (N,) labels of the ``train`` or ``t10k`` files."""

    def content(kind: str, dimensions: int) -> Array:
        path = folder / f"{prefix}-{kind}-idx{dimensions}-ubyte.gz"
        data = gzip.decompress(path.read_bytes())
        return np.frombuffer(data, np.uint8, offset=IDX_HEADER_BYTES[kind])

    return content("images", 3).reshape(-1, SIDE, SIDE), content("labels", 1)


def choose(labels: Array, splits: Iterable[str], rng: np.random.Generator) -> dict[str, Array]:
    """Return disjoint image indices for each split, equally many per class, in random order."""
    splits = list(splits)
    chosen: dict[str, list[npt.NDArray[np.int64]]] = {split: [] for split in splits}
    for label in range(len(CLASS_NAMES)):
        candidates = rng.permutation(np.flatnonzero(labels == label))
        for split in splits:
            taken, candidates = np.split(candidates, [PER_CLASS[split]])
            chosen[split].append(taken)
    return {split: rng.permutation(np.concatenate(parts)) for split, parts in chosen.items()}


def main() -> None:
    """Read the IDX files, choose the images and write the archive."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("idx_folder", type=Path)
    parser.add_argument("output_folder", type=Path, nargs="?", default=FOLDER)
    options = parser.parse_args()
    rng = np.random.default_rng(SEED)
    lines = []
    for prefix, splits in (("train", ("train", "val")), ("t10k", ("test",))):
        images, labels = read_idx(options.idx_folder, prefix)
        for split, indices in choose(labels, splits, rng).items():
            path = options.output_folder / f"fashion_mnist_{split}.npz"
            np.savez_compressed(path, images=images[indices], labels=labels[indices])
            content = path.read_bytes()
            lines.append(f"{hashlib.sha256(content).hexdigest()}  {path.name}\n")
            print(f"{path.name}: {len(indices)} images, {len(content) / 1e6:.2f} MB")
    (options.output_folder / CHECKSUMS).write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()
