"""Law 5: a machine's mail is not a person's answer. What the mail itself says of being one.

Automatic replies, absence notes, bounces and the like are told by headers (RFC 3834, RFC 3464, RFC 8098), by
the sender's address, and by the words with which a subject begins. When in doubt a mail counts as a person's:
a note too many to an agent is a smaller harm than an answer that nobody sees.

Not asked, because mails of people have them too:
- X-Auto-Response-Suppress tells others not to answer automatically (MS-OXCMAIL); ticket systems and some
  companies set it on every mail that a person writes.
- Precedence: list and the List-… headers are on what people write to a group address, List-Unsubscribe-Post: One-Click
  as well: groups.io adds it, a group of Google Workspace passes it on.
- Feedback-ID is on every mail that leaves through a service such as Amazon SES.
- a reply ("Re: Out of office") was written by somebody who answered.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from unicodedata import category, normalize

PERSON, AUTO_REPLY, BOUNCE = "Person", "Auto-reply", "Bounce"

LONGEST = 1000  # characters looked at; whatever says that a mail is automatic says it early
QUOTED = 80  # characters of the mail repeated in a reason

# Present, and not "no": the mail is automatic.
AUTO_REPLY_HEADERS = (
	"X-Autoreply",
	"X-Auto-Reply",
	"X-Autorespond",
	"X-Autoresponder",
	"X-Autoreply-From",
	"X-Mail-Autoreply",
)
RELEVANT_HEADERS = (
	"Auto-Submitted",
	"Content-Type",
	"Precedence",
	"Return-Path",
	"X-Failed-Recipients",
	*AUTO_REPLY_HEADERS,
)
_READ = frozenset(name.casefold() for name in RELEVANT_HEADERS)
AUTOMATIC_PRECEDENCE = ("auto_reply", "auto-reply", "autoreply", "bulk", "junk")
NOTHING = ("", "no", "none", "false", "0")


@dataclass(frozen=True)
class Verdict:
	"""Who wrote a mail.

	kind: Person, Auto-reply (any automatic mail but a bounce) or Bounce (any delivery report).
	reason: plain English, what in the mail said so; it may quote the mail, so it is text from outside.
	"""

	kind: str
	reason: str

	@property
	def is_machine(self) -> bool:
		return self.kind != PERSON


def classify(sender: str | None, subject: str | None, headers: Mapping[str, str] | None = None) -> Verdict:
	"""Whether a person or a machine wrote the mail.

	sender: the From address, with or without a name. subject: as received. headers: those of RELEVANT_HEADERS
	that the mail has, names in any case; more do no harm. Anything may be missing or garbage. Never raises.
	"""
	found = _headers(headers)
	subject = _text(subject)
	for verdict in (
		_delivery_report(found),
		_sender_verdict(sender),
		_marked(subject, BOUNCE),
		_marked(subject, AUTO_REPLY),
		_automatic_headers(found),
		_empty_return_path(found),
	):
		if verdict:
			return verdict
	return Verdict(PERSON, "Nothing in the mail says that it is automatic")


def is_machine_sender(address: str | None) -> bool:
	"""Whether the address, with or without a name, is a machine's: mailer-daemon@, no-reply@, bounce+…@.

	Nobody reads what is sent there, so it is never enrolled. Never raises.
	"""
	return _sender_verdict(address) is not None


# What the headers say


def _delivery_report(headers: Mapping[str, str]) -> Verdict | None:
	content = headers.get("content-type", "").casefold()
	if content.startswith("message/delivery-status"):
		return Verdict(BOUNCE, "Content-Type: message/delivery-status")
	if content.startswith("multipart/report"):
		kind = re.search(r"report-type\s*=\s*\"?([\w.-]+)", content)
		if kind and kind[1] != "delivery-status":
			return Verdict(AUTO_REPLY, f"Content-Type: multipart/report, {_quote(kind[1])}")
		return Verdict(BOUNCE, "Content-Type: multipart/report, a delivery report")
	if failed := headers.get("x-failed-recipients"):
		return Verdict(BOUNCE, f"X-Failed-Recipients: {_quote(failed)}")
	return None


def _automatic_headers(headers: Mapping[str, str]) -> Verdict | None:
	submitted = re.match(r"[a-z][\w-]*", headers.get("auto-submitted", "").casefold())
	if submitted and submitted[0] != "no":
		return Verdict(AUTO_REPLY, f"Auto-Submitted: {_quote(submitted[0])}")
	precedence = headers.get("precedence", "").casefold()
	if precedence in AUTOMATIC_PRECEDENCE:
		return Verdict(AUTO_REPLY, f"Precedence: {precedence}")
	for name in AUTO_REPLY_HEADERS:
		value = headers.get(name.casefold(), "")
		if value.casefold() not in NOTHING:
			return Verdict(AUTO_REPLY, f"{name}: {_quote(value)}")
	return None


def _empty_return_path(headers: Mapping[str, str]) -> Verdict | None:
	if re.fullmatch(r"<\s*>", headers.get("return-path", "")):
		return Verdict(BOUNCE, "Return-Path: <>, so nobody is to answer it")
	return None


# What the sender's address says

_BOUNCE_SENDER = re.compile(
	r"mail(?:er)?[-_.]?daemon"
	r"|postmaster"
	r"|bounces?(?:[+=].*|[-_.]\d.*)?"
	r"|.+-bounces"
	r"|microsoftexchange[0-9a-f]{16,}"
)
_NO_ONE = (
	r"no[-_.]?reply|do[-_.]?not[-_.]?reply|dont[-_.]?reply|"
	r"keine?[-_.]?antwort|nicht[-_.]?antworten|ne[-_.]?pas[-_.]?repondre|no[-_.]?respond(?:er|a)|"
	r"nao[-_.]?respond(?:er|a)|non[-_.]?rispondere|niet[-_.]?(?:be)?antwoorden|nie[-_.]?odpowiadaj|"
	r"yanitlamayin"
)
_NO_REPLY_SENDER = re.compile(
	rf"(?:.*[^a-z])?(?:{_NO_ONE}|auto[-_.]?(?:reply|responder|response))(?:[^a-z].*)?"
)


def _sender_verdict(sender: object) -> Verdict | None:
	address = _address(sender)
	local = address.rpartition("@")[0] or address
	if address == "<>" or _BOUNCE_SENDER.fullmatch(local):
		return Verdict(BOUNCE, f"Sender is {_quote(address)}")
	if _NO_REPLY_SENDER.fullmatch(local):
		return Verdict(AUTO_REPLY, f"Sender is {_quote(address)}")
	return None


def _address(sender: object) -> str:
	text = _text(sender).casefold()
	if re.fullmatch(r"<\s*>", text):
		return "<>"
	bracketed = re.findall(r"<([^<>]*)>", text)
	return (bracketed[-1] if bracketed else text).strip().strip("\"'")


# What the subject says. Compared without case and accents. A marker counts at the very beginning, and only
# when a sentence does not go on: "Automatic reply: Offer" is a machine, "Automatic reply does not work" is a
# person.

_REPLY_MARKERS = (
	# English
	"Automatic reply", "Automatic response", "Automated reply", "Automated response", "Automated message",
	"Auto reply", "Auto-reply", "Autoreply", "Auto response", "Auto-response", "Autoresponse",
	"Auto responder", "Auto-responder", "Autoresponder", "Out of office autoreply",
	"Out of office auto-reply", "Out of office reply", "Out of office response", "Out of office message",
	"Out of office notification", "Vacation reply", "Vacation response", "Vacation autoreply",
	"Absence notification",
	# German
	"Automatische Antwort", "Automatische Rückantwort", "Automatisierte Antwort", "Automatische Nachricht",
	"Automatische Abwesenheitsnotiz", "Automatische Eingangsbestätigung", "Autoantwort", "Auto-Antwort",
	# French
	"Réponse automatique", "Réponse automatisée", "Message automatique", "Réponse d'absence",
	"Message d'absence", "Notification d'absence", "Avis d'absence",
	# Spanish
	"Respuesta automática", "Respuesta automatizada", "Contestación automática", "Mensaje automático",
	"Autorespuesta", "Auto-respuesta", "Aviso de ausencia", "Mensaje de ausencia",
	# Portuguese
	"Resposta automática", "Resposta automatizada", "Mensagem automática", "Resposta de ausência",
	"Auto-resposta", "Autorresposta", "Mensagem de ausência", "Aviso de ausência",
	# Italian
	"Risposta automatica", "Messaggio automatico", "Risponditore automatico", "Avviso di assenza",
	# Dutch
	"Automatisch antwoord", "Automatische reactie", "Automatisch bericht", "Automatische beantwoording",
	# Chinese, simplified and traditional
	"自动回复", "自动答复", "自动应答", "自动回覆", "系统自动回复", "自動回覆", "自動回復", "自動答覆",
	"自動回應", "系統自動回覆",
	# Japanese
	"自動返信", "自動応答", "自動回答", "自動返信メール", "自動応答メール", "不在応答", "不在自動応答",
	# Polish
	"Automatyczna odpowiedź", "Odpowiedź automatyczna", "Autoodpowiedź", "Auto-odpowiedź",
	"Wiadomość automatyczna",
	# Turkish
	"Otomatik yanıt", "Otomatik cevap", "Otomatik mesaj",
	# Russian
	"Автоматический ответ", "Автоответ", "Автоответчик", "Автоматическое уведомление",
	"Автоматическое сообщение",
)  # fmt: skip
_AWAY_MARKERS = (
	# English
	"Out of office", "Out-of-office", "Out of the office", "I am out of office", "I am out of the office",
	"I'm out of the office", "I am currently out of the office", "Currently out of the office",
	"Away from the office", "Away from my desk", "Away from my mail",
	# German
	"Abwesenheitsnotiz", "Abwesenheitsnachricht", "Abwesenheitsmeldung", "Abwesenheitsbenachrichtigung",
	"Abwesenheitsmitteilung", "Abwesenheitsassistent", "Abwesenheit", "Abwesend", "Nicht im Büro",
	"Nicht im Haus", "Außer Haus", "Urlaubsnotiz", "Ich bin nicht im Büro", "Ich bin nicht im Haus",
	# French
	"Absence du bureau", "Absent du bureau", "Absente du bureau", "Hors du bureau", "Absent(e) du bureau",
	"Je suis absent", "Je suis absente", "Actuellement absent", "Actuellement absente", "En congé",
	"En congés",
	# Spanish
	"Fuera de la oficina", "Fuera de oficina", "Ausente de la oficina", "Estoy fuera de la oficina",
	"Ausente",
	# Portuguese
	"Fora do escritório", "Ausente do escritório", "Ausência temporária", "Estou fora do escritório",
	"Ausência do escritório",
	# Italian
	"Fuori sede", "Fuori ufficio", "Assente dall'ufficio", "Assenza dall'ufficio", "Sono fuori ufficio",
	"Assente",
	# Dutch
	"Afwezigheidsbericht", "Afwezigheidsmelding", "Afwezigheidsassistent", "Afwezigheid", "Afwezig",
	"Niet op kantoor", "Niet aanwezig", "Ik ben niet op kantoor",
	# Chinese, simplified and traditional
	"外出时的自动答复", "不在办公室", "外出自动回复", "休假自动回复", "外出時的自動回覆", "不在辦公室",
	"外出自動回覆", "休假自動回覆",
	# Japanese
	"不在通知", "不在のお知らせ", "不在連絡", "外出中", "休暇中", "ただいま不在", "不在にしております",
	# Polish
	"Poza biurem", "Jestem poza biurem", "Nieobecność", "Nieobecność w biurze", "Nieobecny", "Nieobecna",
	"Nieobecny w biurze", "Nieobecna w biurze",
	# Turkish
	"Ofis dışında", "Ofis dışındayım", "Ofis dışı", "Ofiste değilim",
	# Russian
	"Вне офиса", "Я вне офиса", "Нет на месте", "Нет в офисе", "Уведомление об отсутствии", "Отсутствую",
)  # fmt: skip
_BOUNCE_MARKERS = (
	# English
	"Undeliverable", "Undeliverable mail", "Undeliverable message", "Undelivered mail", "Undelivered message",
	"Undelivered mail returned to sender", "Delivery Status Notification", "Mail delivery failed",
	"Mail delivery failure", "Mail delivery error", "Mail delivery delayed", "Email delivery failure",
	"Message delivery failure", "Message undeliverable", "Message could not be delivered", "Returned mail",
	"Mail returned to sender", "Mail could not be delivered", "Your message couldn't be delivered",
	"Your message wasn't delivered", "Your message could not be delivered", "Nondeliverable mail",
	"Non-delivery report", "Non-delivery notification", "Non-delivery receipt",
	"Mail System Error - Returned Mail", "Delivery notification: delivery has failed",
	# German
	"Unzustellbar", "Unzustellbare Nachricht", "Unzustellbare Mail", "Unzustellbare E-Mail",
	"Unzustellbarkeitsbericht", "Nachricht nicht zugestellt", "E-Mail nicht zugestellt",
	"Mail nicht zugestellt", "Ihre Nachricht konnte nicht zugestellt werden",
	"Ihre E-Mail konnte nicht zugestellt werden", "Benachrichtigung zum Übermittlungsstatus",
	"Benachrichtung zum Übermittlungsstatus", "Nicht zustellbar",
	# French
	"Non remis", "Message non remis", "Message non distribué", "Message non distribuable",
	"Courrier non remis", "Échec de remise", "Échec de la remise", "Échec de la remise du message",
	"Avis de non-remise", "Rapport de non-remise", "Notification d'état de remise",
	"Notification de l'état de remise",
	# Spanish
	"No se puede entregar", "No se pudo entregar", "No se ha podido entregar", "Correo no entregado",
	"Mensaje no entregado", "Correo devuelto", "Mensaje devuelto", "No entregable",
	"Notificación de estado de entrega", "Notificación del estado de entrega",
	# Portuguese
	"Não é possível entregar", "Não foi possível entregar", "Mensagem não entregue", "E-mail não entregue",
	"Correio não entregue", "E-mail devolvido", "Mensagem devolvida", "Notificação de estado de entrega",
	"Notificação de status de entrega", "Notificação do estado de entrega",
	# Italian
	"Non recapitabile", "Messaggio non recapitabile", "Messaggio non recapitato", "Posta non recapitata",
	"Notifica di mancato recapito", "Notifica dello stato del recapito", "Notifica sullo stato del recapito",
	"Avviso di mancata consegna",
	# Dutch
	"Onbestelbaar", "Onbestelbaar bericht", "Onbestelbare e-mail", "Bericht niet bezorgd",
	"Bericht niet afgeleverd", "E-mail niet bezorgd", "Melding van de bezorgstatus",
	# Chinese, simplified and traditional
	"系统退信", "系统退信通知", "退信通知", "退信", "邮件退信", "邮件退回", "邮件被退回", "投递失败",
	"邮件投递失败", "邮件发送失败", "无法投递", "无法送达", "未送达", "未传递的邮件", "未送达的邮件",
	"系統退信", "退信通知書", "郵件退回", "郵件退信", "郵件傳遞失敗", "無法傳遞", "無法傳遞的郵件",
	"傳遞失敗", "無法投遞", "無法送達", "未傳遞的郵件", "寄件失敗",
	# Japanese
	"配信不能", "配信エラー", "配信失敗", "未配信", "未達メール", "メール配信エラー", "メール送信エラー",
	"メール送信失敗", "配信状態通知", "配信状況通知", "宛先不明",
	# Polish
	"Niedostarczalne", "Niedostarczona wiadomość", "Wiadomość niedostarczona", "Nie można dostarczyć",
	"Nie udało się dostarczyć", "Nie dostarczono wiadomości", "Powiadomienie o stanie dostarczenia",
	"Zwrot wiadomości",
	# Turkish
	"Teslim edilemedi", "Teslim edilemeyen", "Teslim edilemeyen ileti", "İleti teslim edilemedi",
	"İletilemedi", "Teslim durumu bildirimi", "Teslimat durumu bildirimi", "E-posta teslim edilemedi",
	# Russian
	"Недоставленное сообщение", "Недоставленная почта", "Недоставлено", "Не удалось доставить",
	"Сообщение не доставлено", "Письмо не доставлено", "Уведомление о состоянии доставки",
	"Уведомление о статусе доставки",
)  # fmt: skip
# A parcel can fail to be delivered too: these count only when they are the whole subject.
_BOUNCE_SUBJECTS = (
	"Failure notice", "Delivery failure", "Delivery failed", "Delivery delayed", "Failed delivery",
	"Delivery report", "Zustellung fehlgeschlagen", "Échec de livraison", "No entregado", "Error de entrega",
	"Não entregue", "Falha na entrega", "Mancata consegna", "Mancato recapito", "Niet bezorgd",
	"Kan niet worden bezorgd", "Nie dostarczono", "Ошибка доставки", "Не доставлено", "送信エラー",
	"配達不能",
)  # fmt: skip

_GATEWAY_TAG = re.compile(
	r"(?:\[[^\[\]]{1,30}\]|【[^【】]{1,30}】|\*{2,}[^*]{1,30}\*{2,}|(?:extern(?:al)?|ext)\s*:)\s*"
)
_OPENING = r"[\s\[\](){}<>【】「『《〈«\"'*~-]*"
_ENDS = r"\s*(?:$|[:;,.!|/()\[\]{}<>*~\"»«】」』》〉。、–—])|\s+-|-(?:\s|$)"
_REPLIED_TO = r"\s+(?:re|aw|antw|fwd?|wg|tr|rv|res|rif|sv|odp|ynt|回复|答复|回覆|答覆|返信)\s*:"
_AWAY_UNTIL = r"\s+(?:(?:until|till?|through|bis|jusqu|hasta|ate|fino|tot|do|до)\b|\w{1,5}\s+\d|\d)"


def _marked(subject: str, kind: str) -> Verdict | None:
	"""Tags that a mail gateway puts in front are looked through: [EXTERNAL] Automatic reply."""
	plain = _plain(subject)
	without_tags = re.sub(rf"^(?:{_GATEWAY_TAG.pattern})+", "", plain)
	for text in (plain, without_tags):
		for pattern, spelling in _PATTERNS[kind]:
			if found := pattern.match(text):
				return Verdict(kind, f"Subject begins with '{spelling[found[1]]}'")
	return None


def _plain(text: str) -> str:
	"""Without case and accents, and with full-width signs made ordinary."""
	letters = normalize("NFKD", text.casefold()).translate({ord("ı"): "i", ord("’"): "'", ord("‐"): "-"})
	return "".join(letter for letter in letters if category(letter) != "Mn").strip()


def _pattern(markers: tuple[str, ...], tail: str) -> tuple[re.Pattern[str], dict[str, str]]:
	spelling = {_plain(marker): marker for marker in markers}
	longest_first = sorted(map(re.escape, spelling), key=len, reverse=True)
	return re.compile(rf"{_OPENING}({'|'.join(longest_first)})(?:{tail})"), spelling


_PATTERNS = {
	AUTO_REPLY: (
		_pattern(_REPLY_MARKERS, f"{_ENDS}|{_REPLIED_TO}"),
		_pattern(_AWAY_MARKERS, f"{_ENDS}|{_REPLIED_TO}|{_AWAY_UNTIL}"),
	),
	BOUNCE: (
		_pattern(_BOUNCE_MARKERS, f"{_ENDS}|{_REPLIED_TO}"),
		_pattern(_BOUNCE_SUBJECTS, r"[\s.!]*$"),
	),
}


# Text from outside


def _headers(headers: object) -> dict[str, str]:
	"""The relevant ones by lower-case name; of a name that comes twice, the first that says anything."""
	try:
		pairs = [(name, value) for name, value in headers.items()]
	except Exception:  # whatever the caller had instead of headers
		return {}
	found: dict[str, str] = {}
	for name, value in pairs:
		key = _text(name).casefold()
		if key in _READ:
			found[key] = found.get(key) or _text(value)
	return found


def _text(value: object) -> str:
	"""One line of decoded, printable text, cut to what is looked at; "" for None and for what has no text."""
	try:
		raw = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
		line = " ".join(_decoded(raw[:LONGEST]).split())
		return "".join(filter(str.isprintable, line)).strip()
	except Exception:  # garbage from outside must not stop a mail
		return ""


def _decoded(text: str) -> str:
	if "=?" not in text:
		return text
	try:
		return str(make_header(decode_header(text)))
	except (HeaderParseError, LookupError, ValueError):
		return text


def _quote(text: str) -> str:
	return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"
