"""Reads and writes calibration files, and lists the shipped ones."""

from pathlib import Path

from nasbench_mvit.calibration.document import CalibrationDocument
from nasbench_mvit.errors import CalibrationError
from nasbench_mvit.io.json_file import read_object
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import check_name, write_text

PACKAGED = Path(__file__).parent / "data"
MAKE = "`python -m nasbench_mvit proxy --against imagenet --calibration FILE`"


def write_calibration(document: CalibrationDocument, path: Path) -> None:
    """Write a calibration file atomically.

    Raises:
        OSError: ``path``, which the error names, cannot be written.
    """
    write_text(path, document.model_dump_json(indent=2) + "\n")


def read_calibration(path: str | Path) -> CalibrationDocument:
    """Read a calibration file.

    Raises:
        CalibrationError: it cannot be read, is damaged, of another schema version or inconsistent.
    """
    return read_object(
        expanded(path),
        CalibrationDocument,
        CalibrationError,
        noun="the calibration",
        alternative=f"make one with {MAKE}",
    )


def checked_output(path: str | Path) -> Path:
    """Return the path of a calibration to write.

    Raises:
        CalibrationError: it is no name for a JSON file, or a file there is no calibration.
    """
    output = expanded(path)
    check_name(output.stem, "`calibration=`: the calibration", CalibrationError)
    if output.suffix != ".json":
        raise CalibrationError(f"`calibration=` must end in .json, got '{path}'.")
    if output.exists():
        try:
            read_calibration(output)
        except CalibrationError:
            raise CalibrationError(
                f"`calibration=`: {output} exists and is no calibration file, so it is not "
                "written over. Choose another name."
            ) from None
    return output


def packaged_calibration(proxy_id: str, data: str) -> CalibrationDocument | None:
    """Return the shipped calibration of a recipe on some images, None where there is none."""
    for path in sorted(PACKAGED.glob("*.json")):
        document = read_calibration(path)
        if (document.proxy_id, document.data) == (proxy_id, data):
            return document
    return None
