"""Figures worked out by hand."""

import doctest

import numpy as np
import pytest

from export import metrics


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(metrics).failed == 0
    assert doctest.testmod(metrics).attempted >= 3


@pytest.mark.parametrize(
    ("predicted", "truth", "r"),
    [([1, 2, 3], [2, 4, 6], 1), ([1, 2, 3], [3, 2, 1], -1), ([1, 1, 1], [1, 2, 3], 0)],
)
def test_pearson_by_hand(predicted: list[int], truth: list[int], r: float) -> None:
    assert metrics.pearson(predicted, truth) == pytest.approx(r)


def test_confusion_has_a_row_for_the_truth() -> None:
    matrix = metrics.confusion(np.array([0, 1, 1]), np.array([0, 0, 1]), 2)
    assert matrix.tolist() == [[1, 1], [0, 1]]


def test_classification_by_hand() -> None:
    # Right on 3 of 4. F1 of class 0: 2*1/(1+2), of class 1: 2*2/(3+2). Class 2 never occurs.
    probabilities = np.array([[0.9, 0.1, 0], [0.2, 0.8, 0], [0.1, 0.9, 0], [0.3, 0.7, 0]])
    figures = metrics.classification(probabilities, np.array([0, 1, 1, 0]))
    assert figures["accuracy"] == 0.75
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 4 / 5) / 2, abs=1e-4)


def test_a_model_that_is_always_sure_and_half_right_is_badly_calibrated() -> None:
    probabilities = np.array([[1.0, 0.0]] * 4)
    error = metrics.expected_calibration_error(probabilities, np.array([0, 1, 0, 1]))
    assert error == pytest.approx(0.5)
