"""Publishing an export on the Hugging Face Hub, by its conventions.

A repository holds ``README.md`` (the card), ``config.json`` and ``model.safetensors``: in
transformers' layout where transformers has the architecture, so that its
``AutoModelForImageClassification`` loads it, else in this package's own. ``load_weights`` and
``load_model`` read both, as "hf:OWNER/NAME". The folder of the export lies in ``export/``.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.errors import ExportError
from nasbench_mvit.export.extras import load_extra
from nasbench_mvit.export.formats.hub_layouts import (
    CONFIG,
    WEIGHTS,
    names_of,
    write_json,
    write_library,
)
from nasbench_mvit.export.network import Network
from nasbench_mvit.export.package import CARD, SPEC, TRAINING
from nasbench_mvit.models.weights.by_name import HUB, first_line, repository_of
from nasbench_mvit.models.weights.checkpoint import save_model
from nasbench_mvit.models.weights.hub_configs import config_of
from nasbench_mvit.workbench.evaluations.record import AnyRecord, ScoresRecord
from nasbench_mvit.workbench.evaluations.result import TITLES

README, EXPORT = "README.md", "export"
LIBRARY = "nasbench_mvit"
TAGS: Mapping[Task, str] = {
    "classification": "image-classification",
    "detection": "object-detection",
    "segmentation": "image-segmentation",
}


def check_hub(repository: str) -> None:
    """Check that a repository may have this name, and that somebody is logged in on the Hub.

    Raises:
        ExportError: it may not, the library is missing, or the Hub does not know who asks.
    """
    found = repository_of(repository)
    if found is None or found.revision is not None:
        raise ExportError(f"`push_to_hub=` must be OWNER/NAME, got '{repository}'.")
    api = load_extra("huggingface_hub", "hub").HfApi()
    try:
        api.whoami()
    except Exception as problem:  # noqa: BLE001 - of requests, httpx or httpx2, as the version has
        raise ExportError(
            f"`push_to_hub=` {repository} needs a login on the Hugging Face Hub "
            f"({first_line(problem)}). Run `hf auth login`, or set HF_TOKEN to a token that may "
            "write; or leave the option out."
        ) from None


def push(folder: Path, network: Network, scores: Sequence[AnyRecord], repository: str) -> str:
    """Publish an export; return the address of the repository, which is made if need be.

    Args:
        folder: the export.
        network: what it holds.
        scores: known accuracies of its weights.
        repository: OWNER/NAME.

    Raises:
        ExportError: the Hub refuses it, or is out of reach.
    """
    api = load_extra("huggingface_hub", "hub").HfApi()
    with tempfile.TemporaryDirectory() as temporary:
        staged = Path(temporary)
        write_repository(staged, folder, network, scores, repository)
        try:
            url = api.create_repo(repository, exist_ok=True)
            api.upload_folder(
                repo_id=repository, folder_path=staged, commit_message=f"Export {network.title}"
            )
        except Exception as problem:  # noqa: BLE001 - likewise
            raise ExportError(
                f"`push_to_hub=` {repository} was refused: {first_line(problem)}. The files are in "
                f"{folder}; correct the name or the token, and run the same command again."
            ) from None
    return str(url)


def write_repository(
    staged: Path, folder: Path, network: Network, scores: Sequence[AnyRecord], repository: str
) -> None:
    """Write the files of a repository into the folder ``staged``.

    Raises:
        OSError: a file cannot be written.
    """
    is_theirs = config_of("transformers", network.spec) is not None
    if is_theirs:
        write_library(staged, network, "transformers")
    else:
        names = {str(number): name for number, name in names_of(network).items()}
        config = {"model_type": LIBRARY, "spec": network.spec.to_dict(), "id2label": names}
        write_json(staged / CONFIG, config)
        save_model(staged / WEIGHTS, network.model, network.spec, network.notes)
    shutil.copyfile(folder / SPEC, staged / SPEC)
    shutil.copytree(folder, staged / EXPORT, ignore=shutil.ignore_patterns(TRAINING))
    card = (folder / CARD).read_text(encoding="utf-8")
    (staged / README).write_text(
        f"---\n{_front_matter(network, scores, is_theirs=is_theirs)}---\n\n{card}\n"
        f"## Use\n\n{_use(repository, is_theirs=is_theirs)}",
        encoding="utf-8",
    )


def _front_matter(network: Network, scores: Sequence[AnyRecord], *, is_theirs: bool) -> str:
    tag = TAGS[network.spec.task]
    content: dict[str, Any] = {
        "library_name": "transformers" if is_theirs else LIBRARY,
        "pipeline_tag": tag,
        "tags": ["mobilevit", tag, LIBRARY],
    }
    results = [_result(score, tag) for score in scores]
    if results:
        content["metrics"] = sorted(
            {kind["type"] for found in results for kind in found["metrics"]}
        )
        content["model-index"] = [{"name": network.title, "results": results}]
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _result(score: AnyRecord, tag: str) -> dict[str, Any]:
    if isinstance(score, ScoresRecord):
        top1 = score.hits1 / score.num_images
        metrics = [{"type": "accuracy", "name": TITLES["top1"], "value": top1}]
    else:
        metrics = [
            {"type": name, "name": TITLES[name], "value": kept.value}
            for name, kept in score.scores.items()
            if kept.value is not None
        ]
    return {
        "task": {"type": tag},
        "dataset": {"type": tag, "name": score.source, "split": score.split},
        "metrics": metrics,
    }


def _use(repository: str, *, is_theirs: bool) -> str:
    lines = [
        "```python",
        "from nasbench_mvit.models.weights.checkpoint import load_model",
        "",
        f'model, spec = load_model("{HUB}{repository}")',
    ]
    if is_theirs:
        lines += [
            "",
            "from transformers import AutoModelForImageClassification",
            "",
            f'model = AutoModelForImageClassification.from_pretrained("{repository}")',
        ]
    return "\n".join([*lines, "```", ""]) + (
        "\nThe files of the export, with their check against torch, are in `export/`.\n"
    )
