"""Who deploys to AWS: the policies of an app in a stage, the trust of a pipeline, and how a pipeline signs in."""
