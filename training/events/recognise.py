"""Which of a file's columns is which of ours, and what its event types are called."""

from collections.abc import Collection, Mapping, Sequence

from model.columns import (
    BASKET_ID,
    BRAND,
    CATEGORY,
    DEPARTMENT,
    EVENT_TYPE,
    PRICE,
    PRODUCT_ID,
    QUANTITY,
    SUBCATEGORY,
    TIMESTAMP,
    TITLE,
    USER_ID,
    VALUE,
    VERSION,
)
from training.errors import InputError

VISITOR = "user_pseudo_id"
"""GA4's name for whoever uses a browser, signed in or not."""

GA4_LIST = "items"
"""The column in which GA4's export has all products of an event."""

ALIASES: dict[str, tuple[str, ...]] = {
    USER_ID: ("userid", "visitorid", "customerid", VISITOR, "customer", "user"),
    PRODUCT_ID: ("productid", "itemid", "stockcode", "sku", "product", "item"),
    EVENT_TYPE: (
        "eventtype",
        "eventname",
        "event",
        "action",
        "actiontype",
        "behavior",
        "behaviortype",
        "interactiontype",
    ),
    TIMESTAMP: (
        "eventtime",
        "eventtimestamp",
        "datetime",
        "createdat",
        "processedat",
        "collectortstamp",
        "derivedtstamp",
        "eventdate",
        "orderdate",
        "purchasedate",
        "datecreated",
        "invoicedate",
        "ts",
        "date",
        "time",
    ),
    QUANTITY: ("qty", "qtyordered", "productqty", "count"),
    VALUE: ("eventvalue", "salesvalue", "revenue", "amount"),
    BASKET_ID: ("basketid", "orderid", "invoiceno", "sessionid", "transactionid", "usersession"),
    TITLE: ("name", "description"),
    DEPARTMENT: ("maincategory", "parentcategory", "rootcategory", "division"),
    CATEGORY: ("categoryl1", "productcategory", "categories", "categorycode"),
    SUBCATEGORY: ("categoryl2", "itemcategory2"),
    BRAND: ("brands", "manufacturer"),
    PRICE: ("unitprice",),
    VERSION: ("modelversion",),
}
"""Names the field uses, the first of them that a file has is taken.

(Personalize, Retail, GA4, RetailRocket, REES46, RecTools, UCI, Shopify, WooCommerce, Magento,
Snowplow.)
"""

EVENT_TYPES: dict[str, str] = {
    "detail-page-view": "view",
    "view_item": "view",
    "viewcontent": "view",
    "product viewed": "view",
    "product_viewed": "view",
    "product clicked": "view",
    "click": "view",
    "pv": "view",
    "product added": "cart",
    "product_added": "cart",
    "product_added_to_cart": "cart",
    "add-to-cart": "cart",
    "add_to_cart": "cart",
    "addtocart": "cart",
    "purchase-complete": "purchase",
    "order completed": "purchase",
    "order_completed": "purchase",
    "checkout_completed": "purchase",
    "transaction": "purchase",
    "order": "purchase",
    "buy": "purchase",
    "remove-from-cart": "remove_from_cart",
    "removefromcart": "remove_from_cart",
    "product removed": "remove_from_cart",
    "product_removed": "remove_from_cart",
    "product_removed_from_cart": "remove_from_cart",
    "order refunded": "return",
    "order_refunded": "return",
    "order cancelled": "return",
    "order_cancelled": "return",
    "returned": "return",
    "refund": "return",
    "refunded": "return",
    "cancel": "return",
    "cancelled": "return",
    "canceled": "return",
    "cancellation": "return",
}
"""Other names of the event types that every shop has."""


