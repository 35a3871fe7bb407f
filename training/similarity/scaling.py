"""Powers of what customers and products weigh, by which matrices are scaled."""

import numpy as np
from numpy.typing import NDArray


def power(values: NDArray, exponent: float) -> NDArray[np.float64]:
    """``values ** exponent``, and 0 for customers and products without anything.

    >>> power(np.array([4.0, 0.0]), -0.5).tolist()
    [0.5, 0.0]
    """
    return np.power(values, exponent, out=np.zeros(len(values)), where=values > 0)
