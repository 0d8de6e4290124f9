"""Hits and losses against the plain formula, with ties and numbers that are none."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mlp.metrics import Tally

odd = st.sampled_from([0.0, 1.0, 2.0, np.nan, np.inf, -np.inf])


@given(
    members=st.integers(1, 4),
    classes=st.integers(2, 5),
    batch=st.integers(1, 6),
    data=st.data(),
)
def test_the_first_of_the_largest_logits_is_the_prediction(
    members: int, classes: int, batch: int, data: st.DataObject
) -> None:
    size = members * classes * batch
    values = data.draw(st.lists(odd, min_size=size, max_size=size))
    logits = np.array(values).reshape(members, classes, batch)
    labels = np.array(data.draw(st.lists(st.integers(0, classes - 1), min_size=batch)))[:batch]
    tally = Tally(members, classes, logits.dtype)
    tally.add_hits(logits, labels)
    tally.add_losses(np.zeros((members, batch)))
    _, accuracies = tally.means()
    assert accuracies == [float((row.argmax(axis=0) == labels).mean()) for row in logits]
    np.testing.assert_array_equal(tally.predict(logits), logits.argmax(axis=1))
