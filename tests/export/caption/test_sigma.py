import numpy as np
import pytest

from export.caption.sigma import fit_sigma

RNG = np.random.default_rng(7)
N = 40_000
TOKENS = RNG.integers(3, 60, N)
VALENCE = RNG.uniform(0.1, 0.9, N)
TRUTH = VALENCE + RNG.normal(0, np.sqrt(0.01 + 0.06 / TOKENS))
SOURCE = np.array(["fine"] * N)


def test_the_error_is_found_as_a_function_of_the_length() -> None:
    sigma = fit_sigma(VALENCE, TOKENS, SOURCE, TRUTH)
    assert sigma["variance"] == pytest.approx(0.01, rel=0.1)
    assert sigma["variance_by_tokens"] == pytest.approx(0.06, rel=0.2)


def test_a_data_set_that_uses_a_part_of_the_scale_counts_the_same() -> None:
    assert fit_sigma(VALENCE, TOKENS, SOURCE, 0.4 + 0.2 * TRUTH) == pytest.approx(
        fit_sigma(VALENCE, TOKENS, SOURCE, TRUTH), rel=1e-3
    )


def test_unrated_texts_do_not_count() -> None:
    rating = TRUTH.copy()
    rating[::2] = np.nan
    assert fit_sigma(VALENCE, TOKENS, SOURCE, rating) == fit_sigma(
        VALENCE[1::2], TOKENS[1::2], SOURCE[1::2], TRUTH[1::2]
    )


def test_a_longer_caption_is_never_the_less_certain_one() -> None:
    truth = VALENCE + RNG.normal(0, np.sqrt(0.002 * TOKENS))
    assert fit_sigma(VALENCE, TOKENS, SOURCE, truth)["variance_by_tokens"] == 0


def test_without_graded_ratings_there_is_nothing_to_fit() -> None:
    with pytest.raises(ValueError, match="No graded valence ratings"):
        fit_sigma(VALENCE, TOKENS, SOURCE, np.full(N, np.nan))
