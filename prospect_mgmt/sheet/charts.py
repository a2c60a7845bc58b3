"""Charts as inline SVG: no script, no network. Every text in them is escaped, every value stands beside its bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

WIDTH, BARS_WIDTH, LABELS, VALUES, BAR = 900, 440, 160, 70, 26  # units of the drawing
COLUMNS_HEIGHT, BASE, WIDEST_COLUMN = 190, 30, 60
LONGEST_LABEL = 22  # ordinary characters


def number(value: float) -> str:
	"""A figure as it is read: thousands apart, no decimals where there are none."""
	return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Words:
	"""What a chart says by itself, in the language of its reader, and how it writes a number."""

	nothing: str = "Nothing in this month."
	others: str = "others"
	number: Callable[[float], str] = number


def bars(
	title: str,
	values: Mapping[str, float],
	kind: str = "a",
	most: int = 12,
	words: Words = Words(),
	whole: float | None = None,
) -> str:
	"""A horizontal bar for each value, in the order given; what is more than `most` is summed up as "others".

	`whole`: what a whole bar stands for, of values where 0 says something, as 0 percent does; else the largest of them.
	"""
	shown = _summed_up(values, most, words.others)
	longest = max(shown.values(), default=0) if whole is None else whole
	if not (shown and longest):
		return _nothing(title, words)
	rows = [_bar(at, label, value, longest, kind, words) for at, (label, value) in enumerate(shown.items())]
	return _figure(title, _svg(title, shown, (BARS_WIDTH, BAR * len(rows)), "".join(rows), words))


def columns(
	title: str,
	names: Sequence[str],
	series: Mapping[str, Sequence[float]],
	words: Words = Words("Nothing in these months."),
) -> str:
	"""Upright bars side by side for each name, one for each series."""
	highest = max((value for values in series.values() for value in values), default=0)
	if not highest:
		return _nothing(title, words)
	step = WIDTH / max(len(names), 1)
	width = min(step * 0.8 / max(len(series), 1), WIDEST_COLUMN)
	drawn = [f'<line x1="0" x2="{WIDTH}" y1="{COLUMNS_HEIGHT}" y2="{COLUMNS_HEIGHT}" class="axis"/>']
	for at, name in enumerate(names):
		middle = step * (at + 0.5)
		drawn.append(_text(middle, COLUMNS_HEIGHT + 18, name, "middle"))
		for nth, (kind, values) in enumerate(zip("abc", series.values(), strict=False)):
			left = middle + (nth - len(series) / 2) * width
			drawn.append(_column(left, width, values[at], highest, kind, words))
	described = {
		f"{name}, {kind}": values[at] for kind, values in series.items() for at, name in enumerate(names)
	}
	legend = "".join(
		f'<span class="key {kind}">{escape(name)}</span>' for kind, name in zip("abc", series, strict=False)
	)
	return _figure(
		title,
		_svg(title, described, (WIDTH, COLUMNS_HEIGHT + BASE), "".join(drawn), words)
		+ f'<p class="legend">{legend}</p>',
	)


def _nothing(title: str, words: Words) -> str:
	return _figure(title, f'<p class="none">{escape(words.nothing)}</p>')


def _summed_up(values: Mapping[str, float], most: int, others: str) -> dict[str, float]:
	if len(values) <= most:
		return dict(values)
	shown = dict(list(values.items())[: most - 1])
	return {**shown, others: sum(values.values()) - sum(shown.values())}


def _bar(at: int, label: str, value: float, longest: float, kind: str, words: Words) -> str:
	top = at * BAR
	length = (BARS_WIDTH - LABELS - VALUES) * max(value, 0) / longest
	short = label if width_of(label) <= LONGEST_LABEL else f"{_begins(label)}…"
	return (
		_text(LABELS - 8, top + 17, short, "end")
		+ f'<rect x="{LABELS}" y="{top + 4}" width="{length:.1f}" height="{BAR - 8}" rx="2" class="{kind}"/>'
		+ _text(LABELS + length + 6, top + 17, words.number(value), "start")
	)


def width_of(text: str) -> int:
	"""How many ordinary characters wide a text is: a Chinese one, or an emoji, is as wide as two."""
	return sum(1 + (east_asian_width(character) in "WF") for character in text)


def _begins(label: str) -> str:
	"""As much of a label as there is room for."""
	return next(
		label[:length] for length in range(len(label), 0, -1) if width_of(label[:length]) < LONGEST_LABEL
	)


def _column(left: float, width: float, value: float, highest: float, kind: str, words: Words) -> str:
	height = (COLUMNS_HEIGHT - 20) * max(value, 0) / highest
	drawn = f'<rect x="{left:.1f}" y="{COLUMNS_HEIGHT - height:.1f}" width="{width:.1f}" height="{height:.1f}" class="{kind}"/>'
	return drawn + (
		_text(left + width / 2, COLUMNS_HEIGHT - height - 5, words.number(value), "middle") if value else ""
	)


def _text(x: float, y: float, said: str, anchor: str) -> str:
	return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def _svg(title: str, described: Mapping[str, float], size: tuple[int, int], drawn: str, words: Words) -> str:
	said = "; ".join(f"{name}: {words.number(value)}" for name, value in described.items())
	return (
		f'<svg viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{escape(f"{title}. {said}", quote=True)}">'
		f"{drawn}</svg>"
	)


def _figure(title: str, content: str) -> str:
	return f"<figure><figcaption>{escape(title)}</figcaption>{content}</figure>\n"
