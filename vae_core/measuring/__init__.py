"""Measuring models in processes of their own, one at a time, so that nobody has to wait."""

from vae_core.measuring.job import Job as Job
from vae_core.measuring.job import Standing as Standing
from vae_core.measuring.job import jobs_dir as jobs_dir
from vae_core.measuring.job import submit as submit
