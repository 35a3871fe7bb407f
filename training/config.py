"""Every knob in one place: its type, bounds, default and one line of meaning.

Command-line options, MLproject parameters and logged parameters are these names.
"""

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from model.columns import DEFAULT_K, EVENT_COLUMNS, MAX_K
from training.errors import InputError
from training.event_weights import EventWeights
from training.model_uri import name_and_alias


def _known_scenario(given: str) -> str:
    """A scenario for customers; it is imported late, since ``--help`` should be quick."""
    from model.scenarios import SCENARIOS, check_scenario

    return check_scenario(given, SCENARIOS)


Days = Annotated[float, Field(gt=0, le=36_500, allow_inf_nan=False)]
Exponent = Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]


class Config(BaseModel):
    """Base of all configurations: immutable, and an unknown name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EventWeightsConfig(Config):
    """Which events count, and how much."""

    event_weights: EventWeights = Field(
        default={"view": 1.0, "cart": 3.0, "purchase": 5.0},
        validate_default=True,
        description="weight of each event type, negative for what takes back (return, "
        "remove_from_cart are); events of other types are dropped and counted",
    )


class Knobs(EventWeightsConfig):
    """What decides the model, given the events."""

    half_life_days: Days = Field(90.0, description="an event loses half its weight in this time")
    recent_half_life_days: Days = Field(14.0, description="the same, for what was of late")
    lasting_half_life_days: Days = Field(
        240.0, description="the same, for the taste by which customers and products are compared"
    )
    trend_half_life_days: Days = Field(7.0, description="the same, for what is popular lately")
    algorithm: Literal["auto", "ridge", "cosine", "tfidf", "bm25", "rp3beta", "asymmetric"] = Field(
        "auto", description="method of item-item similarity; auto: one that suits the log's shape"
    )
    k: int = Field(100, ge=1, le=1000, description="neighbours kept for every product")
    neighbours: int = Field(400, ge=1, le=5000, description="similar customers per customer")
    neighbour_half_life_days: Days = Field(
        14.0,
        description="a first purchase, by a similar customer, loses half its weight in this time",
    )
    neighbour_product_exponent: Exponent = Field(
        0.4, description="how much a product that many bought counts less between customers"
    )
    neighbour_exponent: Exponent = Field(
        0.6, description="how much a customer with a long history counts less as a neighbour"
    )
    neighbour_target_exponent: Exponent = Field(
        0.2, description="how much a popular product counts less among the neighbours' purchases"
    )
    low_pass_vectors: int = Field(
        -1,
        ge=-1,
        le=2048,
        description="patterns of the low-pass filter; 0: none, -1: what suits the log's shape",
    )
    ridge_penalty: float = Field(
        1.0,
        gt=0,
        le=1000,
        allow_inf_nan=False,
        description="how cautious regression between products is, as a multiple of what suits logs "
        "with times, or without",
    )
    min_customers: int = Field(
        3, ge=1, le=1000, description="customers a product needs to be compared with others"
    )
    second_stage: Literal["auto", "never"] = Field(
        "auto", description="boosted trees on top of the blend, where they win on held-out time"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="seed of everything random")


class EventsConfig(Config):
    """Where the events are, and what their columns are called."""

    events: str = Field(
        "sample",
        min_length=1,
        description="CSV, gzipped CSV or Parquet; a file or a folder; or 'sample'",
    )
    user_id_column: str = Field("", description="name of the customer's column, if not recognised")
    product_id_column: str = Field("", description="name of the product's column, likewise")
    event_type_column: str = Field("", description="name of the event type's column, likewise")
    timestamp_column: str = Field("", description="name of the time's column, likewise")
    quantity_column: str = Field("", description="name of the quantity's column, likewise")
    value_column: str = Field("", description="name of the revenue's column, likewise")
    basket_id_column: str = Field("", description="name of the basket's column, likewise")

    def event_columns(self) -> dict[str, str]:
        """Our column names -> the file's, for those that were given."""
        named = {name: getattr(self, f"{name}_column") for name in EVENT_COLUMNS}
        return {name: theirs for name, theirs in named.items() if theirs}


class CatalogueConfig(EventsConfig):
    """Where the events are, and what tells more of their products."""

    catalogue: str = Field("", description="titles, categories, brands and prices; may be empty")


