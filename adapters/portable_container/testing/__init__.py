"""Takes portable events; returns what NATS, a store and a broker of CloudEvents send for them. Never ships."""
