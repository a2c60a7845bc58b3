"""What the browser tests do at the panel and its dialogs, and the team they do it for."""

import frappe

from tests import factories

HOSTILE = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1> {{ 7*7 }}"


def team_of(stack, role: str = "Prospect Agent", **fields):
	"""A list with a mailbox that sends at any hour, one agent with only `role`, and a supervisor."""
	procedure = factories.procedure()
	procedure.send_mail_only_in_working_hours = 0
	procedure.save()
	account = factories.email_account(stack)
	agent, supervisor = factories.user(role), factories.user("Sales User")
	main = factories.prospect_list(
		agent.name, procedure=procedure.name, supervisor=supervisor.name, email_account=account.name, **fields
	)
	return frappe._dict(agent=agent.name, supervisor=supervisor.name, list=main.name)


def entry_with(team, agent: str | None = None, detail: str | None = None, **lead):
	"""An entry on the team's list, held by its agent; committed, for the browser to see."""
	from prospect_mgmt.enrolment import enrol_lead

	doc = frappe.db.get_value("Prospect List Entry", {"lead": factories.lead(**lead).name}, "lead") or _last_lead()
	existing = frappe.db.exists("Prospect List Entry", {"open_lead": doc})
	entry = frappe.get_doc("Prospect List Entry", existing or enrol_lead(doc, team.list))
	if entry.prospect_list != team.list:
		entry.move_to_list(team.list)
	if detail:
		entry.append("requirements", {"detail": detail})
		entry.save()
	entry.assign(agent or team.agent)
	frappe.db.commit()
	return entry


def _last_lead() -> str:
	return frappe.get_all("Lead", pluck="name", order_by="creation desc", limit=1)[0]


def fresh(entry):
	"""The entry as it is in the database now, after what the browser did."""
	frappe.db.rollback()
	return entry.reload()


# ------------------------------------------------------------- the page
def panel(page):
	return page.locator(".prospect-panel:visible")


def open_entry(page, name: str) -> None:
	page.open(f"prospect-list-entry/{name}")
	panel(page).locator(".prospect-number").wait_for()


def open_lead(page, name: str) -> None:
	page.open(f"lead/{name}")
	panel(page).first.wait_for()


def press(page, label: str) -> None:
	"""Press a button of the panel; what is in its menu too."""
	button = panel(page).get_by_role("button", name=label, exact=True)
	if not button.count() or not button.first.is_visible():
		panel(page).get_by_role("button", name="More").click()
	button.first.click()


def dialog(page):
	return page.locator(".modal.show .modal-content").last


def field(page, fieldname: str):
	return dialog(page).locator(f"[data-fieldname={fieldname}] :is(input, select, textarea)").first


def submit(page, label: str) -> None:
	"""Press the dialog's button and wait until it has closed and the panel is there again."""
	with page.expect_response(lambda r: "prospect_mgmt.panel.get_panel" in r.url):
		dialog(page).get_by_role("button", name=label, exact=True).click()
	page.locator(".modal.show").wait_for(state="detached")
	panel(page).locator(".prospect-number").wait_for()


def at_once(page, label: str) -> None:
	"""Press a button that asks nothing, and wait until the panel is there again."""
	with page.expect_response(lambda r: "prospect_mgmt.panel.get_panel" in r.url):
		press(page, label)
	panel(page).locator(".prospect-number").wait_for()


def no_sideways(page) -> None:
	"""Nothing scrolls sideways: neither the page nor the dialog."""
	wide = page.evaluate(
		"""() => [document.scrollingElement, ...document.querySelectorAll(".modal.show")]
			.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => [e.className, e.scrollWidth, e.clientWidth])"""
	)
	assert not wide, f"scrolls sideways: {wide}"
