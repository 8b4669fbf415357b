"""Pipelines that deploy: the workflow files of GitHub Actions, GitLab CI and Azure Pipelines, and whom the cloud trusts for them."""
