"""Apps of Chalice for the tests of this folder."""

from __future__ import annotations

SHOP = '''
"""A shop."""
import json
from functools import wraps

from chalice import BadRequestError, Chalice, ChaliceViewError, CORSConfig, Cron, NotFoundError, Rate, Response

app = Chalice(app_name="shop")  # the shop
app.debug = False
cors = CORSConfig(allow_origin="https://a.example", expose_headers=["X-A"], max_age=60)
ITEMS = {"tea": 3}
SEEN = []


def logged(view):
    @wraps(view)
    def wrapper(*args, **kwargs):
        SEEN.append(app.current_request.headers.get("x-agent"))
        return view(*args, **kwargs)

    return wrapper


def agent():
    # who calls
    return app.current_request.headers.get("x-agent")


def language(current_request):
    return current_request.headers.get("accept-language", "en")


@app.route("/items/{name}", methods=["GET", "PUT", "DELETE"], cors=cors)
def item(name):
    request = app.current_request
    if request.method == "PUT":
        ITEMS[name] = request.json_body["price"]
        return Response(body=None, status_code=201, headers={"X-A": "b"})
    if request.method == "DELETE":
        del ITEMS[name]
        return Response("", status_code=204)
    try:
        return {name: ITEMS[name], "language": language(app.current_request)}
    except KeyError:
        raise NotFoundError(name)


@app.route("/search")
@logged
def search():
    word = app.current_request.query_params.get("word")  # what is looked for
    limit = app.current_request.query_params.get("limit", "10")
    return {"word": word, "limit": limit, "agent": agent()}


@app.route("/every")
def every():
    params = app.current_request.query_params or {}
    return {key: params.getlist(key) for key in sorted(params)} if params else ["nothing"]


@app.route("/orders", methods=["POST"])
def order():
    """Take an order."""
    data = app.current_request.json_body
    if "sku" not in data:
        raise BadRequestError(f"no sku in {sorted(data)}")
    try:
        check(data)
    except ChaliceViewError as error:
        return Response({"refused": True}, status_code=409, headers={"X-A": str(error)[-3:]})
    location = f"/orders/{data['sku']}"
    return Response(body=json.dumps(data), status_code=201, headers={"Location": location, "Content-Type": "application/json"})


def check(data):
    if len(data) > 2:
        raise BadRequestError("too many")


@app.route("/maybe", methods=["PUT"])
def maybe():
    body = app.current_request.json_body
    if not body:
        return {"empty": True}
    return {"body": body}


@app.route("/page", methods=["GET"])
def page():
    return Response(body="<p>hello", status_code=200, headers={"Content-Type": "text/html; charset=utf-8"})


@app.schedule(Rate(5, unit=Rate.MINUTES))
def often(event):
    SEEN.append(event.time)


@app.schedule(Cron(0, 18, "?", "*", "2-6", "*"))
def evening(event):
    SEEN.append("evening")


@app.on_sqs_message(queue="jobs", batch_size=5)
def work(event):
    for record in event:
        # each one
        if not record.body:
            continue
        SEEN.append(record.body)


@app.on_sns_message(topic="news")
def heard(event):
    SEEN.append(event.message)


@app.on_s3_event(bucket="photos", events=["s3:ObjectCreated:*"], suffix=".jpg")
def stored(event):
    SEEN.append(f"{event.bucket}/{event.key}")


@app.on_kinesis_record(stream="clicks", starting_position="TRIM_HORIZON")
def clicked(event):
    SEEN.append([record.data for record in event])
'''

GUARDED = """
from chalice import AuthResponse, Chalice, CognitoUserPoolAuthorizer, CustomAuthorizer

app = Chalice(app_name="guarded")
pool = CognitoUserPoolAuthorizer("pool", provider_arns=["arn:aws:cognito-idp:eu-west-1:1:userpool/eu-west-1_abc"])
custom = CustomAuthorizer("custom", authorizer_uri="arn:x")


@app.authorizer()
def token(auth_request):
    if auth_request.token == "allow":
        return AuthResponse(routes=["/mine"], principal_id="ada")
    return AuthResponse(routes=[], principal_id="nobody")


@app.authorizer()
def table(auth_request):
    return AuthResponse(routes=ROUTES[auth_request.token], principal_id="x")


@app.route("/mine", authorizer=token)
def mine():
    return {"who": app.current_request.context["authorizer"]["principalId"]}


@app.route("/other", authorizer=token)
def other():
    return {}


@app.route("/pool", authorizer=pool)
def of_pool():
    return {}


@app.route("/custom", authorizer=custom)
def of_custom():
    return {}


@app.route("/table", authorizer=table)
def of_table():
    return {}


@app.route("/key", api_key_required=True)
def keyed():
    return {}


@app.route("/unknown", authorizer=make("x"))
def unknown():
    return {}
"""

GAPS = """
import os

import boto3
from chalice import Chalice

app = Chalice(app_name="gaps")
REGION = os.environ["REGION"]
rows = boto3.resource("dynamodb").Table("rows")


@app.on_ws_message()
def ws(event):
    app.websocket_api.send(event.connection_id, "x")


@app.lambda_function(name="direct")
def direct(event, context):
    # kept
    return event


@app.on_dynamodb_record(stream_arn="arn:aws:dynamodb:x")
def changed(event):
    for record in event:
        print(record.new_image)


@app.middleware("http")
def tell(event, get_response):
    return get_response(event)


@app.schedule("rate(7 minutes)")
def odd(event):
    print(event.detail)


@app.route("/ip")
def ip():
    return {"ip": app.current_request.context["identity"]["sourceIp"], "stage": app.current_request.stage_vars["x"]}


@app.route(PATH)
def somewhere():
    return "x"


app.register_middleware(tell)
"""
