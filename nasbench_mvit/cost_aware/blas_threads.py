"""The threads of the linear algebra inside a proposal.

The matrices of a proposal are small: on all cores they gain nothing, and on a machine with other
work, such as the trainings of a search, threads that wait for one another cost many times as much.
"""

import functools
from contextlib import AbstractContextManager

import scipy.linalg  # noqa: F401 - its BLAS must be loaded to be found
from threadpoolctl import ThreadpoolController


def one_blas_thread() -> AbstractContextManager[object]:
    """Limit the linear algebra of NumPy and SciPy to one thread inside; restore the number after.

    The number holds for all threads of the process.
    """
    limits: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limits


@functools.cache
def _libraries() -> ThreadpoolController:
    """Return the control of the libraries; to find them takes a hundredth of a second."""
    return ThreadpoolController()
