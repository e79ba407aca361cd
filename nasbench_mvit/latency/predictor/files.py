"""Reads and writes predictor files, and lists the shipped ones."""

import json
from pathlib import Path

from nasbench_mvit.errors import PredictorError, listed
from nasbench_mvit.io.text_files import read_text, write_text
from nasbench_mvit.io.validation import kind_of, validate
from nasbench_mvit.latency.fields import unique_keys
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
    try:
        data = json.loads(read_text(path), object_pairs_hook=unique_keys)
    except OSError as problem:
        raise PredictorError(
            f"the latency predictor {path} cannot be read: {problem.strerror}. Give a path that "
            f"exists or a name: {listed(predictor_names())}."
        ) from None
    except (ValueError, RecursionError) as problem:
        raise PredictorError(
            f"the latency predictor {path} is not valid JSON: {problem}. Make it anew, or give "
            f"a name: {listed(predictor_names())}."
        ) from None
    if not isinstance(data, dict):
        raise PredictorError(
            f"the latency predictor {path} must hold an object of fields "
            f"({listed(PredictorDocument.model_fields)}), got {kind_of(data)}."
        )
    return validate(data, PredictorDocument, PredictorError, where=str(path))
