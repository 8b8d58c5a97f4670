"""A second, independent labelled corpus for the masker: values and places, written from the contract alone.

A text is a list of (piece, label) pairs; a label says what must not survive of that piece. Encodings work piece by
piece, so a label keeps its place through every layer.
"""
import base64
import json
import urllib.parse

LOWER = 'abcdefghijklmnopqrstuvwxyz'
UPPER = LOWER.upper()
DIGITS = '0123456789'
HEX = DIGITS + 'abcdef'
ALNUM = LOWER + UPPER + DIGITS
B64URL = ALNUM + '-_'

FIRST = ['Anna', 'Jürgen', 'Björn', 'Mehmet', 'Søren', 'Zoë', 'Karl-Heinz', 'Miriam', 'Łukasz',
    'Petra', 'Olga', 'Günther']
LAST = ['Schmidt', 'Müller-Lüdenscheidt', 'Weiß', 'Öztürk', 'Nguyen', 'van der Berg', "O'Brien",
    'Kowalczyk', 'Schröder']
STREETS = ['Hauptstraße', 'Am Alten Markt', 'Königsallee', 'Lindenweg', 'Bahnhofstr.',
    'Rue de la Paix', 'Marktplatz']
CITIES = ['Köln', 'München', 'Berlin', 'Hamburg', 'Lünen', 'Görlitz']


class Value:
    """A labelled value: its text, type, and the parts a partial mask may show."""

    def __init__(self, kind, text, allowed=()):
        self.kind, self.text, self.allowed = kind, text, tuple(allowed)

    def encoded(self, encode):
        return Value(self.kind, encode(self.text), [encode(part) for part in self.allowed])


def chars(rng, alphabet, n):
    return ''.join(rng.choice(alphabet) for _ in range(n))


