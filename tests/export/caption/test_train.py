import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import typer

torch = pytest.importorskip("torch")

from export.caption.captions import Caption, read_captions  # noqa: E402
from export.caption.model import load_checkpoint  # noqa: E402 - needs torch
from export.caption.train import Recipe, Run, train_caption  # noqa: E402
from tests.export.caption.tiny_captions import CONFIG, tiny_model, tiny_tokenizer, write_captions  # noqa: E402


@pytest.fixture
def init(tmp_path: Path) -> str:
    folder = tmp_path / "init"
    folder.mkdir()
    state = {key: value.numpy() for key, value in tiny_model().encoder.state_dict().items()}
    np.savez(folder / "packed.npz", **state)
    (folder / "config.json").write_text(json.dumps(asdict(CONFIG)))
    tiny_tokenizer().save(str(folder / "tokenizer.json"))
    return str(folder)


def quick(**changes: float) -> Recipe:
    """A recipe for a network of two blocks."""
    choices = {"scale": 3.0, "batch_tokens": 256, "learning_rate": 0.01, "head_rate": 0.02}
    return Recipe(**{**choices, "frozen_blocks": 0, "max_tokens": 20, **changes})  # type: ignore[arg-type]


def split(path: Path, name: str) -> list[Caption]:
    return [caption for caption in read_captions(path) if caption.split == name]


def test_training_learns_which_words_are_glad(tmp_path: Path, init: str) -> None:
    data = write_captions(tmp_path / "captions.tsv")
    run = Run(quick(scale=6.0), tmp_path / "run", init, split(data, "train"))
    run.train(split(data, "dev"), every=1000)
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert history[-1]["semeval18_vreg/valence"] > 0.8
    assert history[-1]["facebook_va/valence"] > 0.8


def test_a_stopped_run_goes_on_to_the_same_weights(tmp_path: Path, init: str) -> None:
    data = write_captions(tmp_path / "captions.tsv", rows=80)
    train, dev = split(data, "train"), split(data, "dev")
    whole = Run(quick(), tmp_path / "whole", init, train)
    whole.train(dev, every=2)

    stopped = Run(quick(), tmp_path / "stopped", init, train)
    half = len(stopped.plan) // 2
    stopped.plan, later = stopped.plan[:half], stopped.plan
    stopped._rate = whole._rate  # type: ignore[method-assign]  # the schedule of the whole run
    stopped.schedule.lr_lambdas = [whole._rate] * len(stopped.schedule.lr_lambdas)
    stopped.train(dev, every=2)
    assert stopped.step == half < len(later)
    resumed = Run(quick(), tmp_path / "stopped", init, train)
    resumed.train(dev, every=2)

    for name, value in whole.model.state_dict().items():
        torch.testing.assert_close(resumed.model.state_dict()[name], value, msg=name)


def test_a_run_does_not_go_on_under_another_recipe(tmp_path: Path, init: str) -> None:
    data = write_captions(tmp_path / "captions.tsv", rows=40)
    train, dev = split(data, "train"), split(data, "dev")
    Run(quick(), tmp_path / "run", init, train).train(dev, every=100)
    with pytest.raises(typer.BadParameter, match="another recipe"):
        Run(quick(seed=1), tmp_path / "run", init, train).train(dev, every=100)


def test_the_command_leaves_a_checkpoint_with_its_tokenizer(tmp_path: Path, init: str) -> None:
    data = write_captions(tmp_path / "captions.tsv", rows=40)
    train_caption(data, init=init, runs=tmp_path / "runs", scale=0.5)
    model, extra = load_checkpoint(tmp_path / "runs" / "last.pt")
    assert asdict(model.encoder.config) == asdict(CONFIG)
    assert json.loads(extra["tokenizer"])["model"]["type"] == "WordLevel"


def test_a_file_without_training_rows_is_refused_in_one_sentence(
    tmp_path: Path, init: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "captions.tsv"
    data.write_text("text\tvalence\tsplit\nfine\t0.6\tdev\n", encoding="utf-8")
    with pytest.raises(typer.Exit):
        train_caption(data, init=init, runs=tmp_path / "runs")
    assert capsys.readouterr().err == f"{data} has no row whose split is train.\n"


def test_frozen_blocks_stay_as_they_were(tmp_path: Path, init: str) -> None:
    data = write_captions(tmp_path / "captions.tsv", rows=40)
    run = Run(quick(frozen_blocks=1), tmp_path / "run", init, split(data, "train"))
    before = {name: value.clone() for name, value in run.model.state_dict().items()}
    run.train(split(data, "dev"), every=1000)
    changed = {n for n, value in run.model.state_dict().items() if not value.equal(before[n])}
    assert not any(name.startswith("encoder.embeddings") for name in changed)
    assert not any(name.startswith("encoder.transformer.layer.0") for name in changed)
    assert any(name.startswith("encoder.transformer.layer.1") for name in changed)
