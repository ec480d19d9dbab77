"""The link from the shared valence and arousal to the scale of each data set, and the loss."""

from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from export.caption.targets import Targets, Words

VALENCE_SCALE: Final = "semeval18_vreg"
AROUSAL_SCALE: Final = "facebook_va"
"""The data sets whose scale is Storify's own: their links stay the identity."""


class SourceLinks(nn.Module):
    """One affine link per rated data set, one cumulative logit (McCullagh, 1980) per three-way one.

    A data set's raters use a part of the scale of their own: EmoBank's hardly leave its middle. A
    shared latent with a link of its own to each lets them all teach one model.
    """

    emotion_mask: Tensor

    def __init__(self, words: Words, train: Targets, dim: int) -> None:
        super().__init__()
        self.words = words
        self.valence = AffineLinks(words, train.source, train.valence, VALENCE_SCALE)
        self.arousal = AffineLinks(words, train.source, train.arousal, AROUSAL_SCALE)
        n = len(words.sources)
        self.log_slope = nn.Parameter(torch.full((n,), 0.4))
        self.thresholds = nn.Parameter(torch.tensor([-0.5, 0.5]).repeat(n, 1))
        self.emotions = nn.Linear(dim, len(words.emotions))
        self.register_buffer("emotion_mask", words.emotion_mask())

    def loss(self, pooled: Tensor, logits: tuple[Tensor, Tensor], targets: Targets) -> Tensor:
        """Sum of the mean losses, each on a scale of about one for a model that knows nothing.

        ``pooled (N, dim)``; ``logits``: valence and arousal ``(N,)`` before the sigmoid.
        """
        valence, arousal = logits
        return (
            self.valence.loss(torch.sigmoid(valence), targets.source, targets.valence)
            + 0.5 * self.arousal.loss(torch.sigmoid(arousal), targets.source, targets.arousal)
            + self._level_loss(valence, targets)
            + 0.15 * self._emotion_loss(pooled, targets)
        )

    def _level_loss(self, valence: Tensor, targets: Targets) -> Tensor:
        known = targets.level >= 0
        source = targets.source[known]
        slope = self.log_slope[source].exp()[:, None]
        logits = slope * (valence[known][:, None] - self.thresholds[source])  # (M, 2)
        above = targets.level[known][:, None] > torch.tensor([0, 1])
        total = F.binary_cross_entropy_with_logits(logits, above.float(), reduction="sum")
        return total / len(known)

    def _emotion_loss(self, pooled: Tensor, targets: Targets) -> Tensor:
        losses = F.binary_cross_entropy_with_logits(
            self.emotions(pooled), targets.emotions, reduction="none"
        )
        return (losses * self.emotion_mask[targets.source]).sum() / len(pooled)


class AffineLinks(nn.Module):
    """rating = scale[source] * latent + shift[source]; the identity for ``anchor``."""

    deviation: Tensor
    is_anchor: Tensor

    def __init__(self, words: Words, source: Tensor, rating: Tensor, anchor: str) -> None:
        super().__init__()
        n = len(words.sources)
        mean, deviation = torch.full((n,), 0.5), torch.full((n,), 0.2)
        for index in sorted(set(source[~rating.isnan()].tolist())):
            own = rating[(source == index) & ~rating.isnan()]
            mean[index], deviation[index] = own.mean(), own.std(correction=0).clamp_min(0.01)
        is_anchor = torch.tensor([name == anchor for name in words.sources])
        base_mean, base = (mean[is_anchor], deviation[is_anchor]) if is_anchor.any() else (0.5, 0.2)
        scale = deviation / base
        self.scale = nn.Parameter(scale)
        self.shift = nn.Parameter(mean - scale * base_mean)
        self.register_buffer("deviation", deviation)
        self.register_buffer("is_anchor", is_anchor)

    def forward(self, latent: Tensor, source: Tensor) -> Tensor:
        """The latent ``(N,)`` on the scale of each row's source."""
        scale = torch.where(self.is_anchor[source], 1.0, self.scale[source])
        shift = torch.where(self.is_anchor[source], 0.0, self.shift[source])
        linked: Tensor = scale * latent + shift
        return linked

    def loss(self, latent: Tensor, source: Tensor, rating: Tensor) -> Tensor:
        """Squared error over the rated rows in units of each source's variance, per row of all."""
        known = ~rating.isnan()
        error: Tensor = self(latent[known], source[known]) - rating[known]
        return (error / self.deviation[source[known]]).square().sum() / len(rating)
