"""`cloud.http`: requests as a client writes them, responses as it reads them."""
