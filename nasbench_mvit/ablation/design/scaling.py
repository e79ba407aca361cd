"""Scaling the paper's recipe down to a short training, and saying what became of it.

After 780 updates a moving average of decay 0.9995 still holds two thirds of the initial weights,
weight decay 0.01 has shrunk weights by 2 %, and a warm-up of 3,000 updates never ends: copied as
they are, such settings show nothing but that. So here

* the warm-up keeps its share of the paper's 375,000 updates;
* the moving average looks back over the same share of the training: decay^(375,000 / updates);
* weights decay by exp(-λ·Σlr) over a training, Σlr being the sum of the rates of all updates. The
  paper's Σlr of 413 is out of reach, so λ is multiplied by one factor common to all arms: the one
  that gives the paper's λ·Σlr, but no more than lets the strongest arm's λ times the peak rate be
  ``MAX_SHRINKAGE``, beyond which a single update takes more than a hundredth of every weight;
* the multi-scale sampler draws the paper's sizes relative to its 256 px and sees as many images as
  the standard one, so it has fewer updates, as there;
* the rate falls to a tenth of its peak, as there; label smoothing needs no scaling.
"""

import math
from dataclasses import dataclass

from nasbench_mvit.ablation.design.terms import (
    MULTI_SCALE,
    PAPER_LOW_RATE,
    PAPER_MULTI_SCALE_UPDATES,
    PAPER_PEAK_RATE,
    PAPER_UPDATES,
    PaperTerms,
)
from nasbench_mvit.errors import AblationError
from nasbench_mvit.io.validation import validate
from nasbench_mvit.training.common.multiscale import BASE_SIZE, PAPER_SIZES, MultiScaleSampler
from nasbench_mvit.training.proxy.recipe import ProxyConfig

MAX_SHRINKAGE = 0.01
DIGITS = 6  # so that a recipe has the same id on every machine
PAPER_RATE_SUM = (PAPER_LOW_RATE + PAPER_PEAK_RATE) / 2 * PAPER_UPDATES


@dataclass(frozen=True)
class Scaling:
    """The scaling of the paper's recipe to one budget, the same for all arms of a study.

    Attributes:
        proxy: the budget: steps, batch, sizes and rate of the standard sampler.
        decay_factor: factor by which the paper's weight decay is multiplied.
        is_capped: whether that is less than what would give the paper's λ·Σlr.
    """

    proxy: ProxyConfig
    decay_factor: float
    is_capped: bool

    @classmethod
    def to(cls, proxy: ProxyConfig, *, strongest_decay: float) -> "Scaling":
        """Return the scaling to the budget of ``proxy``.

        Args:
            proxy: the budget.
            strongest_decay: the largest weight decay of any arm, in the paper's terms.
        """
        budget = proxy.model_copy(update=_schedule(PaperTerms()))
        whole = PAPER_RATE_SUM / rate_sum(budget)
        most = MAX_SHRINKAGE / proxy.learning_rate / strongest_decay
        return cls(budget, min(whole, most), is_capped=most < whole)

    def apply(self, terms: PaperTerms) -> ProxyConfig:
        """Return the recipe at this scale.

        Raises:
            AblationError: no recipe can be that, such as one of sizes too small.
        """
        sizes = self._sizes() if terms.sampler == MULTI_SCALE else None
        steps = self._steps(sizes)
        ema = terms.ema_decay
        fields = self.proxy.model_dump() | _schedule(terms) | {
            "steps": steps,
            "weight_decay": _rounded(terms.weight_decay * self.decay_factor),
            "label_smoothing": terms.label_smoothing,
            "ema_decay": None if ema is None else _rounded(ema ** (PAPER_UPDATES / steps)),
            "input_sizes": sizes,
        }  # fmt: skip
        where = "the recipe scaled down (raise proxy.steps or proxy.input_size)"
        return validate(fields, ProxyConfig, AblationError, where=where)

    def _sizes(self) -> tuple[int, ...]:
        """Return the paper's sizes relative to its base, in whole cells."""
        grid, side = self.proxy.mosaic_grid, self.proxy.input_size
        return tuple(round(side * size / BASE_SIZE / grid) * grid for size in PAPER_SIZES)

    def _steps(self, sizes: tuple[int, ...] | None) -> int:
        """Return the updates in which as many images are seen as by the standard sampler."""
        if sizes is None:
            return self.proxy.steps
        sampler = MultiScaleSampler(
            base_batch=self.proxy.batch_size, sizes=sizes, base_size=self.proxy.input_size
        )
        return round(sampler.expected_updates(self.proxy.steps * self.proxy.batch_size))


