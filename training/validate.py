"""Say what a log holds, as ``main`` would read it, without training."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.columns import EVENT_TYPE, PRODUCT_ID, USER_ID
from training.atomic_write import beside, refuse_folder, refuse_input
from training.config import ValidateConfig
from training.events.catalogue import catalogue_of, grouped
from training.events.fingerprint import fingerprint
from training.events.log import EventLog
from training.events.read import load_events
from training.events.sample import source_of
from training.events.split import Split, hold_out


@dataclass(frozen=True)
class Coverage:
    """How much of the log the catalogue knows."""

    rows: int
    columns: list[str]
    share_of_products: float
    share_of_events: float


@dataclass(frozen=True)
class Findings:
    """What is in a log.

    Attributes
    ----------
    columns : mapping of our column to the file's
    dropped : mapping of reason to ``{"rows": 3, "first": "row 7: ''"}``
    repeat_share : float
        Share of the purchases whose customer had bought that product before.
    test : mapping
        What ``main`` would hold out: from when (None without timestamps; then how it is drawn, in
        words), and how much.
    remarks : list of str
        Whatever else the reader had to say.
    """

    events: str
    columns: Mapping[str, str]
    rows_read: int
    rows_used: int
    dropped: Mapping[str, Mapping[str, int | str]]
    customers: int
    products: int
    event_types: Mapping[str, int]
    target_event: str
    first: str
    last: str
    purchases: int
    repeat_share: float
    test: Mapping[str, int | str | None]
    catalogue: Coverage | None
    remarks: list[str]
    data_hash: str

    def __str__(self) -> str:
        types = ", ".join(f"{name} {count:,}" for name, count in self.event_types.items())
        columns = ", ".join(f"{ours} from {theirs!r}" for ours, theirs in self.columns.items())
        dropped = [
            f"dropped {part['rows']:,}: {reason}; first {part['first']}"
            for reason, part in self.dropped.items()
        ]
        span = f"{self.first} to {self.last} UTC" if self.first else "no timestamps"
        lines = {
            "events": self.events,
            "columns": columns,
            "rows": f"{self.rows_read:,} read, {self.rows_used:,} used",
            "": dropped,
            "customers": f"{self.customers:,}",
            "products": f"{self.products:,}",
            "event types": types,
            "time": span,
            "repeat purchases": f"{self.repeat_share:.1%} of {self.purchases:,} "
            f"({self.target_event})",
            "test window": f"{self.test['events']:,} events of {self.test['customers']:,} "
            f"customers, {self._tested()}; {self.test['judged']:,} of them bought before and then",
            "catalogue": self._known(),
            "remarks": self.remarks,
            "data hash": self.data_hash,
        }
        return "\n".join(
            f"{name:18}{line}"
            for name, given in lines.items()
            for line in ([given] if isinstance(given, str) else given)
        )

    def _tested(self) -> str:
        return f"from {self.test['from']}" if self.test["from"] else str(self.test["drawn"])

    def _known(self) -> str:
        found = self.catalogue
        if found is None:
            return "none given"
        return (
            f"{found.rows:,} products ({', '.join(found.columns) or 'ids only'}); knows "
            f"{found.share_of_products:.1%} of the products, {found.share_of_events:.1%} of the "
            "events"
        )


def validate(config: ValidateConfig) -> str:
    """Read events and catalogue; returns what is in them, and writes it as JSON where asked.

    Raises
    ------
    InputError
        If ``main`` could not train on it.
    """
    source = source_of(config)
    output = Path(config.output).expanduser()
    if config.output:
        refuse_folder(output)
        refuse_input(output, source.events, source.catalogue)
    catalogue = catalogue_of(source)
    log = load_events(source.events, config.event_weights, source.event_columns)
    log = grouped(log, catalogue)
    held_out = hold_out(log, config.test_days or None)
    findings = _findings(config.events, catalogue, log, held_out)
    if config.output:
        output.parent.mkdir(parents=True, exist_ok=True)
        with beside(output) as path:
            path.write_text(json.dumps(asdict(findings), indent=1), encoding="utf-8")
    return str(findings)


def _findings(
    events: str, catalogue: pd.DataFrame | None, log: EventLog, held_out: Split
) -> Findings:
    """Everything that is said of the log."""
    found = fingerprint(log)
    kept = log.settled
    bought = kept.where(kept.is_purchase).frame[[USER_ID, PRODUCT_ID]]
    return Findings(
        events,
        log.columns,
        log.n_read,
        len(log),
        {reason: asdict(part) for reason, part in log.dropped.items()},
        found.customers,
        found.products,
        _event_types(log),
        log.target_event,
        found.first,
        found.last,
        len(bought),
        float(bought.duplicated().mean()),
        {
            "from": str(held_out.cutoff) if held_out.cutoff is not None else None,
            "drawn": held_out.drawn,
            "events": len(held_out.future),
            "customers": len(np.unique(held_out.future.user_rows)),
            "judged": len(np.intersect1d(_buyers(held_out.past), _buyers(held_out.future))),
        },
        _coverage(log, catalogue),
        list(log.remarks),
        found.data_hash,
    )


def _buyers(log: EventLog) -> NDArray[np.integer]:
    """Rows of the customers with a purchase."""
    return np.unique(log.settled.user_rows[log.settled.is_purchase])


def _event_types(log: EventLog) -> dict[str, int]:
    """The commonest first."""
    counts = log.frame[EVENT_TYPE].value_counts()
    return {str(name): int(count) for name, count in counts.items()}


def _coverage(log: EventLog, catalogue: pd.DataFrame | None) -> Coverage | None:
    if catalogue is None:
        return None
    ids = pd.Index(log.products.ids_of(np.arange(len(log.products))))
    known = ids.isin(catalogue.index)
    return Coverage(
        len(catalogue),
        catalogue.columns.tolist(),
        float(known.mean()),
        float(known[log.item_rows].mean()),
    )
