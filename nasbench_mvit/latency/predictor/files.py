"""Reads and writes predictor files, and lists the shipped ones."""

from pathlib import Path

from nasbench_mvit.errors import PredictorError, listed
from nasbench_mvit.io.json_file import read_object
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.latency.predictor.document import PredictorDocument

PACKAGED = Path(__file__).parents[1] / "data" / "predictors"


def predictor_names() -> list[str]:
    """Return the names of the predictors that the package ships."""
    return sorted(path.stem for path in PACKAGED.glob("*.json"))


def to_text(document: PredictorDocument) -> str:
    """Return the document as the text of its file."""
    return document.to_json(indent=2) + "\n"


def write_document(document: PredictorDocument, path: Path) -> None:
    """Write a predictor file atomically.

    Raises:
        OSError: ``path``, which the error names, cannot be written.
    """
    write_text(path, to_text(document))


def read_document(path: Path) -> PredictorDocument:
    """Read a predictor file.

    Raises:
        PredictorError: the file cannot be read, is damaged, of another schema version or
            inconsistent.
    """
    return read_object(
        path,
        PredictorDocument,
        PredictorError,
        noun="the latency predictor",
        alternative=f"give a name: {listed(predictor_names())}",
    )
