"""The same as hello, with FastAPI behind Mangum."""

from fastapi import FastAPI
from mangum import Mangum

app = FastAPI()


@app.get("/hello/{name}")
def hello(name: str):
    """Greet somebody."""
    return {"message": f"Hello {name}"}


handler = Mangum(app, lifespan="off")
