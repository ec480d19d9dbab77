"""The emotion CNN: a small residual network with squeeze-and-excitation for 44x44 grey faces.

He et al., "Deep Residual Learning for Image Recognition" (2016); Hu et al., "Squeeze-and-Excitation
Networks" (2018).
"""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F

from export.emotion.fer2013 import FERPLUS_VOTES
from inference.labels import EMOTIONS

INPUT_SIDE = 44
"""The centre of a 48x48 crop: random shifts in training may move the face to any edge of it."""


class SqueezeExcitation(nn.Module):
    """Scales each channel by what the whole face says about it. ``(N, C, H, W)`` in and out."""

    def __init__(self, channels: int, reduction: int = 8) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.Linear(channels, channels // reduction),
            nn.ReLU(),
            nn.Linear(channels // reduction, channels),
            nn.Sigmoid(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Applies the gate."""
        gate: torch.Tensor = self.gate(x.mean((2, 3)))
        return x * gate[:, :, None, None]


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with a gated residual. ``(N, I, H, W)`` to ``(N, O, H/s, W/s)``."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
            SqueezeExcitation(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True) if stride != 1 else nn.Identity(),
                nn.Conv2d(inputs, outputs, 1, bias=False),
                nn.BatchNorm2d(outputs),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Body plus shortcut."""
        return F.relu(self.body(x) + self.shortcut(x))


class EmotionNet(nn.Module):
    """``(N, 1, 44, 44) float32``, normalised, to logits ``(N, 7)`` in the order of ``EMOTIONS``.

    ``votes`` is an auxiliary head for the eight FER+ expressions, trained beside the labels because
    FER-2013's own are noisy; it is dropped at export.
    """

    def __init__(
        self,
        stem: int = 16,
        widths: tuple[int, ...] = (48, 96, 192),
        depths: tuple[int, ...] = (1, 2, 2),
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(1, stem, 3, 1, 1, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(),
        ]
        channels = stem
        for width, depth in zip(widths, depths, strict=True):
            for block in range(depth):
                layers.append(ResidualBlock(channels, width, stride=2 if block == 0 else 1))
                channels = width
        self.features = nn.Sequential(
            *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout)
        )
        self.heads = nn.ModuleDict(
            OrderedDict(
                emotion=nn.Linear(channels, len(EMOTIONS)),
                votes=nn.Linear(channels, len(FERPLUS_VOTES)),
            )
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of the seven emotions."""
        logits: torch.Tensor = self.heads["emotion"](self.features(x))
        return logits

    def both_heads(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits ``(N, 7)`` of the emotions and ``(N, 8)`` of the FER+ votes."""
        features = self.features(x)
        return self.heads["emotion"](features), self.heads["votes"](features)
