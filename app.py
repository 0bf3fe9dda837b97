"""Latent Loupe: page settings and navigation; nothing else."""

from base64 import b64encode
from pathlib import Path

import streamlit as st

# As part of the page: a picture served by Streamlit is dropped after the first click.
ICON = b64encode((Path(__file__).parent / "docs" / "icon.png").read_bytes()).decode()
st.set_page_config(
    page_title="Latent Loupe", page_icon=f"data:image/png;base64,{ICON}", layout="wide"
)
st.session_state["entered"] = True


def home() -> None:
    """Send the bare address on to the map; a default page has no address of its own."""
    st.switch_page(explore, query_params=st.query_params.to_dict())


def go_on() -> None:
    """Dispatch the runs that wait since before the server was started, whatever page is open."""
    from ui.train import source  # last of all: the first page should not wait for it

    if source.runs_dir().is_dir():
        source.dispatcher(str(source.runs_dir()))


start = st.Page(home, title="Latent Loupe", default=True, visibility="hidden")
explore = st.Page("pages/explore.py", title="Explore", icon=":material/explore:")
generate = st.Page("pages/generate.py", title="Generate", icon=":material/casino:")
interpolate = st.Page("pages/interpolate.py", title="Interpolate", icon=":material/linear_scale:")
arithmetic = st.Page("pages/arithmetic.py", title="Arithmetic", icon=":material/calculate:")
draw = st.Page("pages/draw.py", title="Draw", icon=":material/draw:")
compare = st.Page("pages/compare.py", title="Compare", icon=":material/compare:")
measure = st.Page("pages/measure.py", title="Measure", icon=":material/monitoring:")
train = st.Page("pages/train.py", title="Train", icon=":material/model_training:")
learn = st.Page("pages/learn.py", title="Learn", icon=":material/school:")
pages = [start, explore, generate, interpolate, arithmetic, draw, compare, measure, train, learn]
page = st.navigation(pages, position="top")
if resume := st.session_state.pop("resume", None):
    st.switch_page(resume, query_params=st.session_state.pop("resume_query", {}))
page.run()
go_on()
