"""The dashboard of `portable dev`: takes an engine, returns the pages under /_portable. They need no build step and no network."""
