"""The two ways in which a data set can fail to be there."""


class DatasetError(Exception):
    """A fault of the data or of how it was asked for, as one sentence for the user."""


class UnavailableError(Exception):
    """One source doesn't have the files; the next may. The message is a short reason."""
