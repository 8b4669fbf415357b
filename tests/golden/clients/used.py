"""How the golden client is used: what is right, and what a type checker refuses."""

from tests.golden.clients.shop_client import ApiError, Client, Order

client = Client("http://localhost")
order: Order = client.create({"id": "1"})
text: str = client.store("a", b"")
client.create({"id": 1})  # type: ignore[typeddict-item]
client.show("a", colour="green")  # type: ignore[arg-type]
try:
    client.remove(1)
except ApiError as error:
    status: int = error.status
