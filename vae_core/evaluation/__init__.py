"""All figures of a model: what each means, how all are measured, and where they are kept."""
