"""Latent Loupe's core: autoencoders and VAEs, from images to a map of latent space and back.

encoder -> posterior -> latent code -> decoder; train, checkpoint, encode, project, decode,
score. Usable from a script, a notebook or the command line; it knows nothing of any screen.
"""

from vae_core.adapter import adapt as adapt
from vae_core.attributes import AttributeVector as AttributeVector
from vae_core.attributes import attribute_vector as attribute_vector
from vae_core.checkpoints import Checkpoint as Checkpoint
from vae_core.checkpoints import list_checkpoints as list_checkpoints
from vae_core.checkpoints import load_checkpoint as load_checkpoint
from vae_core.checkpoints import save_checkpoint as save_checkpoint
from vae_core.config import ModelConfig as ModelConfig
from vae_core.config import TrainConfig as TrainConfig
from vae_core.data import ImageSet as ImageSet
from vae_core.data import image_set as image_set
from vae_core.data import load_images as load_images
from vae_core.decoding import atlas as atlas
from vae_core.decoding import decode as decode
from vae_core.decoding import interpolate as interpolate
from vae_core.decoding import sample_prior as sample_prior
from vae_core.decoding import traverse as traverse
from vae_core.encoding import LatentSet as LatentSet
from vae_core.encoding import encode as encode
from vae_core.errors import VaeCoreError as VaeCoreError
from vae_core.explorer import write_explorer as write_explorer
from vae_core.geometry import magnification as magnification
from vae_core.geometry import round_trip as round_trip
from vae_core.metrics.density import AggregatePosterior as AggregatePosterior
from vae_core.metrics.density import density_on as density_on
from vae_core.metrics.elbo import elbo as elbo
from vae_core.metrics.holes import holes as holes
from vae_core.metrics.holes import prior_percentile as prior_percentile
from vae_core.metrics.latent import active_units as active_units
from vae_core.metrics.maps import map_quality as map_quality
from vae_core.metrics.similar import nearest_in_codes as nearest_in_codes
from vae_core.metrics.similar import nearest_in_pixels as nearest_in_pixels
from vae_core.metrics.support import Neighbourhood as Neighbourhood
from vae_core.metrics.support import Support as Support
from vae_core.metrics.support import support as support
from vae_core.metrics.typicality import typicality as typicality
from vae_core.mixture import fit_mixture as fit_mixture
from vae_core.mixture import sample_mixture as sample_mixture
from vae_core.models import build_model as build_model
from vae_core.models import model_config as model_config
from vae_core.models import train_config as train_config
from vae_core.projection import Plane as Plane
from vae_core.projection import fit_plane as fit_plane
from vae_core.spread import decode_spread as decode_spread
from vae_core.training import fit as fit
