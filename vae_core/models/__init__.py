"""Networks: the posterior, the encoder and decoder bodies, the autoencoder, the presets."""

from vae_core.models.autoencoder import AutoEncoder as AutoEncoder
from vae_core.models.autoencoder import build_model as build_model
from vae_core.models.posterior import Posterior as Posterior
from vae_core.models.presets import PRESETS as PRESETS
from vae_core.models.presets import model_config as model_config
from vae_core.models.presets import train_config as train_config
