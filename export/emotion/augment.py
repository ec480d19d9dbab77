"""Random changes to batches of face crops: what cameras, crops and detectors do to a face."""

import math

import torch
from torch.nn import functional as F

from export.emotion.net import INPUT_SIDE


def centre_crop(images: torch.Tensor, side: int = INPUT_SIDE) -> torch.Tensor:
    """``(N, 1, 48, 48)`` to ``(N, 1, side, side)``."""
    top = (images.shape[-1] - side) // 2
    return images[..., top : top + side, top : top + side]


def augment(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """``(N, 1, 48, 48)`` pixels 0 to 255 to ``(N, 1, 44, 44)``, each changed its own way."""
    images = _warp(images, generator)
    images = _coarsen(images, generator)
    images = _relight(images, generator)
    return _erase(images, generator)


def normalise(images: torch.Tensor) -> torch.Tensor:
    """Each face to mean 0 and standard deviation 1, so that exposure and contrast do not count."""
    mean = images.mean((1, 2, 3), keepdim=True)
    std = images.var((1, 2, 3), unbiased=False, keepdim=True).add(1e-6).sqrt()
    return (images - mean) / std.clamp_min(1.0)


def _uniform(
    count: int, low: float, high: float, generator: torch.Generator
) -> torch.Tensor:  # (count,)
    return torch.rand(count, generator=generator) * (high - low) + low


def _warp(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Rotation to 20 degrees, zoom .82 to 1.18, stretch 8 %, shift 4 px, half of them mirrored."""
    n = len(images)
    angle = _uniform(n, -20, 20, generator) * (math.pi / 180)
    zoom = _uniform(n, 0.82, 1.18, generator)
    stretch = _uniform(n, 0.92, 1.08, generator)
    mirror = (torch.rand(n, generator=generator) < 0.5) * 2.0 - 1.0
    shift = _uniform(2 * n, -4 / 24, 4 / 24, generator).view(n, 2)
    scale = INPUT_SIDE / images.shape[-1] / zoom
    theta = torch.stack(
        (
            torch.stack((torch.cos(angle) * scale * mirror, -torch.sin(angle) * scale), 1),
            torch.stack((torch.sin(angle) * scale * mirror, torch.cos(angle) * scale * stretch), 1),
        ),
        1,
    )  # (n, 2, 2)
    theta = torch.cat((theta, shift[:, :, None]), 2)  # (n, 2, 3)
    grid = F.affine_grid(theta, [n, 1, INPUT_SIDE, INPUT_SIDE], align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def _coarsen(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Every third batch loses detail, as a face far from the camera or out of focus does."""
    if torch.rand(1, generator=generator).item() > 1 / 3:
        return images
    side = int(torch.randint(20, INPUT_SIDE, (1,), generator=generator).item())
    small = F.interpolate(images, size=(side, side), mode="bilinear", antialias=True)
    coarse = F.interpolate(small, size=(INPUT_SIDE, INPUT_SIDE), mode="bilinear")
    chosen = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.6
    return torch.where(chosen, coarse, images)


def _relight(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Gamma .6 to 1.6 and a light that falls off to one side."""
    n = len(images)
    gamma = torch.exp(_uniform(n, math.log(0.6), math.log(1.6), generator))[:, None, None, None]
    ramp = torch.linspace(-0.5, 0.5, INPUT_SIDE)
    slope = _uniform(n, -0.4, 0.4, generator)[:, None, None, None]
    light = 1 + slope * ramp[None, None, None, :]
    return (images.clamp(0, 255) / 255).pow(gamma).mul(light * 255).clamp(0, 255)


def _erase(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Half of the faces lose a rectangle to its own mean grey: a hand, hair, a microphone."""
    n = len(images)
    size = _uniform(2 * n, 6, 18, generator).view(2, n)
    corner = _uniform(2 * n, 0, INPUT_SIDE, generator).view(2, n) - size / 2
    position = torch.arange(INPUT_SIDE)
    inside = (position >= corner[..., None]) & (
        position < (corner + size)[..., None]
    )  # (2, n, side)
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    hole &= torch.rand(n, 1, 1, 1, generator=generator) < 0.5
    return torch.where(hole, images.mean((2, 3), keepdim=True), images)
