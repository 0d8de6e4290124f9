"""What is read from an experiment's file: an unknown key is a fault, and nothing changes later."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """The base of each part of a `report:` section."""

    model_config = ConfigDict(extra="forbid", frozen=True)
