"""export_network: write one network as files for a phone or another runtime, and check them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import ExportError, check_count, listed
from nasbench_mvit.export.card import latency_text
from nasbench_mvit.export.formats.by_name import (
    check_installed,
    check_spec,
    find_formats,
    partitions,
)
from nasbench_mvit.export.interface import Precision
from nasbench_mvit.export.manifest import Identity, LatencyRecord, Manifest
from nasbench_mvit.export.network import Network
from nasbench_mvit.export.package import CARD, SPEC, TRAINING, Package, check_folder
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import normalised
from nasbench_mvit.models.weights.loading import LoadedWeights, load_weights
from nasbench_mvit.search.trials.snapshot import software_versions
from nasbench_mvit.workbench.exports.choices import PROXY, RANDOM, Origin, check_choices
from nasbench_mvit.workbench.exports.hub import check_hub, push
from nasbench_mvit.workbench.exports.latency import known_latencies
from nasbench_mvit.workbench.exports.proxy_weights import proxy_weights
from nasbench_mvit.workbench.exports.weights import Weights, random_weights, trained_weights
from nasbench_mvit.workbench.exports.writer import Writer
from nasbench_mvit.workbench.shared.described_network import (
    DescribedNetwork,
    NetworkDescription,
    StudyTrial,
    describe_network,
)
from nasbench_mvit.workbench.shared.observer import Observer


@dataclass(frozen=True, kw_only=True)
class ExportResult:
    """The files of an export.

    Attributes:
        folder: directory that holds them.
        manifest: what the folder holds, with the check of each format.
        failures: why a format that was written may not be used, by its name.
        hub_page: address of its repository on the Hugging Face Hub, None where it was not
            published.
    """

    folder: Path
    manifest: Manifest
    failures: Mapping[str, str]
    hub_page: str | None = None

    @property
    def card(self) -> Path:
        """The model card."""
        return self.folder / CARD

    @property
    def spec(self) -> Path:
        """The network as JSON."""
        return self.folder / SPEC


def export_network(  # noqa: PLR0913 - all but three are optional
    network: NetworkDescription | None,
    *,
    formats: Sequence[str],
    weights: str | Path,
    source: str | None = None,
    part: str | None = None,
    precision: Precision = "fp32",
    resolution: int | None = None,
    seed: int = 0,
    classes: Sequence[str] | None = None,
    data: str | None = None,
    predictor: str | Path | None = None,
    records: str | Path | None = None,
    out: str | Path | None = None,
    push_to_hub: str | None = None,
    command: str = "nasbench_mvit.export_network",
    observer: Observer | None = None,
) -> ExportResult:
    """Write a network with its weights in some formats, check them, and describe them in a card.

    All that can be wrong with the arguments is found before weights are trained. Formats are added
    to those that an earlier call has left in the folder.

    >>> result = export_network(
    ...     "mobilevit_xxs", formats=["torch"], weights="random", resolution=64, out="files"
    ... )
    >>> result.failures, result.manifest.formats["torch"].check.agreement
    ({}, 1.0)
    >>> result.card.exists()
    True

    Args:
        network: a spec, the name of a published network, the path of a ``spec.json``, or a trial
            of a study; None for the network in the file of the weights.
        formats: one or more of "onnx", "coreml", "executorch", "litert", "torch", "transformers"
            and "timm".
        weights: "proxy" to train once more as the study did, "random", or trained ones as
            ``load_weights`` takes them: a file, "hf:OWNER/NAME" or "timm:NAME".
        source: origin of the weights: "nasbench_mvit", "transformers", "timm" or "ml-cvnets";
            None to recognise it by their names.
        part: which of several sets of weights in the file; None for the only one, or the moving
            average.
        precision: "fp32", "fp16" or "int8".
        resolution: side of the input in pixels; None for that which the weights were trained at
            where this is known, else that of the network.
        seed: seed of random weights.
        classes: the name of each logit's class, where the file does not say or says otherwise.
        data: images to check with, for a network that detects or segments with boxes or masks;
            None for those of the study, else those that the weights were evaluated on, else the
            embedded ones.
        predictor: name or path of the latency predictor; None for that of the study.
        records: file of measured latencies that the network is looked up in.
        out: folder; None for one in ``exports/`` that is named after what is exported.
        push_to_hub: "OWNER/NAME" of a repository of the Hugging Face Hub to publish it in.
        command: what the card says that the files were made by.
        observer: receives what is written and how it compares with torch.

    Raises:
        WorkbenchError: an argument cannot be fulfilled, or a format cannot be written.
        OSError: the disk is full, or the folder may not be written.
    """
    observer = observer or Observer()
    check_choices(
        _origin(network),
        weights=weights,
        precision=precision,
        names_classes=classes is not None,
        names_data=data is not None,
    )
    if classes is not None:
        classes = [normalised(name) for name in classes]
    if resolution is not None:
        check_count(resolution, "`resolution=`", ExportError)
    names = find_formats(formats, precision)
    if push_to_hub is not None:
        check_hub(push_to_hub)
    folder = None if out is None else expanded(out)
    described, loaded = _described(network, weights, source, part, observer)
    chosen = _at_size(described, weights, loaded, resolution, observer)
    check_spec(names, chosen.spec)
    check_installed(names)
    if weights == PROXY and chosen.study is not None:
        _check_classifies(chosen)
        planned = proxy_weights(chosen.spec, chosen.study)
    elif loaded is None:
        planned = random_weights(chosen, data=data, seed=seed, names=classes)
    else:
        planned = trained_weights(
            weights, loaded, chosen, data=data, names=classes, say=observer.note
        )
    latencies = known_latencies(chosen, predictor=predictor, records=records)
    manifest = _manifest(chosen, planned, precision, latencies, command)
    if folder is None:
        folder = _folder_of(chosen, weights=weights, precision=precision)
    check_folder(folder, manifest, names)
    folder.mkdir(parents=True, exist_ok=True)
    _introduce(manifest, observer)
    for line in partitions(names, chosen.spec, precision):
        observer.note(line)
    model, accuracy = planned.get(folder / TRAINING, observer.note)
    made = Network(
        title=chosen.title,
        model=model,
        spec=chosen.spec,
        classes=planned.classes,
        notes=planned.notes,
    )
    package = Package(folder, manifest.model_copy(update={"accuracy": accuracy}), chosen.spec)
    writer = Writer(made, planned, precision, package, observer)
    found = {name: writer.write(name) for name in names}
    failures = {name: reason for name, reason in found.items() if reason is not None}
    page = None
    if push_to_hub is not None and failures:
        observer.note(f"not published on the Hub: {listed(failures)} may not be used")
    elif push_to_hub is not None:
        observer.note(f"publishing {folder} as {push_to_hub} on the Hub …")
        page = push(folder, made, planned.scores, push_to_hub)
    return ExportResult(folder=folder, manifest=package.manifest, failures=failures, hub_page=page)


def _check_classifies(chosen: DescribedNetwork) -> None:
    """Refuse to train a network once more that the proxy's training here does not know.

    Raises:
        ExportError: it detects or segments.
    """
    task = chosen.spec.task
    if task != "classification":
        raise ExportError(
            "`weights=` proxy trains networks that classify once more, and this one is for "
            f"{task}. Train it with train_network, which takes a trial of a study, and give its "
            "model.safetensors; or give random."
        )


def _origin(network: NetworkDescription | None) -> Origin:
    if network is None:
        return "weights"
    return "study" if isinstance(network, StudyTrial) else "spec"


def _described(
    network: NetworkDescription | None,
    weights: str | Path,
    source: str | None,
    part: str | None,
    observer: Observer,
) -> tuple[DescribedNetwork, LoadedWeights | None]:
    """Return the network that is meant, and what is in the file of its weights, if any."""
    described = None if network is None else describe_network(network)
    if weights in {PROXY, RANDOM} and described is not None:
        return described, None
    spec = None if described is None else described.spec
    loaded = load_weights(weights, source=source, part=part, spec=spec, task=None)
    for remark in loaded.remarks:
        observer.note(remark)
    return described or DescribedNetwork.of_spec(loaded.spec, f"the network of {weights}"), loaded


def _at_size(
    network: DescribedNetwork,
    weights: str | Path,
    loaded: LoadedWeights | None,
    resolution: int | None,
    observer: Observer,
) -> DescribedNetwork:
    """Return a network at the size asked for, else the one that its weights were trained at."""
    trained_px = None if loaded is None else loaded.notes.crop
    if weights == PROXY and network.study is not None:
        trained_px = network.study.config.proxy.input_size
    own = network.spec.resolution
    if resolution is None and trained_px not in {None, own}:
        observer.note(
            f"the weights were trained at {trained_px} px, so the files take images of that size; "
            f"`resolution=` {own} writes files of the network's own"
        )
    return network.at(trained_px if resolution is None else resolution)


def _manifest(
    source: DescribedNetwork,
    weights: Weights,
    precision: Precision,
    latencies: tuple[LatencyRecord, ...],
    command: str,
) -> Manifest:
    """Return all that is known before the weights are there and a file is written."""
    classes = weights.classes
    costs = count_costs(source.spec, num_classes=classes.num_logits)
    return Manifest(
        identity=Identity(spec_id=source.spec.id, weights=weights.identity, precision=precision),
        title=source.title,
        origin=source.origin,
        resolution=source.spec.resolution,
        task=source.spec.task,
        num_classes=len(classes.names),
        classes=classes.names if classes.named else None,
        cells=classes.cells,
        params=costs.params,
        macs=costs.macs,
        weights=weights.description,
        accuracy="",
        latencies=latencies,
        images=weights.images.record(),
        command=command,
        versions=software_versions(),
    )


def _introduce(manifest: Manifest, observer: Observer) -> None:
    observer.note(
        f"{manifest.origin}: {manifest.params:,} parameters, {manifest.macs:,} MACs at "
        f"{manifest.resolution} px\n{manifest.weights}"
    )
    for latency in manifest.latencies:
        observer.note(latency_text(latency))


def _folder_of(source: DescribedNetwork, *, weights: str | Path, precision: Precision) -> Path:
    """Return where an export goes unless told otherwise."""
    kind = re.sub(r"[^\w.-]+", "-", Path(weights).stem)
    return Path("exports") / f"{source.slug}-{kind}-{precision}"
