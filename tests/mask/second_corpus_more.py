"""More places of the second corpus: what people, damaged writers and other systems make of the same values."""
import base64
import json

import second_corpus as c
from second_corpus_keys import KEYS, js, keyed_value

plain = c.plain


def snake(key):
    return '_'.join(key.split())


def keyed(rng, simple=False, kinds=None):
    kind = rng.choice(kinds or ['GENERIC_SECRET', 'PASSWORD', 'PHONE', 'EMAIL', 'PERSON_NAME',
        'IBAN', 'CREDIT_CARD', 'PIN_OTP', 'ADDRESS', 'DATE_OF_BIRTH'])
    return rng.choice(KEYS[kind]), keyed_value(rng, kind, simple)


def damaged_line(rng):
    """JSON as it comes out of crashes, editors and people."""
    k, v = keyed(rng)
    s, w = keyed(rng, True)
    k, s = snake(k), snake(s)
    text = rng.choice([
        lambda: plain('{', s, ': "', w, '", user: 1}'), lambda: plain("{'", s, "': '", w,
            "', 'user': 1"), lambda: plain('{"', k, '"\t:\n\t"', js(v), '"\n}'),
            lambda: plain('{"a":1,}{"', k, '":"', js(v), '"}'),
        lambda: plain('...,"', k, '":"', js(v), '","b":2'), lambda: plain('"', k, '": "', js(v),
            '"'), lambda: plain('{"x":"unterminated,"', k, '":"', js(v), '"}'),
            lambda: plain('\ufeff{"', k, '":"', js(v), '"}'),
        lambda: plain('{"', k, '":"', js(v), '","', k, '":"', js(v), '"}'),
            lambda: plain('[' * 40 + '{"', k, '":"', js(v), '"}' + ']' * 40),
            lambda: plain('{"' + 'a":{"' * 30, k, '":"', js(v), '"}'), lambda: plain('// {"', k,
            '":"', js(v), '"}'),
        lambda: plain('{"ok":true}\n{"', k, '":"', js(v), '"}\n{"ok":false}'),
            lambda: plain('data: {"', k, '":"', js(v), '"}\n\n'), lambda: plain('{ "', k, '" : "',
            js(v), '" , }'), lambda: plain('{"n":NaN,"', k, '":"', js(v), '"}'),
        lambda: plain('{"bin":"\\u0000\\ufffd","', k, '":"', js(v), '"}'), lambda: plain('{"', k,
            '":["', js(v), '","', js(v), '"]}'), lambda: plain('{"', k, '":{"a":{"b":["', js(v),
            '"]}}}'), lambda: plain('callback({"', k, '":"', js(v), '"});'),
        lambda: plain("b'{\"", k, '":"', js(c.Value(v.kind, v.text.replace("'", ''), v.allowed)),
            '"}\''), lambda: plain('"{\\"', k, '\\":\\"', c.apply(js(v), c.json_inner), '\\"}"'),
            lambda: plain('{\\"', k, '\\": \\"', c.apply(js(v), c.json_inner), '\\"}'),
        lambda: plain('{"error":"Bad body: {\\"', k, '\\":\\"', c.apply(js(v), c.json_inner)),
            lambda: plain('{"a":"x\\', 'n","', k, '":"', js(v), '"}')])()
    return 'damaged', 'damaged', text


def number_line(rng):
    """JSON numbers under keys."""
    key, digits = rng.choice([('pin', c.chars(rng, '123456789', 4)), ('otp', c.chars(rng,
        '123456789', 6)), ('cvv', c.chars(rng, '123456789', 3)), ('phone', '49171' + c.chars(rng,
        '23456789', 7)), ('from_number', '49151' + c.chars(rng, '23456789', 8)),
                             ('ssn', '512' + c.chars(rng, '123456789', 6)), ('password',
                                 c.chars(rng, '123456789', 8)), ('kontonummer', c.chars(rng,
                                 '123456789', 9)), ('api_key', c.chars(rng, '123456789', 16)),
                                 ('tax_id', c.tax_id(rng).text.replace(' ', '')),
                             ('card_number', c.Value('', '4' + c.chars(rng, c.DIGITS, 15)).text)])
    v = c.Value('NUMBER', digits, [digits[-4:]] if key == 'card_number' else [digits[-2:]]
        if key == 'kontonummer' else [])
    return 'number', key, plain(*rng.choice([('{"', key, '":', v, '}'), ('{"', key, '": ', v,
        ', "n": 1}'), ('{"d":"{\\"', key, '\\":', v, '}"}'), ("{'", key, "': ", v, '}'), ('["', key,
        '"]=>\n  int(', v, ')\n'), ('[', key, '] => ', v, '\n'), ("'", key, "' => ", v, ',\n')]))


