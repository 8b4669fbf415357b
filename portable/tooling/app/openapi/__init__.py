"""An app's HTTP functions -> the OpenAPI document that describes them."""
