"""A sampler for Optuna that looks cheap objectives up, and rungs for several objectives.

It imports NumPy, SciPy, threadpoolctl and Optuna and nothing of the rest of this package.
"""

from nasbench_mvit.cost_aware.errors import SamplerError
from nasbench_mvit.cost_aware.rungs import FrontRungs
from nasbench_mvit.cost_aware.sampler import CostAwareSampler

__all__ = ["CostAwareSampler", "FrontRungs", "SamplerError"]
