"""The figures of the monthly review, from records small enough to count by hand."""

from datetime import datetime, timedelta

from prospect_mgmt.procedure.review import DEFINITIONS, Act, Change, Enquiry, by_agent, figures, objections

START, END = datetime(2026, 5, 1), datetime(2026, 6, 1)
MAY, APRIL, JUNE = datetime(2026, 5, 10), datetime(2026, 4, 10), datetime(2026, 6, 10)
DAY = timedelta(days=1)

WON = Enquiry(
	"A",
	APRIL,
	"ann",
	acknowledge_status="Met",
	outcome="Won",
	done_on=MAY,
	quotation="Q",
	quoted_amount=90,
	sale_value=100,
)
LOST = Enquiry(
	"B",
	MAY,
	"ann",
	acknowledge_status="Met",
	satisfy_status="Missed",
	outcome="Lost",
	objection="Price",
	done_on=MAY + DAY,
)
OPEN = Enquiry(
	"C", MAY, "bob", acknowledge_status="Missed", satisfy_status="Pending", quotation="R", quoted_amount=50
)
SPAM = Enquiry("D", MAY, "bob", acknowledge_status="Void", outcome="Spam", done_on=MAY)
LATER = Enquiry("E", JUNE, "bob")
ALL = [WON, LOST, OPEN, SPAM, LATER]
ACTS = [
	Act("B", MAY, "Phone", "Outgoing", "Person", "No answer", "ann"),
	Act("B", MAY, "Phone", "Outgoing", "Person", "Reached", "bob"),
	Act("C", MAY, "Email", "Outgoing", "Person", "Sent", "bob"),
	Act("C", MAY, "Email", "Outgoing", "Automatic", "Sent", None),
	Act("C", MAY, "Email", "Incoming", "Automatic", "Auto-reply", None),
	Act("C", MAY, "Email", "Incoming", "Person", None, None),
	Act("D", MAY, "Phone", "Outgoing", "Person", "Reached", "bob"),
	Act("C", APRIL, "Phone", "Outgoing", "Person", "Reached", "bob"),
]
CHANGES = [
	Change("C", MAY, "Revive", "Follow up"),
	Change("C", MAY + DAY, "Revive", "Follow up"),
	Change("B", LOST.done_on, "Revive", "Done"),
	Change("A", APRIL, "Revive", "Follow up"),
]


def test_the_figures_of_a_month():
	assert figures(ALL, ACTS, CHANGES, START, END) == {
		"received": 2,
		"acknowledged_in_time": 1,
		"acknowledged_late": 1,
		"satisfied_in_time": 0,
		"satisfied_late": 1,
		"calls": 2,
		"calls_reached": 1,
		"mails": 1,
		"automatic_mails": 1,
		"answers": 1,
		"revived": 1,
		"quoted": 1,
		"quoted_amount": 50,
		"won": 1,
		"sale_value": 100,
		"closed": 2,
		"success_rate": 50.0,
		"open": 1,
	}


def test_every_figure_has_a_definition():
	assert set(figures([], [], [], START, END)) == set(DEFINITIONS)


def test_a_month_without_anything_is_all_zero():
	assert set(figures([], [], [], START, END).values()) == {0}


def test_an_act_is_credited_to_who_did_it_an_enquiry_to_who_has_it():
	agents = by_agent(ALL, ACTS, CHANGES, START, END)
	assert (agents["ann"]["calls"], agents["bob"]["calls"]) == (1, 1)
	assert (agents["ann"]["received"], agents["bob"]["received"]) == (1, 1)
	assert agents["ann"]["won"] == 1


def test_objections_of_the_month():
	assert objections(ALL, START, END) == {"Price": 1}
