"""The source of generated entries: takes functions of an `AppModel`; returns Python source."""
