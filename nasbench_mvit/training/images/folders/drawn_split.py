"""The validation images of a folder without ``val/``: drawn once, and kept on record."""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.training.images.arrays import held_out

VAL_SHARE = 0.2

logger = logging.getLogger(__name__)


def draw_split(classes: Mapping[str, list[str]], *, split_dir: Path | None, seed: int) -> set[str]:
    """Return the validation files: those on record for just these files and seed, or drawn.

    Args:
        classes: the files of each class.
        split_dir: where the record is, and is kept if possible: drawn again, it comes out the same.
        seed: draws.
    """
    key = hashlib.sha256(json.dumps([seed, classes]).encode()).hexdigest()[:16]
    record = split_dir / f"split-{key}.json" if split_dir else None
    if record and record.is_file():
        try:
            return set(json.loads(record.read_bytes())["val"])
        except (OSError, ValueError, KeyError, TypeError) as problem:
            logger.warning("the split in %s is unreadable (%s); drawn again", record, problem)
    val = _draw(classes, seed)
    if record:
        content = {"seed": seed, "val_share": VAL_SHARE, "val": sorted(val)}
        try:
            write_text(record, json.dumps(content, indent=1))
        except OSError as problem:
            logger.warning("the split %s cannot be written (%s); not kept", record, problem)
    return val


def _draw(classes: Mapping[str, list[str]], seed: int) -> set[str]:
    files = [file for members in classes.values() for file in members]
    labels_N = np.repeat(np.arange(len(classes)), [len(members) for members in classes.values()])
    validates_N = held_out(labels_N, share=VAL_SHARE, seed=seed)
    return {files[index] for index in np.flatnonzero(validates_N)}
