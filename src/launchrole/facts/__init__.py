"""What AWS publishes, as data with a source: actions, resource types, condition keys."""
