"""Trains the emotion CNN on FER-2013: ``python -m export train-emotion DATA``.

The recipe: 44x44 grey crops, a residual network of 1.5 million weights, SGD with Nesterov momentum
under a warm-up and cosine schedule, label smoothing, an auxiliary head on FER+ votes, bfloat16, and
an exponential moving average of the weights, which is what is kept. The epoch that is best on
PublicTest wins; training crops that are copies of PublicTest are left out.

32 epochs take about 70 minutes on one core of an AMD EPYC of 2023. A run that was stopped goes on
from its last whole epoch when the same command is given again.
"""

import json
import math
import time
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch.nn import functional as F

from export.console import log
from export.emotion.augment import augment, centre_crop, normalise
from export.emotion.fer2013 import Faces, copies_of, read_split
from export.emotion.net import EmotionNet


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every choice of a run; stored in its checkpoint, so that a run goes on as it began."""

    epochs: int = 32
    batch_size: int = 128
    learning_rate: float = 0.1
    warmup_epochs: float = 1.5
    weight_decay: float = 5e-4
    label_smoothing: float = 0.1
    votes_weight: float = 0.5
    ema_decay: float = 0.998
    seed: int = 2013


def train_emotion(
    data: Annotated[Path, typer.Argument(help="FER-2013: the Kaggle folder or its csv")],
    runs: Annotated[Path, typer.Option(help="where checkpoints and history go")] = Path(
        "runs/emotion"
    ),
    epochs: Annotated[int, typer.Option(min=1)] = Recipe().epochs,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    limit: Annotated[int, typer.Option(help="train on so many crops only: a rehearsal")] = 0,
) -> None:
    """Trains the emotion CNN, or goes on where a run stopped. Export it with ``export-emotion``."""
    torch.set_num_threads(threads)
    recipe = Recipe(epochs=epochs)
    train, test = read_split(data, "train"), read_split(data, "test")
    copies = copies_of(train, test)
    log(f"{copies.sum()} of {len(train)} training crops are copies of PublicTest and left out")
    train = train.where(~copies)
    if limit:
        train = train.where(torch.randperm(len(train)).numpy() < limit)
    Run(recipe, runs).train(train, test)


class Run:
    """One training run: its networks, its optimiser, its folder."""

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.folder = folder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.net = EmotionNet().to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        self.ema = deepcopy(self.net).requires_grad_(False)
        self.optimiser = torch.optim.SGD(
            self.net.parameters(),
            recipe.learning_rate,
            momentum=0.9,
            nesterov=True,
            weight_decay=recipe.weight_decay,
        )
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.epoch = 0
        self.steps = 0
        self.history: list[dict[str, float]] = []

    def train(self, train: Faces, test: Faces) -> None:
        """All epochs that are still to do; ``last.pt`` and ``best.pt`` are kept in the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._resume()
        while self.epoch < self.recipe.epochs:
            started = time.monotonic()
            figures = self._train_epoch(train) | self._evaluate(test)
            self.epoch += 1
            figures |= {"epoch": self.epoch, "seconds": time.monotonic() - started}
            self.history.append(figures)
            best = max(self.history, key=lambda row: row["test_accuracy"])
            self._save("last.pt", optimiser=self.optimiser.state_dict())
            if best is figures:
                self._save("best.pt")
            (self.folder / "history.json").write_text(json.dumps(self.history, indent=1))
            log(
                f"epoch {self.epoch:3}/{self.recipe.epochs}  loss {figures['train_loss']:.3f}"
                f"  train {figures['train_accuracy']:.4f}"
                f"  PublicTest {figures['test_accuracy']:.4f}"
                f"  (best {best['test_accuracy']:.4f} in {best['epoch']:.0f})"
                f"  {figures['seconds']:.0f} s"
            )

    def _train_epoch(self, train: Faces) -> dict[str, float]:
        recipe = self.recipe
        images = torch.from_numpy(train.images)[:, None]  # (N, 1, 48, 48) uint8
        labels, votes = torch.from_numpy(train.labels), torch.from_numpy(train.votes)
        order = torch.randperm(len(train), generator=self.generator)
        batches = torch.split(order, recipe.batch_size)
        self.net.train()
        total_loss, correct = 0.0, 0
        for step, rows in enumerate(batches):
            if len(rows) < 2:  # batch normalisation needs two
                continue
            self._set_learning_rate(self.epoch + step / len(batches))
            x = normalise(augment(images[rows].float(), self.generator)).to(
                self.device, memory_format=torch.channels_last
            )
            y, share = labels[rows].to(self.device), votes[rows].to(self.device)
            with torch.autocast(self.device.type, dtype=torch.bfloat16):
                emotion, vote = self.net.both_heads(x)  # (B, 7), (B, 8)
            emotion, vote = emotion.float(), vote.float()
            loss = F.cross_entropy(emotion, y, label_smoothing=recipe.label_smoothing)
            # Rows without votes have shares of zero and so add nothing.
            loss = loss - recipe.votes_weight * (share * vote.log_softmax(1)).sum(1).mean()
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            self.optimiser.step()
            self._update_ema()
            total_loss += loss.item() * len(rows)
            correct += int((emotion.argmax(1) == y).sum())
        return {"train_loss": total_loss / len(train), "train_accuracy": correct / len(train)}

    def _set_learning_rate(self, epoch: float) -> None:
        warmup, total = self.recipe.warmup_epochs, self.recipe.epochs
        if epoch < warmup:
            factor = (epoch + 0.01) / warmup
        else:
            factor = 0.5 * (1 + math.cos(math.pi * (epoch - warmup) / max(total - warmup, 1e-9)))
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.learning_rate * factor

    @torch.no_grad()
    def _update_ema(self) -> None:
        # A young average must not remember the random start.
        self.steps += 1
        decay = min(self.recipe.ema_decay, self.steps / (self.steps + 10))
        for average, value in zip(
            self.ema.state_dict().values(), self.net.state_dict().values(), strict=True
        ):
            if average.dtype.is_floating_point:
                average.lerp_(value, 1 - decay)
            else:
                average.copy_(value)

    @torch.no_grad()
    def _evaluate(self, test: Faces) -> dict[str, float]:
        self.ema.eval()
        images, labels = torch.from_numpy(test.images)[:, None], torch.from_numpy(test.labels)
        loss, correct = 0.0, 0
        for rows in torch.split(torch.arange(len(test)), 256):
            x = normalise(centre_crop(images[rows].float())).to(
                self.device, memory_format=torch.channels_last
            )
            y = labels[rows].to(self.device)
            with torch.autocast(self.device.type, dtype=torch.bfloat16):
                logits = self.ema(x).float()
            loss += F.cross_entropy(logits, y, reduction="sum").item()
            correct += int((logits.argmax(1) == y).sum())
        return {"test_loss": loss / len(test), "test_accuracy": correct / len(test)}

    def _save(self, name: str, **more: Any) -> None:  # noqa: ANN401 - torch.save takes anything
        # Written beside and renamed: a kill in between leaves the older checkpoint whole.
        temporary = self.folder / f"{name}.new"
        state = {
            "recipe": asdict(self.recipe),
            "epoch": self.epoch,
            "steps": self.steps,
            "history": self.history,
            "ema": self.ema.state_dict(),
            **more,
        }
        if more:
            state |= {"net": self.net.state_dict(), "generator": self.generator.get_state()}
        torch.save(state, temporary)
        temporary.replace(self.folder / name)

    def _resume(self) -> None:
        path = self.folder / "last.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["recipe"] != asdict(self.recipe):
            raise typer.BadParameter(
                f"{path} was begun with another recipe: {state['recipe']}; "
                "give the same options, or another --runs folder."
            )
        self.net.load_state_dict(state["net"])
        self.ema.load_state_dict(state["ema"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"].cpu())
        self.epoch, self.steps, self.history = state["epoch"], state["steps"], state["history"]
        log(f"going on after epoch {self.epoch}")
