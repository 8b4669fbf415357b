"""The forms of a report: text for people, JSON and SARIF for programs, annotations for GitHub."""
