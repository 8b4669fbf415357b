"""The same as hello, with Chalice; its handler wants payload 1.0."""

from chalice import Chalice

app = Chalice(app_name="hello")


@app.route("/hello/{name}")
def hello(name):
    """Greet somebody."""
    return {"message": f"Hello {name}"}
