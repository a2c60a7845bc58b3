"""The ground the other browser tests stand on."""

import pytest

from tests import factories


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_an_agent_sees_the_leads(page_as, size):
	agent = factories.user("Sales User")
	lead = factories.lead()
	page = page_as(agent.name, size)
	page.open("lead")
	page.get_by_text(lead.title).first.wait_for()
	assert page.viewport_size["width"] == (1440 if size == "desktop" else 390)
