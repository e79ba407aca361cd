"""StudyConfig: the schema of ``studies/*.yaml``, what a search is to find and how."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.architecture.published import BASELINES, PUBLISHED
from nasbench_mvit.architecture.rivals import RIVALS
from nasbench_mvit.calibration.calibration import ImagenetCalibration
from nasbench_mvit.errors import StudyError, check_type, listed, unknown
from nasbench_mvit.io import catalogue, yaml_file
from nasbench_mvit.io.text_files import check_name
from nasbench_mvit.io.validation import validate
from nasbench_mvit.latency.predictor.files import predictor_names
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.study.on_images import EMBEDDED_DATA, OnImages
from nasbench_mvit.search.study.sections import (
    Limits,
    Pruning,
    Reference,
    Seed,
    SeedCount,
    StudySection,
)
from nasbench_mvit.training.proxy.recipe import ProxyConfig

COST_AWARE = "cost_aware"
SELF_TAUGHT = ("tpe", "nsga2", "random")  # samplers that know nothing but their trials
SAMPLERS = (*SELF_TAUGHT, COST_AWARE)
TRAINING, TABLE, SURROGATE, SUPERNET = "training", "table", "surrogate", "supernet"
EVALUATORS = (TRAINING, TABLE, SURROGATE, SUPERNET)


class StudyConfig(OnImages, StudySection):
    """One study: maximise the proxy's score and minimise latency, or memory, over a space."""

    ERROR = StudyError

    schema_version: Literal[1] = Field(description="Version of this file format.")
    description: str = Field(min_length=1, description="Purpose of the study, in a sentence.")
    space: str = Field(description="Name or path of a search space.")
    predictor: str | None = Field(
        None,
        description="Name or path of a latency predictor; without one it is "
        "named when the search is started.",
    )
    limits: Limits = Field(Limits(), description="Hard limits of a network.")
    data: str = Field(
        EMBEDDED_DATA,
        description="'embedded' (a subset of Fashion-MNIST), 'emoji' (in colour), "
        "'imagefolder:PATH', 'fashion_mnist:PATH' or 'huggingface:NAME_OR_PATH'.",
    )
    proxy: ProxyConfig = Field(
        ProxyConfig(),
        description="The training that scores a network. Its mosaic_grid is 1, ordinary "
        "classification, where the images do not come with this package and it is left out.",
    )
    calibration: str | None = Field(
        None,
        description="Path of a calibration file of this proxy, by which reports state an estimated "
        "ImageNet top-1 beside each score; without one, the shipped calibration of the recipe "
        "where there is one. It may change between runs.",
    )
    evaluator: str = Field(
        TRAINING,
        description="Evaluator of the networks: 'training' by the proxy; 'table', the trainings "
        "kept in the benchmark table of the space; 'surrogate', which trains nothing and "
        "estimates the result of a training; or 'supernet', which scores each network with weights "
        "that all share.",
    )
    supernet: str | None = Field(
        None,
        description="Path of the file of a supernet, for the evaluator 'supernet'.",
        exclude_if=lambda path: path is None,  # as the versions before it wrote a study
    )
    prior: str | None = Field(
        None,
        description="Name or folder of a surrogate of this proxy and these images, by whose "
        "estimates the sampler cost_aware knows what to expect before it has trained.",
        exclude_if=lambda name: name is None,  # as the versions before it wrote a study
    )
    front: FrontRule | None = Field(
        None,
        strict=False,
        description="What decides which network costs less, for front, sampler and pruning: "
        "'point', the predicted latency; 'upper', the upper end of its interval; 'supported', "
        "only intervals that do not overlap; or 'memory', the peak memory of activations in place "
        "of the latency. Left out it is 'upper' where the predictor "
        "extrapolates for more than half of the space's networks within the limits, and 'point' "
        "elsewhere.",
    )
    pruning: Pruning | None = Field(
        None,
        description="Early ending of unpromising trainings; without this section none ends early.",
    )
    sampler: str = Field("tpe", description=f"Sampler that proposes networks: {listed(SAMPLERS)}.")
    trials: Annotated[int, Field(ge=0, json_schema_extra={"unit": "networks"})] = Field(
        description="Distinct networks to train, baselines and rivals not counted; 0 trains only "
        "these."
    )
    seed: Seed = Field(
        0, description="Seed of the sampler and, without a training_seed, of the training."
    )
    training_seed: Seed | None = Field(
        None,
        description="First seed of the training, and of how images are split; as 'seed' if left "
        "out.",
    )
    seeds: SeedCount = Field(1, description="Trainings per network, with consecutive seeds.")
    baselines: dict[str, SeedCount] = Field(
        default_factory=lambda: dict.fromkeys(BASELINES, 1),
        description=f"Trainings of each published network, {listed(BASELINES)} always among them; "
        "the spread between the seeds of those trained twice or more is the noise that a report "
        "states, but by the recipe of the shipped benchmark table that of the table's networks.",
    )
    rivals: dict[str, SeedCount] = Field(
        default_factory=dict,
        description=f"Trainings of each rival, of {listed(RIVALS)}: they are shown beside the "
        "front, and the paper's claims over them are checked with the seeds that they share with "
        "the baselines. They may be added to a study that has run.",
    )
    reference: Reference | None = Field(
        None,
        description="The worst point that counts: hypervolume starts here, and the sampler "
        "cost_aware sees no gain beyond it. Left out it is made of the limits and of what the "
        "baselines come to.",
    )

    @field_validator("baselines")
    @classmethod
    def _check_baselines(cls, baselines: dict[str, SeedCount]) -> dict[str, SeedCount]:
        for name in baselines:
            if name not in PUBLISHED:
                raise ValueError(unknown("baseline", name, PUBLISHED))
        if missing := [name for name in BASELINES if name not in baselines]:
            raise ValueError(f"must name {listed(BASELINES)}; missing {listed(missing)}")
        return baselines

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        if self.sampler not in SAMPLERS:
            own = " A MODULE:FUNCTION of yours is for `table compare`." * (":" in self.sampler)
            raise ValueError(unknown("sampler", self.sampler, SAMPLERS) + own)
        if self.evaluator not in EVALUATORS:
            raise ValueError(unknown("evaluator", self.evaluator, EVALUATORS))
        self._check_supernet()
        self._check_prior()
        for name in self.rivals:
            if name not in RIVALS:
                raise ValueError(unknown("rival", name, RIVALS))
        if self.pruning is not None:
            self.pruning.parts(self.proxy.fractions)
        self._check_cost()
        return self

    def _check_cost(self) -> None:
        cost = self.rule.column
        if self.reference is not None and getattr(self.reference, cost) is None:
            given = "" if self.front is None else f" where `front=` is '{self.front}'"
            raise ValueError(
                f"reference: needs {cost}{given}, the {self.rule.noun} in {self.rule.unit} beyond "
                "which a network adds nothing"
            )
        if self.rule is FrontRule.MEMORY and self.rivals:
            raise ValueError(
                f"the peak memory of rivals is not known, got {listed(self.rivals)}: leave "
                "`rivals=` out, or choose another `front=` than 'memory'"
            )

    def _check_supernet(self) -> None:
        if self.evaluator == SUPERNET and not self.proxy.classifies:
            raise ValueError(
                f"the evaluator 'supernet' scores networks that classify, and this study is of "
                f"{self.proxy.task}: write `evaluator=` {TRAINING}"
            )
        if self.evaluator == SUPERNET and self.supernet is None:
            raise ValueError(
                "the evaluator 'supernet' needs `supernet=`, the file that "
                "`python -m nasbench_mvit supernet train` writes"
            )
        if self.evaluator != SUPERNET and self.supernet is not None:
            raise ValueError(
                f"`supernet=` is for the evaluator 'supernet', and this one is '{self.evaluator}': "
                "add `evaluator=` supernet, or leave it out"
            )
        if self.evaluator == SUPERNET and self.calibration is not None:
            raise ValueError(
                "`calibration=` is of networks trained alone, and the evaluator 'supernet' scores "
                "shared weights: leave it out"
            )

    def _check_prior(self) -> None:
        if self.prior is None:
            return
        if self.sampler != COST_AWARE:
            raise ValueError(
                f"`prior=` is for the sampler {COST_AWARE}, and this one is '{self.sampler}': "
                f"add `sampler=` {COST_AWARE}, or leave it out"
            )
        if self.evaluator != TRAINING:
            raise ValueError(
                "`prior=` says what to expect of a training, and the evaluator "
                f"'{self.evaluator}' trains nothing: leave it out, or add `evaluator=` {TRAINING}"
            )

    def find_calibration(self) -> ImagenetCalibration | None:
        """Return the calibration of the proxy's scores, None where there is none.

        Raises:
            CalibrationError: the one that the study names cannot be read or is of another proxy.
        """
        if self.evaluator == SUPERNET:  # whose scores are not those of a training
            return None
        return ImagenetCalibration.of_recipe(self.proxy, self.data, self.calibration)

    @property
    def rule(self) -> FrontRule:
        """The rule of the front; without one, as in studies of earlier versions, the point."""
        return self.front or FrontRule.POINT

    @property
    def data_seed(self) -> int:
        """Seed of how images are split, and first seed of the training."""
        return self.seed if self.training_seed is None else self.training_seed

    def training_seeds(self, count: int) -> range:
        """Return the seeds of ``count`` trainings of a network."""
        return range(self.data_seed, self.data_seed + count)


