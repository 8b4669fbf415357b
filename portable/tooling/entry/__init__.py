"""The source of generated entries: functions of an `AppModel` in, Python source out."""
