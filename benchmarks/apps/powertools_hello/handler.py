"""The same as hello, with Powertools for AWS Lambda."""

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

app = APIGatewayHttpResolver()


@app.get("/hello/<name>")
def hello(name: str):
    """Greet somebody."""
    return {"message": f"Hello {name}"}


def handler(event, context):
    """Answer an event."""
    return app.resolve(event, context)
