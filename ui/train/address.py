"""Which run the Train page shows, and which moment of it; kept in the address.

What arrives in a link is parsed strictly: an unreadable value is left out and named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from ui.link import say_unread
from ui.literal import literal
from vae_core.config import quote
from vae_core.runs.records import NAME

EPOCH = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
_FORMS = {"run": NAME, "epoch": EPOCH, "with": NAME}
_KEY = "train_address"


@dataclass(frozen=True)
class Address:
    """What is shown.

    Attributes:
        run: Name of the run's folder; "" shows the form.
        epoch: The moment, in epochs done; None follows the newest.
        other: Name of a run to compare with; "" for none.
    """

    run: str = ""
    epoch: float | None = None
    other: str = ""


def parse(params: Mapping[str, str]) -> tuple[Address, list[str]]:
    """The address in a link's parameters, and the names of those that could not be read."""
    found = {name: params[name] for name in _FORMS if name in params}
    unread = [name for name, text in found.items() if not _FORMS[name].fullmatch(text)]
    run, epoch, other = (found.get(n, "") if n not in unread else "" for n in _FORMS)
    if not run:
        return Address(), unread
    return Address(run, float(epoch) if epoch else None, other), unread


def to_params(address: Address) -> dict[str, str]:
    """The link's parameters; `parse` gives the address back."""
    params = {"run": address.run} if address.run else {}
    if address.run and address.epoch is not None:
        params["epoch"] = f"{address.epoch:.7g}"
    if address.run and address.other:
        params["with"] = address.other
    return params


def current() -> Address:
    """What is shown now: as the link says, or else as this session left the page."""
    params = st.query_params.to_dict()
    address, unread = parse(params)
    say_unread(unread)
    if not set(_FORMS) & set(params):
        address = st.session_state.get(_KEY, address)
    return go(address)


def go(address: Address) -> Address:
    """Show this from the next run on, and say so in the link."""
    st.session_state[_KEY] = address
    if st.query_params.to_dict() != to_params(address):
        st.query_params.from_dict(to_params(address))
    return address


def say_absent(run: str) -> None:
    """A link can name a run that is not, or no longer, here."""
    st.toast(f"There is no run {literal(quote(run))} here.", icon=":material/link_off:")