def _schedule(terms: PaperTerms) -> dict[str, float]:
    return {
        "warmup_fraction": _rounded(terms.warmup_updates / PAPER_UPDATES),
        "final_rate_fraction": PAPER_LOW_RATE / PAPER_PEAK_RATE,
    }


def rate_sum(proxy: ProxyConfig) -> float:
    """Return the sum of the learning rates of all updates."""
    return math.fsum(proxy.learning_rate_at(step) for step in range(proxy.steps))


@dataclass(frozen=True)
class Scaled:
    """One quantity of a recipe three times.

    Attributes:
        quantity: what it is.
        paper: as the paper writes it.
        here: as it is trained with here.
        equivalent: what the value here would be in the paper's training.
    """

    quantity: str
    paper: str
    here: str
    equivalent: str


def comparison(terms: PaperTerms, proxy: ProxyConfig) -> list[Scaled]:
    """Return every quantity of a recipe as the paper has it, as it is here, and translated back.

    Args:
        terms: the recipe in the paper's terms.
        proxy: the same at this scale.
    """
    updates = PAPER_MULTI_SCALE_UPDATES if terms.sampler == MULTI_SCALE else PAPER_UPDATES
    paper_sum = PAPER_RATE_SUM * updates / PAPER_UPDATES
    paper_shrinkage = terms.weight_decay * paper_sum
    shrinkage = proxy.weight_decay * rate_sum(proxy)
    warmup = round(proxy.warmup_fraction * proxy.steps)
    return [
        Scaled("updates", f"{updates:,}", f"{proxy.steps:,}", "–"),
        Scaled(
            "weight decay λ",
            f"{terms.weight_decay:g}",
            f"{proxy.weight_decay:g}",
            f"{shrinkage / paper_sum:.2g}",
        ),
        Scaled("decay over the training, λ·Σlr", f"{paper_shrinkage:.3g}", f"{shrinkage:.3g}", "–"),
        Scaled(
            "warm-up, updates",
            f"{terms.warmup_updates:,}",
            f"{warmup}",
            f"{warmup / proxy.steps * updates:,.0f}",
        ),
        _average(terms, proxy, updates),
        Scaled(
            "label smoothing",
            f"{terms.label_smoothing:g}",
            f"{proxy.label_smoothing:g}",
            f"{proxy.label_smoothing:g}",
        ),
        _sampler(terms, proxy),
    ]


def _average(terms: PaperTerms, proxy: ProxyConfig, updates: int) -> Scaled:
    name = "decay of the moving average (updates it looks back over)"
    if terms.ema_decay is None or proxy.ema_decay is None:
        return Scaled(name, "none", "none", "none")
    equivalent = proxy.ema_decay ** (proxy.steps / updates)
    return Scaled(
        name,
        f"{terms.ema_decay:g} ({1 / (1 - terms.ema_decay):,.0f})",
        f"{proxy.ema_decay:.3g} ({1 / (1 - proxy.ema_decay):,.1f})",
        f"{equivalent:.6g}",
    )


def _sampler(terms: PaperTerms, proxy: ProxyConfig) -> Scaled:
    if proxy.input_sizes is None:
        base = f"{BASE_SIZE} px"
        return Scaled("sampler", f"{terms.sampler}, {base}", f"{proxy.input_size} px", base)
    here = ", ".join(map(str, proxy.input_sizes))
    paper = ", ".join(map(str, PAPER_SIZES))
    scale = BASE_SIZE / proxy.input_size
    back = ", ".join(f"{size * scale:.0f}" for size in proxy.input_sizes)
    return Scaled("sampler", f"{terms.sampler}, {paper} px", f"{here} px", f"{back} px")


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
