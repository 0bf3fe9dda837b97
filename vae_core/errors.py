"""The exceptions of this package, each with a message for the person at the keyboard.

    VaeCoreError
    ├── ConfigError (ValueError)   a setting is out of range or unknown
    ├── DataError                  a data set is damaged or not of the expected kind
    │   └── DataMissingError       it is not there at all; the message says how to get it
    ├── CheckpointError            a model file cannot be read, or must not be trusted
    ├── TrainingDivergedError      the loss stopped being a finite number
    ├── TrainingInterruptedError   the user stopped training; what was learnt is kept
    ├── RunError                   a training run cannot be started, watched or changed
    └── ResultsError               measured figures cannot be kept

Every message is one sentence or two: what is wrong, where, what was expected, what to do.
"""


class VaeCoreError(Exception):
    """Anything that went wrong for a reason the user can act on."""


class ConfigError(VaeCoreError, ValueError):
    """A setting is unknown or outside its range."""


class DataError(VaeCoreError):
    """A data set is damaged, or not what its name says."""


class DataMissingError(DataError):
    """A data set is not on this machine."""


class CheckpointError(VaeCoreError):
    """A checkpoint cannot be read, or fails one of its checks."""


class TrainingDivergedError(VaeCoreError):
    """The loss became infinite or undefined."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        super().__init__(
            f"The loss stopped being a finite number in epoch {epoch}. "
            "Try a smaller learning rate, or a longer KL warm-up."
        )


class TrainingInterruptedError(VaeCoreError):
    """The user stopped training; the message says where the model so far is."""


class RunError(VaeCoreError):
    """A training run cannot be started, read or changed."""


class ResultsError(VaeCoreError):
    """Measured figures cannot be kept where they should be."""
