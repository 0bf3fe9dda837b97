"""Training runs: folders on disk that processes of their own write and anyone can watch."""

from vae_core.runs.dispatcher import Dispatcher as Dispatcher
from vae_core.runs.estimate import measure as measure
from vae_core.runs.estimate import seconds_per_epoch as seconds_per_epoch
from vae_core.runs.folder import list_runs as list_runs
from vae_core.runs.folder import submit as submit
from vae_core.runs.records import Frame as Frame
from vae_core.runs.records import RunConfig as RunConfig
from vae_core.runs.records import Status as Status
from vae_core.runs.store import Run as Run
from vae_core.runs.worker import work as work
