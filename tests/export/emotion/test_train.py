"""Training and export of the emotion CNN, on a handful of made-up faces."""

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from export.emotion.augment import augment, centre_crop, normalise  # noqa: E402 - after the check
from export.emotion.fer2013 import Faces  # noqa: E402
from export.emotion.net import EmotionNet  # noqa: E402
from export.emotion.onnx import ServedEmotionNet, fit_temperature  # noqa: E402
from export.emotion.train import Recipe, Run  # noqa: E402
from export.onnx_export import assert_parity, export_onnx  # noqa: E402


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def made_up_faces(count: int) -> Faces:
    """Bright mouths for label 3, dark ones for label 4: enough for a network to learn."""
    rng = np.random.default_rng(count)
    labels = rng.integers(3, 5, count)
    images = rng.integers(90, 160, (count, 48, 48)).astype(np.uint8)
    images[labels == 3, 30:40, 12:36] = 250
    images[labels == 4, 30:40, 12:36] = 5
    votes = np.zeros((count, 8), np.float32)
    votes[::2, 1] = 1
    return Faces(images, labels.astype(np.int64), votes)


RECIPE = Recipe(epochs=3, batch_size=16, warmup_epochs=0.5)


def test_augmented_faces_keep_their_range_and_differ() -> None:
    images = torch.from_numpy(made_up_faces(32).images)[:, None].float()
    one, two = (augment(images, torch.Generator().manual_seed(seed)) for seed in (1, 2))
    assert one.shape == (32, 1, 44, 44)
    assert one.min() >= 0
    assert one.max() <= 255
    assert not torch.equal(one, two)
    assert torch.equal(one, augment(images, torch.Generator().manual_seed(1)))


def test_normalised_faces_forget_exposure_and_contrast() -> None:
    images = torch.from_numpy(made_up_faces(4).images)[:, None].float()
    assert torch.allclose(normalise(images), normalise(images * 0.5 + 30), atol=1e-4)


def test_a_run_that_was_stopped_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    train, test = made_up_faces(48), made_up_faces(16)
    unbroken = Run(RECIPE, tmp_path / "unbroken")
    unbroken.train(train, test)

    class Killed(Exception):  # noqa: N818 - it stands for a signal
        pass

    class Stopping(Run):
        def _save(self, name: str, **more: object) -> None:
            super()._save(name, **more)
            if name == "last.pt" and self.epoch == 2:
                raise Killed

    with pytest.raises(Killed):
        Stopping(RECIPE, tmp_path / "broken").train(train, test)
    resumed = Run(RECIPE, tmp_path / "broken")
    resumed.train(train, test)
    assert resumed.epoch == 3
    for name, value in unbroken.ema.state_dict().items():
        assert torch.allclose(value.float(), resumed.ema.state_dict()[name].float(), atol=1e-2)
    history = json.loads((tmp_path / "broken" / "history.json").read_text())
    assert [row["epoch"] for row in history] == [1, 2, 3]


def test_a_run_does_not_go_on_with_another_recipe(tmp_path: Path) -> None:
    train, test = made_up_faces(32), made_up_faces(8)
    Run(Recipe(epochs=1, batch_size=16), tmp_path).train(train, test)
    with pytest.raises(Exception, match="begun with another recipe"):
        Run(Recipe(epochs=2, batch_size=16), tmp_path).train(train, test)


def test_the_served_network_is_the_trained_one(tmp_path: Path) -> None:
    net = EmotionNet().eval()
    served = ServedEmotionNet(net, temperature=2.0).eval()
    pixels = torch.from_numpy(made_up_faces(5).images)[:, None].float()
    with torch.inference_mode():
        x = normalise(centre_crop(pixels))
        expected = ((net(x) + net(x.flip(3))) / 4).softmax(1)
        assert torch.allclose(served(pixels), expected, atol=1e-6)
    path = tmp_path / "emotion.onnx"
    axes = {"pixels": {0: "faces"}, "probabilities": {0: "faces"}}
    export_onnx(
        served, [pixels], path, inputs=["pixels"], outputs=["probabilities"], free_axes=axes
    )
    assert assert_parity(served, path, [pixels[:1]], tolerance=1e-4) < 1e-4
    assert assert_parity(served, path, [pixels], tolerance=1e-4) < 1e-4


def test_an_export_that_differs_is_not_shipped(tmp_path: Path) -> None:
    one, other = (torch.nn.Linear(2, 2) for _ in range(2))
    path, example = tmp_path / "one.onnx", torch.ones(1, 2)
    export_onnx(one, [example], path, inputs=["x"], outputs=["y"], free_axes={})
    with pytest.raises(ValueError, match="not shipped"):
        assert_parity(other, path, [example], tolerance=1e-4)


def test_the_temperature_undoes_overconfidence() -> None:
    labels = torch.tensor([0, 0, 0, 1] * 25)
    logits = torch.tensor([[30.0, 0.0]]).repeat(100, 1)  # sure, and right in three of four cases
    temperature = fit_temperature(logits / 10, labels)
    confidence = (logits / 10 / temperature).softmax(1)[0, 0]
    assert confidence == pytest.approx(0.75, abs=0.01)