def luhn_digit(body):
    total = 0
    for i, c in enumerate(reversed(body)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return str(-total % 10)


def group(text, sizes, sep):
    out, i = [], 0
    for n in sizes:
        out.append(text[i:i + n])
        i += n
    if i < len(text):
        out.append(text[i:])
    return sep.join(part for part in out if part)


# --- values ---------------------------------------------------------------------------------------------

def card(rng):
    prefix, n, sizes = rng.choice([('4', 16, (4, 4, 4)), ('51', 16, (4, 4, 4)), ('2223', 16, (4, 4,
        4)), ('37', 15, (4, 6)),
                                   ('6011', 16, (4, 4, 4)), ('3530', 16, (4, 4, 4)), ('36', 14, (4,
                                       6)), ('6212', 16, (4, 4, 4)),
                                   ('55', 16, (4, 4, 4)), ('34', 15, (4, 6))])
    body = prefix + chars(rng, DIGITS, n - 1 - len(prefix))
    digits = body + luhn_digit(body)
    sep = rng.choice(['', ' ', '-', '.', '\u00a0', ' ', ''])
    return Value('CREDIT_CARD', group(digits, sizes, sep) if sep else digits, [digits[-4:]])


IBANS = {'DE': (18, None), 'AT': (16, None), 'CH': (17, None), 'FR': (23, None), 'NL': (14, 'ABNA'),
    'GB': (18, 'WEST'),
         'ES': (20, None), 'IT': (23, 'X'), 'BE': (12, None), 'PL': (24, None), 'NO': (11, None),
             'LU': (16, None)}


def iban(rng):
    country = rng.choice(['DE', 'DE', 'DE'] + list(IBANS))
    n, bank = IBANS[country]
    bban = (bank or '') + chars(rng, DIGITS, n - len(bank or ''))
    number = ''.join(str(int(c, 36)) for c in bban + country + '00')
    text = country + '%02d' % (98 - int(number) % 97) + bban
    last = text[-4:]
    form = rng.randrange(6)
    if form == 1:
        text = text.lower()
    if form in (2, 3):
        text = group(text, [4] * 8, ' ')
    if form == 4:
        text = group(text, [4] * 8, '\u00a0')
    if form == 5:
        text = group(text, [4] * 8, '-')
    return Value('IBAN', text, [last, last.lower(), text[-4:], text[-6:].replace(' ', ''),
        text[:4]])


def phone(rng):
    tail = chars(rng, DIGITS, 7)
    mobile = rng.choice(['151', '160', '170', '171', '172', '175', '176', '177', '178', '152',
        '157', '159'])
    area, rest = rng.choice([('30', '23125' + tail[:3]), ('40', '66969' + tail[:3]), ('69',
        '90009' + tail[:3]),
                             ('89', '99998' + tail[:3]), ('221', '4710' + tail[:3]), ('6221',
                                 '5' + tail[:5])])
    tail = rng.choice('23456789') + tail[1:]
    forms = [f'+49{mobile}{tail}', f'+49 {mobile} {tail}', f'0049{mobile}{tail}',
        f'0049 {mobile} {tail}', f'0{mobile}/{tail}',
             f'0{mobile}-{tail}', f'0{mobile} {tail}',
                 f'0{mobile} {tail[:3]} {tail[3:5]} {tail[5:]}', f'+49 ({mobile}) {tail}',
             f'+49 (0){mobile} {tail}', f'+49 (0) {mobile} {tail}', f'+49-{mobile}-{tail}',
                 f'(0{area}) {rest}', f'0{area} / {rest}',
             f'0{area}-{rest}', f'+49 {area} {rest[:4]}-{rest[4:]}', f'+49 {area} {rest}',
                 f'0{area} {rest[:3]} {rest[3:]}',
             f'+49.{mobile}.{tail}', f'tel:+49{mobile}{tail}', f'tel:+49-{mobile}-{tail}',
                 f'sip:+49{mobile}{tail}@sip.example.com',
             f'+49\u00a0{mobile}\u00a0{tail}', f'+49\u2011{mobile}\u2011{tail}',
                 f'+1 415 555 {tail[:4]}', f'+1 (415) 555-{tail[:4]}',
             f'+1-212-555-{tail[:4]}', f'+1415555{tail[:4]}', f'+43 664 {tail}',
                 f'+41 79 {tail[:3]} {tail[3:5]} {tail[5:]}',
             f'+4179{tail}', f'+44 20 7946 0{tail[:3]}', f'+33 6 39 98 {tail[:2]} {tail[2:4]}',
                 f'+33639 98{tail[:4]}', f'+31612345{tail[:3]}',
             f'+420 601 {tail[:3]} {tail[3:6]}', f'+48 512 {tail[:3]} {tail[3:6]}',
                 f'+90 532 {tail[:3]} {tail[3:5]} {tail[5:]}',
             f'+49{area}{rest}', f'0049-{area}-{rest}', f'+49 171\u200b {tail}',
                 f'＋４９ {mobile} {tail}']
    text = rng.choice(forms)
    prefix = next((p for p in ('tel:', 'sip:') if text.startswith(p)), '')
    return Value('PHONE', text, [prefix, text[-2:], '@sip.example.com', '+49 ', '+49', '0049',
        '+1 ', '+43 ', '+41 ', '+44 ', '+420', '+420 '])


def bare_phone(rng):
    return Value('PHONE', rng.choice(['0171', '0151', '0176', '030', '0221',
        '089']) + rng.choice('2345678') + chars(rng, DIGITS, 6), ())


def email(rng):
    first = rng.choice(FIRST[:2] + FIRST[3:4] + ['max', 'info', 'a.b', 'vertrieb', 'support+t1',
        'j_doe', 'x-y', 'kunde.2024']).lower()
    local = first.replace('ü', 'ue') + rng.choice(['', '.', '_', '-', '+']) + chars(rng,
        LOWER + DIGITS, 4)
    domain = rng.choice(['example.com', 'example.org', 'example.net', 'mail.example.co.uk',
        'firma-beispiel.example', 'sub.domain.example.museum',
                         'praxis-mueller.example.de', 'example.photography',
                             'xn--mller-kva.example.com'])
    return Value('EMAIL', f'{local}@{domain}', ['@' + domain])


def jwt(rng):
    head = base64.urlsafe_b64encode(json.dumps({'alg': rng.choice(['HS256', 'RS256', 'ES256',
        'none']), 'typ': 'JWT'}).encode()).decode().rstrip('=')
    body = base64.urlsafe_b64encode(json.dumps({'sub': chars(rng, DIGITS, 8),
        'exp': 1790000000}).encode()).decode().rstrip('=')
    if rng.random() < .2:
        head = base64.urlsafe_b64encode(b'{"alg":"RSA-OAEP","enc":"A256GCM"}').decode().rstrip('=')
        return Value('JWT', '.'.join([head] + [chars(rng, B64URL, n) for n in (60, 16, 50, 22)]))
    return Value('JWT', f'{head}.{body}.{chars(rng, B64URL, 43)}')


def vendor(kind, prefix, alphabet, n):
    return lambda rng: Value(kind, prefix + chars(rng, alphabet, n() if callable(n) else n),
        [prefix])


def github(rng):
    import zlib
    prefix = rng.choice(['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'])
    body = chars(rng, ALNUM, 30)
    crc, out = zlib.crc32(body.encode()), ''
    table = DIGITS + UPPER + LOWER
    for _ in range(6):
        out = table[crc % 62] + out
        crc //= 62
    return Value('GITHUB_TOKEN', prefix + body + (out if rng.random() < .5 else chars(rng, ALNUM,
        6)), [prefix])


def slack(rng):
    return rng.choice([
        lambda: Value('SLACK_TOKEN',
            f'xoxb-{chars(rng, DIGITS, 12)}-{chars(rng, DIGITS, 12)}-{chars(rng, ALNUM, 24)}',
            ['xoxb-']),
        lambda: Value('SLACK_TOKEN',
            f'xoxp-{chars(rng, DIGITS, 11)}-{chars(rng, DIGITS, 11)}-{chars(rng, DIGITS, 12)}-{chars(rng, HEX, 32)}',
            ['xoxp-']),
        lambda: Value('SLACK_TOKEN',
            f'xapp-1-A{chars(rng, UPPER + DIGITS, 10)}-{chars(rng, DIGITS, 13)}-{chars(rng, HEX, 64)}',
            ['xapp-']),
        lambda: Value('SLACK_TOKEN',
            f'https://hooks.slack.com/services/T{chars(rng, UPPER + DIGITS, 8)}/B{chars(rng, UPPER + DIGITS, 10)}/{chars(rng, ALNUM, 24)}',
                      ['https://hooks.slack.com/services/'])])()


VENDORS = {
    'RETELL_API_KEY': lambda r: vendor('RETELL_API_KEY', 'key_', HEX, r.choice([20, 26, 27, 28, 32,
        40]))(r),
    'OPENAI_KEY': lambda r: r.choice([vendor('OPENAI_KEY', 'sk-', ALNUM, 48), vendor('OPENAI_KEY',
        'sk-proj-', B64URL, r.choice([48, 124, 156])),
                                      vendor('OPENAI_KEY', 'sk-svcacct-', B64URL, 60)])(r),
    'ANTHROPIC_KEY': lambda r: vendor('ANTHROPIC_KEY', 'sk-ant-api03-', B64URL, 95)(r),
    'GOOGLE_API_KEY': vendor('GOOGLE_API_KEY', 'AIza', B64URL, 35),
    'ELEVENLABS_KEY': vendor('ELEVENLABS_KEY', 'sk_', HEX, 48),
    'CALCOM_KEY': lambda r: vendor('CALCOM_KEY', r.choice(['cal_', 'cal_live_']), HEX, 32)(r),
    'STRIPE_KEY': lambda r: vendor('STRIPE_KEY', r.choice(['sk_live_', 'sk_test_', 'rk_live_',
        'rk_test_']), ALNUM, r.choice([24, 99]))(r),
    'WEBHOOK_SECRET': lambda r: vendor('WEBHOOK_SECRET', 'whsec_', ALNUM, 32)(r),
    'GITHUB_TOKEN': github,
    'GITHUB_PAT': lambda r: Value('GITHUB_TOKEN',
        f'github_pat_{chars(r, ALNUM, 22)}_{chars(r, ALNUM, 59)}', ['github_pat_']),
    'SLACK_TOKEN': slack,
    'SENDGRID_KEY': lambda r: Value('SENDGRID_KEY',
        f'SG.{chars(r, B64URL, 22)}.{chars(r, B64URL, 43)}', ['SG.']),
    'AWS_ACCESS_KEY_ID': lambda r: Value('AWS_ACCESS_KEY_ID', r.choice(['AKIA', 'ASIA']) + chars(r,
        UPPER + '234567', 16), ['AKIA', 'ASIA']),
    'JWT': jwt,
}
BY_VALUE = dict(VENDORS, PHONE=phone, EMAIL=email, CREDIT_CARD=card, IBAN=iban)


def password(rng, plain=False):
    alphabet = ALNUM + ('' if plain else '!#$%&*+-./:;?@^_~äöüß')
    return Value('PASSWORD', rng.choice(ALNUM) + chars(rng, alphabet, rng.choice([5, 8, 10, 14,
        22])) + rng.choice(ALNUM))


def secret(rng, plain=False):
    kind = rng.randrange(5)
    text = [lambda: chars(rng, HEX, 32), lambda: chars(rng, ALNUM, 40), lambda: chars(rng, B64URL,
        43), lambda: str_uuid(rng),
            lambda: base64.b64encode(rng.randbytes(32)).decode() if not plain else chars(rng, ALNUM,
                20)][kind]()
    return Value('GENERIC_SECRET', text)


def str_uuid(rng):
    return group(chars(rng, HEX, 32), (8, 4, 4, 4), '-')


def person(rng):
    return Value('PERSON_NAME', rng.choice([f'{rng.choice(FIRST)} {rng.choice(LAST)}',
        rng.choice(FIRST) + rng.choice(['', '-Maria']), rng.choice(LAST)]))


def address(rng):
    return Value('ADDRESS',
        f'{rng.choice(STREETS)} {rng.randrange(1, 200)}{rng.choice(["", "a", " b"])}' +
                 rng.choice(['', f', {rng.randrange(10000, 99999)} {rng.choice(CITIES)}']))


def birth(rng):
    y, m, d = rng.randrange(1935, 2008), rng.randrange(1, 13), rng.randrange(1, 29)
    return Value('DATE_OF_BIRTH', rng.choice([f'{y}-{m:02}-{d:02}', f'{d:02}.{m:02}.{y}',
        f'{d}.{m}.{y}', f'{d:02}/{m:02}/{y}', f'{m:02}/{d:02}/{y}']))


def tax_id(rng):
    while True:
        body = rng.choice('123456789') + chars(rng, DIGITS, 9)
        counts = sorted(body.count(c) for c in set(body))
        if counts == [1] * 8 + [2]:
            break
    product = 10
    for c in body:
        s = (int(c) + product) % 10 or 10
        product = s * 2 % 11
    digits = body + str((11 - product) % 10)
    return Value('DE_TAX_ID', rng.choice([digits, group(digits, (2, 3, 3), ' ')]))


def svnr(rng):
    letter = rng.choice(UPPER)
    body = f'{rng.randrange(10, 83):02}{rng.randrange(1, 29):02}{rng.randrange(1, 13):02}{rng.randrange(50, 99):02}'
    serial = f'{rng.randrange(0, 99):02}'
    digits = body + '%02d' % (ord(letter) - 64) + serial
    total = sum(sum(divmod(int(c) * w, 10)) for c, w in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1,
        2, 1)))
    text = body + letter + serial + str(total % 10)
    return Value('DE_SVNR', rng.choice([text, f'{text[:2]} {text[2:8]} {text[8]} {text[9:]}']))