def load_study(name_or_path: str | Path) -> tuple[str, StudyConfig]:
    """Return the name (that of the file) and the content of a study.

    Raises:
        StudyError: there is no such file, it is not valid, or it is of an ablation.

    >>> name, study = load_study("latency_iphone")
    >>> name, study.limits.latency_ms
    ('latency_iphone', 8.0)
    >>> study.with_options(trials=8).trials
    8
    """
    path = catalogue.find("studies", name_or_path, StudyError)
    data = yaml_file.load(path, StudyError, StudyConfig)
    if catalogue.is_ablation(data):
        raise StudyError(
            f"{path} is an ablation study, which compares settings and has no front. Run it with "
            f"`python -m nasbench_mvit ablate --study {name_or_path}`, or name the study of a "
            f"search: {listed(catalogue.names('studies'))}."
        )
    name = check_name(path.stem, "the study", StudyError)
    return name, validate(data, StudyConfig, StudyError, where=str(path))


def check_study(study: StudyConfig) -> None:
    """Check the argument of a function that runs or plans a study.

    Raises:
        StudyError: it is not the content of a study.
    """
    rule = "a study must be a StudyConfig, the second that load_study(NAME) returns"
    check_type(study, StudyConfig, rule, StudyError)


def predictor_of(config: StudyConfig) -> LatencyPredictor:
    """Load the predictor of a study.

    Raises:
        StudyError: the study names none; the message says how to make one.
        PredictorError: it cannot be loaded.
    """
    if config.predictor is None:
        raise StudyError(
            "the study names no latency predictor. Measure the device with "
            "`python -m nasbench_mvit measure`, fit one with "
            "`python -m nasbench_mvit predictor fit RECORDS -o my_phone.json`, and add "
            f"`predictor=` my_phone.json. Shipped are {listed(predictor_names())}."
        )
    return load_predictor(config.predictor)
