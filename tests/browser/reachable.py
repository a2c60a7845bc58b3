"""What axe says of parts of a page, at a desk and on a phone, in both themes of the Desk."""

import os

import pytest

from tests.browser.conftest import SIZES

SERIOUS = ("serious", "critical")
# Contrast depends on the theme, everything else on the size: each of the four is looked at once.
LOOKS = (("desktop", "light"), ("phone", "dark"))


def axe_script() -> str:
	"""axe-core, which the tests bring along where a machine can install it; PROSPECT_REQUIRE_SITE demands it."""
	try:
		from axe_playwright_python.base import AXE_SCRIPT
	except ImportError:
		give_up = pytest.fail if os.environ.get("PROSPECT_REQUIRE_SITE") else pytest.skip
		give_up(
			"axe-core is not installed: nothing was looked at by it (Python package axe-playwright-python)"
		)
	return AXE_SCRIPT


def faults(page, *selectors: str, besides: tuple[str, ...] = ()) -> list[str]:
	"""What is serious or critical in the parts named, each as a line; a part that is not there is a fault, too.

	`besides` names what in them is Frappe's own.
	"""
	found = [f"{selector} is not there" for selector in selectors if not page.locator(selector).count()]
	before = page.viewport_size
	for size, theme in LOOKS:
		page.set_viewport_size(SIZES[size])
		_dress(page, theme)
		found += [f"{size}, {theme}: {line}" for line in _violations(page, selectors, besides)]
	_dress(page, "light")
	page.set_viewport_size(before)
	return found


def _dress(page, theme: str) -> None:
	"""Show a theme, and wait until nothing fades any more: half-way its contrast is another one."""
	page.evaluate(
		"""async (theme) => {
			document.documentElement.setAttribute("data-theme", theme);
			await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
			const ending = document.getAnimations().filter((each) => each.effect.getComputedTiming().endTime < Infinity);
			await Promise.all(ending.map((each) => each.finished.catch(() => {})));
		}""",
		theme,
	)


def _violations(page, selectors, besides) -> list[str]:
	if not page.evaluate("Boolean(window.axe)"):
		page.evaluate(axe_script())
	answer = page.evaluate(
		"([include, exclude]) => axe.run({ include, exclude }, { resultTypes: ['violations'] })",
		[[[selector] for selector in selectors], [[selector] for selector in besides]],
	)
	return [
		f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]} {_why(node)}"
		for rule in answer["violations"]
		if rule["impact"] in SERIOUS
		for node in rule["nodes"]
	]


def _why(node) -> str:
	return "; ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])


# ------------------------------------------------------------- colours
COLOURS = ("red", "orange", "yellow", "green", "blue", "gray", "grey")
COLOURED = ".indicator-pill, .indicator, .badge, .prospect-banner, .number-widget-box .number"


def coloured(page, *selectors: str) -> set[tuple[str, str]]:
	"""What is coloured in the parts named: (what is said of it, its colour); the first is "" where the colour is the only sign."""
	found = page.evaluate(
		"""([selectors, coloured, colours]) => selectors.flatMap((selector) =>
			[...document.querySelectorAll(selector)].flatMap((part) => [...part.querySelectorAll(coloured)]))
			.filter((each) => each.checkVisibility({ visibilityProperty: true }))
			.map((each) => [
				(each.innerText || each.getAttribute("aria-label") || each.title).trim(),
				colours.find((colour) => each.classList.contains(colour)) || each.style.color,
			])""",
		[list(selectors), COLOURED, COLOURS],
	)
	return {(text, colour) for text, colour in found if colour}


# ------------------------------------------------------------- thumbs and keys
BUTTON, ANYTHING = (
	40,
	24,
)  # pixels; the second is what WCAG 2.2 (2.5.8) asks of everything that is no link in a text


def too_small(page, *selectors: str) -> list[str]:
	"""What is hard to hit with a thumb in the parts named: buttons under BUTTON in height, anything under ANYTHING."""
	return page.evaluate(
		"""([selectors, button, anything]) => selectors.flatMap((selector) =>
			[...document.querySelectorAll(selector)].flatMap((part) =>
				[...part.querySelectorAll("button, a, input, select, textarea, summary, [role=button]")]
			))
			.filter((each) => each.checkVisibility({ visibilityProperty: true }) && each.getBoundingClientRect().width > 0)
			.map((each) => [each, (each.closest("label") || each).getBoundingClientRect()])
			.filter(([each, { width, height }]) => {
				if (getComputedStyle(each).display === "inline") return false;
				const least = each.matches("button:not(.ql-toolbar *), a.btn") ? button : anything;
				return height < least || width < anything;
			})
			.map(([each, { width, height }]) => `${each.outerHTML.slice(0, 120)} ${width.toFixed()} × ${height.toFixed()}`)""",
		[list(selectors), BUTTON, ANYTHING],
	)


def focus_is_seen(page) -> bool:
	"""Whether what has the focus is in sight, and drawn otherwise than without it: an outline, a shadow, or a caret."""
	return page.evaluate(
		"""() => {
			const at = document.activeElement;
			if (at === document.body || at.matches("textarea, [contenteditable=true]")) return at !== document.body;
			const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
			return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
		}"""
	)
