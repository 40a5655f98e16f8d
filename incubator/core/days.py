"""Days as whole numbers in SQL, which the two databases write differently."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# The first day that Python numbers.
_FIRST = "'0001-01-01'"


class day_number(FunctionElement[int]):  # noqa: N801
    """The number of a day, as `date.toordinal` gives it."""

    type = sa.Integer()
    inherit_cache = True


@compiles(day_number, "sqlite")
def _on_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    day = compiler.process(element.clauses, **options)
    return f"(CAST(julianday({day}) - julianday({_FIRST}) AS INTEGER) + 1)"


@compiles(day_number, "postgresql")
def _on_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    day = compiler.process(element.clauses, **options)
    return f"({day} - DATE {_FIRST} + 1)"
