"""The direction of imports, and what importing the served packages must not load."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("inference", "export", "bot")

ALLOWED = {
    "inference": {"inference"},
    "export": {"export", "inference", "bot"},
    "bot": {"bot", "inference"},
}
"""``export`` may look at ``bot``, whose catalogue and recommender it builds and measures."""

BELOW = {
    "bot.types": set(),
    "bot.errors": set(),
    "bot.settings": set(),
    "bot.candidates": {"bot.types"},
    "bot.catalog": {"bot.catalog", "bot.candidates", "bot.types", "bot.errors"},
    "bot.ranking": {"bot.ranking", "bot.candidates", "bot.types", "bot.errors"},
    "bot.store": {"bot.store", "bot.types", "bot.errors"},
    "bot.recommend": {
        "bot.catalog",
        "bot.ranking",
        "bot.store",
        "bot.candidates",
        "bot.types",
        "bot.errors",
    },
    "bot.chat": {"bot.chat", "bot.store", "bot.types", "bot.errors", "bot.settings"},
}
"""What each room of the bot may import of the bot; the front door imports all."""

HEAVY = ("torch", "transformers", "polars", "pandas", "sklearn", "matplotlib", "scipy", "onnx")


def modules(package: str) -> Iterator[Path]:
    yield from sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room_of(name: str) -> str:
    return ".".join(name.split(".")[:2])


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_in_the_agreed_direction(package: str) -> None:
    for path in modules(package):
        ours = {name.split(".")[0] for name in imports(path)} & set(PACKAGES)
        assert ours <= ALLOWED[package], path


def test_the_rooms_of_the_bot_import_only_downwards() -> None:
    for path in modules("bot"):
        room = room_of(name_of(path))
        if room not in BELOW:
            continue
        used = {room_of(name) for name in imports(path) if name.startswith("bot.")}
        assert used <= BELOW[room] | {room}, path


def test_every_room_of_the_bot_has_a_rule() -> None:
    front_door = {
        "bot",
        "bot.__main__",
        "bot.demo",
        "bot.doctor",
        "bot.printed",
        "bot.serve",
    }
    rooms = {room_of(name_of(path)) for path in modules("bot")}
    assert rooms - front_door == set(BELOW)


def test_serving_loads_no_training_library() -> None:
    script = (
        "import sys, bot.__main__, bot.serve, bot.recommend, bot.printed, bot.doctor, "
        "inference.analyzer, inference.__main__\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert found.stdout.strip() == "[]"


def test_the_command_line_starts_without_models_or_telegram() -> None:
    script = (
        "import sys, bot.__main__\n"
        "print([name for name in ('telegram', 'onnxruntime', 'cv2', 'spotipy') "
        "if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_this_projects_own(package: str) -> None:
    """Packages of the same names exist on PyPI, hence an environment of Storify's own."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin == str(ROOT / package / "__init__.py")


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    pins = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    names = {line.split(">=")[0].split("[")[0].lower() for line in wanted}
    assert names - {"storify"} <= pins
