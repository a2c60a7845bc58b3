"""The enquiry form as a visitor meets it, on a large screen and on a telephone."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import frappe
import pytest

from tests.browser.conftest import SIZES


def write(page, **fields) -> None:
	"""Fill the form in, once it knows when it was opened (a page, or the frame it is in)."""
	page.wait_for_function("() => frappe.web_form?.get_value('origin')")
	for name, text in fields.items():
		page.locator(f':is(input, textarea)[data-fieldname="{name}"]').fill(text)
	page.locator('input[data-fieldname="consent"]').check()


@pytest.mark.parametrize("size", SIZES)
def test_a_visitor_writes_and_gets_a_number(visitor, stack, size):
	page = visitor(size)
	page.goto("/enquiry/new?utm_source=facebook")
	write(
		page,
		person_name="Ada Lovelace",
		email=f"ada-{size}@example.com",
		message="Please send me a price list.",
	)
	assert not page.get_by_text("Not Saved").is_visible()
	assert not page.locator('[data-fieldname="website"] input').evaluate(
		"e => { const r = e.getBoundingClientRect(); return r.right > 0 && r.width > 0 && r.left >= 0; }"
	)
	assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
	page.screenshot(path=str(stack.root / f"enquiry-form-{size}.png"))
	page.wait_for_timeout(3000)  # a person takes as long
	page.get_by_role("button", name="Send").click()
	page.locator(".success-page").wait_for()
	frappe.db.rollback()
	lead = frappe.get_doc("Lead", {"email_id": f"ada-{size}@example.com"})
	assert f"Your number is {lead.name}." in page.locator(".success-message").inner_text()
	assert lead.source == "Facebook" and frappe.db.exists("Prospect List Entry", lead.name)
	page.screenshot(path=str(stack.root / f"enquiry-sent-{size}.png"))
	assert not page.errors


# ------------------------------------------------------------- as an admin wants it
@contextmanager
def website_of_the_company(page: str):
	"""A web server of somebody else, whose every page is this HTML; its address."""

	class Answer(BaseHTTPRequestHandler):
		def do_GET(self):
			self.send_response(200)
			self.send_header("Content-Type", "text/html; charset=utf-8")
			self.end_headers()
			self.wfile.write(page.encode())

		def log_message(self, *_arguments):
			pass

	server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
	Thread(target=server.serve_forever, daemon=True).start()
	yield f"http://localhost:{server.server_port}"  # another site than 127.0.0.1 to the browser
	server.shutdown()
	server.server_close()


@pytest.mark.parametrize("size", SIZES)
def test_a_visitor_writes_in_a_frame_on_another_website(visitor, web, stack, size):
	"""As docs/channels.md says: the address with language and campaign, in a frame that is as high as it likes."""
	address = f"{web.url}/enquiry/new?_lang=de&utm_source=facebook"
	frame = f'<!doctype html><h1>Engines</h1><iframe src="{address}" style="width:100%;height:900px;border:0"></iframe>'
	page = visitor(size)
	with website_of_the_company(frame) as website:
		page.goto(f"{website}/engines")
		form = page.frames[1]
		write(form, person_name="Ada Lovelace", email=f"ada-{size}@example.com")
		assert form.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
		page.screenshot(path=str(stack.root / f"enquiry-framed-{size}.png"))
		page.wait_for_timeout(3000)
		form.get_by_role("button", name="Absenden").click()
		form.locator(".success-page").wait_for()
		page.screenshot(path=str(stack.root / f"enquiry-framed-sent-{size}.png"))
	frappe.db.rollback()
	lead = frappe.get_doc("Lead", {"email_id": f"ada-{size}@example.com"})
	assert f"Ihre Nummer ist {lead.name}." in form.locator(".success-message").inner_text()
	assert (lead.source, lead.language) == ("Facebook", "de")
	agreed = frappe.get_doc("Prospect Consent", {"lead": lead.name})
	assert agreed.place.startswith(website) and agreed.text.startswith("Ich bin damit einverstanden")
	assert not page.errors


def test_the_form_looks_and_speaks_as_an_admin_made_it(visitor, stack):
	form = frappe.get_doc("Web Form", "enquiry")
	form.update({"title": "Ask us", "introduction_text": "We answer the same day.", "button_label": "Ask"})
	form.success_message = "Yours is {0}: we ring you."
	form.custom_css += ".web-form { background: rgb(1, 2, 3) !important; color: white; }"
	form.remove(next(field for field in form.web_form_fields if field.fieldname == "company_name"))
	next(field for field in form.web_form_fields if field.fieldname == "message").label = "Your question"
	form.save()
	page = visitor("desktop")
	page.goto("/enquiry/new")
	write(page, person_name="Ada Lovelace", email="ada@example.com")
	assert (
		page.get_by_text("We answer the same day.").is_visible()
		and page.get_by_text("Your question").is_visible()
	)
	assert not page.locator('[data-fieldname="company_name"]').count()
	colour = page.locator(".web-form").first.evaluate("e => getComputedStyle(e).backgroundColor")
	assert colour == "rgb(1, 2, 3)"
	page.screenshot(path=str(stack.root / "enquiry-restyled.png"))
	page.wait_for_timeout(3000)
	page.get_by_role("button", name="Ask").click()
	page.locator(".success-page").wait_for()
	frappe.db.rollback()
	lead = frappe.db.get_value("Lead", {"email_id": "ada@example.com"})
	assert f"Yours is {lead}: we ring you." in page.locator(".success-message").inner_text()
	assert not page.errors
