"""Apps of Azure Functions for the tests of this folder."""

from __future__ import annotations

SHOP = '''
import json
import logging

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
DONE = []


@app.route(route="hello")
def hello(req: func.HttpRequest) -> func.HttpResponse:
    logging.info("a request")

    name = req.params.get("name")
    if not name:
        try:
            req_body = req.get_json()
        except ValueError:
            pass
        else:
            name = req_body.get("name")

    if name:
        return func.HttpResponse(f"Hello, {name}.")
    else:
        return func.HttpResponse("Pass a name.", status_code=400)


@app.function_name(name="PutOrder")
@app.route(route="orders/{id:int}", methods=["PUT", "POST"])
@app.queue_output(arg_name="msg", queue_name="sent", connection="AzureWebJobsStorage")
@app.blob_output(arg_name="blob", path="orders/{id}.json", connection="AzureWebJobsStorage")
def put_order(req: func.HttpRequest, msg: func.Out[str], blob: func.Out[str]) -> func.HttpResponse:
    """Keep an order."""
    id = req.route_params["id"]
    data = req.get_json()  # what was ordered
    msg.set(json.dumps(data))
    blob.set(json.dumps(data))
    made = {"id": id, "agent": req.headers.get("X-Agent"), "method": req.method}
    return func.HttpResponse(json.dumps(made), status_code=201, mimetype="application/json", headers={"X-A": "b"})


@app.route(route="files/{*path}", methods=["GET"])
def files(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(language(req).encode() + req.route_params.get("path").encode(), mimetype="application/x-file")


def language(req: func.HttpRequest) -> str:
    return req.headers.get("accept-language", "en")


@app.route(route="raw", methods=[func.HttpMethod.POST])
async def raw(req: func.HttpRequest) -> str:
    return req.get_body().decode()


@app.route(route="typed", methods=["POST"])
def typed(req: func.HttpRequest) -> func.HttpResponse:
    data = req.get_json()
    return func.HttpResponse(json.dumps({"sum": data["a"] + data["b"]}), mimetype="application/json")


@app.route(route="early/{id?}", methods=("GET",))
def early(req: func.HttpRequest) -> func.HttpResponse:
    if "q" not in req.params:
        return func.HttpResponse(f"none of {req.route_params.get('id')}", mimetype="text/html")
    return func.HttpResponse(req.params["q"], headers={"Content-Type": "text/csv"})


@app.timer_trigger(schedule="0 */5 * * * *", arg_name="timer")
def often(timer: func.TimerRequest) -> None:
    if timer.past_due:
        logging.info("late")
    DONE.append("tick")


@app.queue_trigger(arg_name="message", queue_name="jobs", connection="AzureWebJobsStorage")
@app.queue_output(arg_name="out", queue_name="done", connection="AzureWebJobsStorage")
def work(message: func.QueueMessage, out: func.Out[str]) -> None:
    DONE.append(message.get_body().decode("utf-8"))
    out.set(f"done {message.id is not None}")


@app.blob_trigger(arg_name="myblob", path="photos/{name}.jpg", connection="AzureWebJobsStorage")
@app.blob_output(arg_name="small", path="thumbs/{name}.png", connection="AzureWebJobsStorage")
def seen(myblob: func.InputStream, small: func.Out[bytes]) -> None:
    DONE.append(f"{myblob.name} {myblob.length}")
    small.set(myblob.read())


@app.event_hub_message_trigger(arg_name="event", event_hub_name="clicks", connection="EH")
def clicked(event: func.EventHubEvent) -> None:
    DONE.append(event.get_body())


@app.service_bus_topic_trigger(arg_name="told", topic_name="news", subscription_name="s", connection="SB")
def heard(told: func.ServiceBusMessage) -> None:
    DONE.append(told.get_body())
'''

GAPS = """
import azure.functions as func
import azure.durable_functions as df
from azurefunctions.extensions.http import fastapi
from azure.storage.blob import BlobServiceClient

app = func.FunctionApp()
bp = func.Blueprint()
app.register_functions(bp)


@app.route(route="secret", methods=["GET"])
def secret(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.url)


@app.route(route="admin", auth_level="admin")
def admin(req):
    return "x"


@bp.event_grid_trigger(arg_name="event")
def grid(event: func.EventGridEvent):
    print(event.get_json())


@app.cosmos_db_trigger(arg_name="docs", database_name="d", container_name="c", connection="C")
def changed(docs):
    return len(docs)


@app.timer_trigger(schedule="*/10 * * * * *", arg_name="timer", run_on_startup=True)
def quick(timer):
    pass


@app.timer_trigger(schedule="%Elsewhere%", arg_name="timer")
def elsewhere(timer):
    pass


@app.queue_trigger(arg_name="msg", queue_name="My_Jobs", connection="A")
@app.cosmos_db_output(arg_name="doc", database_name="d", container_name="c", connection="C")
def work(msg: func.QueueMessage, doc: func.Out[func.Document]):
    print(msg.pop_receipt)
    doc.set(func.Document.from_dict({"id": 1}))


class Steps(df.Blueprint):
    pass


@app.route(route="streamed", methods=["GET"])
@traced
async def streamed(req: fastapi.Request) -> str:
    return "x"


client = df.Thing()
"""
