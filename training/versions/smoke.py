"""Load a logged model as a server would, and ask it once: ``python -P smoke.py MODEL_URI``.

It runs in a process of its own, so that the model's logged code answers, not this checkout's.
"""

import sys

import mlflow
import pandas as pd


def ask(model_uri: str) -> list[str]:
    """The list a stranger gets.

    Raises
    ------
    ValueError
        If it is empty; whatever loading raises is passed on.
    """
    model = mlflow.pyfunc.load_model(model_uri)
    [products] = model.predict(pd.DataFrame({"user_id": [""]}))["recommended_products"]
    if not products:
        raise ValueError("a stranger is shown no product at all")
    return list(products)


if __name__ == "__main__":
    try:
        ask(sys.argv[1])
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {' '.join(str(error).split())}")
