"""Which image files of a folder belong to which class and split, and what may be wrong there."""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.io.text_files import check_name, escaped, normalised
from nasbench_mvit.training.images.folders.drawn_split import draw_split
from nasbench_mvit.training.images.folders.split_folders import TEST, TRAIN, VAL, split_folders
from nasbench_mvit.training.images.folders.tree import (
    IMAGE_SUFFIXES,
    OTHER_IMAGES,
    Folder,
    read_tree,
)

LAYOUT = (
    "An image folder holds one folder per class, each with its images, or train/ and val/ (and "
    "maybe test/) which hold these."
)
OUTSIDE = "images outside class folders"

Classes = dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Image files by split: each file relative to ``root``, with its class index.

    Attributes:
        folders: the folder of each split in ``root``; none where all class folders lie there.
        left_out: how many there are of each kind that is no image of a class.
    """

    root: Path
    class_names: tuple[str, ...]
    files: dict[str, list[tuple[str, int]]]
    folders: Mapping[str, str]
    left_out: Mapping[str, int]

    @property
    def notes(self) -> tuple[str, ...]:
        """One or two lines for a person: the classes, where they lie, and what was left out."""
        splits = [f"{self.folders[name]}/ as {name}" for name in self.files if self.folders]
        counts = {name: len(files) for name, files in self.files.items()}
        drawn = []
        if {TRAIN, VAL} <= counts.keys():
            of_all = f"{counts[VAL]:,} of {sum(counts.values()):,} images"
            drawn = [f"{of_all} validate, drawn as about a fifth of each class"]
        taken = [f"classes in {escaped(self.root)}: {listed(self.class_names)}"]
        lines = ["; ".join(taken + (splits or drawn))]
        if self.left_out:
            lines.append(f"left out: {_counts(self.left_out)}{_remedy(self.left_out)}")
        return tuple(lines)


def list_folder(root: Path, *, split_dir: Path | None, seed: int) -> Listing:
    """Return the files for training and validation.

    Args:
        root: the image folder.
        split_dir: where the split of a folder without ``val/`` is kept and found again.
        seed: draws that split.

    Raises:
        DataError: the folder is missing, or breaks a rule of the layout.
    """
    found = _Found.read(root)
    if not found.folders:
        return found.drawn(split_dir=split_dir, seed=seed)
    missing = [split for split in (TRAIN, VAL) if split not in found.folders]
    if missing:
        # Of several, the one to train on: never advise to train on the test images.
        present = min(found.folders.items(), key=lambda item: (TRAIN, VAL, TEST).index(item[0]))[1]
        has = listed(f"{name}/" for name in found.folders.values())
        raise DataError(
            f"{found.root} has {has} but no {missing[0]}/. Add {missing[0]}/ with the same "
            "class folders, or give the folder that holds the class folders to have it split "
            f"80/20, like imagefolder:{found.root / present}."
        )
    return found.listing(TRAIN, VAL)


def list_test(root: Path) -> Listing:
    """Return the files of ``test/``, checked to hold the classes of ``train/``.

    Raises:
        DataError: there is no ``test/``, or it breaks a rule of the layout.
    """
    found = _Found.read(root)
    for split in (TRAIN, TEST):
        if split not in found.folders:
            raise DataError(
                f"{found.root} has no test images: {split}/ is missing. Put them in {TEST}/ beside "
                "train/ and val/, with the same class folders."
            )
    return found.listing(TRAIN, TEST)


def list_labelled(root: Path, split: str) -> Listing:
    """Return the files of ``split`` alone; where there are no splits, all that there are.

    Raises:
        DataError: the folder is missing, has other splits, or breaks a rule of the layout.
    """
    found = _Found.read(root)
    if found.folders and split not in found.folders:
        others = list(found.folders.values())
        held_out = found.folders.get(VAL) or found.folders.get(TEST) or others[0]
        raise DataError(
            f"{found.root} has no {split}/, but {listed(f'{name}/' for name in others)}. Give "
            f"another `split=`, or the folder of one, like imagefolder:{found.root / held_out}."
        )
    return found.listing(split)


@dataclass(frozen=True)
class _Found:
    """What lies in an image folder."""

    root: Path
    tree: Folder
    folders: Mapping[str, str]
    left_out: Counter[str]

    @classmethod
    def read(cls, root: Path) -> "_Found":
        """Read a folder, or the only one in it where its classes or splits are one level below.

        Raises:
            DataError: it is missing, cannot be read, or does not say what is a class.
        """
        if not root.exists():
            raise DataError(f"there is no image folder at {root}. Correct the path. {LAYOUT}")
        if not root.is_dir():
            raise DataError(f"{root} is a file, not a folder of images. {LAYOUT}")
        left_out: Counter[str] = Counter()
        try:
            tree = read_tree(root, left_out)
        except OSError as problem:
            raise DataError(
                f"{root} cannot be listed: {problem}. Make every folder in it readable."
            ) from None
        folders = split_folders(root, tree)
        while not folders and len(tree.folders) == 1:
            ((name, inner),) = tree.folders.items()
            if inner.images or not inner.filled():
                break
            left_out[OUTSIDE] += len(tree.images)
            root, tree = root / name, inner
            folders = split_folders(root, tree)
        return cls(root, tree, folders, left_out)

    def listing(self, *splits: str) -> Listing:
        """List splits, which must hold the same classes.

        Raises:
            DataError: they do not.
        """
        classes = {split: self._classes(self.folders.get(split, "")) for split in splits}
        self._check_same(classes)
        if self.folders:
            for name in self.tree.filled().keys() - self.folders.values():
                self.left_out[f"images in {name}/"] += sum(
                    1 for _ in self.tree.folders[name].files()
                )
            self.left_out[OUTSIDE] += len(self.tree.images)
        return self._listed(classes[splits[0]], classes)

    def drawn(self, *, split_dir: Path | None, seed: int) -> Listing:
        """List class folders whose images are split here.

        Raises:
            DataError: a class has a single image.
        """
        classes = self._classes("")
        single = [name for name, files in classes.items() if len(files) == 1]
        if single:
            raise DataError(
                f"{self.root}: one image alone cannot both train and validate a class: "
                f"{listed(single)}. Add images or remove the folder."
            )
        validates = draw_split(classes, split_dir=split_dir, seed=seed)
        parts = {
            split: {
                name: [file for file in files if (file in validates) == (split == VAL)]
                for name, files in classes.items()
            }
            for split in (TRAIN, VAL)
        }
        return self._listed(classes, parts)

    def _listed(self, first: Classes, parts: Mapping[str, Classes]) -> Listing:
        labels = {name: index for index, name in enumerate(first)}
        return Listing(
            root=self.root,
            class_names=tuple(check_name(name, "the class folder", DataError) for name in first),
            files={
                split: [(file, labels[name]) for name in first for file in classes[name]]
                for split, classes in parts.items()
            },
            folders=self.folders,
            left_out=+self.left_out,
        )

    def _classes(self, name: str) -> Classes:
        """Return the images of each class by its normalised name, in the folder of a split or all.

        The images are sorted, the classes by the names of their folders.
        """
        place, tree = self.root / name, self.tree.folders[name] if name else self.tree
        prefix = f"{name}/" if name else ""
        _check_distinct(place, tree.folders)
        classes = {
            normalised(own): sorted(f"{prefix}{own}/{file}" for file in folder.files())
            for own, folder in tree.folders.items()
        }
        if not any(classes.values()):
            kinds = self.left_out + Counter(Path(image).suffix for image in tree.images)
            raise DataError(
                f"{place} holds no images in class folders. Images end in "
                f"{listed(IMAGE_SUFFIXES)}; found: {_counts(kinds) or 'no files'}{_remedy(kinds)}. "
                f"{LAYOUT}"
            )
        empty = [own for own, files in classes.items() if not files]
        if empty:
            raise DataError(
                f"{place}: no images for the class {listed(empty)}. Images end in "
                f"{listed(IMAGE_SUFFIXES)}{_remedy(self.left_out)}. Add some or remove the folder."
            )
        if len(classes) == 1:
            raise DataError(
                f"{place} holds the single class '{next(iter(classes))}': a classifier needs at "
                f"least two. {LAYOUT}"
            )
        self.left_out[OUTSIDE] += len(tree.images)
        return classes

    def _check_same(self, parts: Mapping[str, Classes]) -> None:
        """Refuse splits that lack classes of one another."""
        for here, there in itertools.permutations(parts, 2):
            if missing := sorted(parts[here].keys() - parts[there].keys()):
                first, other = (f"{self.folders[split]}/" for split in parts)
                raise DataError(
                    f"{self.root}: {first} and {other} must hold the same classes, "
                    f"{self.folders[there]}/ lacks {listed(missing)}. Add the folders or remove "
                    f"them from {self.folders[here]}/."
                )


def _check_distinct(place: Path, names: Iterable[str]) -> None:
    """Refuse class folders whose names are written alike and differ in their characters only."""
    found: dict[str, str] = {}
    for name in names:
        other = found.setdefault(normalised(name), name)
        if other != name:
            raise DataError(
                f"{place}: two class folders are both called '{name}', {other!a} and {name!a} in "
                "Unicode's forms. Merge them, or rename one."
            )


def _remedy(kinds: Mapping[str, int]) -> str:
    """Return the advice to convert images of formats that are not read, "" without such images."""
    formats = sorted({kind.lower() for kind in kinds} & OTHER_IMAGES)
    return f"; convert {listed(formats)} to .jpg or .png to have them taken" if formats else ""


def _counts(kinds: Mapping[str, int]) -> str:
    return listed(f"{kind} ({count})" for kind, count in Counter(kinds).most_common())
