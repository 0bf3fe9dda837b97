"""The Measure page: a model in numbers, what each of them means, and where they come from."""
