"""How far the caption model's valence is off, as a function of the caption's length."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

_MIN_ROWS: Final = 30
_BINS: Final = 8

Floats = npt.NDArray[np.floating[Any]]


def fit_sigma(
    valence: Floats,
    tokens: npt.NDArray[np.integer[Any]],
    source: npt.NDArray[np.str_],
    rating: Floats,
) -> dict[str, float]:
    """``variance`` and ``variance_by_tokens``, so that sigma^2 = variance + that / tokens.

    All arrays ``(N,)``: the model's valence, the number of tokens, the data set and its rating (NaN
    where there is none). A data set's raters use a part of the scale only, so its ratings are first
    brought to the model's: shifted and stretched until their regression on the model's valence is
    the identity. Small data sets, and those that do not follow the model at all, are left out.
    Fitted by least squares on the squared errors, averaged in bins of similar length; neither
    number is negative, so a longer caption is never the less certain one. Raises ``ValueError``
    where no data set is left.
    """
    known = ~np.isnan(rating)
    valence, tokens, source, rating = valence[known], tokens[known], source[known], rating[known]
    error = np.full(len(rating), np.nan)
    for name in set(source.tolist()):
        rows = source == name
        slope = _slope(valence[rows], rating[rows])
        if rows.sum() >= _MIN_ROWS and slope > 0:
            own_scale = valence[rows].mean() + (rating[rows] - rating[rows].mean()) / slope
            error[rows] = (valence[rows] - own_scale) ** 2
    used = ~np.isnan(error)
    if not used.any():
        raise ValueError("No graded valence ratings to measure the caption model's error on.")
    return _fit(1 / tokens[used], error[used])


def _fit(inverse: Floats, squared: Floats) -> dict[str, float]:
    order = np.argsort(inverse, kind="stable")
    bins = np.array_split(order, max(1, min(_BINS, len(order) // _MIN_ROWS)))
    x = np.array([inverse[rows].mean() for rows in bins])
    y = np.array([squared[rows].mean() for rows in bins])
    slope = max(0.0, _slope(x, y))
    variance = max(1e-4, float(y.mean() - slope * x.mean()))
    return {"variance": round(variance, 5), "variance_by_tokens": round(slope, 5)}


def _slope(x: Floats, y: Floats) -> float:
    deviation = x - x.mean()
    scale = float(deviation @ deviation)
    return float(deviation @ (y - y.mean())) / scale if scale else 0.0