class GateConfig(Config):
    """When a challenger may become champion."""

    promote: Literal["auto", "never", "force"] = Field(
        "auto", description="auto: if the gate lets it pass; force needs promote_reason"
    )
    promote_reason: str = Field("", max_length=1000, description="why it is forced; recorded")
    gate_metric: str = Field(
        "all/ndcg_at_10",
        pattern=r"^(all|new)/(ndcg|recall|precision|hit_rate|map|mrr)_at_(5|10|20)$",
        description="must not be worse than the champion's, outside its interval",
    )
    coverage_floor: float = Field(
        0.5, ge=0, le=1, description="least coverage, as a share of the champion's"
    )
    log_floor: float = Field(
        0.5, ge=0, le=1, description="least customers and products of the champion's that are left"
    )
    popularity_ceiling: float = Field(
        1.5, ge=1, le=100, description="most popularity bias, as a multiple of the champion's"
    )
    max_latency_ms: float = Field(
        100,
        gt=0,
        le=60_000,
        description="most milliseconds of an answer in process, 95th percentile",
    )

    @model_validator(mode="after")
    def _force_says_why(self) -> Self:
        if self.promote == "force" and not self.promote_reason.strip():
            raise ValueError("promote=force needs promote_reason, a sentence that is recorded")
        return self


class RegisteredModel(Config):
    """Which registered model is meant."""

    registered_model: str = Field(
        "product-recommender",
        min_length=1,
        pattern=r"^[^/:@'\"]+$",
        description="name in the model registry",
    )


class HeldOutConfig(Config):
    """Which events are held out to be tested on."""

    test_days: float = Field(
        0,
        ge=0,
        le=3650,
        allow_inf_nan=False,
        description="length of the test window; 0: 28 days, at most a fifth of the log",
    )


class MainConfig(HeldOutConfig, RegisteredModel, GateConfig, Knobs, CatalogueConfig):
    """The main job: train, evaluate, log, register."""

    origins: int = Field(
        1,
        ge=1,
        le=100,
        description="cut-offs judged, the test window's and earlier ones, each fitted anew",
    )

    config: str = Field(
        "",
        description="start from what tune found: 'best' or a tune run's id; other options win "
        "(under mlflow run, those that differ from their default)",
    )
    kept_lists: int = Field(
        -1,
        ge=-1,
        description="customers, the latest seen, whose lists are kept; the others are answered on "
        "the spot; -1: up to 100000",
    )
    profile: bool = Field(
        False, description="log every step's time and peak memory, as a table and a plot"
    )


class PromoteConfig(RegisteredModel):
    """Let a version answer by hand."""

    version: str = Field("challenger", min_length=1, description="a version's number or alias")
    why: str = Field("by hand", min_length=1, max_length=1000, description="recorded")


class RollbackConfig(RegisteredModel):
    """Let the previous champion answer again."""

    why: str = Field("by hand", min_length=1, max_length=1000, description="recorded")


class CompareConfig(RegisteredModel):
    """Put two models side by side, for people."""

    left: str = Field("champion", min_length=1, description="a version, an alias or a run id")
    right: str = Field("challenger", min_length=1, description="a version, an alias or a run id")
    catalogue: str = Field("", description="titles, categories and prices; empty: the left run's")
    customers: int = Field(2000, ge=1, le=1_000_000, description="customers compared at the most")
    seed: int = Field(0, ge=0, lt=2**32, description="seed of the sampled customers")


class MonitorConfig(RegisteredModel, EventsConfig):
    """Look at what happened since a version was trained; exit code 3 when a bound is passed."""

    version: str = Field("champion", min_length=1, description="a version's number or alias")
    recommendations: str = Field(
        "", description="log of answers: user_id, product_id, recommendation_id, version, timestamp"
    )
    min_hit_rate_share: float = Field(
        0.5, ge=0, le=1, description="least hit rate, as a share of the one tested"
    )
    max_stability_index: float = Field(
        0.25, ge=0, description="most population stability index of products and event types"
    )
    max_new_product_share: float = Field(
        0.2, ge=0, le=1, description="most events on products that the model does not know"
    )
    max_cold_share: float = Field(
        0.5, ge=0, le=1, description="most active customers whom the model does not know"
    )
    max_stale_days: Days = Field(30, description="most days between the model's and the new events")
    seed: int = Field(0, ge=0, lt=2**32, description="seed of everything random")


