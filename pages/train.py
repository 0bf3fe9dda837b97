"""Train: choose a network, watch it learn, and go back through its epochs."""

import streamlit as st

from ui import shell
from ui.train import address, form, listing, source, watch
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

head = st.container(horizontal=True, vertical_alignment="center", key="train_head")
with head, shell.explained():
    st.title("Train", width="content", anchor=False)
    if here.run:
        watch.choose(Run(root / here.run))
    else:
        st.markdown("Choose a network, watch it learn, and go back through its epochs.")

if here.run:
    with shell.explained():
        watch.show(Run(root / here.run))
    st.stop()

form_column, right = st.columns([1, 1.3], gap="large")
with shell.explained():
    datasets = source.usable()
    with form_column:
        st.html("<h2>What to train</h2>")
        form.show(datasets)
    with right:
        st.html("<h2>The network</h2>")
        config = form.network(datasets)
    with form_column, st.container(horizontal=True):
        is_wanted = st.button(
            "Start training", type="primary", icon=":material/play_arrow:", key="train_start",
            disabled=config is None,
        )  # fmt: skip
        form.own_settings_button()
    if is_wanted and config is not None:
        address.go(Address(submit(root, config).id))
        source.dispatcher(str(root)).wake()
        st.rerun()
    with right:
        listing.show()
