"""One XML file of VOC's format: the size of an image and its objects."""

from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from nasbench_mvit.io.text_files import normalised, read_content
from nasbench_mvit.training.images.annotated.boxes import Box, numbers

SIDES = ("xmin", "ymin", "xmax", "ymax")


class VocObject(NamedTuple):
    """An object: its class, whether it is difficult, and (x1, y1, x2, y2) in pixels.

    ``fault`` is the rule that it breaks, "" if none.
    """

    name: str
    is_difficult: bool = False
    corners: Box = (0.0, 0.0, 0.0, 0.0)
    fault: str = ""


class VocFile(NamedTuple):
    """What a file says; ``fault`` is the rule that it breaks, "" if none.

    The width and height are None where it does not state them.
    """

    size: tuple[int, int] | None = None
    objects: tuple[VocObject, ...] = ()
    fault: str = ""


def read_voc(path: Path) -> VocFile:
    """Return the content of a file."""
    try:
        content = read_content(path)
        if b"<!ENTITY" in content:
            return VocFile(fault="declares entities, which VOC's files do not have")
        root = ET.fromstring(content)  # noqa: S314 - entities are refused above
    except OSError as problem:
        return VocFile(fault=f"cannot be read: {problem.strerror}")
    except (ET.ParseError, ValueError, LookupError) as problem:
        return VocFile(fault=f"is not valid XML: {problem}")
    if root.tag != "annotation":
        return VocFile(fault=f"holds <{root.tag}>, where VOC's files hold <annotation>")
    return VocFile(_size(root), tuple(_object(node) for node in root.iterfind("object")))


def _size(root: ET.Element) -> tuple[int, int] | None:
    """Return the stated width and height; some tools write 0 where they do not know them."""
    sides = [root.findtext(f"size/{side}", "").strip() for side in ("width", "height")]
    if not all(side.isdecimal() and int(side) for side in sides):
        return None
    width, height = map(int, sides)
    return width, height


def _object(node: ET.Element) -> VocObject:
    name = normalised(node.findtext("name", "").strip())
    if not name:
        return VocObject("", fault="has no name")
    texts = [node.findtext(f"bndbox/{side}", "").strip() for side in SIDES]
    try:
        corners = numbers([float(text) for text in texts], len(SIDES))
    except ValueError:
        corners = None
    if corners is None:
        return VocObject(name, fault=f"needs a bndbox of the numbers {', '.join(SIDES)}: {texts}")
    difficult = node.findtext("difficult", "0").strip()
    if difficult not in ("", "0", "1"):
        return VocObject(name, fault=f"has difficult {difficult!r}, which is neither 0 nor 1")
    left, top, right, bottom = corners
    # The first pixel is 1, and the last is within the box.
    return VocObject(name, difficult == "1", (left - 1, top - 1, right, bottom))
