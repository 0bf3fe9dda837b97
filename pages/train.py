"""Train: choose a network, watch it learn, and go back through its epochs."""

import streamlit as st

from ui import shell
from ui.own import bring
from ui.train import address, forecast, form, listing, source, watch
from ui.train.address import Address
from vae_core.runs import Run, submit

shell.require_entrypoint("pages/train.py")
shell.apply_style()

root = source.runs_dir()
source.dispatcher(str(root))
here = address.current()
if here.run and not Run(root / here.run).path.joinpath("config.json").is_file():
    address.say_absent(here.run)
    here = address.go(Address())


def one_run(run: Run) -> None:
    """How it stands, and what it has learnt."""
    with head:
        watch.choose(run)
    watch.show(run)


def new_run() -> None:
    """The form, the network it makes, and the runs there are."""
    with head:
        st.markdown("Choose a network, watch it learn, and go back through its epochs.")
    left, right = st.columns([1, 1.3], gap="large")
    datasets = source.usable()
    with left:
        st.html("<h2>What to train</h2>")
        form.show(datasets)
    with right:
        st.html("<h2>The network</h2>")
        config = form.network(datasets)
    with left, st.container(horizontal=True):
        is_wanted = st.button(
            "Start training", type="primary", icon=":material/play_arrow:", key="train_start",
            disabled=config is None,
        )  # fmt: skip
        form.own_settings_button()
    if is_wanted and config is not None:
        forecast.halt()
        address.go(Address(submit(root, config).id))
        source.dispatcher(str(root)).wake()
        st.rerun()
    with right:
        listing.show()
    bring.show_if_open(form.take_data)


head = st.container(horizontal=True, vertical_alignment="center", key="train_head")
with head:
    st.title("Train", width="content", anchor=False)
# No st.stop() here: it also forgets a click that came while the page was drawn.
with shell.explained():
    if here.run:
        one_run(Run(root / here.run))
    else:
        new_run()
