"""Who deploys to Google Cloud: the roles of an app in a stage, the trust of a pipeline, and how a pipeline signs in."""
