"""The JSON Schemas of the files that the package writes hold for those that it ships."""

import json
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "nasbench_mvit"
FILES = {
    "predictor": sorted((PACKAGE / "latency/data/predictors").glob("*.json")),
    "table": sorted((PACKAGE / "table/data").glob("*/table.json")),
    "surrogate": sorted((PACKAGE / "surrogate/data").glob("*/surrogate.json")),
    "ablation_report": sorted((ROOT / "docs/ablations").glob("*/ablation.json")),
}
SHIPPED = [(kind, path) for kind, paths in FILES.items() for path in paths]


def _schema(kind: str) -> dict[str, object]:
    text = (ROOT / "docs/schemas" / f"{kind}.schema.json").read_text()
    schema: dict[str, object] = json.loads(text)
    return schema


@pytest.mark.parametrize(
    ("kind", "path"), SHIPPED, ids=lambda value: str(getattr(value, "stem", value))
)
def test_a_shipped_file_keeps_its_schema(kind: str, path: Path) -> None:
    jsonschema.validate(json.loads(path.read_text()), _schema(kind))


@pytest.mark.parametrize("kind", ["predictor", "table", "surrogate", "export"])
def test_a_schema_refuses_an_empty_file(kind: str) -> None:
    with pytest.raises(jsonschema.ValidationError, match="required"):
        jsonschema.validate({}, _schema(kind))
