"""An export from its parts: what the command runs once its options are known to be good."""

import argparse

from rich.console import Console

from nasbench_mvit.cli.export.images import Views
from nasbench_mvit.cli.export.latency import known_latencies
from nasbench_mvit.cli.export.proxy_weights import proxy_weights
from nasbench_mvit.cli.export.source import Source, find_source, folder_of
from nasbench_mvit.cli.export.weights import Weights, plan_weights
from nasbench_mvit.cli.export.writer import Writer
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.export.card import latency_text
from nasbench_mvit.export.formats import find_formats
from nasbench_mvit.export.manifest import Identity, Manifest
from nasbench_mvit.export.network import Network
from nasbench_mvit.export.package import TRAINING, Package, check_folder
from nasbench_mvit.search.trials.snapshot import software_versions

CHECK_FAILED = 1


def export(options: argparse.Namespace, *, command: str, console: Console) -> int:
    """Write what the options ask for; return the exit code.

    All that can be wrong with the options is found before the weights are trained.

    Raises:
        WorkbenchError: an option cannot be fulfilled.
        OSError: the disk is full, or the folder may not be written.
    """
    formats = find_formats(options.format, options.precision)
    source = find_source(options)
    weights = _weights(options, source)
    manifest = _manifest(options, source, weights, command)
    folder = options.out or folder_of(source, weights=options.weights, precision=options.precision)
    check_folder(folder, manifest)
    folder.mkdir(parents=True, exist_ok=True)
    _introduce(manifest, console)
    model, accuracy = weights.get(folder / TRAINING, console.print)
    network = Network(title=source.title, model=model, spec=source.spec, classes=weights.classes)
    package = Package(folder, manifest.model_copy(update={"accuracy": accuracy}), source.spec)
    writer = Writer(network, weights, options.precision, package, console)
    failures = [writer.write(name) for name in formats]
    console.print(f"see {folder / 'model_card.md'}")
    return CHECK_FAILED if any(failures) else 0


def _weights(options: argparse.Namespace, source: Source) -> Weights:
    views = Views.of(source.study, options.data)
    if options.weights == "proxy" and source.study is not None:
        return proxy_weights(source.spec, source.study, views)
    return plan_weights(
        options.weights, source.spec, views, seed=options.seed, labels=options.labels
    )


def _manifest(
    options: argparse.Namespace, source: Source, weights: Weights, command: str
) -> Manifest:
    """Return all that is known before the weights are there and a file is written."""
    classes = weights.classes
    costs = count_costs(source.spec, num_classes=classes.num_logits)
    return Manifest(
        identity=Identity(
            spec_id=source.spec.id, weights=weights.identity, precision=options.precision
        ),
        title=source.title,
        origin=source.origin,
        resolution=source.spec.resolution,
        num_classes=len(classes.names),
        classes=classes.names if classes.named else None,
        cells=classes.cells,
        params=costs.params,
        macs=costs.macs,
        weights=weights.description,
        accuracy="",
        latencies=known_latencies(source, predictor=options.predictor, records=options.records),
        images=weights.views.record(source.spec.resolution),
        command=command,
        versions=software_versions(),
    )


def _introduce(manifest: Manifest, console: Console) -> None:
    console.print(
        f"{manifest.origin}: {manifest.params:,} parameters, {manifest.macs:,} MACs at "
        f"{manifest.resolution} px\n{manifest.weights}"
    )
    for latency in manifest.latencies:
        console.print(latency_text(latency))
