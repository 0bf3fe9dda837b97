"""What a newcomer needs to read a page: a line for each term."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

TERMS = {
    "code": """\
- **Encoder, code, decoder**: an autoencoder squeezes each image into a few numbers, its *code*,
  and draws the image again from the code alone. The space of all codes is *latent space*.
""",
    "map": """\
- **The map**: each dot is an image at its code, coloured by its class unless *Dots* chooses
  another colour. The model was never told the classes. The grey words beside the title say which
  images these are; *held-out* ones were not trained on.
""",
    "ring": """\
- **The ring** marks what is pinned: the pictures beside the map show it.
""",
    "loupe": """\
- **The loupe**: what the decoder draws for the code under the cursor, blended from a grid of
  pictures. A click decodes the exact code. Far from all dots the picture may mean nothing.
""",
    "prior": """\
- **Prior σ = 1**: a VAE (variational autoencoder) is trained to spread its codes like a bell
  curve of this width around zero, so that new codes can be drawn from it. One *latent unit* is
  that σ. A plain AE has no such rule, and its units have no fixed meaning.
""",
    "axes": """\
- **PC, variance**: with more than two dimensions the map shows two principal components, or two
  dimensions of the code as they are, and each axis says how much of the codes' spread it holds.
  What the map hides of a code lies *off its plane*; the code itself, *z*, has a number for every
  dimension.
""",
    "density": """\
- **Codes here**: how dense the images' codes are at this place, against how dense they are around
  the images themselves. **Encoded again**: how far the code of the decoded picture lies from the
  one it was decoded from.
""",
    "nats": """\
- **Nats**: the unit of information, 1.44 bits. **Reconstruction** is what it takes to tell the
  image from what the decoder draws; **KL** what the code tells, beyond the prior. The
  **posterior** is the region of codes that a VAE's encoder gives an image.
""",
}

# Of the page Learn, the lesson behind each other page: its key and its title. They are written
# here again, since lessons take a while to import.
LESSONS = {
    "explore": ("autoencoder", "What an autoencoder is"),
    "generate": ("holes", "Why some maps have holes"),
    "interpolate": ("between", "Between two pictures"),
    "arithmetic": ("honest", "Reading a map honestly"),
    "draw": ("strange", "What does not belong?"),
    "compare": ("beta", "What beta does"),
    "measure": ("elbo", "The ELBO and its KL"),
    "train": ("reparameterization", "The reparameterization trick"),
}


def explain(page: str, own: str = "", terms: Sequence[str] = tuple(TERMS)) -> None:
    """A button that opens the guide, a line for each term, and the way to the page's lesson.

    Args:
        page: Its name, for the key.
        own: Lines of the page itself, which come first.
        terms: Of `TERMS`, those that the page uses.
    """
    with st.popover("How to read this", icon=":material/help:", key=f"{page}_guide"):
        st.markdown(own + "\n" + "".join(TERMS[term] for term in terms))
        if page in LESSONS:
            key, title = LESSONS[page]
            st.page_link(
                "pages/learn.py", label=f"A lesson to try it: {title}", icon=":material/school:",
                query_params={"lesson": key},
            )  # fmt: skip
