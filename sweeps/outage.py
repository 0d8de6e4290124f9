"""What the writer may meet on its way to MLflow that is no fault of its own."""

from __future__ import annotations

from json import JSONDecodeError
from sqlite3 import Error as SQLiteError

from sweeps.found import StoreAwayError


def is_outage(error: BaseException) -> bool:
    """Whether a store that is away, full, locked or none of MLflow's can raise `error`.

    Anything else, such as a NameError, is a mistake in the code that delivers.
    """
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    # OSError: the disk, the network, and all that `requests` raises. JSONDecodeError: another
    # program's answer at the server's address.
    of_the_store = (StoreAwayError, OSError, MlflowException, SQLAlchemyError, SQLiteError)
    return isinstance(error, (*of_the_store, JSONDecodeError))
