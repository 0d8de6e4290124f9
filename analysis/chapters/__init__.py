"""From an experiment's `report:` and the runs to what the report says of it."""
