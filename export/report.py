"""How figures are printed: one JSON line on stdout, or a table for people."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="one line of JSON on stdout")]


def show(figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Prints ``figures``; nested mappings become dotted names in the table."""
    if as_json:
        typer.echo(json.dumps(figures))
        return
    table = Table("figure", "value", box=None)
    for name, value in _flat(figures):
        table.add_row(name, str(value))
    Console().print(table)


def _flat(figures: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in figures.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, value))
    return rows