def look_alike_line(rng):
    """Characters that look like others, in values and in keys."""
    wide = lambda s: ''.join(chr(ord(ch) + 0xfee0) if ch in c.DIGITS + '@' else ch for ch in s)
    thin = lambda s: s.replace(' ', '\u2009').replace('-', '\u2010')
    def zero(s):
        i = rng.randrange(1, len(s))
        return s[:i] + rng.choice('\u200b\u200c\u200d\u2060\ufeff\u00ad') + s[i:]
    kind = rng.choice(['PHONE', 'EMAIL', 'CREDIT_CARD', 'IBAN', 'RETELL_API_KEY', 'OPENAI_KEY',
        'JWT', 'STRIPE_KEY'])
    v = c.BY_VALUE[kind](rng)
    encode = rng.choice([zero, zero, thin] + ([wide] if kind in ('PHONE', 'EMAIL', 'CREDIT_CARD')
        else []))
    before, after = rng.choice([('{"v":"', '"}'), ('x ', ' y'), ('Wert: ', '\n'), ('', '')])
    shown = encode(v.text)
    value = c.Value(kind, shown, [a for a in v.allowed] + [encode(a) if encode is not zero else a
        for a in v.allowed] + ([shown[-4:], shown[-5:]] if kind in ('IBAN', 'CREDIT_CARD')
        else []) + ([shown[shown.find('@'):], shown[shown.find('＠'):]] if kind == 'EMAIL' else []))
    if kind in c.VENDORS and encode is zero:
        value = c.Value(kind, shown, list(v.allowed) + [shown[:len(v.allowed[0]) + 1] if v.allowed
            else ''])
    return 'look-alike', kind, plain(before, value, after)


def key_spelling_line(rng):
    """Keys in unusual spellings."""
    kind = rng.choice(['GENERIC_SECRET', 'PASSWORD', 'PERSON_NAME', 'PIN_OTP'])
    words = rng.choice(KEYS[kind]).split()
    v = keyed_value(rng, kind, False)
    key = rng.choice([lambda: ''.join(words), lambda: ' '.join(words),
        lambda: ' '.join(w.capitalize() for w in words), lambda: '__'.join(words),
        lambda: '_' + '_'.join(words), lambda: '-'.join(words).upper(),
        lambda: 'app.' + '.'.join(words), lambda: 'users.0.' + '_'.join(words),
                      lambda: 'X-' + '-'.join(w.capitalize() for w in words),
                          lambda: ''.join(w.upper() for w in words),
                          lambda: 'my' + ''.join(w.capitalize() for w in words),
                          lambda: '$' + '_'.join(words), lambda: '_'.join(words) + '_1',
                          lambda: '_'.join(words) + '2', lambda: 'data[' + '_'.join(words) + ']',
                      lambda: '/' + '/'.join(words), lambda: 'spring.datasource.' + '-'.join(words),
                          lambda: 'customer:' + '_'.join(words), lambda: '@' + '_'.join(words),
                          lambda: 'Old' + ''.join(w.capitalize() for w in words),
                          lambda: '_'.join(words) + '_value'])()
    if len(words) > 1 and key in (''.join(words), ''.join(w.upper() for w in words)):
        key = '_'.join(words)
    if rng.random() < .15:
        i = rng.randrange(len(key))
        key = key[:i] + '\\u%04x' % ord(key[i]) + key[i + 1:]
    return 'key spelling', key, plain('{"', key, '":"', js(v), '"}')


