"""Forms that fire a function: fields made of what it declares, and the event that a filled form is."""