def kvnr(rng):
    letter, body = rng.choice(UPPER), chars(rng, DIGITS, 8)
    digits = '%02d' % (ord(letter) - 64) + body
    total = sum(sum(divmod(int(c) * w, 10)) for c, w in zip(digits, (1, 2) * 5))
    return Value('DE_KVNR', letter + body + str(total % 10))


def id_card(rng):
    letters = 'CFGHJKLMNPRTVWXYZ'
    body = rng.choice('LMNPRTVWXYZ') + chars(rng, letters + DIGITS, 8)
    total = sum((int(c, 36)) * w for c, w in zip(body, (7, 3, 1) * 3))
    return Value('DE_ID_CARD', body + str(total % 10))


def ssn(rng):
    return Value('US_SSN',
        f'{rng.choice([101, 212, 345, 457, 512, 623])}-{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}')


def ip(rng):
    return Value('IP_ADDRESS', rng.choice([f'203.0.113.{rng.randrange(1, 255)}',
        f'198.51.100.{rng.randrange(1, 255)}',
                                           f'2001:db8:{chars(rng, HEX, 3)}::{chars(rng, HEX, 4)}',
                                               f'84.{rng.randrange(1, 255)}.{rng.randrange(1, 255)}.{rng.randrange(1, 255)}',
                                           '2a02:8109:' + ':'.join('1' + chars(rng, HEX, 3)
                                               for _ in range(6))]))


