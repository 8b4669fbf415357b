"""The ground floor: what every pillar stands on, and nothing of any pillar."""
