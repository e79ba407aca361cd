"""train_network and plan_training: one network trained in full, or what that would be."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from nasbench_mvit.architecture.heads import head_of
from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import TrainingError, check_count
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.models.weights.files import sha256
from nasbench_mvit.models.weights.preprocessing import Preprocessing
from nasbench_mvit.training.common.world import World, joined, own_cores, own_device
from nasbench_mvit.training.full.backbone import open_backbone
from nasbench_mvit.training.full.defaults import of_task
from nasbench_mvit.training.full.initial import InitialWeights, open_initial
from nasbench_mvit.training.full.job import CHECKPOINT, WEIGHTS, FullJob
from nasbench_mvit.training.full.outline import Outline, outline_of
from nasbench_mvit.training.full.recipe import FullRecipe
from nasbench_mvit.training.full.run import run_job
from nasbench_mvit.training.full.state import updates_saved
from nasbench_mvit.training.full.timing import estimate
from nasbench_mvit.training.full.watcher import EpochReport
from nasbench_mvit.workbench.evaluations.record import keep_scores
from nasbench_mvit.workbench.evaluations.result import Accuracy, ScoredSplit
from nasbench_mvit.workbench.full_training.options import TrainingOptions
from nasbench_mvit.workbench.full_training.result import (
    FullTrainingObserver,
    TrainedNetwork,
    TrainingPlan,
    TrainingStart,
)
from nasbench_mvit.workbench.shared.described_network import (
    DescribedNetwork,
    NetworkDescription,
    describe_network,
)
from nasbench_mvit.workbench.shared.run_directory import locked
from nasbench_mvit.workbench.trackers.by_name import TrackerName
from nasbench_mvit.workbench.trackers.training import TrackedTraining, trackers_of

MAX_WORKERS = 8
OUT = "`out=`"


def train_network(
    network: NetworkDescription | None,
    data: str,
    *,
    ray_processes: int | None = None,
    track: Sequence[str] | None = None,
    observer: FullTrainingObserver | None = None,
    **options: Unpack[TrainingOptions],
) -> TrainedNetwork:
    """Train a network in full; a call with the same arguments continues from the last checkpoint.

    Under torchrun every process makes the same call, and each update is shared by all of them.

    >>> recipe = FullRecipe(epochs=2, sizes=(32,), base_size=32, eval_resize=32, eval_size=32)
    >>> trained = train_network(
    ...     "mobilevit_xxs", "imagefolder:photos", recipe=recipe, out="my_network"
    ... )
    >>> trained.scores.epoch, trained.weights.name
    (2, 'model.safetensors')

    Weights that are trained already are fine-tuned to other images, here those of above:

    >>> tuned = train_network(None, "imagefolder:photos", init=trained.weights, recipe=recipe)
    >>> tuned.weights.parent.name.startswith("fine-tune-")
    True

    Args:
        network: a spec, the name of a published network, the path of a ``spec.json``, or a trial
            of a study; None for that of the weights it starts from.
        data: "imagefolder:PATH", "huggingface:NAME", "fashion_mnist:PATH" or "embedded"; of a
            network that detects or segments "coco:PATH", "voc:PATH", "huggingface:NAME" or
            "embedded".
        ray_processes: number of processes of a Ray cluster to train in; None trains in this one.
        track: trackers that curves, parameters and files are written to, see ``run_study``; None
            for TensorBoard in the folder of the training, where it is installed.
        observer: reports the progress.
        options: as ``TrainingOptions`` lists them.

    Raises:
        WorkbenchError: network, weights, images, recipe, device or tracker cannot be used, or the
            training diverged.
        OSError: the disk is full, or the folder may not be written.
    """
    observer = observer or FullTrainingObserver()
    if ray_processes is not None:
        check_count(ray_processes, "`ray_processes=`", TrainingError)
    task = _task(network, data, **options)
    folder = task.job.folder
    if ray_processes is not None:
        trackers = trackers_of(track, folder, observer.note)
        with _said_where_it_stopped(folder, observer):
            return task.train_with_ray(ray_processes, trackers, observer)
    with joined(task.job.device) as world:
        told = observer if world.is_first else FullTrainingObserver()
        trackers = trackers_of(track, folder, told.note) if world.is_first else ()
        with _said_where_it_stopped(folder, told):
            return task.train(world, trackers, observer)


def plan_training(
    network: NetworkDescription | None, data: str, **options: Unpack[TrainingOptions]
) -> TrainingPlan:
    """Return the plan of ``train_network`` and its expected time; nothing of it is kept.

    The arguments are those of ``train_network``.

    >>> plan = plan_training("mobilevit_xxs", "imagefolder:photos", recipe=FullRecipe(epochs=50))
    >>> plan.start.outline.plan.recipe.epochs, plan.seconds > 0
    (50, True)

    Raises:
        WorkbenchError: network, weights, images, recipe or device cannot be used.
    """
    task = _task(network, data, **options)
    with joined(task.job.device) as world:
        outline, estimated = estimate(task.job, world)
        return TrainingPlan(**vars(estimated), start=task.start(outline), is_first=world.is_first)


@dataclass(frozen=True, kw_only=True)
class _Task:
    """A training and where its network comes from."""

    job: FullJob
    origin: str

    def start(self, outline: Outline) -> TrainingStart:
        """Return the description of the training that begins."""
        params = count_costs(self.job.spec, num_classes=outline.num_classes).params
        return TrainingStart(
            origin=self.origin, params=params, folder=self.job.folder, outline=outline
        )

    def train(
        self, world: World, trackers: tuple[TrackerName, ...], observer: FullTrainingObserver
    ) -> TrainedNetwork:
        """Train in this process and those that torchrun started beside it."""
        # The first process keeps other commands out of the folder for all.
        alone = locked(self.job.folder, elsewhere=OUT) if world.is_first else None
        with alone or contextlib.nullcontext():
            scores = run_job(
                self.job,
                world,
                announce=lambda outline: observer.started(self.start(outline)),
                watchers=TrackedTraining(
                    trackers=trackers, folder=self.job.folder, others=(observer,)
                ),
            )
        return self._trained(scores, world)

    def train_with_ray(
        self, processes: int, trackers: tuple[TrackerName, ...], observer: FullTrainingObserver
    ) -> TrainedNetwork:
        """Train in processes of a Ray cluster."""
        from nasbench_mvit.training.full.ray import train_with_ray  # noqa: PLC0415 - loads ray

        observer.started(self.start(outline_of(self.job, processes)))
        with locked(self.job.folder, elsewhere=OUT):
            watchers = TrackedTraining(trackers=trackers, folder=self.job.folder)
            return self._trained(train_with_ray(self.job, processes, watchers), World())

    def _trained(self, scores: EpochReport, world: World) -> TrainedNetwork:
        weights, recipe, task = self.job.folder / WEIGHTS, self.job.recipe, self.job.spec.task
        if world.is_first:
            count, classifies = scores.num_images, task == "classification"
            keep_scores(
                weights,
                digest=sha256(weights),
                data=self.job.source,
                split="val",
                num_images=count,
                role=ScoredSplit(num_held_out=count - scores.num_seen, num_trained=scores.num_seen),
                preprocessing=Preprocessing(
                    resize=recipe.eval_resize if classifies else recipe.eval_size,
                    crop=recipe.eval_size,
                ),
                scores={
                    name: Accuracy(round(value * count), count) if classifies else value
                    for name, value in scores.metrics.items()
                },
            )
        return TrainedNetwork(scores=scores, weights=weights, task=task, is_first=world.is_first)


def _task(  # noqa: PLR0913 - the options of ``TrainingOptions`` with their defaults
    network: NetworkDescription | None,
    data: str,
    *,
    recipe: FullRecipe | None = None,
    init: str | Path | None = None,
    task: str | None = None,
    backbone: str | Path | None = None,
    source: str | None = None,
    part: str | None = None,
    out: str | Path | None = None,
    seed: int = 0,
    device: str = "auto",
    workers: int | None = None,
    checkpoint_updates: int = 250,
) -> _Task:
    recipe = recipe or FullRecipe()
    check_count(checkpoint_updates, "`checkpoint_updates=`", TrainingError)
    if task is not None:
        head_of(task)  # refuses other words
    found = None if network is None else describe_network(network).for_task(task)
    initial = _initial(found, task, init, backbone, source=source, part=part)
    if initial is not None:
        found = found or describe_network(_name_of(initial.spec) or initial.spec).for_task(task)
        initial.check(found.spec)
    elif found is None:
        raise TrainingError(
            "a training needs a network, or `init=` or `backbone=`, weights that it starts from."
        )
    elif {"freeze", "backbone_rate"} & recipe.model_fields_set:
        start = "init" if found.spec.task == "classification" else "backbone"
        raise TrainingError(
            "`freeze=` and `backbone_rate=` are for weights that are trained already: give "
            f"`{start}=`, a file, hf:OWNER/NAME or timm:NAME, or leave them out."
        )
    kind = "train" if init is None else "fine-tune"
    if found.spec.task != "classification":
        kind = f"train-{found.spec.task}"
    job = FullJob(
        spec=found.spec,
        recipe=of_task(recipe, found.spec.task),
        source=data,
        seed=seed,
        folder=(Path("runs") / f"{kind}-{found.slug}" if out is None else expanded(out)).absolute(),
        device=own_device(device),
        workers=_default_workers() if workers is None else workers,
        every=checkpoint_updates,
        initial=initial,
    )
    return _Task(job=job, origin=found.origin)


def _initial(
    found: DescribedNetwork | None,
    task: str | None,
    init: str | Path | None,
    backbone: str | Path | None,
    *,
    source: str | None,
    part: str | None,
) -> InitialWeights | None:
    """Return the weights that a network starts from, None for random ones.

    Raises:
        TrainingError: weights are given that are not for a network of this task.
        WeightsError: there are no such weights.
    """
    asked = None if found is None else found.spec
    task = task or (asked.task if asked is not None else None)
    if backbone is not None:
        if task in (None, "classification"):
            raise TrainingError(
                "`backbone=` is for a network that detects or segments: give `task=` detection or "
                "segmentation. A network that classifies starts from `init=`."
            )
        return open_backbone(backbone, source=source, part=part, spec=asked)
    if init is None:
        return None
    if task not in (None, "classification"):
        raise TrainingError(
            f"`init=` is for a network that classifies, and this one is for {task}. Give the "
            "weights to `backbone=`: all of them but their head are taken over."
        )
    return open_initial(init, source=source, part=part, spec=asked)


@contextlib.contextmanager
def _said_where_it_stopped(folder: Path, observer: FullTrainingObserver) -> Iterator[None]:
    """Tell on Ctrl-C what the same call goes on from."""
    try:
        yield
    except KeyboardInterrupt:
        with contextlib.suppress(TrainingError):  # a damaged checkpoint is told by the next call
            done = updates_saved(folder / CHECKPOINT)
            where = f"goes on after {done:,} updates" if done else "begins anew: nothing was saved"
            observer.note(f"stopped; the same command again {where}")
        raise


def _name_of(spec: MobileViTSpec) -> str | None:
    """Return the name of a network that is published, None for others."""
    return next((name for name in PUBLISHED if published(name) == spec), None)


def _default_workers() -> int:
    """Return a fair share of the cores for the images of one process."""
    return min(MAX_WORKERS, own_cores())
