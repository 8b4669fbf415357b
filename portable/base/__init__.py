"""Code that every pillar uses. It knows nothing about any pillar."""
