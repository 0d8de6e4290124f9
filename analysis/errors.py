"""What a user can put right."""


class AnalysisError(ValueError):
    """Something that a user asked for and can't be done; the message has a sentence a fault."""
