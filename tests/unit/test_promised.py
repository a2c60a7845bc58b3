"""The promises to answer them, kept as text."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from prospect_mgmt.procedure import promised

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1))


@given(st.dictionaries(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=30)), max_size=5))
def test_what_is_written_is_read(waits):
	promises = {asked: asked + wait for asked, wait in waits.items()}
	assert promised.read(promised.written(promises)) == promises


def test_nothing_promised():
	assert promised.read(None) == promised.read("") == {}
