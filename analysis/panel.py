"""A panel of a figure of curves, as an experiment's file asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Panel(BaseModel):
    """A label, `percent`, and LINE-NAME: CURVE for each line."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, str] = Field(init=False)

    label: str = ""
    percent: bool = False

    @property
    def curves(self) -> Mapping[str, str]:
        """Curves by the names of their lines."""
        return self.__pydantic_extra__

    @property
    def scale(self) -> float:
        return 100.0 if self.percent else 1.0

    @model_validator(mode="after")
    def _has_a_line(self) -> Self:
        if not self.curves:
            msg = "a panel needs a line: LINE-NAME: CURVE"
            raise ValueError(msg)
        return self