def nested_line(rng):
    """Documents in strings of documents, behind percent signs and entities."""
    k, v = keyed(rng)
    inner = plain('{"', snake(k), '":"', js(v), '","n":1}')
    document = plain('{"body":"', c.apply(inner, c.json_inner), '","x":2}')
    if rng.random() < .3:
        document = plain('{"b":"', c.apply(document, c.json_inner), '"}')
    encode, before, after = rng.choice([
        (c.percent, 'GET /x?p=', '&n=1'), (c.html_plain, '<pre>', '</pre>'),
        (lambda s: c.percent(c.percent(s)), '/x?p=', '&n=1'), (c.form, 'payload=', '&n=1')])
    return 'nested', before, plain(before, c.apply(document, encode), after)


def yaml_block_line(rng):
    k, v = keyed(rng, False, ['PASSWORD', 'GENERIC_SECRET'])
    head, tail = rng.choice([('a: 1\n', '\nb: 2\n'), ('', '\n'), ('- x: 1\n  y: 2\n', '\n')])
    sign = rng.choice(['|', '>', '|-', '>-'])
    return 'yaml block', sign, plain(head, snake(k), ': ' + sign + '\n  ', v, tail)


def insert_line(rng):
    """Values by the place of their column."""
    kinds = rng.sample(['PERSON_NAME', 'EMAIL', 'PASSWORD', 'PHONE', 'IBAN'], 3)
    keys = [snake(rng.choice(KEYS[k])) for k in kinds]
    values = [keyed_value(rng, k, k == 'PASSWORD') for k in kinds]
    values = [c.Value(v.kind, v.text.replace("'", ''), v.allowed) for v in values]
    q = rng.choice(['`', '"', ''])
    text = plain(rng.choice(['insert into ',
        'INSERT INTO ']) +
        f'{q}users{q} ({q}id{q}, {q}{keys[0]}{q}, {q}plan{q}, {q}{keys[1]}{q}, {q}{keys[2]}{q}) ' +
        rng.choice(['values', 'VALUES']) + " (7, '", values[0], "', 'gold', '", values[1], "', '",
        values[2], "')")
    return 'insert', 'insert', text


def xml_line(rng):
    k, v = keyed(rng, False, ['PASSWORD', 'GENERIC_SECRET', 'PERSON_NAME', 'PIN_OTP', 'EMAIL'])
    tag = '-'.join(w for w in k.split() if not w[0].isdigit())
    camel = k.split()[0] + ''.join(w.capitalize() for w in k.split()[1:])
    x = c.apply(plain(v), c.html_plain)
    text = rng.choice([lambda: plain(f'<ns:{tag}>', x, f'</ns:{tag}>'),
        lambda: plain(f'<{tag} type="x">', x, f'</{tag}>'), lambda: plain(f'<{tag}><![CDATA[', v,
        f']]></{tag}>'), lambda: plain(f'<{camel}>\n  ', x, f'\n</{camel}>'),
        lambda: plain(f'<entry key="{camel}">', x, '</entry>'),
                       lambda: plain(f'<add key="{camel}" value="', x, '"/>'),
                           lambda: plain(f'<property name="{camel}" value="', x, '" />'),
                           lambda: plain(f'<property name="{camel}">', x, '</property>'),
                           lambda: plain(f"<u {camel}='", c.apply(x, lambda s: s.replace("'", '')),
                           "'/>"),
                       lambda: plain(f'{{"soap":"\\u003c{tag}\\u003e', c.apply(x, c.json_inner),
                           f'\\u003c/{tag}\\u003e"}}'), lambda: plain(f'&lt;{tag}&gt;', x,
                           f'&lt;/{tag}&gt;'), lambda: plain(f'<meta name="{tag}" content="', x,
                           '">'),
                           lambda: plain(f'<input name="user[{snake(k)}]" type="text" value="', x,
                           '">'),
                       lambda: plain(f'<string name="{snake(k)}">', x, '</string>'),
                           lambda: plain(f'<key>{camel}</key>\n<string>', x, '</string>'),
                           lambda: plain(f'<div data-{tag}="', x, '"></div>')])()
    return 'xml', tag, text


GERMAN = ['null', 'eins', 'zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun']


