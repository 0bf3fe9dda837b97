"""The Train page: its form, its runs, and what a run has learnt at each moment."""
