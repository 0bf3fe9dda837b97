"""What a newcomer needs to read the page."""

from __future__ import annotations

import streamlit as st

GUIDE = """
- **Encoder, code, decoder**: an autoencoder squeezes each image into a few numbers, its *code*,
  and draws the image again from the code alone. The space of all codes is *latent space*.
- **The map**: each dot is an image at its code, coloured by its class unless *Dots* chooses
  another colour. The model was never told the classes. The grey words beside the title say which
  images these are; *held-out* ones were not trained on.
- **The ring** marks what is pinned: the pictures beside the map show it.
- **The loupe**: what the decoder draws for the code under the cursor, blended from a grid of
  pictures. A click decodes the exact code. Far from all dots the picture may mean nothing.
- **Prior σ = 1**: a VAE (variational autoencoder) is trained to spread its codes like a bell
  curve of this width around zero, so that new codes can be drawn from it. One *latent unit* is
  that σ. A plain AE has no such rule, and its units have no fixed meaning.
- **PC, variance**: with more than two dimensions the map shows two principal components, or two
  dimensions of the code as they are, and each axis says how much of the codes' spread it holds.
  What the map hides of a code lies *off its plane*; the code itself, *z*, has a number for every
  dimension.
- **Codes here**: how dense the images' codes are at this place, against how dense they are around
  the images themselves. **Encoded again**: how far the code of the decoded picture lies from the
  one it was decoded from.
- **Nats**: the unit of information, 1.44 bits. **Reconstruction** is what it takes to tell the
  image from what the decoder draws; **KL** what the code tells, beyond the prior. The
  **posterior** is the region of codes that a VAE's encoder gives an image.
"""


def explain(more: str = "") -> None:
    """A button that opens the guide, a line for each term, after the lines of a page of its own."""
    with st.popover("How to read this", icon=":material/help:", key="explore_guide"):
        st.markdown(more + GUIDE)