ONES = ['null', 'eins', 'zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun']
EN = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']


def spoken_phone(rng):
    digits = '0' + rng.choice(['171', '151', '176', '30', '221']) + chars(rng, DIGITS,
        rng.choice([6, 7, 8]))
    form = rng.randrange(7)
    if form == 0:
        words = [ONES[int(c)] for c in digits]
    elif form == 1:
        words = [{'2': 'zwo', '5': 'fuenf'}.get(c, ONES[int(c)]) for c in digits]
    elif form == 2:
        words = [EN[int(c)] if c != '0' else rng.choice(['oh', 'zero']) for c in digits]
    elif form == 3:
        words = ['null'] + [ONES[int(c)] for c in digits[1:5]] + [tens(int(digits[i:i + 2]))
            for i in range(5, len(digits) - 1, 2)]
        while len(words) < 9:
            words.append(ONES[rng.randrange(10)])
    elif form == 4:
        words = [ONES[int(c)].capitalize() for c in digits]
    elif form == 5:
        words = ['null', 'eins', 'sieben', 'eins', 'doppel-drei', 'neun', 'zwo', 'null', 'doppel',
            'null', 'eins', 'zwei']
    else:
        words = ['plus', 'vier', 'neun'] + [ONES[int(c)] for c in digits[1:]]
    sep = rng.choice([' ', ' ', ', ', ' - ', '-', ' … ', '. '] if form != 5 else [' '])
    return Value('PHONE_SPOKEN', sep.join(words))


