"""load_weights: the network of a file or a name, whoever wrote it and whatever is around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from nasbench_mvit.architecture.differences import differences
from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.published_figures import FIGURES, network_title, published_name
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import WeightsError, listed, unknown
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.validation import kind_of
from nasbench_mvit.models.weights.by_name import HUB, TIMM, from_timm, hub_file
from nasbench_mvit.models.weights.checkpoint import (
    CLASSIFIER,
    METADATA_KEY,
    Notes,
    assembled,
    read_saved,
)
from nasbench_mvit.models.weights.convert import (
    COUNTER,
    anchors,
    channels_flipped,
    convert,
    differing_keys,
    empty_state,
    identify,
)
from nasbench_mvit.models.weights.files import FileContent, read_file
from nasbench_mvit.models.weights.foreign_heads import BACKBONES
from nasbench_mvit.models.weights.foreign_names import LAYOUTS
from nasbench_mvit.models.weights.preprocessing import OWN, PREPROCESSING, Channels
from nasbench_mvit.models.weights.state_dicts import StateDict, choose, digest_of, find_state_dicts

# Names that weights of a whole network have by one source alone.
ANCHORS = {OWN: ("stem.norm.weight",)} | {source: anchors(source) for source in LAYOUTS}
# What a spec says beyond its tensors.
NOT_IN_WEIGHTS = (
    "resolution",
    "dropout",
    "classifier_dropout",
    "task_head.output_stride",
    "task_head.atrous_rate",
    "task_head.dropout",
)
# What the state of a training of this package has beside its tensors.
CHECKPOINT = frozenset({"schema_version", "identity"})


@dataclass(frozen=True, kw_only=True, eq=False)
class LoadedWeights:
    """A network with trained weights.

    Attributes:
        digest: SHA-256 of their file, or of the tensors where timm makes them.
        model: ``build_model(spec, num_logits)`` in evaluation mode, float32, on the CPU. Its images
            have their channels in the order that the source uses.
        spec: the network.
        source: whose names the weights had in the file.
        title: what the network is called.
        notes: what else the file says.
        remarks: what was chosen or changed while reading, a sentence each.
        is_checkpoint: whether the file is the state of a training of this package, which does not
            say which images it is trained on.
    """

    digest: str
    model: nn.Module
    spec: MobileViTSpec
    source: str
    title: str
    notes: Notes = field(default_factory=Notes)
    remarks: tuple[str, ...] = ()
    is_checkpoint: bool = False


def load_weights(
    weights: str | Path,
    *,
    source: str | None = None,
    part: str | None = None,
    spec: MobileViTSpec | None = None,
    task: Task | None = "classification",
) -> LoadedWeights:
    """Return the network of a file of weights, or of published weights by name.

    The file is one of ``save_model``, another safetensors file, or a checkpoint of ``torch.save``
    in which the weights may lie anywhere, wrapped by DataParallel or torch.compile, beside other
    things. Code in it never runs. Numbers of any precision become float32.

    Args:
        weights: the path of a file, "hf:OWNER/NAME" of the Hugging Face Hub, maybe with
            "@REVISION", or "timm:NAME" of an installed timm.
        source: origin of the weights: "nasbench_mvit", "transformers", "timm" or "ml-cvnets";
            None to recognise it by their names.
        part: which of several sets of weights in the file, by its place; None for the only one, or
            the moving average.
        spec: the network, where the file does not name it; None for the published one that it fits.
        task: what the network must do; None for any task.

    Raises:
        WeightsError: the file is missing, damaged, of another kind or task, or does not fit its
            source; or there are no weights of that name.
    """
    loaded = _loaded(weights, source=source, part=part, spec=spec)
    if task not in (None, loaded.spec.task):
        raise WeightsError(
            f"{weights} holds the weights of a network for {loaded.spec.task}, and one for {task} "
            "is needed here. Give weights of that task."
        )
    return loaded


def _loaded(
    weights: str | Path, *, source: str | None, part: str | None, spec: MobileViTSpec | None
) -> LoadedWeights:
    if source not in (None, *PREPROCESSING):
        raise WeightsError(unknown("source of weights", source, PREPROCESSING))
    name, path = str(weights), expanded(weights)
    if name.startswith(TIMM):
        state, source = from_timm(name), source or "timm"
        file = FileContent(content=state, digest=digest_of(state))
    else:
        file = read_file(hub_file(name) if name.startswith(HUB) else path)
    if METADATA_KEY in file.metadata and part is None and source in (None, OWN):
        saved = read_saved(path, file)
        return LoadedWeights(
            digest=file.digest,
            model=assembled(saved.state, saved.spec, str(path)),
            spec=saved.spec,
            source=OWN,
            title=network_title(saved.spec),
            notes=saved.notes,
            remarks=_remark_on_precision(saved.state, path),
        )
    return _unlabelled(path, file, source=source, part=part, spec=spec)


def other_network(
    weights: str | Path, found: MobileViTSpec, wanted: MobileViTSpec
) -> WeightsError | None:
    """Return the error of weights whose fields are not those of a network; None where they are.

    Where it is deployed and how it was regularised says nothing of the weights.
    """
    fields = differences(wanted, found, ignoring=NOT_IN_WEIGHTS)
    if not fields:
        return None
    names = [published_name(spec) for spec in (found, wanted)]
    there, here = ("another network" if name is None else FIGURES[name].title for name in names)
    not_of = "" if names[1] is None else f", not of {here}"
    return WeightsError(
        f"{weights} holds the weights of {there}{not_of}: {fields}. Give the weights of this "
        "network, or name no network, to take the weights' own."
    )


def taking_rgb(model: nn.Module, channels: Channels) -> nn.Module:
    """Return a network that takes images with this order of channels as one that takes RGB."""
    if channels == "bgr":
        model.load_state_dict(channels_flipped(model.state_dict()))
    return model


def _unlabelled(
    path: Path,
    file: FileContent,
    *,
    source: str | None,
    part: str | None,
    spec: MobileViTSpec | None,
) -> LoadedWeights:
    """Return the network of a file that does not say whose weights it holds."""
    found = find_state_dicts(file.content, ANCHORS, BACKBONES)
    if not found:
        content = file.content
        held = listed(content) if isinstance(content, Mapping) else kind_of(content)
        raise WeightsError(
            f"{path} holds no weights but {held or 'nothing'}. Give a file with a mapping of names "
            "to tensors, by itself or anywhere inside."
        )
    place, choice = choose(found, part, path)
    state, remarks = found[place], [choice] if choice else []
    if source is None:
        source = _source_of(state, path)
        if source != OWN:
            remarks.append(f"{path} has the names of {source}, so its weights are taken as such")
    if source == OWN:
        spec, remark = _spec_of(state, spec, path)
        title, own = network_title(spec), state
        remarks += [remark] if remark else []
    else:
        own = _converted(state, source, path)
        known = identify(state, source)
        spec, title = known.spec, f"{FIGURES[known.name].title} of {source}"
    return LoadedWeights(
        digest=file.digest,
        model=assembled(own, spec, str(path)),
        spec=spec,
        source=source,
        title=title,
        remarks=(*remarks, *_remark_on_precision(state, path)),
        is_checkpoint=isinstance(file.content, Mapping) and file.content.keys() >= CHECKPOINT,
    )


def _source_of(state: StateDict, path: Path) -> str:
    sources = _like(state)
    if len(sources) == 1:
        return sources[0]
    known = ", ".join(f"{names[0]} ({source})" for source, names in ANCHORS.items())
    raise WeightsError(
        f"{path} does not have the names of a whole MobileViT, but {listed(state)}. It would have "
        f"{known}. If it is one of "
        "these, say by `source=` which, to see what is missing."
    )


def _like(state: StateDict) -> list[str]:
    """Return the sources of whose names the weights have one."""
    starts = ("", *filter(None, BACKBONES.values()))
    anchors = {
        source: [f"{start}{name}" for start in starts for name in names]
        for source, names in ANCHORS.items()
    }
    return [source for source, names in anchors.items() if any(name in state for name in names)]


def _converted(state: StateDict, source: str, path: Path) -> dict[str, Tensor]:
    try:
        return convert(state, source)
    except WeightsError as problem:
        like = [other for other in _like(state) if other != source]
        hint = f" Its names are those of {listed(like)}: try that as `source=`." if like else ""
        raise WeightsError(f"{path}: {problem}{hint}") from None


def _spec_of(
    state: StateDict, spec: MobileViTSpec | None, path: Path
) -> tuple[MobileViTSpec, str | None]:
    """Return the network of weights with our names that do not name it, and how it was found.

    Raises:
        WeightsError: none is given, and the weights are not of a published one.
    """
    if spec is not None:
        return spec, None
    classifier = state.get(CLASSIFIER)
    num_classes = len(classifier) if classifier is not None and classifier.ndim else 1
    expected = {name: _shapes(empty_state(published(name), num_classes)) for name in PUBLISHED}
    found = _shapes(state)
    name = max(PUBLISHED, key=lambda name: len(found.items() & expected[name].items()))
    if found == expected[name]:
        title = FIGURES[name].title
        return published(name), f"{path} names no network; all its tensors are those of {title}"
    weights = {key: value for key, value in state.items() if key in found}
    raise WeightsError(
        f"{path} has the names of this package, but does not say of which network. The nearest "
        f"published one is {name}; {differing_keys(weights, expected[name])}. Give the network "
        "too, or a file that save_model wrote, as a training leaves beside its checkpoint.pt when "
        "it ends (model.safetensors)."
    )


def _shapes(state: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of weights; counters, which may be missing, are left out."""
    return {key: tuple(value.shape) for key, value in state.items() if not key.endswith(COUNTER)}


def _remark_on_precision(state: Mapping[str, Tensor], path: Path) -> tuple[str, ...]:
    types = {value.dtype for value in state.values() if value.is_floating_point()}
    others = sorted(str(kind).removeprefix("torch.") for kind in types - {torch.float32})
    if not others:
        return ()
    return (f"the weights of {path} are in {listed(others)}; they are computed with in float32",)