def recognise(
    found: Sequence[str],
    wanted: Sequence[str],
    named: Mapping[str, str],
    required: Sequence[str],
    options: bool = True,
) -> dict[str, str]:
    """Match our columns to a file's: by the name given, by our name, then by the field's aliases.

    Returns our name -> the file's name, for the columns that are there. ``options`` says whether
    the command line can name a column, which an error then advises.

    >>> recognise(["visitorid", "ITEM_ID"], ["user_id", "product_id"], {}, ["user_id"])
    {'user_id': 'visitorid', 'product_id': 'ITEM_ID'}

    Raises
    ------
    InputError
        If a named column is absent or named twice, or a required one is neither named nor
        recognised.
    """
    _check_named(named, found, options)
    by_plain_name: dict[str, str] = {}
    for column in found:
        if column not in named.values():
            by_plain_name.setdefault(_plain(column), column)
    matched: dict[str, str] = {}
    for ours in wanted:
        if ours in named:
            matched[ours] = named[ours]
            continue
        candidates = [_plain(ours), *map(_plain, ALIASES.get(ours, ()))]
        hit = next((by_plain_name[name] for name in candidates if name in by_plain_name), None)
        if hit is not None and hit not in matched.values():
            matched[ours] = hit
        elif ours in required:
            _refuse_named_for_another(ours, candidates, named)
            raise InputError(_absent(ours, ours, found, options))
    return matched


def refuse_other_names(
    headers: Mapping[str, Sequence[str]], matched: Mapping[str, str], also: Collection[str] = ()
) -> None:
    """Refuse a folder in which a file has one of our columns by another name than was matched.

    ``headers`` are file names -> columns, ``also`` columns that are read beside the matched ones.
    The rows of such a file would lack what they have.

    >>> refuse_other_names({"a.csv": ["user_id", "qty"], "b.csv": ["User_ID"]}, {"quantity": "qty"})

    Raises
    ------
    InputError
        Naming the file, its column and the one that was matched.
    """
    read = {*matched.values(), *also}
    for file, found in headers.items():
        there = {name.lower() for name in found}
        for ours, other in recognise(found, tuple(matched), {}, ()).items():
            if matched[ours].lower() not in there and other not in read:
                raise InputError(
                    f"{file!r} has {ours} as {other!r}, other files of the folder have it as "
                    f"{matched[ours]!r}; allowed: the same name in every file"
                )


def _refuse_named_for_another(
    ours: str, candidates: Sequence[str], named: Mapping[str, str]
) -> None:
    for other, theirs in named.items():
        if _plain(theirs) in candidates:
            raise InputError(
                f"column {theirs!r} is named for {other}, and {ours} has no other; allowed: one "
                "use each"
            )


def stand_in(found: Sequence[str], customer: str) -> str | None:
    """The column of visitors' ids that counts where a customer's is missing; None without one.

    In GA4 the ``user_id`` is that of a signed-in customer, empty for most events, and everybody
    has a ``user_pseudo_id``.

    >>> stand_in(["user_id", "user_pseudo_id"], "user_id")
    'user_pseudo_id'
    """
    visitors = (name for name in found if _plain(name) == _plain(VISITOR) and name != customer)
    return next(visitors, None)


def _check_named(named: Mapping[str, str], found: Sequence[str], options: bool) -> None:
    for ours, theirs in named.items():
        if theirs not in found:
            raise InputError(_absent(theirs, ours, found, options))
        others = [other for other in named if other != ours and named[other] == theirs]
        if others:
            raise InputError(
                f"column {theirs!r} is named for {ours} and for {others[0]}; allowed: one use each"
            )


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def _absent(column: str, ours: str, found: Sequence[str], options: bool) -> str:
    advice = (
        f"Name the right one with -P {ours}_column=…"
        if options
        else f"Allowed names of it: {', '.join((ours, *ALIASES.get(ours, ())))}"
    )
    if ours == PRODUCT_ID and GA4_LIST in map(_plain, found):
        advice = f"{GA4_LIST!r} is a list of products in GA4's export: unnest it first. {advice}"
    return f"no column {column!r}; the file has: {', '.join(map(str, found))}. {advice}"