def tens(n):
    small = ['null', 'eins', 'zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun',
        'zehn', 'elf', 'zwölf', 'dreizehn', 'vierzehn', 'fünfzehn',
             'sechzehn', 'siebzehn', 'achtzehn', 'neunzehn']
    if n < 20:
        return small[n]
    name = ['', '', 'zwanzig', 'dreißig', 'vierzig', 'fünfzig', 'sechzig', 'siebzig', 'achtzig',
        'neunzig'][n // 10]
    return name if n % 10 == 0 else ('ein' if n % 10 == 1 else small[n % 10]) + 'und' + name


def spoken_mail(rng):
    at = rng.choice(['ät', 'at', 'Klammeraffe', 'ät', 'aet'])
    domain = rng.choice(['web punkt de', 'gmail punkt com', 'gmx punkt net',
        't minus online punkt de', 'firma bindestrich mueller punkt de', 'outlook punkt com',
                         'praxis punkt example punkt org'])
    local = rng.choice(['anna punkt schmidt', 'max unterstrich mueller', 'info', 'k punkt weber',
        'petra bindestrich klein', 'jens plus test', 'bjoern punkt vier zwo',
                        'miriam minus otto punkt 1984'])
    return Value('EMAIL_SPOKEN', f'{local} {at} {domain}', ())


# --- encodings, piece by piece ---------------------------------------------------------------------------

def apply(text, encode):
    return [(encode(piece), value and value.encoded(encode)) for piece, value in text]


def json_inner(s):
    return json.dumps(s, ensure_ascii=False)[1:-1]


def json_ascii(s):
    return json.dumps(s)[1:-1]


def php_json(s):
    return json.dumps(s)[1:-1].replace('/', '\\/')


def u_all(s):
    return ''.join('\\u%04x' % u for c in s for u in ([ord(c)] if ord(c) < 0x10000 else []))


def u_upper(s):
    return ''.join('\\u%04X' % ord(c) for c in s)


def percent(s):
    return urllib.parse.quote(s, safe='')


def percent_lower(s):
    return ''.join(c if c in ALNUM else ''.join('%%%02x' % b for b in c.encode()) for c in s)


def percent_all(s):
    return ''.join('%%%02X' % b for b in s.encode())


def form(s):
    return urllib.parse.quote_plus(s)


def html(s):
    return ''.join(c if c in ALNUM + ' ' else '&#%d;' % ord(c) for c in s)


def html_hex(s):
    return ''.join(c if c in ALNUM + ' ' else '&#x%x;' % ord(c) for c in s)


def html_named(s):
    return s.replace('&', '&amp;').replace('@', '&commat;').replace('"', '&quot;').replace('+',
        '&plus;').replace('.', '&period;').replace('<', '&lt;')


def html_plain(s):
    return s.replace('&', '&amp;').replace('"', '&quot;').replace("'", '&#039;').replace('<',
        '&lt;').replace('>', '&gt;')


def plain(*parts):
    """Parts to a text: strings are unlabelled, values labelled, texts are spliced."""
    out = []
    for part in parts:
        if isinstance(part, str):
            out.append((part, None))
        elif isinstance(part, Value):
            out.append((part.text, part))
        else:
            out.extend(part)
    return out


def source(text):
    return ''.join(piece for piece, _ in text)