def split_line(rng):
    """A number or address over words[] of a transcript."""
    form = rng.randrange(4)
    if form == 0:
        words = ['null', 'eins', 'sieben'] + [rng.choice(GERMAN) for _ in range(7)]
    elif form == 1:
        words = ['+49', '171'] + [c.chars(rng, c.DIGITS, 2) for _ in range(4)]
    elif form == 2:
        words = ['Null', 'eins', 'sieben,'] + [rng.choice(GERMAN) + rng.choice(['', '', ','])
            for _ in range(7)]
    else:
        words = list('0171') + [c.chars(rng, c.DIGITS, 1) for _ in range(7)]
    text = plain('{"transcript_object":[{"role":"user","content":"', c.Value('TRANSCRIPT',
        ' '.join(words)), '","words":[')
    for i, w in enumerate(words):
        text += plain((',' if i else '') + '{"word":"', c.Value('WORD', w),
            f'","start":{i}.1,"end":{i}.8}}')
    return 'split', str(form), text + plain(']}]}')


def english_line(rng):
    d = c.chars(rng, '123456789', 7)
    en = [c.EN[int(x)] for x in '0' + d]
    p = lambda t: c.Value('SPOKEN', t)
    text = rng.choice([
        lambda: plain('my number is ', p(' '.join(c.EN[int(x)] for x in '415555' + d[:4])),
            ' okay'), lambda: plain('call me at ', p('double ' + ' '.join(en[1:8])), ' please'),
            lambda: plain("it's ", p('john dot smith at gmail dot com'), ' thanks'),
            lambda: plain('email ', p('info at example dash shop dot co dot uk'), '.'),
        lambda: plain('die ', p('null eins sieben eins ' + ' '.join(GERMAN[int(x)] for x in d)),
            ' bitte'), lambda: plain('also ',
            p('null, hundertsiebenundfünfzig, ' + ', '.join(['dreiundzwanzig', 'fünfundvierzig',
            'siebenundsechzig', 'neunundachtzig'])), '.'),
        lambda: plain('unter ', p('0171 drei neun zwei null null eins zwei'), ' erreichbar'),
            lambda: plain('äh ', p('null eins ähm sieben eins drei neun zwei null null eins zwei'),
            ' genau'), lambda: plain('ja ', p('NULL EINS SIEBEN EINS DREI NEUN ZWEI NULL'), '!'),
        lambda: plain('Mail: ', p('a n n a punkt schmidt ät web punkt de'), ' okay'),
            lambda: plain('schreib an ', p('anna.schmidt ät web.de'), ' bitte'),
            lambda: plain('an ', p('anna (at) web (punkt) de'), ' bitte'), lambda: plain('an ',
            p('anna[at]example[dot]com'), ' bitte'),
        lambda: plain('die Adresse ist ', p('Anna Punkt Schmidt Ät GMX Punkt De'), '.'),
            lambda: plain('nummer ', p('null\neins\nsieben\neins\ndrei\nneun\nzwei\nnull'), ''),
            lambda: plain('{"text":"',
            p('null\\u0020eins\\u0020sieben\\u0020eins drei neun zwei null f\\u00fcnf'), '"}'),
        lambda: plain('', p('plus vier neun eins sieben eins drei neun zwei null null'), ' bitte'),
            lambda: plain('Meine Nummer: ',
            p('null eins sieben eins - drei neun zwei - null null - eins zwei'), '.')])()
    return 'hard english', 'spoken', text


def blob_line(rng):
    """base64 and hex around documents."""
    kind = rng.choice(['GENERIC_SECRET', 'PASSWORD', 'PERSON_NAME', 'PHONE', 'EMAIL'])
    k, v = snake(rng.choice(KEYS[kind])), keyed_value(rng, kind, True)
    inner = rng.choice([json.dumps({'id': 7, k: v.text}), json.dumps({k: v.text},
        ensure_ascii=False), f'{k}={v.text}&x=1', f'{k}: {v.text}\nother: 1\n',
        f'user:{c.chars(rng, c.LOWER, 4)}\n{k}={v.text}'])
    raw = inner.encode()
    blob = rng.choice([base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip('='), raw.hex()])
    a, b = rng.choice([('{"payload":"', '"}'), ('X-Data: ', '\r\n'), ('data=', '&n=1'), ('', ''),
        ('{"kind":"Secret","data":{"config":"', '"}}'), ('<blob>', '</blob>'), ('"', '",')])
    return 'hard blob', kind, plain(a, c.Value('ENCODED', blob), b)


