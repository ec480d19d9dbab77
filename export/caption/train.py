"""Trains the caption model: ``python -m export train-caption DATA --init CHECKPOINT``.

The recipe: DistilBERT with mean pooling; embeddings and the lowest blocks frozen; a shared valence
and arousal with a link to each data set's own scale; emotion words as an auxiliary task; AdamW
under a warm-up and linear decay, lower rates in lower blocks; batches of similar lengths, bfloat16.
Small data sets that rate what Storify needs are seen several times, large ones in part.

105,000 captions (``--scale 0.7``, what Storify ships) on 12 blocks of width 384 take about an hour
on one core of an AMD EPYC of 2023. A run that was stopped goes on from its last checkpoint when the
same command is given again.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from tokenizers import Tokenizer
from torch import Tensor, nn

from export.caption.batches import encode, pad, plan_batches, tokenizer_for
from export.caption.captions import Caption, CaptionDataError, drop_overlap, read_captions
from export.caption.links import SourceLinks
from export.caption.model import CaptionModel, Encoder, load_initial, save_checkpoint
from export.caption.targets import Targets, Words
from export.console import log


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every choice of a run; stored in its checkpoint, so that a run goes on as it began."""

    scale: float = 1.0
    max_tokens: int = 80
    batch_tokens: int = 1536
    learning_rate: float = 1.2e-4
    layer_decay: float = 0.92
    head_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.06
    frozen_blocks: int = 3
    seed: int = 2018


def train_caption(
    data: Annotated[Path, typer.Argument(help="parquet or TSV: text, ratings, source, split")],
    *,
    init: Annotated[str, typer.Option(help="DistilBERT to start from: a folder or a hub name")],
    runs: Annotated[Path, typer.Option(help="where checkpoints and history go")] = Path(
        "runs/caption"
    ),
    scale: Annotated[float, typer.Option(help="see each text this many times as often")] = 1.0,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    every: Annotated[int, typer.Option(help="steps from one checkpoint to the next")] = 500,
) -> None:
    """Trains the caption model, or goes on where a run stopped; ``export-caption`` ships it."""
    torch.set_num_threads(threads)
    recipe = Recipe(scale=scale)
    try:
        train, dev = read_splits(data)
        run = Run(recipe, runs, init, train)
    except (CaptionDataError, ValueError) as error:
        log(str(error))
        raise typer.Exit(1) from error
    run.train(dev, every)


def read_splits(data: Path) -> tuple[list[Caption], list[Caption]]:
    """The train and dev rows of a file, without training texts that also stand in dev."""
    captions = read_captions(data)
    dev = [caption for caption in captions if caption.split == "dev"]
    train, dropped = drop_overlap((c for c in captions if c.split == "train"), dev)
    if not train:
        raise CaptionDataError(f"{data} has no row whose split is train.")
    log(f"{len(train)} texts to train on; {dropped} left out that also stand in dev")
    return train, dev


