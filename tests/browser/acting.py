"""What the browser tests do at the panel and its dialogs, and the team they do it for."""

import frappe

from tests import factories

HOSTILE = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1> {{ 7*7 }}"


def team_of(stack, role: str = "Prospect Agent"):
	"""The first list with a mailbox that sends at any hour, one agent with only `role`, and a supervisor."""
	procedure = factories.procedure()
	procedure.send_mail_only_in_working_hours = 0
	procedure.save()
	factories.email_account(stack)
	agent, supervisor = factories.user(role), factories.user("Sales User")
	main = frappe.get_doc("Prospect List", "Prospects")
	main.supervisor = supervisor.name
	main.append("agents", {"user": agent.name, "enabled": 1})
	main.save()
	return frappe._dict(agent=agent.name, supervisor=supervisor.name, list=main.name)


def entry_with(team, details: tuple[str, ...] = (), agent: str | None = None, **lead):
	"""An entry on the team's list, held by its agent, with the questions `details`; committed, for the browser to see."""
	doc = factories.lead(**({"mobile_no": "+49 151 12345678"} | lead))
	entry = frappe.get_doc("Prospect List Entry", {"open_lead": doc.name})
	for detail in details:
		entry.append("requirements", {"detail": detail})
	entry.save()
	entry.assign(agent or team.agent)
	frappe.db.commit()
	return entry


def fresh(entry):
	"""The entry as it is in the database now, after what the browser did. Locks nothing: the browser goes on."""
	frappe.db.rollback()
	entry.flags.for_update = False
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
	button.or_(panel(page).get_by_role("button", name="More")).first.wait_for()  # else it is not drawn yet
	if not button.count() or not button.first.is_visible():
		panel(page).get_by_role("button", name="More").click()
	button.first.click()


def dialog(page):
	return page.locator(".modal.show .modal-content").last


def field(page, fieldname: str):
	return dialog(page).locator(f"[data-fieldname={fieldname}] :is(input, select, textarea)").first


def cancel(page) -> None:
	"""Leave the dialog by Escape, once it has faded in."""
	page.wait_for_function("window.cur_dialog?.display")
	page.keyboard.press("Escape")
	page.locator(".modal.show").wait_for(state="detached")


def fill(page, fieldname: str, text: str) -> None:
	field(page, fieldname).fill(text)


def choose(page, fieldname: str, value: str) -> None:
	field(page, fieldname).select_option(value)


def fill_moment(page, fieldname: str, moment) -> None:
	"""Type a moment of the site into a Datetime field, as the user would write it."""
	text = page.evaluate("(value) => frappe.datetime.str_to_user(value)", str(moment)[:19])
	field(page, fieldname).fill(text)
	field(page, fieldname).press("Tab")


def confirm(page, label: str) -> None:
	"""Press the dialog's button."""
	dialog(page).get_by_role("button", name=label, exact=True).click()


def submit(page, label: str) -> None:
	"""Press the dialog's button and wait until it has closed and the panel is there again."""
	with page.expect_response(lambda r: "prospect_mgmt.panel.get_panel" in r.url):
		confirm(page, label)
	page.locator(".modal.show").wait_for(state="detached")
	_loaded(page)


def at_once(page, label: str) -> None:
	"""Press a button that asks nothing, and wait until the panel is there again."""
	with page.expect_response(lambda r: "prospect_mgmt.panel.get_panel" in r.url):
		press(page, label)
	_loaded(page)


def _loaded(page) -> None:
	page.wait_for_function("!frappe.request.ajax_count")
	panel(page).locator(".prospect-number").wait_for()


def no_sideways(page) -> None:
	"""Nothing scrolls sideways: neither the page nor the dialog."""
	wide = page.evaluate(
		"""() => [document.scrollingElement, ...document.querySelectorAll(".modal.show")]
			.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => [e.className, e.scrollWidth, e.clientWidth])"""
	)
	assert not wide, f"scrolls sideways: {wide}"


def forgive(page, *expected: str) -> None:
	"""Take errors that a test provoked on purpose off the page's list."""
	page.errors[:] = [error for error in page.errors if not any(text in error for text in expected)]


def take_role(user: str, role: str) -> None:
	"""A user loses a role while their pages are open."""
	frappe.db.delete("Has Role", {"parent": user, "role": role})
	frappe.db.commit()
	frappe.clear_cache(user=user)


def give_role(user: str, role: str) -> None:
	frappe.get_doc("User", user).add_roles(role)
	frappe.db.commit()
	frappe.clear_cache(user=user)
