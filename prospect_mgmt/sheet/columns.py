"""Which column is what: headings as people write them, in the languages of the app."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple
from unicodedata import combining, normalize

from prospect_mgmt.procedure.saying import _lt

LIKE = 0.87  # how much alike a heading with a typing mistake must be, 0 … 1
LOOK_FOR_HEADINGS, LOOK_FOR_HEADINGS_UNTIL = 20, 1000  # rows that are not blank; rows
HEADINGS = {  # field: (heading that we write, headings that we know)
	"number": (
		"Lead number",
		"no|nr|id|lead id|lead no|number|lead|leadnummer|nummer|numero|numero de lead|编号|lead nummer|numero de iniciativa|numero do potencial cliente|线索编号",
	),
	"lead_name": (
		"Contact",
		"name|contact name|contact person|full name|person|prospect|prospect name|lead name|kontakt|kontaktname|"
		"ansprechpartner|kunde|nom|contacto|nombre|contato|nome|联系人|姓名",
	),
	"first_name": ("First name", "given name|vorname|prenom|nombre de pila|nome proprio|名"),
	"last_name": ("Last name", "surname|family name|nachname|nom de famille|apellido|apellidos|sobrenome|姓"),
	"email_id": (
		"E-mail",
		"email|mail|e mail address|email address|mail address|email id|e mail adresse|mailadresse|"
		"courriel|adresse e mail|correo|correo electronico|endereco de e mail|邮箱|电子邮件",
	),
	"phone": (
		"Phone",
		"telephone|tel|mobile|mobile no|mobile number|phone number|phone no|cell|whatsapp|telefon|"
		"telefonnummer|handy|mobil|telefono|movil|telefone|celular|portable|电话|手机",
	),
	"company_name": (
		"Company",
		"organization|organisation|company name|firm|firma|unternehmen|societe|entreprise|"
		"empresa|compania|公司",
	),
	"source": (
		"Source",
		"lead source|origin|channel|point of origin|quelle|herkunft|origine|fuente|origen|origem|fonte|来源|fuente de iniciativa|referencia|源",
	),
	"interest": (
		"Interest",
		"interested in|product|enquiry|inquiry|interesse|anfrage|interet|interes|producto|produto|兴趣|需求|意向",
	),
	"status": ("Status", "stage|step|state|lead status|stufe|stand|phase|statut|etape|estado|etapa|状态"),
	"agent": (
		"Agent",
		"owner|responsible|assigned to|sales person|salesperson|lead owner|bearbeiter|zustandig|"
		"verantwortlich|responsable|agente|vendedor|responsavel|负责人|专员",
	),
	"language": ("Language", "lang|sprache|langue|idioma|lingua|语言|linguagem"),
	"first_contact_on": (
		"First contact on",
		"date|first contact|first contact date|received|received on|created|"
		"created on|enquiry date|lead date|datum|erstkontakt|eingang|date de contact|premier contact|fecha|"
		"primer contacto|data|primeiro contato|日期|首次联系|首次来询时间|首次联系日期|首次联系时间|首次接触日期|联系日期|咨询日期|"
		"询价日期|登记日期|创建日期",
	),
	"called_on": (
		"Called on",
		"called|call date|date of call|reached on|acknowledged on|angerufen am|anruf am|"
		"appele le|llamado el|ligado em|致电日期|chamada em|致电时间",
	),
	"attempts": (
		"Attempts",
		"call attempts|tries|no of attempts|versuche|tentatives|intentos|tentativas|尝试次数",
	),
	"last_attempt_on": (
		"Last attempt on",
		"last attempt|last call attempt|letzter versuch|derniere tentative|ultimo intento|ultima tentativa|最近尝试时间",
	),
	"information_sent_on": (
		"Information sent on",
		"information sent|info sent|info sent on|email sent|email sent on|"
		"mail sent on|information gesendet am|infos gesendet|informations envoyees le|informacion enviada el|"
		"informacao enviada em|资料发送日期|资料发送时间",
	),
	"satisfied_on": (
		"Questions answered on",
		"satisfied on|questions answered|fragen beantwortet am|questions repondues le|preguntas respondidas el|perguntas respondidas em|问题解答时间",
	),
	"courtesy_note_on": (
		"Courtesy note on",
		"courtesy note|courtesy mail on|courtesy note sent on|reminder sent on|nachfrage am|relance le|freundliche nachfrage am|mot de courtoisie le|nota de cortesia el|nota de cortesia em|问候信时间",
	),
	"last_response_on": (
		"Last response on",
		"last response|response on|answered on|replied on|reply date|antwort am|"
		"letzte antwort|reponse le|respuesta el|resposta em|回复日期|derniere reponse le|ultima respuesta el|ultima resposta em|最近答复时间",
	),
	"stage_since": (
		"Status since",
		"stage since|since|status seit|seit|depuis|desde|statut depuis|estado desde|状态起始",
	),
	"next_contact_on": (
		"Next contact on",
		"next contact|next call|call back on|callback|follow up on|next follow up|"
		"agreed time|wiedervorlage|nachster kontakt|prochain contact|proximo contacto|proximo contato|下次联系|下次联系时间",
	),
	"no_mail": (
		"No mail",
		"do not contact|unsubscribed|opt out|no contact|keine mail|abgemeldet|desabonne|no contactar|keine e mails|pas d e mail|sin correo|sem email|不收邮件",
	),
	"consent": (
		"Consent",
		"consent given|agreed|agreed to|opt in|gdpr consent|marketing consent|newsletter|einwilligung|zustimmung|dsgvo|consentement|consentimiento|consentimento|同意",
	),
	"consent_on": (
		"Consent on",
		"consent date|consent given on|agreed on|opt in date|einwilligung am|zustimmung am|consentement le|consentimiento el|consentimento em|同意时间|同意日期",
	),
	"quoted_amount": (
		"Quote amount",
		"quotation amount|quote value|quoted|quoted amount|offer amount|angebotssumme|"
		"angebotswert|montant du devis|importe de la oferta|importe presupuesto|valor da proposta|报价金额|angebotsbetrag|importe de la cotizacion|valor da cotacao",
	),
	"quotation": (
		"Quote ID",
		"quotation|quote|quotation id|quote no|quotation no|offer no|angebot|angebotsnummer|"
		"devis|oferta|presupuesto|proposta|报价单号|angebots id|id du devis|id de cotizacion|id da cotacao|报价编号",
	),
	"quotation_link": (
		"Quote link",
		"quotation link|quote url|link to quote|angebot link|lien du devis|enlace a la cotizacion|ligacao a cotacao|报价链接",
	),
	"sale_value": (
		"Sale value",
		"sales value|sale amount|sale|sales|revenue|invoice amount|umsatz|rechnungsbetrag|"
		"montant de la vente|chiffre d affaires|venta|importe de venta|valor da venda|销售金额|verkaufswert|montant des ventes|valor de venta|成交额",
	),
	"sales_invoice": (
		"Invoice ID",
		"invoice|sales invoice|invoice no|invoice number|rechnung|rechnungsnummer|facture|"
		"factura|fatura|发票号|rechnungs id|id de la facture|id de factura|id da fatura|发票编号",
	),
	"invoice_link": (
		"Invoice link",
		"invoice url|link to invoice|rechnung link|lien de la facture|enlace a la factura|ligacao a fatura|发票链接",
	),
	"outcome": (
		"Outcome",
		"result|how it ended|ergebnis|resultat|resultado|结果|ausgang|issue|desenlace|desfecho|最终结果",
	),
	"objection": (
		"Objection",
		"lost reason|reason|reason lost|reason for loss|why not|einwand|grund|ablehnungsgrund|"
		"motif|motif de refus|objecion|motivo|objecao|异议|原因",
	),
	"done_on": (
		"Done on",
		"closed on|closed|done|close date|abgeschlossen am|erledigt am|termine le|cerrado el|"
		"concluido em|完成日期|fertig am|hecho el|feito em|完成时间",
	),
	"notes": (
		"Notes",
		"note|remarks|remark|comment|comments|bemerkung|bemerkungen|notizen|remarques|commentaires|"
		"notas|observaciones|observacoes|备注|hinweise|便签",
	),
}
HALF_NAMES = {"name", "nom", "nombre", "nome"}  # may be the whole name, or what another column lacks
WHO = {"lead_name", "first_name", "last_name", "email_id", "phone", "company_name"}
# Lists often have two columns of these (telephone and mobile): the first that is filled in counts.
SEVERAL = frozenset({"email_id", "phone"})
LABELS = {field: label for field, (label, _known) in HEADINGS.items()}
DATES = tuple(field for field in HEADINGS if field.endswith("_on") or field == "stage_since")
# What the tool adds when it writes a list, and leaves aside when it reads one.
OURS = ("Next step", "Next step on", "Duplicate of", "To mend")


class NoHeadings(ValueError):
	"""No row of the file looks like headings; the message says what to do."""


class Layout(NamedTuple):
	"""Where the columns of a file are."""

	line: int  # of the headings
	headings: list[str]  # all of them, as they stand
	fields: dict[str, int]  # field: index of its column
	further: dict[
		str, list[int]
	] = {}  # one of SEVERAL: indexes of the columns that count where that one is empty

	@property
	def unknown(self) -> list[str]:
		"""Headings that nothing is read from."""
		used = {*self.fields.values(), *(at for more in self.further.values() for at in more)}
		return [h for at, h in enumerate(self.headings) if at not in used and h and h not in OURS]


@lru_cache(maxsize=4096, typed=True)
def plain(text: object) -> str:
	"""A heading or a word for comparing: no accents, capitals or punctuation, one space between words."""
	letters = normalize("NFKD", str(text or "")[:200]).casefold()
	return " ".join(re.sub(r"[\W_]+", " ", "".join(c for c in letters if not combining(c))).split())


def _known() -> dict[str, str]:
	names: dict[str, str] = {}
	for field, (label, others) in HEADINGS.items():
		for name in (label, field, *others.split("|")):
			names.setdefault(plain(name), field)
	return names


KNOWN = _known()
_OURS = {plain(name) for name in OURS}


def field_of(heading: object) -> str | None:
	"""The field a heading means; None for one that is not known."""
	name = plain(heading)
	if not name or name in _OURS:
		return None
	if name in KNOWN:
		return KNOWN[name]
	close = get_close_matches(name, KNOWN, n=1, cutoff=LIKE) if len(name) > 4 else []
	return KNOWN[close[0]] if close else None


def are_headings(cells: Sequence) -> bool:
	"""Whether a row surely names columns of a list: a glance, where `layout` looks closely."""
	known = {KNOWN.get(plain(cell)) for cell in cells if isinstance(cell, str) and len(cell) < 100} - {None}
	return len(known) > 1 and bool(WHO & known)


def layout(
	first_rows: Sequence[tuple[int, Sequence]],
	chosen: dict[str, str] | None = None,
	line: int | None = None,
) -> Layout:
	"""Find the headings among the first rows (line, cells): the row in which most columns are known, or that of `line`.

	`chosen`: {heading: field} as a person said it, which goes before what we think. Raises NoHeadings.
	"""
	chosen = {plain(heading): field for heading, field in (chosen or {}).items()}
	rows = [row for row in first_rows[:LOOK_FOR_HEADINGS] if line in (None, row[0])]
	found = [_read(line, cells, chosen) for line, cells in rows]
	best = max(found, key=lambda candidate: len(candidate.fields), default=None)
	fewest = 1 if chosen else 2  # of known columns, lest a title be taken for headings
	if best is None or (line is None and (len(best.fields) < fewest or not WHO & set(best.fields))):
		raise NoHeadings(
			_lt(
				"No row of headings was found: one of the first rows must name the columns, for example "
				"Contact, E-mail, Phone, Source, Status."
			)
		)
	return best


def _read(line: int, cells: Sequence, chosen: dict[str, str]) -> Layout:
	headings = [" ".join(str(cell).split()) if cell is not None else "" for cell in cells]
	fields: dict[str, int] = {}
	further: dict[str, list[int]] = {}
	for at, heading in enumerate(headings):
		if field := chosen.get(plain(heading)):
			fields[field] = at
	for at, heading in enumerate(headings):
		field = field_of(heading)
		if not field or plain(heading) in chosen:
			continue
		if field in SEVERAL and field in fields:
			further.setdefault(field, []).append(at)
		fields.setdefault(field, at)
	_split_name(fields, headings, chosen)
	return Layout(line, headings, fields, further)


def _split_name(fields: dict[str, int], headings: list[str], chosen: dict[str, str]) -> None:
	"""Beside a first name, "Name" is the last name; beside a last name, it is the first."""
	parts = {"first_name", "last_name"}
	at = fields.get("lead_name")
	if at is None or len(parts & set(fields)) != 1:
		return
	if plain(headings[at]) in HALF_NAMES and plain(headings[at]) not in chosen:
		[missing] = parts - set(fields)
		fields[missing] = fields.pop("lead_name")
