"""What the pages share: state and links, caches, figures, pictures, the loupe."""

import importlib
import os

# Every rerun is a new thread, and `torch.set_num_threads` says nothing to the MKL of other threads
# than the caller's: there a single logarithm starts a team of its own, for up to 40 ms. What is
# in the environment before torch is loaded holds for all. One is right for a server: a decode
# takes less than a millisecond, and visitors' threads that wait for each other ten times more.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Streamlit loads pandas when it first needs it, in the thread of one visitor. Plotly, drawing for
# another meanwhile, finds it half loaded and fails. Here it is loaded before anything is drawn.
importlib.import_module("pandas")
