"""OpenFaaS (template python3-http): the runtime that ships, planning (`deploy`), the test kit's part (`testing`)."""
