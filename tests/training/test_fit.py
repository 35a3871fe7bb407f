import numpy as np
import pytest
from scipy.sparse import csr_array

from training.config import Knobs
from training.fit import normalised_customers

PLAIN = Knobs(neighbour_product_exponent=0, neighbour_exponent=0)
TASTE = csr_array(np.array([[1, 0], [3, 1], [2, 0]], np.float32))


def test_customers_are_listed_by_product():
    assert normalised_customers(TASTE, PLAIN).toarray().tolist() == [[1, 3, 2], [0, 1, 0]]


def test_products_and_customers_with_much_count_less():
    knobs = Knobs(neighbour_product_exponent=1, neighbour_exponent=1)
    # Product 0 weighs 6 in all, product 1 weighs 1; the customers weigh 1, 4 and 2.
    found = normalised_customers(TASTE, knobs).toarray()
    assert found == pytest.approx(np.array([[1 / 6, 3 / 24, 2 / 12], [0, 1 / 4, 0]]))


def test_of_many_customers_those_are_kept_for_whom_the_product_weighs_most():
    assert normalised_customers(TASTE, PLAIN, most=2).toarray().tolist() == [[0, 3, 2], [0, 1, 0]]
