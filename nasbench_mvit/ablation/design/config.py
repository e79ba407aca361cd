"""AblationConfig: the schema of an ablation study, which arms to train and what the paper found."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from nasbench_mvit.ablation.design.terms import PAPER_STRONGEST_DECAY, PaperTerms
from nasbench_mvit.architecture.patches import map_side, num_patches
from nasbench_mvit.architecture.space_file import Choice, FieldName, normalise
from nasbench_mvit.errors import AblationError, listed, unknown
from nasbench_mvit.io import catalogue, yaml_file
from nasbench_mvit.io.validation import validate
from nasbench_mvit.search.study.on_images import EMBEDDED_DATA, OnImages
from nasbench_mvit.search.study.proxy_fit import MIN_PATCHES
from nasbench_mvit.training.proxy.recipe import ProxyConfig

MIN_SEEDS, MAX_SEEDS = 2, 1000
MIN_PATCH_PX = 128
MAX_ARMS = 256
TWO = 2
Name = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^;|\n]+$")]
Network = Literal["mobilevit_s", "mobilevit_xs", "mobilevit_xxs"]
Design = Literal["one_factor", "full_factorial", "leave_one_out"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Setting(_Section):
    """One setting of a factor: what it changes, nothing if it is what the study holds anyway."""

    network: dict[FieldName, Choice] = Field(
        {}, description="Fields of the network, as in search spaces, with their values."
    )
    recipe: dict[str, Any] = Field(
        {}, description="Fields of `recipe` with their values, in the paper's terms."
    )
    proxy: dict[str, Any] = Field(
        {}, description="Fields of `proxy` with their values, as they are; nothing is scaled."
    )


class Factor(_Section):
    """A named quantity that is varied, its settings, and which of them is the default."""

    default: Name = Field(description="The setting others are compared with.")
    settings: dict[Name, Setting] = Field(description="Two settings or more, by name.")

    @model_validator(mode="after")
    def _check_settings(self) -> Self:
        if len(self.settings) < TWO:
            raise ValueError(f"a factor needs two settings or more, got {listed(self.settings)}")
        if self.default not in self.settings:
            raise ValueError(unknown("setting", self.default, self.settings))
        return self


class PaperResult(_Section):
    """The paper's result for one arm."""

    settings: dict[str, str] = Field(
        description="The setting of each factor; one left out is at its default."
    )
    top1: float | None = Field(
        None,
        ge=0,
        le=100,
        description="The accuracy it reports, by the metric of `paper`.",
        json_schema_extra={"unit": "%"},
    )
    latency_ms: float | None = Field(
        None,
        gt=0,
        description="The latency it reports, of the paper's network.",
        json_schema_extra={"unit": "ms"},
    )


class Paper(_Section):
    """The results that the paper reports, and their conditions."""

    source: str = Field(min_length=1, description="Table or figure.")
    metric: str = Field("ImageNet-1k top-1", description="Metric of its results.")
    device: str | None = Field(None, description="Device of its latencies.")
    held_fixed: str = Field(min_length=1, description="Settings that its arms share.")
    results: list[PaperResult] = Field(description="Its numbers, arm by arm.")