class ServeConfig(Config):
    """The app: MLflow's scoring server with ``POST /recommend`` beside it."""

    model_uri: str = Field(
        "models:/product-recommender@champion", min_length=1, description="what to serve"
    )
    host: str = Field("127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="port to listen on")
    workers: int = Field(1, ge=1, le=64, description="processes that answer")
    refresh_seconds: float = Field(
        0,
        ge=0,
        le=86_400,
        allow_inf_nan=False,
        description="look that often whether the alias has moved, and follow it; 0: never",
    )

    @model_validator(mode="after")
    def _only_an_alias_moves(self) -> Self:
        if self.refresh_seconds and not name_and_alias(self.model_uri):
            raise ValueError(
                f"refresh_seconds = {self.refresh_seconds:g} has nothing to follow in model_uri = "
                f"{self.model_uri!r}; allowed: an alias, as models:/product-recommender@champion"
            )
        return self


class ModelUriConfig(Config):
    """Which logged model is meant."""

    model_uri: str = Field(
        "models:/product-recommender@champion",
        min_length=1,
        description="models:/NAME@ALIAS, models:/NAME/VERSION, or any other MLflow model URI",
    )


class BatchConfig(ModelUriConfig):
    """Lists for many customers at once, as Parquet."""

    users: str = Field(
        "all",
        min_length=1,
        description="'all' the model knows, or a CSV, Parquet or text file of ids (one a line)",
    )
    user_id_column: str = Field("", description="name of the customer's column, if not recognised")
    k: int = Field(DEFAULT_K, ge=1, le=MAX_K, description="products a list holds at the most")
    scenario: Annotated[str, AfterValidator(_known_scenario)] = Field(
        "for_you", description="for_you, discover, unseen, buy_again or popular, as in serving"
    )
    output: str = Field(
        "recommendations/recommendations.parquet",
        pattern=r".\.parquet$",
        description="the Parquet file to write; what is done of it waits in OUTPUT.parts",
    )
    engine: Literal["local", "spark"] = Field(
        "local", description="local: this machine; spark: a folder, by mlflow.pyfunc.spark_udf"
    )
    workers: int = Field(
        0, ge=0, le=256, description="threads that compute lists; 0: one for every processor"
    )
    rows_per_part: int = Field(
        10_000,
        ge=1,
        le=1_000_000,
        description="customers computed and written at once; a killed job goes on after them",
    )


class ValidateConfig(HeldOutConfig, CatalogueConfig, EventWeightsConfig):
    """Read a log as main would, and say what is in it."""

    output: str = Field("", description="JSON file to write the same into; empty: none")


class ExportConfig(ModelUriConfig):
    """Write the two pickles of a logged model."""

    folder: str = Field("", description="where to; empty: model/ of this project")


class ForgetConfig(RegisteredModel, CatalogueConfig):
    """Erase one customer from the model that answers."""

    user_id: str = Field(
        "", min_length=1, validate_default=True, description="whom to forget; has to be given"
    )
    events: str = Field(
        "", description="events to learn anew from, without that customer; empty: the champion's"
    )
    output: str = Field(
        "",
        pattern=r"^$|\.(parquet|csv|csv\.gz)$",
        description="file for the remaining events, .parquet, .csv or .csv.gz; empty: not kept",
    )


class TuneConfig(HeldOutConfig, CatalogueConfig, EventWeightsConfig):
    """Search the knobs on a window inside the past."""

    trials: int = Field(
        20, ge=1, le=100_000, description="configurations tried, those of earlier runs included"
    )
    minutes: float = Field(
        0, ge=0, le=100_000, allow_inf_nan=False, description="no new trial after; 0: no limit"
    )
    storage: str = Field(
        "mlruns/tune.db",
        min_length=1,
        description="SQLite file of the searches; a killed one goes on from there",
    )
    study: str = Field(
        "product-recommender", min_length=1, max_length=200, description="name of the search"
    )
    customers: int = Field(
        2000, ge=10, le=10_000_000, description="customers asked in each task at the most"
    )
    second_stage: Literal["auto", "never"] = Field(
        "auto", description="as in main; never is quicker and tunes what comes before the trees"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="seed of everything random")


C = TypeVar("C", bound=Config)


def validated(kind: type[C], **given: Any) -> C:
    """Build a configuration, or raise InputError with one line a wrong value."""
    try:
        return kind(**given)
    except ValidationError as error:
        raise InputError("; ".join(_told(each) for each in error.errors())) from None


def _told(wrong: ErrorDetails) -> str:
    """One of pydantic's errors in our words; where fields do not go together, theirs say so."""
    why = wrong["msg"].removeprefix("Value error, ")
    if not wrong["loc"]:
        return why
    return f"{'.'.join(map(str, wrong['loc']))} = {wrong['input']!r} is not allowed: {why}"
