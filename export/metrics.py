"""The figures by which models are judged; small, and free of torch."""

import numpy as np
import numpy.typing as npt


def pearson(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Pearson's r of two ``(N,)`` arrays; 0 where either does not vary.

    >>> round(pearson([0.1, 0.2, 0.4], [1, 2, 4]), 3)
    1.0
    """
    x, y = np.asarray(predicted, np.float64), np.asarray(truth, np.float64)
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale else 0.0


def mean_absolute_error(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Mean of ``|predicted - truth|``.

    >>> mean_absolute_error([0.0, 1.0], [0.5, 1.0])
    0.25
    """
    return float(np.abs(np.asarray(predicted, np.float64) - np.asarray(truth, np.float64)).mean())


def regression(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> dict[str, float]:
    """``{"pearson", "mae"}``, rounded to four places."""
    return {
        "pearson": round(pearson(predicted, truth), 4),
        "mae": round(mean_absolute_error(predicted, truth), 4),
    }


def classification(
    probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.integer]
) -> dict[str, float]:
    """``accuracy``, ``macro_f1`` and ``ece`` of ``probabilities (N, K)`` against ``labels (N,)``.

    Macro F1 is the plain mean over the classes that occur in ``labels``.
    """
    matrix = confusion(probabilities.argmax(1), labels, probabilities.shape[1])
    occurring = matrix.sum(1) > 0
    f1 = 2 * np.diag(matrix) / np.maximum(matrix.sum(0) + matrix.sum(1), 1)
    return {
        "accuracy": round(float(np.trace(matrix) / matrix.sum()), 4),
        "macro_f1": round(float(f1[occurring].mean()), 4),
        "ece": round(expected_calibration_error(probabilities, labels), 4),
    }


def confusion(
    predicted: npt.NDArray[np.integer], labels: npt.NDArray[np.integer], classes: int
) -> npt.NDArray[np.int64]:
    """``(classes, classes)`` counts: a row per true class, a column per predicted one."""
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


def expected_calibration_error(
    probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.integer], bins: int = 15
) -> float:
    """Mean gap between confidence and accuracy over equal-width bins (Guo et al. 2017).

    >>> expected_calibration_error(np.array([[0.75, 0.25]] * 4), np.array([0, 0, 0, 1]))
    0.0
    """
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = (abs((right[which == b].mean()) - confidence[which == b].mean()) * (which == b).sum()
            for b in np.unique(which))  # fmt: skip
    return float(sum(gaps) / len(labels))
