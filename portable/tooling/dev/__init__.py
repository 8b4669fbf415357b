"""`portable dev`: the whole app on this machine, reloaded when it changes. Never ships, and no other room but the commands imports it."""
