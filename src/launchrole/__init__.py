"""launchrole: AWS Service Catalog launches under their launch role, with IAM enforced on every call."""
