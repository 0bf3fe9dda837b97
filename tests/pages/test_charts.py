"""Tests for ui/charts.py: where the class names stand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ui.charts import LABEL_HEIGHT, spread_labels

CENTRES = arrays(np.float64, (10, 2), elements=st.floats(-300, 300))
WIDTHS = arrays(np.float64, 10, elements=st.floats(10, 120))


@given(CENTRES, WIDTHS)
def test_no_label_covers_another(centres, widths):
    lifts = spread_labels(centres, widths)
    assert (lifts >= 0).all()
    heights = centres[:, 1] + lifts
    for i in range(len(widths)):
        for j in range(i):
            beside = abs(centres[i, 0] - centres[j, 0]) >= (widths[i] + widths[j]) / 2
            assert beside or abs(heights[i] - heights[j]) >= LABEL_HEIGHT - 1e-6


def test_labels_with_room_stay_where_they_belong():
    centres = np.array([[0.0, 0.0], [0.0, LABEL_HEIGHT + 1], [200.0, 0.0]])
    np.testing.assert_array_equal(spread_labels(centres, np.full(3, 50.0)), 0)


def test_a_covered_label_goes_right_above():
    centres = np.array([[0.0, 10.0], [5.0, 0.0]])
    np.testing.assert_array_equal(spread_labels(centres, np.full(2, 50.0)), [LABEL_HEIGHT - 10, 0])
