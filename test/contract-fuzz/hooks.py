"""What contract fuzzing adds to the cases that schemathesis generates, so that calls reach deep.

Positive parts of a case get ids that exist, dates to come and small numbers; ids of answers are learnt and
used again. Notifications are signed. Negative parts stay as generated. ALLOTMENT_FUZZ_FACTS is the file that
sales.ts has written.
"""

import base64
import hashlib
import hmac
import json
import os
import random
import time
import uuid
from datetime import UTC, datetime, timedelta

import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode

with open(os.environ["ALLOTMENT_FUZZ_FACTS"], encoding="utf-8") as file:
    FACTS = json.load(file)
KNOWN = FACTS["known"]

# So often known values take the place of generated ones.
KNOWN_SHARE = 0.85
# An endless list would only make the newest ids rare.
KEPT = 200
# Endpoints are told of events: nothing of a fuzzing run may leave this machine.
NOBODY = "http://127.0.0.1:9/"
# Ids that an operator's answers show are everybody's; keys and partners may be ended, so only new ones count.
LEARNT = {
    "reservation_id": "reservation_id",
    "order_id": "order_id",
    "ticket_code": "code",
    "qr_code": "qr",
    "endpoint_id": "endpoint_id",
    "delivery_id": "delivery_id",
    "payment_id": "payment_id",
    "refund_id": "refund_id",
    "rule_id": "rule_id",
}
LEARNT_WHEN_MADE = {"createPartner": "partner_id", "createKey": "key_id", "rotateKey": "key_id"}
# What chance alone does not bring together for a new thing: an id that is free, and a cap that is kept.
NEW_THINGS = {
    "createPartner": lambda number: {"partner_id": f"partner-{number}", "channel": "spare"},
    "addVenue": lambda number: {"venue_code": f"venue-{number}"},
    "createProduct": lambda number: {
        "product_id": number,
        "sellable_cap": 500,
        "allocations": {"ota": 100},
    },
}
# What changes a product for good stays away from the ones that are sold.
CHANGES_A_PRODUCT = {
    "changeProduct",
    "setFunction",
    "setPrices",
    "setSpecialDate",
    "removeSpecialDate",
    "setAddon",
    "removeAddon",
    "setAllocations",
    "addCutOffRule",
}


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw["operationId"]
    if is_positive(case, ParameterLocation.PATH) and case.path_parameters:
        case.path_parameters = {name: str(known(name, value)) for name, value in case.path_parameters.items()}
    if is_positive(case, ParameterLocation.QUERY) and case.query:
        case.query = {name: asked(name, value) for name, value in case.query.items()}
    body_is_object = is_positive(case, ParameterLocation.BODY) and isinstance(case.body, dict)
    if body_is_object and random.random() < KNOWN_SHARE:
        case.body = plausible(case.body)
        if operation in NEW_THINGS:
            case.body.update(NEW_THINGS[operation](random.randrange(1_000, 100_000_000)))
    protect(operation, case)
    if operation == "notifyPayment" and is_positive(case, ParameterLocation.HEADER):
        kwargs["auth"] = Signature()


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code not in (200, 201):
        return
    try:
        answer = response.json()
    except ValueError:
        return
    learn(answer)
    made = LEARNT_WHEN_MADE.get(case.operation.definition.raw["operationId"])
    if made and isinstance(answer, dict):
        keep(made, answer[made])


def is_positive(case, location):
    if case.meta is None:
        return True
    component = case.meta.components.get(location)
    return component is None or component.mode == GenerationMode.POSITIVE


def known(name, value):
    values = KNOWN.get(name)
    return random.choice(values) if values and random.random() < KNOWN_SHARE else value


def asked(name, value):
    if name in ("from", "to") and random.random() < KNOWN_SHARE:
        return today(0 if name == "to" else -random.randrange(5))
    return value if name in ("from", "to", "cursor") else known(name, value)


def plausible(value, name=""):
    if isinstance(value, list):
        return [plausible(item, name) for item in value]
    if isinstance(value, dict):
        members = {key: plausible(member, key) for key, member in value.items()}
        if "qty" in members:
            members["qty"] = counted(members) or members["qty"]
        return members
    if KNOWN.get(name):
        return random.choice(KNOWN[name])
    if name in ("count", "quantity", "units") and isinstance(value, int | float):
        return 1 + int(value) % 3
    if name == "currency":
        return "HKD"
    if name == "visit_date":
        return today(random.randrange(60))
    if name in ("reservation_expires_at", "expires_at") and value is not None:
        later = datetime.now(UTC) + timedelta(minutes=random.randrange(5, 1400))
        return later.isoformat(timespec="seconds").replace("+00:00", "Z")
    return one_line(value) if isinstance(value, str) else value


def one_line(text):
    """JSON Schema cannot say that a text has no controls and is not blank."""
    return "".join(character for character in text if character.isprintable()).strip() or "text"


def counted(item):
    context = item.get("pricing_context")
    parts = context.get("customer_breakdown", []) if isinstance(context, dict) else []
    return sum(part["count"] for part in parts)


def today(days):
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def protect(operation, case):
    """Keeps the run alive, whatever is generated: its own partners, keys and products, and other machines."""
    for holder in (case.path_parameters, case.body):
        if not isinstance(holder, dict):
            continue
        for name, protected in FACTS["protected"].items():
            if holder.get(name) in protected["values"]:
                changes = operation in CHANGES_A_PRODUCT or name != "product_id"
                if changes and case.method not in ("GET", "HEAD"):
                    holder[name] = type(holder[name])(protected["instead"])
    if isinstance(case.body, dict) and isinstance(case.body.get("url"), str) and ":" in case.body["url"]:
        case.body["url"] = NOBODY


def learn(value):
    if isinstance(value, list):
        for item in value:
            learn(item)
    elif isinstance(value, dict):
        for name, member in value.items():
            if name in LEARNT and isinstance(member, str):
                keep(LEARNT[name], member)
            else:
                learn(member)


def keep(name, value):
    values = KNOWN.setdefault(name, [])
    if value not in values:
        values.append(value)
        del values[:-KEPT]


class Signature(requests.auth.AuthBase):
    """Signs as Standard Webhooks ask, after the body is what will be sent."""

    def __call__(self, request):
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        message_id = f"msg_{uuid.uuid4()}"
        timestamp = str(int(time.time()))
        secret = base64.b64decode(FACTS["webhook_secret"].removeprefix("whsec_"))
        signed = hmac.new(secret, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        request.headers["webhook-id"] = message_id
        request.headers["webhook-timestamp"] = timestamp
        request.headers["webhook-signature"] = f"v1,{base64.b64encode(signed).decode()}"
        return request
