"""What an MLflow model URI says."""

import re

ALIASED = re.compile(r"models:/(?P<name>[^/@]+)@(?P<alias>[^/@]+)")


def name_and_alias(model_uri: str) -> tuple[str, str] | None:
    """The registered model and the alias in a URI; None for one that stays the same model.

    >>> name_and_alias("models:/shop@champion")
    ('shop', 'champion')
    >>> name_and_alias("models:/shop/7")
    """
    found = ALIASED.fullmatch(model_uri)
    return (found["name"], found["alias"]) if found else None
