"""Where a model is: its local folder and its version."""

from pathlib import Path

from training.serving.fetched import fetched
from training.serving.process import reason, refuse


def located(model_uri: str) -> tuple[Path, str]:
    """The model's local folder and its registered version, or its id if it has none."""
    import yaml
    from mlflow.models import Model

    try:
        path = fetched(model_uri)
        model_id = Model.load(str(path)).model_id
    except Exception as error:
        refuse(f"model_uri = {model_uri!r} cannot be loaded: {reason(error)}")
    if not (path / "code" / "model" / "app.py").is_file():
        refuse(f"model_uri = {model_uri!r} is not a product recommender")
    # MLflow writes this file whenever it resolves a registered name, so it is fresh only then.
    meta = path / "registered_model_meta"
    registered = model_uri.startswith("models:/") and meta.is_file()
    version = yaml.safe_load(meta.read_text("utf-8"))["model_version"] if registered else None
    return path, str(version or model_id)
