"""The page on which a network is added: requests in, HTML out. Pure.

One form, a label for each field, no script, no picture, no colour that means something: whatever reads it aloud, reads all
of it. What is wrong stands at the top, as the page's heading, and the field is told of it.
"""

from collections import namedtuple

from .failing import text_of

MAX_REQUEST_BYTES = 4096
_MAX_NAMES = 20

Request = namedtuple("Request", ("method", "path", "host", "body_bytes"))
Form = namedtuple("Form", ("ssid", "key"))

# title, name of the network, password, hint for the password, button, wrong name, wrong password, saved, not saved
TEXTS = {
    "en": (
        "Shelfsight: add a Wi-Fi network",
        "Name of the network",
        "Password",
        "8 to 63 characters; leave it empty for an open network",
        "Save",
        "The name of the network is missing or too long",
        "The password must have 8 to 63 characters, or none",
        "Saved. Your glasses start again now and join the network.",
        "It could not be saved: the memory is full",
    ),
    "de": (
        "Shelfsight: WLAN hinzufügen",
        "Name des Netzwerks",
        "Passwort",
        "8 bis 63 Zeichen; leer lassen bei einem offenen Netzwerk",
        "Speichern",
        "Der Name des Netzwerks fehlt oder ist zu lang",
        "Das Passwort muss 8 bis 63 Zeichen haben, oder keines",
        "Gespeichert. Deine Brille startet jetzt neu und verbindet sich.",
        "Es konnte nicht gespeichert werden: der Speicher ist voll",
    ),
    "es": (
        "Shelfsight: añadir una red wifi",
        "Nombre de la red",
        "Contraseña",
        "De 8 a 63 caracteres; déjala vacía si la red es abierta",
        "Guardar",
        "El nombre de la red falta o es demasiado largo",
        "La contraseña debe tener de 8 a 63 caracteres, o ninguno",
        "Guardado. Tus gafas se reinician ahora y se conectan a la red.",
        "No se pudo guardar: la memoria está llena",
    ),
    "fr": (
        "Shelfsight : ajouter un réseau Wi-Fi",
        "Nom du réseau",
        "Mot de passe",
        "De 8 à 63 caractères ; laisser vide pour un réseau ouvert",
        "Enregistrer",
        "Le nom du réseau manque ou est trop long",
        "Le mot de passe doit avoir de 8 à 63 caractères, ou aucun",
        "Enregistré. Vos lunettes redémarrent et rejoignent le réseau.",
        "Enregistrement impossible : la mémoire est pleine",
    ),
    "it": (
        "Shelfsight: aggiungere una rete Wi-Fi",
        "Nome della rete",
        "Password",
        "Da 8 a 63 caratteri; lasciare vuoto per una rete aperta",
        "Salva",
        "Il nome della rete manca o è troppo lungo",
        "La password deve avere da 8 a 63 caratteri, o nessuno",
        "Salvato. Gli occhiali si riavviano e si collegano alla rete.",
        "Non è stato possibile salvare: la memoria è piena",
    ),
    "nl": (
        "Shelfsight: een wifi-netwerk toevoegen",
        "Naam van het netwerk",
        "Wachtwoord",
        "8 tot 63 tekens; leeg laten bij een open netwerk",
        "Opslaan",
        "De naam van het netwerk ontbreekt of is te lang",
        "Het wachtwoord moet 8 tot 63 tekens hebben, of geen",
        "Opgeslagen. Je bril start nu opnieuw en maakt verbinding.",
        "Opslaan is niet gelukt: het geheugen is vol",
    ),
}


class RequestError(ValueError):
    """Not a request this page answers; the text is the status line's code and reason."""


def texts_of(tag: str | None) -> tuple:
    """(language, texts) nearest to a BCP 47 tag, else English."""
    language = (tag or "en").split("-")[0].lower()
    return (language, TEXTS[language]) if language in TEXTS else ("en", TEXTS["en"])