def angle_line(rng):
    """Values in angle brackets, as mail and SIP write them."""
    kind = rng.choice(['EMAIL', 'PHONE', 'IBAN', 'CREDIT_CARD'])
    v = keyed_value(rng, kind, False)
    key = snake(rng.choice(KEYS[kind]))
    return 'angle', kind, plain('{"', key, '":"<', v, '>","n":1}')


def talk_line(rng):
    """People writing."""
    ph, em, pe, ib, ca = c.phone(rng), c.email(rng), c.person(rng), c.iban(rng), c.card(rng)
    text = rng.choice([
        lambda: plain('Hallo, meine Nummer hat sich geändert: ', ph, '. Danke und Gruß'),
            lambda: plain('Bitte rufen Sie mich unter ', ph, ' oder ', c.phone(rng), ' an.'),
            lambda: plain('Schreiben Sie an ', em, '!'), lambda: plain('(Kontakt: ', em, ', ', ph,
            ')'),
        lambda: plain('IBAN: ', ib, ', BIC DEUTDEFF'), lambda: plain('Bankverbindung ', ib,
            ' bei der Bank'), lambda: plain('Kartennummer ', ca, ', gültig bis 12/27'),
            lambda: plain('Zahlung mit Karte ', ca, '.'), lambda: plain('Kunde:in ', em, ' (', ph,
            ') hat gebucht'),
        lambda: plain('Tel. ', ph, ' | Mail ', em), lambda: plain('☎ ', ph, ' ✉ ', em),
            lambda: plain('Tel.:', ph), lambda: plain('T ', ph, ' F ', c.phone(rng)),
            lambda: plain('→ ', em), lambda: plain('• ', ph, '\n• ', em), lambda: plain(em, ';',
            c.email(rng), ';', c.email(rng)),
        lambda: plain('An: ', em, '; Cc: ', c.email(rng)), lambda: plain('Re: Termin – ', ph),
            lambda: plain('„', em, '“ schrieb:'), lambda: plain('[', em, '](mailto:', em, ')'),
            lambda: plain('**', em, '**'), lambda: plain('~', em), lambda: plain('Kunde=', em,
            ',Status=neu'),
        lambda: plain('Name: ', pe, '\nTelefon: ', ph, '\nE-Mail: ', em, '\n'),
            lambda: plain('Vorname: ', c.Value('N', 'Anna'), '\nNachname: ', c.Value('N',
            'Schmidt'), '\nGeburtsdatum: ', c.birth(rng), '\n'), lambda: plain('Passwort: ',
            c.password(rng, True), '\nBenutzer: admin'),
        lambda: plain('your verification code is ', c.Value('PIN', c.chars(rng, c.DIGITS, 6)),
            '. Do not share it.'), lambda: plain('Ihr Code: Die TAN lautet ', c.Value('PIN',
            c.chars(rng, c.DIGITS, 6)), ' und gilt 5 Minuten'),
            lambda: plain('my social security number is ', c.ssn(rng), ', ok?'),
        lambda: plain('Ich bin am ', 'Montag da, geboren am ', c.birth(rng), ' in Köln'),
            lambda: plain('Steuer-ID ', c.tax_id(rng), ' liegt vor'), lambda: plain('Kontonummer ',
            c.Value('K', '1' + c.chars(rng, '23456789', 8), ()), ' BLZ 37040044')])()
    if text[0][0] == 'Name: ':
        text = [('Kundenname: ', None)] + text[1:]
    return 'talk', 'talk', text


FAMILIES = [angle_line, nested_line, yaml_block_line, damaged_line, number_line, look_alike_line,
    key_spelling_line, insert_line, xml_line,
    split_line, english_line, blob_line, talk_line]


def line(rng):
    return rng.choice(FAMILIES)(rng)
