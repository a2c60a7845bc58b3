"""A machine's mail is not a person's answer: what each mail says of itself, and what it is taken for."""

import sys
from email.header import Header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospect_mgmt.procedure.machine_mail import RELEVANT_HEADERS, Verdict, classify, is_machine_sender

ANNA = "Anna Ito <anna@customer.example>"
REPORT = "multipart/report; report-type={}; boundary=x"


def kind(sender=ANNA, subject="Re: Your offer", **headers):
	return classify(sender, subject, {name.replace("_", "-"): value for name, value in headers.items()}).kind


class TestPerson:
	@pytest.mark.parametrize(
		"subject",
		[
			"Re: Your offer",
			"",
			None,
			"Re: Out of office hours?",
			"Re: Out of office",
			"AW: Abwesenheitsnotiz: Angebot",
			"RE: Automatic reply: Your offer",
			"Antw: Onbestelbaar: offerte",
			"回复：自动回复：报价",
			"Fwd: Undeliverable: Your offer",
			"Out of office hours?",
			"Out of office hours: can I call you?",
			"Out of office?",
			"Out of office doors, what do they cost?",
			"Out of office chairs, please send a catalogue",
			"Automatic reply does not work",
			"Automatic reply feature of your product",
			"Automatic reply-to address is wrong",
			"Automatic reply?",
			"Automatic gates: please quote",
			"Automatische Antwortmaschine gesucht",
			"Automatische Türen, bitte Angebot",
			"Abwesenheitsnotizen automatisch verschicken",
			"Abwesenheit nächste Woche, bitte danach anrufen",
			"Absent minded me: one more question",
			"Absence de réponse de votre part",
			"En congélation: quel prix ?",
			"Ausente en la lista de precios",
			"Réponse à votre offre",
			"自动回复功能怎么设置？",
			"自动门报价",
			"自動返信機能について",
			"不在票について",
			"Undeliverable goods: what now",
			"Undeliverables",
			"Undelivered parcel",
			"Delivery failed: where is my parcel",
			"Delivery failure of pump 3",
			"Failure notice for pump 3",
			"Delivery report for May, please",
			"Returned mailing machine: refund",
			"Zustellung fehlgeschlagen, wo ist das Paket?",
			"No entregado: pedido 4711",
			"Не доставлено: заказ 4711",
			"送信エラー：フォームが動きません",
			"Bounce house rental",
			"I got your automatic reply: please call me",
			"Question about 'Out of office'",
			"Yes please. Out of office: Friday",
			"[EXTERN] Re: Out of office",
			"OOO",
			"Vacation in June",
		],
	)
	def test_subjects_that_people_write(self, subject):
		assert classify(ANNA, subject).kind == "Person"

	@pytest.mark.parametrize(
		"sender",
		[
			ANNA,
			"anna@customer.example",
			"info@customer.example",
			"Nora Reply <nora.reply@customer.example>",
			"casino.reply@customer.example",
			"bounce-house-rentals@customer.example",
			"bouncy@customer.example",
			"Bounces GmbH <hallo@bounces.example>",
			"office@noreply.example",
			"No Reply <anna@customer.example>",
			"postmasters@customer.example",
			"daemon.k@customer.example",
			"autoreplacement@customer.example",
			"",
			None,
			"not an address",
		],
	)
	def test_senders_that_are_people(self, sender):
		assert not is_machine_sender(sender)
		assert classify(sender, "Hello").kind == "Person"

	@pytest.mark.parametrize(
		("name", "value"),
		[
			("Auto-Submitted", "no"),
			("Auto-Submitted", "No (written by hand)"),
			("Auto-Submitted", "no; owner-email=a@b.example"),
			("Auto-Submitted", ""),
			("Auto-Submitted", None),
			("Auto-Submitted", "\xff\xfe"),
			("Content-Type", "multipart/alternative; boundary=report"),
			("Content-Type", "text/plain; name=delivery-status"),
			("Precedence", "list"),
			("Precedence", "first-class"),
			("Precedence", "normal"),
			("Return-Path", "<anna@customer.example>"),
			("Return-Path", ""),
			("X-Auto-Response-Suppress", "All"),
			("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),
			("X-Autoreply", "no"),
			("X-Autorespond", ""),
			("X-Failed-Recipients", " "),
			("List-Unsubscribe", "<mailto:leave@customer.example>"),
			("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
			("Feedback-ID", "1.us-west-2.dpZ3:AmazonSES"),
			("In-Reply-To", "<auto-replied@us.example>"),
			("X-Mailer", "Autoresponder"),
		],
	)
	def test_headers_that_mails_of_people_have(self, name, value):
		assert classify(ANNA, "Re: Your offer", {name: value}).kind == "Person"

	def test_the_reason_says_that_nothing_was_found(self):
		verdict = classify(ANNA, "Re: Your offer", {})
		assert verdict == Verdict("Person", "Nothing in the mail says that it is automatic")
		assert not verdict.is_machine


class TestHeaders:
	@pytest.mark.parametrize(
		("name", "value", "kind", "reason"),
		[
			("Auto-Submitted", "auto-replied", "Auto-reply", "Auto-Submitted: auto-replied"),
			("Auto-Submitted", "Auto-Generated", "Auto-reply", "Auto-Submitted: auto-generated"),
			(
				"Auto-Submitted",
				"auto-notified; owner-email=a@b.example",
				"Auto-reply",
				"Auto-Submitted: auto-notified",
			),
			("AUTO-SUBMITTED", "auto-replied (vacation)", "Auto-reply", "Auto-Submitted: auto-replied"),
			("auto-submitted", "=?utf-8?q?auto-replied?=", "Auto-reply", "Auto-Submitted: auto-replied"),
			("Auto-Submitted", b"auto-replied", "Auto-reply", "Auto-Submitted: auto-replied"),
			("Auto-Submitted", " \r\n auto-replied", "Auto-reply", "Auto-Submitted: auto-replied"),
			("X-Autoreply", "yes", "Auto-reply", "X-Autoreply: yes"),
			("X-AUTORESPOND", "vacation", "Auto-reply", "X-Autorespond: vacation"),
			("Precedence", "auto_reply", "Auto-reply", "Precedence: auto_reply"),
			("Precedence", "Bulk", "Auto-reply", "Precedence: bulk"),
			("Precedence", "junk", "Auto-reply", "Precedence: junk"),
			("X-Failed-Recipients", "a@b.example", "Bounce", "X-Failed-Recipients: a@b.example"),
			("Return-Path", "<>", "Bounce", "Return-Path: <>, so nobody is to answer it"),
			("Return-Path", " < > ", "Bounce", "Return-Path: <>, so nobody is to answer it"),
			(
				"Content-Type",
				'Multipart/Report; boundary="x";\r\n Report-Type="Delivery-Status"',
				"Bounce",
				"Content-Type: multipart/report, a delivery report",
			),
			(
				"Content-Type",
				"multipart/report",
				"Bounce",
				"Content-Type: multipart/report, a delivery report",
			),
			("Content-Type", "message/delivery-status", "Bounce", "Content-Type: message/delivery-status"),
			(
				"Content-Type",
				REPORT.format("disposition-notification"),
				"Auto-reply",
				"Content-Type: multipart/report, disposition-notification",
			),
		],
	)
	def test_say_that_it_is_automatic(self, name, value, kind, reason):
		verdict = classify(ANNA, "Re: Your offer", {name: value})
		assert verdict == Verdict(kind, reason)
		assert verdict.is_machine

	def test_the_reason_quotes_a_long_header_in_part(self):
		reason = classify(ANNA, "Hello", {"X-Autoreply": "x" * 500}).reason
		assert reason.endswith("…") and len(reason) < 100

	def test_the_caller_is_told_to_keep_every_header_that_is_read(self):
		assert {"Auto-Submitted", "Content-Type", "Precedence", "Return-Path", "X-Failed-Recipients"} <= {
			*RELEVANT_HEADERS
		}
		for name in RELEVANT_HEADERS:
			said = [
				classify(ANNA, "Hello", {name: value}) for value in ("<>", "auto_reply", "multipart/report")
			]
			assert any(verdict.is_machine for verdict in said), name

	def test_an_absence_note_without_return_path_is_no_bounce(self):
		assert kind(Return_Path="<>", Auto_Submitted="auto-replied") == "Auto-reply"
		assert kind(subject="Automatische Antwort: Angebot", Return_Path="<>") == "Auto-reply"

	def test_a_bounce_that_calls_itself_automatic_is_a_bounce(self):
		report = REPORT.format("delivery-status")
		assert kind(Auto_Submitted="auto-replied", Content_Type=report) == "Bounce"
		assert kind(subject="Undelivered Mail Returned to Sender", Auto_Submitted="auto-replied") == "Bounce"

	def test_a_message_object_will_do_for_headers(self):
		mail = EmailMessage()
		mail["Received"] = "by a"
		mail["Received"] = "by b"
		mail["Auto-Submitted"] = "auto-replied"
		assert classify(ANNA, "Hello", mail).kind == "Auto-reply"

	def test_of_a_header_that_comes_twice_the_first_that_says_anything_counts(self):
		for values in (["", "auto-replied"], ["auto-replied", ""], ["auto-replied", "no"]):
			headers = dict(zip(("Auto-Submitted", "auto-submitted"), values, strict=True))
			assert classify(ANNA, "Hello", headers).is_machine


class TestSender:
	@pytest.mark.parametrize(
		("sender", "kind"),
		[
			("MAILER-DAEMON@mx.example", "Bounce"),
			("Mail Delivery System <Mailer-Daemon@mx.example>", "Bounce"),
			("maildaemon@mx.example", "Bounce"),
			("mailer-daemon", "Bounce"),
			("postmaster@customer.example", "Bounce"),
			("MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@customer.example", "Bounce"),
			("bounce@news.example", "Bounce"),
			("bounces+4711-anna=customer.example@news.example", "Bounce"),
			("bounce-4711@news.example", "Bounce"),
			("list-bounces@lists.example", "Bounce"),
			("<>", "Bounce"),
			("no-reply@shop.example", "Auto-reply"),
			('"Shop" <NoReply@shop.example>', "Auto-reply"),
			("no_reply@shop.example", "Auto-reply"),
			("no.reply@shop.example", "Auto-reply"),
			("jobs-noreply@shop.example", "Auto-reply"),
			("noreply-4711@shop.example", "Auto-reply"),
			("noreply+anna@shop.example", "Auto-reply"),
			("donotreply@shop.example", "Auto-reply"),
			("do-not-reply@shop.example", "Auto-reply"),
			("nicht-antworten@shop.example", "Auto-reply"),
			("ne-pas-repondre@shop.example", "Auto-reply"),
			("noresponder@shop.example", "Auto-reply"),
			("nao-responda@shop.example", "Auto-reply"),
			("autoreply@shop.example", "Auto-reply"),
			("auto-responder@shop.example", "Auto-reply"),
			("=?utf-8?q?M=C3=BCller?= <noreply@shop.example>", "Auto-reply"),
		],
	)
	def test_addresses_that_nobody_reads(self, sender, kind):
		assert is_machine_sender(sender)
		assert classify(sender, "Hello").kind == kind

	def test_the_reason_names_the_address(self):
		assert (
			classify("Mail System <MAILER-DAEMON@mx.example>", "x").reason
			== "Sender is mailer-daemon@mx.example"
		)


AWAY = {
	"English": [
		"Automatic reply: Your offer",
		"Out of Office AutoReply: Your offer",
		"Auto-Reply",
		"OUT OF OFFICE",
	],
	"English away": [
		"Out of office until Monday",
		"Out of the office 12-15 June",
		"Out-of-Office: back on 3 May",
	],
	"English more": [
		"Out of Office Re: Your offer",
		"I'm out of the office.",
		"I\u2019m out of the office",
		"Autoreply - Re: x",
	],
	"German": [
		"Automatische Antwort: Angebot",
		"Abwesenheitsnotiz",
		"Abwesend bis 12.6.",
		"Abwesenheitsnotiz vom 3. Mai",
	],
	"German more": ["AUSSER HAUS", "Außer Haus: Angebot", "Nicht im Büro - Re: Angebot", "Urlaubsnotiz!"],
	"French": [
		"Réponse automatique : Votre offre",
		"REPONSE AUTOMATIQUE: offre",
		"Absence du bureau",
		"Absent du bureau jusqu'au 3",
	],
	"Spanish": [
		"Respuesta automática: Oferta",
		"Respuesta automatica: Oferta",
		"Fuera de la oficina hasta el lunes",
	],
	"Portuguese": ["Resposta automática: Proposta", "Fora do escritório até segunda", "Ausência temporária"],
	"Italian": [
		"Risposta automatica: Offerta",
		"Fuori sede fino al 3 maggio",
		"Assente dall'ufficio: offerta",
	],
	"Dutch": ["Automatisch antwoord: Offerte", "Afwezigheidsbericht: offerte", "Niet op kantoor tot maandag"],
	"Chinese": ["自动回复：报价", "自动回复:Re: 报价", "自动答复: 报价", "【自动回复】您的邮件已收到", "自动回复"],
	"Chinese traditional": ["自動回覆: 報價", "自動回覆：", "不在辦公室"],
	"Japanese": ["自動応答: お見積り", "自動返信：お見積り", "【自動返信】お問い合わせありがとうございます", "不在通知"],
	"Polish": ["Automatyczna odpowiedź: Oferta", "Odpowiedź automatyczna: Oferta", "Poza biurem do 12.06"],
	"Turkish": ["Otomatik yanıt: Teklif", "OTOMATİK YANIT: Teklif", "Ofis dışında: Teklif"],
	"Russian": ["Автоматический ответ: Предложение", "АВТООТВЕТ: Предложение", "Вне офиса до понедельника"],
	"tags": [
		"[EXTERNAL] Automatic reply: x",
		"[EXT][Ticket 7] Abwesenheitsnotiz",
		"*** SPAM *** Out of office",
		"[Auto-Reply] Your offer",
	],
}  # fmt: skip
BOUNCED = {
	"English": [
		"Undeliverable: Your offer", "Undelivered Mail Returned to Sender",
		"Delivery Status Notification (Failure)",
		"Mail delivery failed: returning message to sender", "failure notice", "DELIVERY FAILURE",
		"Returned mail: see transcript for details", "Message could not be delivered", "Non-Delivery Report",
	],
	"German": [
		"Unzustellbar: Angebot",
		"Benachrichtung zum Übermittlungsstatus (Fehlgeschlagen)",
		"Zustellung fehlgeschlagen",
	],
	"French": ["Non remis : Votre offre", "Échec de la remise", "Notification d’état de remise (échec)"],
	"Spanish": ["No se puede entregar: Oferta", "Correo no entregado", "No entregado"],
	"Portuguese": ["Não é possível entregar: Proposta", "E-mail não entregue"],
	"Italian": ["Non recapitabile: Offerta", "AVVISO DI MANCATA CONSEGNA: Offerta"],
	"Dutch": ["Onbestelbaar: Offerte", "Bericht niet bezorgd"],
	"Chinese": ["系统退信/Systems bounce", "退信通知", "未送达: 报价", "邮件被退回"],
	"Chinese traditional": ["無法傳遞: 報價", "郵件退回"],
	"Japanese": ["配信不能: お見積り", "配信エラー", "送信エラー"],
	"Polish": ["Niedostarczalne: Oferta", "Nie można dostarczyć: Oferta"],
	"Turkish": ["Teslim edilemedi: Teklif", "İleti teslim edilemedi"],
	"Russian": ["Недоставленное сообщение", "Не удалось доставить: Предложение"],
	"tags": ["[EXTERN] Unzustellbar: Angebot", "External: Undeliverable: Your offer", "【外部】退信通知"],
}  # fmt: skip


def table(subjects):
	return [
		pytest.param(subject, id=f"{language}: {subject}")
		for language, row in subjects.items()
		for subject in row
	]


class TestSubject:
	@pytest.mark.parametrize("subject", table(AWAY))
	def test_of_automatic_replies(self, subject):
		assert classify(ANNA, subject).kind == "Auto-reply"

	@pytest.mark.parametrize("subject", table(BOUNCED))
	def test_of_bounces(self, subject):
		assert classify(ANNA, subject).kind == "Bounce"

	@pytest.mark.parametrize("subject", table(AWAY) + table(BOUNCED))
	def test_an_answer_to_one_is_a_persons(self, subject):
		assert classify(ANNA, f"Re: {subject}").kind == "Person"
		assert classify(ANNA, f"About {subject}").kind == "Person"

	def test_the_reason_names_the_words(self):
		assert (
			classify(ANNA, "ABWESENHEITSNOTIZ: Angebot").reason == "Subject begins with 'Abwesenheitsnotiz'"
		)

	@pytest.mark.parametrize(
		"subject",
		[
			str(Header("自动回复：报价", "utf-8").encode()),
			str(Header("Réponse automatique : offre", "iso-8859-1").encode()),
			"=?utf-8?B?6Ieq5Yqo5Zue5aSN?=: x",
			"Automatic reply: =?no-such-charset?q?x?=",
			"Automatic reply: =?utf-8?b?x?=",
			"Réponse automatique : offre".encode(),
			"Automatic\r\n reply: folded",
			"\u200bAutomatic\u00a0reply\uff1a x",
			"Automatic reply: " + "x" * 10_000,
		],
	)
	def test_however_it_is_encoded(self, subject):
		assert classify(ANNA, subject).kind == "Auto-reply"


class Unprintable:
	def __str__(self):
		raise RuntimeError


anything = st.one_of(
	st.none(),
	st.text(),
	st.binary(),
	st.integers(),
	st.just(Unprintable()),
	st.text("=?utf8QqBb_<>@[]*\udcff\x00 ", min_size=1),
	st.sampled_from(
		["=?utf-8?b?!!?=", "=?no-such?q?x?=", "x" * 10_000, "[" * 10_000, "*" * 10_000, "<" * 10_000]
	),
)


class TestGarbage:
	@given(anything, anything, st.dictionaries(anything, anything) | anything)
	def test_never_raises_and_its_reason_can_be_stored(self, sender, subject, headers):
		verdict = classify(sender, subject, headers)
		assert verdict.kind in ("Person", "Auto-reply", "Bounce")
		assert verdict.reason.encode().decode().isprintable() and len(verdict.reason) < 140
		assert is_machine_sender(sender) in (True, False)

	@given(anything, st.sampled_from(RELEVANT_HEADERS))
	def test_in_the_headers_that_are_read(self, value, name):
		assert classify(ANNA, "Hello", {name: value}).reason.encode()

	@pytest.mark.parametrize("text", ["[a] ", "no-", "*", "=?utf-8?q?", "-bounces", "x <"])
	def test_ten_times_the_length_is_no_more_work(self, text):
		assert self.steps(text * 30_000) <= self.steps(text * 3_000) + 10

	def steps(self, text):
		calls = 0

		def count(frame, event, arg):
			nonlocal calls
			calls += 1

		sys.setprofile(count)
		try:
			classify(text, text, dict.fromkeys(RELEVANT_HEADERS, text))
		finally:
			sys.setprofile(None)
		return calls
