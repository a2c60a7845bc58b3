"""A supervisor brings a spreadsheet onto their list: upload, look, rehearse, import, take back."""

import frappe
import pytest

from tests import factories
from tests.browser.acting import no_sideways
from tests.site import importing, staff
from tests.workbooks import workbook

SHEET = importing.csv_of(
	{"Wer": "Anna Weber", "E-Mail": "anna@weber.example", "Status": "Call(1)", "Datum": "01.06.2026"},
	{
		"Wer": "<img src=x onerror=window.hacked=1>",
		"E-Mail": "bob@miller.example",
		"Status": "Email (2)",
		"Datum": "",
	},
	{"Wer": "Anna Weber", "E-Mail": "Anna@Weber.example", "Status": "Call(1)", "Datum": "02.06.2026"},
)


@pytest.fixture
def supervised(isolated_site):
	"""A list and who supervises it, with no other right."""
	staff.no_automatic_enrolment()
	supervisor = factories.user("Sales User").name
	return supervisor, factories.prospect_list(supervisor=supervisor, title="Fair 2026").name


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_from_upload_to_undo(supervised, page_as, worker, tmp_path, size):
	supervisor, prospect_list = supervised
	(tmp_path / "fair.csv").write_bytes(SHEET)
	page = page_as(supervisor, size)
	page.open(f"prospect-list-import/new?prospect_list={prospect_list}")
	page.locator("[data-fieldname=file] button:visible").first.click()
	page.set_input_files(".modal.show input[type=file]", tmp_path / "fair.csv")
	page.locator(".modal.show .btn-modal-primary:visible").click()
	page.locator(".modal.show").wait_for(state="detached")

	# when the column that nobody could guess is said
	grid = page.locator("[data-fieldname=columns] .grid-body")
	grid.get_by_text("Wer", exact=True).wait_for()
	cell = grid.locator(".grid-row").first.locator("[data-fieldname=field]")
	_in_sight(page, cell)
	cell.click()
	cell.locator("select").select_option("Contact")
	_press(page, "Rehearse")
	_worked_off(page, worker, "Rehearsed")

	# then each row says what it will become
	rows = page.locator(".prospect-import-rows tbody tr")
	rows.first.wait_for()
	assert [_verdict(row) for row in rows.all()] == ["New lead", "New lead", "Duplicate"]
	assert "LEAD-0001" in rows.nth(0).inner_text() and "row 2" in rows.nth(2).inner_text()
	_in_sight(page, rows.nth(2).locator("td").last)
	page.locator(".prospect-import-chips button", has_text="Duplicate").click()
	page.wait_for_function("document.querySelectorAll('.prospect-import-rows tbody tr').length === 1")
	no_sideways(page)
	assert not page.locator("[data-fieldname=examples] img").count()
	assert not page.evaluate("window.hacked")

	# when it is imported
	_press(page, "Import")
	page.locator(".modal.show .btn-primary:visible").click()
	_worked_off(page, worker, "Imported")
	page.locator(".prospect-import-rows a", has_text="LEAD-0001").wait_for()
	assert page.locator(".prospect-import-result").inner_text() == "Imported: 2 · Not imported: 1"
	assert not page.locator("[data-fieldname=to_mend] select:visible, .btn-attach:visible").count()
	frappe.db.rollback()
	assert frappe.db.count("Prospect List Entry", {"prospect_list": prospect_list}) == 2

	# and taken back
	_press(page, "Undo the import")
	page.locator(".modal.show .btn-primary:visible").click()
	_worked_off(page, worker, "Undone")
	frappe.db.rollback()
	assert not frappe.db.count("Prospect List Entry", {"prospect_list": prospect_list})


def test_another_sheet_of_the_workbook_is_chosen(supervised, page_as, tmp_path):
	supervisor, prospect_list = supervised
	of_2025, of_2026 = (("visible", headings) for headings in (["Contact", "E-mail"], ["Kontakt", "Telefon"]))
	hostile = "<img src=x onerror=window.hacked=1>"
	names = ("2025", "2026 R&D &lt;b&gt;", hostile)
	content = workbook(tmp_path / "list.xlsx", of_2025, of_2026, of_2025, names=names).read_bytes()
	doc = importing.upload(prospect_list, content, "list.xlsx")
	page = page_as(supervisor)
	page.open(f"prospect-list-import/{doc.name}")
	grid = page.locator("[data-fieldname=columns] .grid-body")
	grid.get_by_text("E-mail", exact=True).first.wait_for()
	intro = page.locator(".form-message:visible, .form-dashboard .form-headline:visible").first
	assert "Only the sheet “2025” is read, not 2026 R&D &lt;b&gt;, ‹img src" in intro.inner_text()
	choice = page.locator("[data-fieldname=sheet] select:visible")
	assert choice.input_value() == "2025"
	choice.select_option("2026 R&D &lt;b&gt;")
	page.locator(".page-actions .primary-action:visible").click()
	grid.get_by_text("Telefon", exact=True).wait_for()
	page.wait_for_function("!frappe.request.ajax_count && !cur_frm.is_dirty()")
	assert "Only the sheet “2026 R&D &lt;b&gt;” is read, not 2025, ‹img" in intro.inner_text()
	assert choice.input_value() == "2026 R&D &lt;b&gt;"
	no_sideways(page)
	assert not page.locator("[data-fieldname=sheet] img").count() and not page.evaluate("window.hacked")

	# where there is nothing to choose, nothing is asked
	one = importing.upload(prospect_list, SHEET)
	frappe.db.commit()
	page.open(f"prospect-list-import/{one.name}")
	grid.get_by_text("Wer", exact=True).wait_for()
	assert not choice.count() and "Only the sheet" not in intro.inner_text()


def _in_sight(page, element) -> None:
	"""Not cut off at the side, where a phone shows it only to who knows that it can be pushed."""
	box = element.bounding_box()
	assert box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]


def _verdict(row) -> str:
	return row.locator("td").nth(1).inner_text().split("\n")[0]


def _press(page, label: str) -> None:
	page.wait_for_function("!frappe.request.ajax_count")
	buttons = page.locator(".prospect-import-main, .page-actions button").get_by_text(label, exact=True)
	if not buttons.locator("visible=true").count():  # a phone has the lesser ones in the menu
		page.locator(".page-actions .menu-btn-group button:visible").first.click()
		buttons = page.locator(".menu-btn-group .dropdown-item", has_text=label)
	buttons.locator("visible=true").first.click()


def _worked_off(page, worker, status: str) -> None:
	page.wait_for_function("['Rehearsing', 'Importing', 'Undoing'].includes(cur_frm.doc.status)")
	worker(burst=True)
	page.wait_for_function(f"cur_frm.doc.status === '{status}' && !frappe.request.ajax_count", timeout=30000)
