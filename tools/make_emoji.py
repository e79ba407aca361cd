"""Makes the cut-outs of ``nasbench_mvit/training/images/emoji`` from an npm package.

    npm pack emoji-datasource-google@16.0.0
    python tools/make_emoji.py emoji-datasource-google-16.0.0.tgz [OUTPUT_FOLDER]

An *object* is all pictures that differ in skin tone, hair, gender or direction, or that look
almost alike, mirrored or not; it is in one split only. The package is checked by its SHA-256; the
choice is seeded, so the same package gives the same bytes.
"""

import argparse
import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from nasbench_mvit.training.images.emoji import CLASS_NAMES, FOLDER
from nasbench_mvit.training.images.packaged import CHECKSUMS

PACKAGE_SHA256 = "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438"
PICTURES = "package/img/google/64"
SUBCATEGORIES = {  # by how the package's subcategories begin
    "face": ("face-",),
    "person": ("person",),
    "hand": ("hand",),
    "mammal": ("animal-mammal",),
    "plant": ("plant-",),
    "produce": ("food-fruit", "food-vegetable"),
    "meal": ("food-prepared", "food-asian"),
    "clothing": ("clothing",),
    "building": ("place-building", "place-religious"),
    "vehicle": ("transport-ground",),
}
MAX_OBJECTS = 48  # per class
MAX_PICTURES = 6  # per object
SHARES = {"val": 0.2, "test": 0.2}  # of the objects of a class; the others train
SEED = 16
PEOPLE = {"1F468", "1F469", "1F9D1"}
# Joiner, variation, the two signs of gender, arrow, hair and skin tones.
VARIANTS = {"200D", "FE0F", "2640", "2642", "27A1"}
VARIANTS |= {f"1F9B{digit}" for digit in range(4)} | {f"1F3F{digit}" for digit in "BCDEF"}
ALIKE = 5.0  # mean difference of two pictures, of 255, below which they are one object

Array = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture with its label and the key of its object."""

    rgba: Array
    name: str
    label: int
    key: str


def read(content: bytes) -> list[Picture]:
    """Return the pictures of the chosen subcategories, in the order of the package."""
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(content))) as package:
        files = {member.name: member for member in package.getmembers()}

        def member(name: str) -> bytes:
            with cast("IO[bytes]", package.extractfile(files[name])) as file:
                return file.read()

        pictures = []
        for entry in json.loads(member("package/emoji.json")):
            label = label_of(entry["subcategory"])
            if label is None:
                continue
            for shown in (entry, *entry.get("skin_variations", {}).values()):
                name = f"{PICTURES}/{shown['image']}"
                if shown["has_img_google"] and name in files:
                    pictures.append(_picture(member(name), entry, label))
    return pictures


def label_of(subcategory: str) -> int | None:
    """Return the label of a subcategory of the package, or None."""
    for label, name in enumerate(CLASS_NAMES):
        if subcategory.startswith(SUBCATEGORIES[name]):
            return label
    return None


def object_key(unified: str) -> str:
    """Return the code points that an emoji shares with its variants: the first one."""
    points = [point for point in unified.split("-") if point not in VARIANTS | PEOPLE]
    return points[0] if points else "person"


def _picture(content: bytes, entry: dict[str, Any], label: int) -> Picture:
    rgba = np.array(Image.open(io.BytesIO(content)).convert("RGBA"))
    rgba[rgba[..., 3] == 0] = 0
    return Picture(rgba, entry["short_name"], label, object_key(entry["unified"]))


def objects_of(pictures: list[Picture]) -> list[list[Picture]]:
    """Return the pictures of each object: of a class, what shares a key or looks alike."""
    objects = []
    for label in dict.fromkeys(picture.label for picture in pictures):
        members = [picture for picture in pictures if picture.label == label]
        keys = np.array([picture.key for picture in members])
        looks = np.stack([_look(picture.rgba) for picture in members])
        flat, mirrored = (views.reshape(len(members), -1) for views in (looks, looks[:, :, ::-1]))
        apart = np.minimum(cdist(flat, flat, "cityblock"), cdist(flat, mirrored, "cityblock"))
        same = (keys[:, None] == keys) | (apart < ALIKE * flat.shape[1])
        count, numbers = connected_components(same)
        objects += [
            [members[index] for index in np.flatnonzero(numbers == number)]
            for number in range(count)
        ]
    return objects


def _look(rgba: Array) -> npt.NDArray[np.float64]:
    """Return a picture on grey at a quarter of its side."""
    alpha = rgba[..., 3:] / 255
    shown = rgba[..., :3] * alpha + 128 * (1 - alpha)
    return np.asarray(shown.reshape(16, 4, 16, 4, 3).mean((1, 3)))


def choose(
    objects: list[list[Picture]], rng: np.random.Generator
) -> dict[str, list[list[Picture]]]:
    """Return the objects of each split, a share of every class, and some pictures of each."""
    chosen: dict[str, list[list[Picture]]] = {"train": [], "val": [], "test": []}
    for label in range(len(CLASS_NAMES)):
        members = [group for group in objects if group[0].label == label]
        order = rng.permutation(len(members))[:MAX_OBJECTS].tolist()
        for split, share in SHARES.items():
            count = max(1, round(share * min(len(members), MAX_OBJECTS)))
            chosen[split] += [members[index] for index in order[:count]]
            order = order[count:]
        chosen["train"] += [members[index] for index in order]
    return {
        split: [
            [group[index] for index in np.sort(rng.permutation(len(group))[:MAX_PICTURES])]
            for group in groups
        ]
        for split, groups in chosen.items()
    }


def main() -> None:
    """Read the package, choose the objects and write an archive for each split."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=Path)
    parser.add_argument("output_folder", type=Path, nargs="?", default=FOLDER)
    options = parser.parse_args()
    content = options.package.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != PACKAGE_SHA256:
        parser.error(f"the SHA-256 of the package must be {PACKAGE_SHA256}, it is {digest}")
    lines = []
    splits = choose(objects_of(read(content)), np.random.default_rng(SEED))
    for split, groups in splits.items():
        pictures = [(number, picture) for number, group in enumerate(groups) for picture in group]
        path = options.output_folder / f"emoji_{split}.npz"
        np.savez_compressed(
            path,
            rgba=np.stack([picture.rgba for _, picture in pictures]),
            labels=np.array([picture.label for _, picture in pictures], np.uint8),
            objects=np.array([number for number, _ in pictures], np.uint16),
            names=np.array([picture.name for _, picture in pictures]),
        )
        archive = path.read_bytes()
        lines.append(f"{hashlib.sha256(archive).hexdigest()}  {path.name}\n")
        print(f"{path.name}: {len(groups)} objects, {len(pictures)} pictures, {len(archive):,} B")
    (options.output_folder / CHECKSUMS).write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()
