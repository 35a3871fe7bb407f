"""Names that the whole product shares: columns of events and catalogue, requests and answers."""

USER_ID = "user_id"
PRODUCT_ID = "product_id"
EVENT_TYPE = "event_type"
TIMESTAMP = "timestamp"
QUANTITY = "quantity"
VALUE = "value"
BASKET_ID = "basket_id"
EVENT_COLUMNS = (USER_ID, PRODUCT_ID, EVENT_TYPE, TIMESTAMP, QUANTITY, VALUE, BASKET_ID)

TITLE = "title"
DEPARTMENT = "department"
CATEGORY = "category"
SUBCATEGORY = "subcategory"
BRAND = "brand"
PRICE = "price"
CATALOGUE_COLUMNS = (PRODUCT_ID, TITLE, DEPARTMENT, CATEGORY, SUBCATEGORY, BRAND, PRICE)
GROUPS = (DEPARTMENT, CATEGORY, SUBCATEGORY, BRAND, TITLE)
"""Columns of a catalogue whose values products may share."""

RECENT_PRODUCTS = "recent_products"
PRODUCT_IDS = "product_ids"
RECOMMENDED_PRODUCTS = "recommended_products"
EXPLANATIONS = "explanations"
RECOMMENDATION_ID = "recommendation_id"
MODEL_VERSION = "model_version"
VERSION = "version"
KNOWN_CUSTOMER = "known_customer"

DEFAULT_K = 10
MAX_K = 100
MOST_PRODUCTS = 1000
"""Products of a session, or to be asked about, that one request may name."""
MAX_ID_BYTES = 256
