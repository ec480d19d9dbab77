import sqlite3

import pytest

from bot.errors import StoreBusyError, StoreError, StoreFullError
from bot.store.failures import BY_CLASS, BY_CODE, store_error, translated

NOT_FAILURES = {"SQLITE_OK", "SQLITE_ROW", "SQLITE_DONE", "SQLITE_NOTICE", "SQLITE_WARNING"}
OURS = {
    # Mistakes in our own calls; sqlite3 raises them as the classes of BY_CLASS.
    "SQLITE_ERROR", "SQLITE_INTERNAL", "SQLITE_ABORT", "SQLITE_INTERRUPT", "SQLITE_NOTFOUND",
    "SQLITE_EMPTY", "SQLITE_SCHEMA", "SQLITE_TOOBIG", "SQLITE_CONSTRAINT", "SQLITE_MISMATCH",
    "SQLITE_MISUSE", "SQLITE_RANGE",
}  # fmt: skip


def primary_codes() -> dict[str, int]:
    # The numbers below 102 that SQLite documents as primary result codes; Python also exports
    # authoriser actions and limits as SQLITE_ names, which share small numbers.
    known = {sqlite3.SQLITE_OK, sqlite3.SQLITE_ROW, sqlite3.SQLITE_DONE, *range(1, 29)}
    other = ("LIMIT", "CREATE", "DROP", "DENY", "IGNORE", "DBCONFIG")
    actions = {
        "SQLITE_DELETE", "SQLITE_INSERT", "SQLITE_PRAGMA", "SQLITE_READ", "SQLITE_SELECT",
        "SQLITE_TRANSACTION", "SQLITE_UPDATE", "SQLITE_ATTACH", "SQLITE_DETACH",
        "SQLITE_ALTER_TABLE", "SQLITE_REINDEX", "SQLITE_ANALYZE", "SQLITE_FUNCTION",
        "SQLITE_SAVEPOINT", "SQLITE_RECURSIVE",
    }  # fmt: skip
    return {
        name: code
        for name, code in vars(sqlite3).items()
        if name.startswith("SQLITE_")
        and code in known
        and name not in actions
        and name.removeprefix("SQLITE_").split("_")[0] not in other
    }


def test_every_primary_result_code_is_in_the_table_or_known_to_be_a_mistake_of_ours() -> None:
    unknown = {
        name
        for name, code in primary_codes().items()
        if code not in BY_CODE and name not in NOT_FAILURES | OURS
    }

    assert unknown == set()
    assert len(primary_codes()) >= 30


def test_every_exception_of_sqlite3_is_in_the_table() -> None:
    def family(kind: type[sqlite3.Error]) -> set[type[sqlite3.Error]]:
        return {kind}.union(*(family(child) for child in kind.__subclasses__()))

    assert family(sqlite3.Error) <= set(BY_CLASS)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY, StoreBusyError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreBusyError),
        (sqlite3.SQLITE_FULL, StoreFullError),
        (sqlite3.SQLITE_IOERR_SHMSIZE, StoreFullError),
        (sqlite3.SQLITE_IOERR_READ, StoreError),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, StoreError),
    ],
)
def test_extended_codes_count_as_their_primary_one(code: int, kind: type[StoreError]) -> None:
    error = sqlite3.OperationalError("?")
    error.sqlite_errorcode = code

    assert type(store_error(error)) is kind


def test_a_translated_error_keeps_the_original_for_the_log() -> None:
    original = sqlite3.ProgrammingError("Cannot operate on a closed database.")
    with (
        pytest.raises(StoreError, match=r"^The votes was asked for") as raised,
        translated("The votes"),
    ):
        raise original

    assert raised.value.__cause__ is original