def read_head(head: bytes) -> Request:
    """The request up to its empty line.

    Raises:
        RequestError: another method, too long a body, or no HTTP.
    """
    lines = head.split(b"\r\n")
    parts = lines[0].split(b" ")
    if len(parts) != 3 or not parts[2].startswith(b"HTTP/1."):
        raise RequestError("400 Bad Request")
    if parts[0] not in (b"GET", b"POST"):
        raise RequestError("405 Method Not Allowed")
    host, body_bytes = b"", 0
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        name, value = name.strip().lower(), value.strip()
        if name == b"host":
            host = value
        elif name == b"content-length":
            if not value.isdigit() or len(value) > 5 or int(value) > MAX_REQUEST_BYTES:
                raise RequestError("413 Content Too Large")
            body_bytes = int(value)
        elif name == b"transfer-encoding":
            raise RequestError("501 Not Implemented")
    return Request(parts[0], parts[1], host, body_bytes)


def read_form(body: bytes) -> Form:
    """Name and password from `application/x-www-form-urlencoded`.

    Raises:
        RequestError: no such form.
    """
    fields = {}
    for pair in body.split(b"&"):
        name, _, value = pair.partition(b"=")
        fields[name] = _decode(value)
    if b"ssid" not in fields:
        raise RequestError("400 Bad Request")
    return Form(fields[b"ssid"], fields.get(b"key", ""))


def _decode(value: bytes) -> str:
    decoded = bytearray()
    index = 0
    while index < len(value):
        byte = value[index]
        if byte == 0x2B:  # a plus sign is a space
            byte = 0x20
        elif byte == 0x25:
            digits = value[index + 1 : index + 3].lower()
            if len(digits) != 2 or any(digit not in b"0123456789abcdef" for digit in digits):
                raise RequestError("400 Bad Request")
            byte = int(digits, 16)
            index += 2
        decoded.append(byte)
        index += 1
    text = text_of(decoded)
    if text is None:
        raise RequestError("400 Bad Request")
    return text


def escape(text: str) -> str:
    """Text for HTML, in attributes too."""
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(letter, entity)
    return text


def form_page(tag: str | None, names: list, ssid: str = "", wrong: str | None = None) -> bytes:
    """The form. `names` are networks that were seen, `wrong` is `ssid`, `key`, `full` or None. The password never comes back."""
    language, texts = texts_of(tag)
    title, label, key_label, hint, button, wrong_ssid, wrong_key, _saved, full = texts
    problem = {None: "", "ssid": wrong_ssid, "key": wrong_key, "full": full}[wrong]
    options = "".join('<option value="%s">' % escape(name) for name in names[:_MAX_NAMES])
    invalid = {"ssid": "", "key": ""}
    if wrong in invalid:
        invalid[wrong] = ' aria-invalid="true" aria-describedby="problem"'
    return _page(
        language,
        (problem + ". " if problem else "") + title,
        ('<p id="problem" role="alert">%s</p>' % problem if problem else "")
        + '<form method="post" action="/">'
        + '<p><label for="ssid">%s</label><br>' % label
        + '<input id="ssid" name="ssid" list="names" maxlength="32" required autocomplete="off" '
        + 'autocapitalize="none" value="%s"%s></p>' % (escape(ssid), invalid["ssid"])
        + '<datalist id="names">%s</datalist>' % options
        + '<p><label for="key">%s (%s)</label><br>' % (key_label, hint)
        + '<input id="key" name="key" type="password" maxlength="63" autocomplete="off"%s></p>' % invalid["key"]
        + '<p><button type="submit">%s</button></p></form>' % button,
    )


def saved_page(tag: str | None) -> bytes:
    """What stands there when it is done."""
    language, texts = texts_of(tag)
    return _page(language, texts[0], '<p role="status">%s</p>' % texts[7])


def response(status: str, page: bytes) -> bytes:
    """An HTTP response; the page may load nothing, send forms only home, and stand in no frame."""
    return (
        "HTTP/1.1 "
        + status
        + "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n" % len(page)
        + "Cache-Control: no-store\r\nConnection: close\r\n"
        + "Content-Security-Policy: default-src 'none'; form-action 'self'; frame-ancestors 'none'\r\n\r\n"
    ).encode() + page


def _page(language: str, title: str, body: str) -> bytes:
    return (
        '<!doctype html><html lang="%s"><head><meta charset="utf-8">' % language
        + '<meta name="viewport" content="width=device-width, initial-scale=1"><title>%s</title></head>' % title
        + "<body><main><h1>%s</h1>%s</main></body></html>" % (title, body)
    ).encode()