class Run:
    """One training run: its networks, its optimiser, its folder."""

    def __init__(self, recipe: Recipe, folder: Path, init: str, train: Sequence[Caption]) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.folder = folder
        initial = load_initial(init)
        self.tokenizer_json = initial.tokenizer
        self.tokenizer = tokenizer_for(initial.tokenizer, recipe.max_tokens)
        self.model = CaptionModel(initial.encoder.config)
        self.model.encoder = initial.encoder
        freeze(initial.encoder, recipe.frozen_blocks)
        words = Words.of(train)
        self.targets = Targets.of(train, words)
        self.links = SourceLinks(words, self.targets, initial.encoder.config.dim)
        self.ids = encode(self.tokenizer, train)
        self.plan = plan_batches(
            train,
            [len(ids) for ids in self.ids],
            scale=recipe.scale,
            budget=recipe.batch_tokens,
            seed=recipe.seed,
        )
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.model, self.links, recipe),
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimiser, self._rate)
        self.step = 0
        self.history: list[dict[str, float]] = []

    def train(self, dev: Sequence[Caption], every: int) -> None:
        """All steps that are still to do; ``last.pt`` and ``history.json`` are kept."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._resume()
        rated = [c for c in dev if c.valence is not None or c.arousal is not None]
        started, losses, seen = time.monotonic(), [], 0
        while self.step < len(self.plan):
            rows = self.plan[self.step]
            losses.append(self._train_step(rows))
            seen += len(rows)
            self.step += 1
            if self.step % 50 == 0:
                pace = seen / (time.monotonic() - started)
                log(
                    f"step {self.step}/{len(self.plan)}  loss {np.mean(losses[-50:]):.3f}"
                    f"  {pace:.0f} captions/s"
                )
            if self.step % every == 0 or self.step == len(self.plan):
                figures = correlations(self.model, self.tokenizer, rated)
                self.history.append({"step": self.step, "loss": np.mean(losses).item(), **figures})
                losses.clear()
                log("  ".join(f"{name} {value:.3f}" for name, value in figures.items()))
                self._save()

    def _train_step(self, rows: Tensor) -> float:
        self.model.train()
        ids, mask = pad([self.ids[row] for row in rows.tolist()])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            pooled = self.model.encoder(ids, mask).float()  # (N, dim)
        logits = self.model.valence(pooled)[:, 0], self.model.arousal(pooled)[:, 0]
        loss: Tensor = self.links.loss(pooled, logits, self.targets.rows(rows))
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.optimiser.zero_grad(set_to_none=True)
        return loss.item()

    def _rate(self, step: int) -> float:
        progress = step / len(self.plan)
        return min(progress / self.recipe.warmup, 1 - progress) + 1e-3

    def _save(self) -> None:
        save_checkpoint(
            self.folder / "last.pt",
            self.model,
            self.tokenizer_json,
            recipe=asdict(self.recipe),
            step=self.step,
            history=self.history,
            links=self.links.state_dict(),
            sources=list(self.links.words.sources),
            optimiser=self.optimiser.state_dict(),
            schedule=self.schedule.state_dict(),
        )
        (self.folder / "history.json").write_text(json.dumps(self.history, indent=1))

    def _resume(self) -> None:
        path = self.folder / "last.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        if state["recipe"] != asdict(self.recipe):
            raise typer.BadParameter(
                f"{path} was begun with another recipe: {state['recipe']}; "
                "give the same options, or another --runs folder."
            )
        self.model.load_state_dict(state["model"])
        self.links.load_state_dict(state["links"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.step, self.history = state["step"], state["history"]
        log(f"going on after step {self.step}")


def freeze(encoder: Encoder, blocks: int) -> None:
    """Keeps the embeddings and the lowest ``blocks`` as they are: faster, and no worse."""
    encoder.embeddings.requires_grad_(False)
    for block in encoder.transformer.layer[:blocks]:
        block.requires_grad_(False)


def parameter_groups(
    model: CaptionModel, links: SourceLinks, recipe: Recipe
) -> list[dict[str, object]]:
    """Each block with its own learning rate, highest at the top; heads and links with theirs."""
    blocks = list(model.encoder.transformer.layer)
    groups: list[dict[str, object]] = [
        {
            "params": list(block.parameters()),
            "lr": recipe.learning_rate * recipe.layer_decay ** (len(blocks) - 1 - depth),
        }
        for depth, block in enumerate(blocks)
        if depth >= recipe.frozen_blocks
    ]
    heads = [model.valence, model.arousal, links.emotions]
    groups.append({"params": [p for head in heads for p in head.parameters()]})
    linked = [links.log_slope, links.thresholds, *links.valence.parameters()]
    groups.append({"params": [*linked, *links.arousal.parameters()], "weight_decay": 0.0})
    return [{"lr": recipe.head_rate} | group for group in groups]


@torch.no_grad()
def predict(model: CaptionModel, ids: Sequence[Sequence[int]]) -> Tensor:
    """Valence and arousal ``(N, 2)`` in bfloat16 arithmetic, in the order of ``ids``."""
    model.eval()
    out = torch.empty(len(ids), 2)
    order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
    for start in range(0, len(order), 64):
        rows = order[start : start + 64]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            valence, arousal = model(*pad([ids[row] for row in rows]))
        out[rows] = torch.stack([valence.float(), arousal.float()], dim=1)
    return out


def correlations(
    model: CaptionModel, tokenizer: Tokenizer, rated: Sequence[Caption]
) -> dict[str, float]:
    """Pearson's r on each rated source: ``{"facebook_va/valence": ..., ...}``."""
    predicted = predict(model, encode(tokenizer, rated)).numpy()
    figures = {}
    for source in sorted({caption.source for caption in rated}):
        for column, name in enumerate(("valence", "arousal")):
            rows = [
                (predicted[i, column], rating)
                for i, caption in enumerate(rated)
                if caption.source == source and (rating := getattr(caption, name)) is not None
            ]
            if len(rows) > 2:
                figures[f"{source}/{name}"] = float(np.corrcoef(np.array(rows).T)[0, 1])
    return figures
