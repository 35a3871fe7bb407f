"""The processes behind ``serve``: find a model, load it once, fork workers, follow its alias."""
