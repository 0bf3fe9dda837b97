"""Four flaws of published code, as models that run, and the cure of each.

A flawed model is a sound one with one thing wrong, so that what differs between the two comes
from that one thing. `FLAWS` names them; `load_specimen` opens the small models that are shipped
of each, trained alike but for the flaw; `python -m vae_core.flaws` makes them.
"""

from vae_core.flaws.catalogue import FLAWS as FLAWS
from vae_core.flaws.catalogue import Flaw as Flaw
from vae_core.flaws.catalogue import FlawKey as FlawKey
from vae_core.flaws.catalogue import Version as Version
from vae_core.flaws.files import load_specimen as load_specimen
from vae_core.flaws.pictures import reference_images as reference_images
from vae_core.flaws.specimen import Specimen as Specimen
