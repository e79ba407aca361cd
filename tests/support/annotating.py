"""Small folders of annotated images in the formats of COCO and VOC."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 64, 48
SQUARE = [8, 8, 24, 8, 24, 24, 8, 24]  # a polygon


def picture(path: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (90, 120, 60)).save(path)


def coco(**changes: Any) -> dict[str, Any]:
    """Return an annotation file of two images, a.png with a cat and a dog and b.png with a dog."""
    content: dict[str, Any] = {
        "images": [
            {"id": 7, "file_name": "a.png", "width": WIDTH, "height": HEIGHT},
            {"id": 9, "file_name": "b.png", "width": WIDTH, "height": HEIGHT},
        ],
        "categories": [{"id": 18, "name": "dog"}, {"id": 17, "name": "cat"}],
        "annotations": [
            annotation(1, 7, 17, [8, 8, 16, 16]),
            annotation(2, 7, 18, [40.5, 0, 20, 48]),
            annotation(3, 9, 18, [0, 0, 64, 48]),
        ],
    }
    return content | changes


def annotation(
    number: int, image: int, category: int, bbox: Sequence[Any], **changes: Any
) -> dict[str, Any]:
    is_box = len(bbox) == 4 and all(isinstance(number, int | float) for number in bbox)
    x, y, width, height = bbox if is_box else (0, 0, 1, 1)
    corners = [x, y, x + width, y, x + width, y + height, x, y + height]
    record: dict[str, Any] = {
        "id": number,
        "image_id": image,
        "category_id": category,
        "bbox": list(bbox),
        "segmentation": [corners],
        "iscrowd": 0,
    }
    return record | changes


def write_coco(
    root: Path, contents: Mapping[str, object] | None = None, *, images: bool = True
) -> Path:
    """Write COCO's layout: annotations/instances_SPLIT.json and SPLIT/ for each split."""
    for split, content in (contents or {"train": coco(), "val": coco()}).items():
        if images:
            for name in ("a.png", "b.png"):
                picture(root / split / name)
        path = root / "annotations" / f"instances_{split}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return root


def write_photos(root: Path, count: int) -> None:
    """Write one annotation file, of which a fifth validates; no image is like another."""
    rng = np.random.default_rng(0)
    names = [f"{number}.png" for number in range(count)]
    (root / "images").mkdir(parents=True)
    for name in names:
        pixels = rng.integers(0, 256, size=(HEIGHT, WIDTH, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / "images" / name)
    content = coco(
        images=[
            {"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT}
            for number, name in enumerate(names)
        ],
        annotations=[
            annotation(number + 1, number, 17 + number % 2, [4 * (number % 8), 8, 24, 24])
            for number in range(count)
        ],
    )
    (root / "train.json").write_text(json.dumps(content))


def voc_xml(*objects: str, size: tuple[int, int] = (WIDTH, HEIGHT)) -> str:
    width, height = size
    stated = f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
    return f"<annotation>{stated}{''.join(objects)}</annotation>"


def voc_object(name: str, corners: Sequence[object], difficult: object = 0) -> str:
    sides = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
    box = "".join(f"<{side}>{value}</{side}>" for side, value in sides)
    return (
        f"<object><name>{name}</name><difficult>{difficult}</difficult>"
        f"<part><name>tail</name><bndbox><xmin>1</xmin></bndbox></part><bndbox>{box}</bndbox></object>"
    )


def write_voc(root: Path, files: Mapping[str, str] | None = None) -> Path:
    """Write VOC's layout: a and b train, c validates; each has a cat unless given."""
    for name in ("a", "b", "c"):
        picture(root / "JPEGImages" / f"{name}.png")
        text = (files or {}).get(name, voc_xml(voc_object("cat", (1, 1, 64, 48))))
        path = root / "Annotations" / f"{name}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[10:20, 30:50] = 8
        mask[9, 29:51] = 255
        write_mask(root / "SegmentationClass" / f"{name}.png", mask)
    for kind in ("Main", "Segmentation"):
        folder = root / "ImageSets" / kind
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "train.txt").write_text("a 1\nb -1\n")
        (folder / "val.txt").write_text("c\n")
        (folder / "trainval.txt").write_text("a\nb\nc\n")
    return root


def write_mask(path: Path, mask_HW: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(mask_HW)
    if image.mode == "L":
        image.putpalette(bytes(range(256)) * 3)
    image.save(path)
