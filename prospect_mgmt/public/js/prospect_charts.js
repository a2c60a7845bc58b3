// What the bars of our charts are called, in full: Frappe's charts leave three letters of a name that has room on two lines.
(() => {
	const LINES = 2;
	const LINE = 11; // pixels
	const GAP = 4; // pixels between two names
	const pen = document.createElement("canvas").getContext("2d");

	/** Frappe's own, whose names are written in full where its data say `whole_labels`. */
	frappe.Chart = new Proxy(frappe.Chart, {
		construct(Chart, [parent, options, ...more], made) {
			const chart = Reflect.construct(Chart, [parent, options, ...more], made);
			if (options?.data?.whole_labels) keep_whole(chart);
			return chart;
		},
	});

	/** The chart draws its names anew when its width or its data change. */
	function keep_whole(chart) {
		const write = () => {
			const { labels } = chart.data;
			const width = chart.width / labels.length - GAP;
			for (const axis of chart.container.querySelectorAll(".x.axis"))
				axis.querySelectorAll("text").forEach((name, at) => {
					if (!name.firstElementChild) write_in(name, frappe.utils.html2text(cstr(labels[at])), width);
				});
		};
		new MutationObserver(write).observe(chart.container, { childList: true, subtree: true });
		write();
	}

	function write_in(name, label, width) {
		const { fontSize, fontFamily } = getComputedStyle(name);
		pen.font = `${fontSize} ${fontFamily}`;
		const lines = broken(label, width).map((text, number) => {
			const line = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
			line.setAttribute("x", 0);
			line.setAttribute("dy", number ? `${LINE}px` : name.getAttribute("dy"));
			line.textContent = text;
			return line;
		});
		name.removeAttribute("dy");
		name.replaceChildren(...lines);
	}

	/** A label in lines of some width at most, broken between words, and within a word that is wider; what is on too many lines is cut. */
	function broken(label, width) {
		const fits = (text) => pen.measureText(text).width <= width;
		const lines = [];
		for (const word of label.split(" ").flatMap((word) => pieces(word, fits))) {
			const longer = [...lines.slice(-1), word].join(" ");
			if (lines.length && fits(longer)) lines.splice(-1, 1, longer);
			else lines.push(word);
		}
		return lines.length > LINES ? [...lines.slice(0, LINES - 1), `${lines[LINES - 1]}…`] : lines;
	}

	function pieces(word, fits) {
		const found = [""];
		for (const letter of word) {
			if (found.at(-1) && !fits(found.at(-1) + letter)) found.push("");
			found[found.length - 1] += letter;
		}
		return found;
	}
})();
