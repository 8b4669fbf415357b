"""The FastAPI app of `mounted` behind Mangum."""

from mangum import Mangum
from shop import app

handler = Mangum(app)