class AblationConfig(OnImages, _Section):
    """One ablation: trainings that differ in one thing, with paired seeds."""

    ERROR = AblationError

    schema_version: Literal[1] = Field(description="Version of this file format.")
    kind: Literal["ablation"] = Field(description="Tells it from the study of a search.")
    description: str = Field(min_length=1, description="Question of the study, in a sentence.")
    network: Network = Field("mobilevit_xxs", description="The published network that is trained.")
    full_size: Network | None = Field(
        None,
        description="The network whose costs and latency are stated, the paper's: the factors "
        "change it alike. Left out, it is the one that is trained.",
    )
    predictor: str = Field("iphone12_coreml", description="Name or path of a latency predictor.")
    data: str = Field(
        EMBEDDED_DATA, description="Images, as in the study of a search: 'embedded' or others."
    )
    proxy: ProxyConfig = Field(
        description="The training that scores an arm. Where there is a `recipe`, that sets its "
        "decay, smoothing, average, warm-up, final rate and sizes."
    )
    recipe: PaperTerms | None = Field(
        PaperTerms(),
        description="The recipe in the paper's terms, scaled down to the steps of `proxy`; null "
        "trains by `proxy` as it is, as to detect or segment.",
    )
    strongest_weight_decay: float = Field(
        PAPER_STRONGEST_DECAY,
        gt=0,
        le=10,
        description="The strongest weight decay, in the paper's terms, that the common factor of "
        "all arms must allow for; studies of one value share their default arm.",
    )
    design: Design = Field(
        "one_factor",
        description="one_factor: each setting alone against the default. full_factorial: all "
        "combinations. leave_one_out: each factor, of two settings, back to its default, from an "
        "arm that has none there.",
    )
    factors: dict[Name, Factor] = Field(min_length=1, description="Quantities that vary, by name.")
    seeds: int = Field(
        5,
        le=MAX_SEEDS,
        description="Trainings of each arm, two or more, with the same seeds for all.",
        json_schema_extra={"unit": "trainings"},
    )
    seed: Annotated[int, Field(ge=0, lt=2**31)] = Field(0, description="The first of the seeds.")
    split_seed: Annotated[int, Field(ge=0, lt=2**31)] = Field(
        0, description="Seed that holds validation images out, where they come in one folder."
    )
    paper: Paper | None = Field(None, description="Results of the paper, if it has any.")
    limits_of_scale: list[str] = Field(
        [], description="Limitations of the study at this scale, each in a sentence."
    )

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.seeds < MIN_SEEDS:
            raise ValueError(
                f"seeds must be {MIN_SEEDS} or more, since an interval comes from the spread "
                f"between seeds, got {self.seeds}"
            )
        if self.recipe is not None and not self.proxy.classifies:
            raise ValueError(
                f"recipe is the paper's to classify, and proxy.task is '{self.proxy.task}'. Write "
                "`recipe: null`, and set proxy instead"
            )
        if (count := self._count_arms()) > MAX_ARMS:
            raise ValueError(
                f"the design has {count:,} arms, at most {MAX_ARMS} are trained. Vary less, or "
                "choose one_factor"
            )
        for name, factor in self.factors.items():
            self._check_factor(name, factor)
        for result in self.paper.results if self.paper else ():
            for factor_name, setting in result.settings.items():
                self.check_setting(factor_name, setting)
        return self

    def _count_arms(self) -> int:
        sizes = [len(factor.settings) for factor in self.factors.values()]
        return math.prod(sizes) if self.design == "full_factorial" else sum(sizes) + 1

    def _check_factor(self, name: str, factor: Factor) -> None:
        if self.design == "leave_one_out" and len(factor.settings) != TWO:
            raise ValueError(
                f"leave_one_out takes factors of two settings, '{name}' has "
                f"{listed(factor.settings)}. Split it, or choose one_factor"
            )
        for label, setting in factor.settings.items():
            where = f"setting '{label}' of factor '{name}'"
            _check_fields(where, "recipe", setting.recipe, PaperTerms)
            _check_fields(where, "proxy", setting.proxy, ProxyConfig)
            if setting.recipe and self.recipe is None:
                raise ValueError(
                    f"{where} changes the recipe, which is null. Leave `recipe` out, or change "
                    "`proxy`"
                )
            for field, value in setting.network.items():
                self._check_patch(where, field, value)

    def _check_patch(self, where: str, field: str, value: object) -> None:
        """Refuse patches that a small training cannot compare; a larger one states their number."""
        size = self.proxy.input_size
        if not field.endswith(".patch") or size >= MIN_PATCH_PX:
            return
        side, patch = map_side(field, size), normalise(field, value)
        if isinstance(patch, tuple) and num_patches(side, patch) < MIN_PATCHES:
            raise ValueError(
                f"{where}: at {size} px the map of {field} is {side}×{side}, which holds fewer "
                f"than {MIN_PATCHES} patches of {patch[0]}×{patch[1]}: too few to attend to. "
                f"Raise proxy.input_size to {MIN_PATCH_PX}"
            )

    def check_setting(self, factor: str, setting: str) -> None:
        """Check that there is such a setting.

        Raises:
            ValueError: there is none.
        """
        if factor not in self.factors:
            raise ValueError(unknown("factor", factor, self.factors))
        if setting not in self.factors[factor].settings:
            found = unknown("setting", setting, self.factors[factor].settings)
            raise ValueError(f"factor '{factor}': {found}")

    @property
    def all_seeds(self) -> tuple[int, ...]:
        """The seeds, in the order in which they are trained."""
        return tuple(range(self.seed, self.seed + self.seeds))


def _check_fields(
    where: str, part: str, changes: Mapping[str, Any], model: type[BaseModel]
) -> None:
    for field in changes:
        if field not in model.model_fields:
            found = unknown(f"field of {part}", field, model.model_fields)
            raise ValueError(f"{where}: {found}")


def load_ablation(name_or_path: str | Path) -> tuple[str, AblationConfig]:
    """Return the name (that of the file) and the content of an ablation study.

    Raises:
        AblationError: there is no such file, it is not valid, or it is of a search.
    """
    path = catalogue.find("ablations", name_or_path, AblationError)
    data = yaml_file.load(path, AblationError, AblationConfig)
    if not catalogue.is_ablation(data) and "factors" not in data:
        raise AblationError(
            f"{path} is the study of a search: it has no factors. Run it with `python -m "
            f"nasbench_mvit.search --study {name_or_path}`, or name an ablation study: "
            f"{listed(catalogue.names('ablations'))}. One starts with `kind: ablation`."
        )
    return path.stem, validate(data, AblationConfig, AblationError, where=str(path))
