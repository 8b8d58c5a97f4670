"""The places of the second corpus where values stand without a key: carriers, headers, URLs, documents, log lines."""
import base64

import second_corpus as c
from second_corpus_keys import js, keyed_line, last2

plain = c.plain


# --- values that are known by themselves -------------------------------------------------------------------

CARRIERS = [
    '{"note":"siehe %s bitte","n":1}',
        '[2026-04-01 10:00:00] local.ERROR: Anfrage mit %s abgelehnt {"exception":"x"}',
        'Bitte %s verwenden.', '%s', '(%s)', '"%s"', "'%s'", '<%s>',
    'a=1;b=%s;c=2', 'failed: %s, retrying', '<td>%s</td>', '{"list":["a","%s","b"]}', 'x\t%s\ty',
        'INSERT INTO logs VALUES (1, \'%s\', now())', '%s\n', 'foo|%s|bar',
        '#0 /app/x.php(12): f(\'%s\')',
    'Traceback (most recent call last):\n  File "a.py", line 3, in f\nValueError: bad input %s',
        'echo %s | tee out', '- %s\n- b', '| %s | offen |', 'value=%s', '“%s”', '„%s“', '…%s…',
        '[%s]', '{%s}', '`%s`',
    'cannot use %s: denied', 'Kunde schrieb: %s. Danke!', '*%s*', '{"a":{"b":{"c":"%s"}}}',
        'Apr  1 10:00:00 web1 app[123]: got %s from queue', '%s;', '%s!', 'ist das %s?',
        'https://example.org/x/%s/y',
]
ENCODINGS = {'u': c.u_all, 'U': c.u_upper, 'percent': c.percent, 'percent lower': c.percent_lower,
    'percent all': c.percent_all, 'double percent': lambda s: c.percent(c.percent(s)),
             'double percent all': lambda s: c.percent(c.percent_all(s)), 'html': c.html,
                 'html hex': c.html_hex, 'html named': c.html_named, 'php json': c.php_json}


def value_line(rng, kind=None):
    kind = kind or rng.choice(list(c.BY_VALUE))
    value = c.BY_VALUE[kind](rng)
    carrier = rng.choice(CARRIERS)
    if '/' in carrier[:12] and carrier.startswith('https') and kind in ('PHONE', 'EMAIL', 'IBAN',
        'CREDIT_CARD', 'WEBHOOK_SECRET', 'SLACK_TOKEN'):
        carrier = CARRIERS[0]
    a, b = carrier.split('%s')
    return f'value {kind}', carrier, plain(a, value, b)


def encoded_line(rng, kind=None):
    kind = kind or rng.choice(list(c.BY_VALUE))
    value = c.BY_VALUE[kind](rng)
    name = rng.choice(list(ENCODINGS))
    encode = ENCODINGS[name]
    before, after = {'u': ('{"v":"', '"}'), 'U': ('{"v":"', '","n":1}'), 'php json': ('{"v":"',
        '"}')}.get(name, rng.choice([('GET /x?v=', '&n=1 HTTP/1.1'), ('q=', '&b=2')]))
    if name.startswith('html'):
        before, after = rng.choice([('<td>', '</td>'), ('<a title="', '">x</a>'), ('<p>Von ',
            '</p>')])
    text = plain(before, c.apply(plain(value), encode), after)
    if rng.random() < .3:
        text = plain('{"html":"', c.apply(text, rng.choice([c.json_inner, c.php_json])), '","k":1}')
        name += ' in json'
    return f'encoded {kind}', name, text


def base64_line(rng):
    kind = rng.choice(list(c.BY_VALUE) + ['PEM'])
    inner = c.BY_VALUE[kind](rng).text if kind != 'PEM' else source_of_pem(rng)
    inner = rng.choice(['%s', '{"user":"a","v":"%s"}', 'login %s ok', 'from=%s;to=x', '%s']) % inner
    if len(inner) < 18:
        inner = 'caller: ' + inner + ' / extra'
    raw = inner.encode()
    form = rng.randrange(5)
    blob = [base64.b64encode(raw).decode, base64.urlsafe_b64encode(raw).decode,
        lambda: base64.urlsafe_b64encode(raw).decode().rstrip('='), raw.hex,
        raw.hex().upper][form]()
    carrier = rng.choice(['{"data":"%s"}', 'payload=%s', 'blob %s end', 'X-State: %s\r\n',
        '/cb?state=%s', '%s', 'data:application/json;base64,%s', '"%s"', "b'%s'"])
    a, b = carrier.split('%s')
    return 'hard base64', f'{kind} {form}', plain(a, c.Value('ENCODED', blob), b)


def spoken_line(rng):
    value = rng.choice([c.spoken_phone, c.spoken_mail])(rng)
    carrier = rng.choice(['Meine Nummer ist die %s.', '%s',
        '{"role":"user","text":"Ja, das wäre die %s, danke"}', 'Kunde: ja also %s bitte',
        'Sie erreichen mich unter %s, ab acht.', 'User: %s\nAgent: Danke!',
                          'ähm, %s'])
    a, b = carrier.split('%s')
    return f'hard {value.kind}', 'spoken', plain(a, value, b)


def pem(rng, newline='\n', end=True, kind=None, indent=''):
    kind = kind or rng.choice(['RSA PRIVATE KEY', 'EC PRIVATE KEY', 'DSA PRIVATE KEY',
        'OPENSSH PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'PRIVATE KEY', 'PGP PRIVATE KEY BLOCK'])
    body = newline.join(indent + base64.b64encode(rng.randbytes(48)).decode()
        for _ in range(rng.randrange(2, 9)))
    return plain(indent, f'-----BEGIN {kind}-----', newline, c.Value('PRIVATE_KEY', body),
        *([newline, indent, f'-----END {kind}-----'] if end else []))


def source_of_pem(rng):
    return c.source(pem(rng))


def pem_line(rng):
    form = rng.randrange(8)
    if form == 0:
        text = plain('ssl:\n', pem(rng, indent='  '), '\nport: 1\n')
    elif form == 1:
        text = plain('{"private_key_id":1,"k":"', pem(rng, '\\n'), '\\n","type":"service"}')
    elif form == 2:
        text = plain('{"b":"{\\"k\\":\\"', pem(rng, '\\\\n'), '\\\\n\\"}","z":1}')
    elif form == 3:
        text = plain('KEY="', pem(rng, ' '), '"\nNEXT=1')
    elif form == 4:
        text = plain('log: ', pem(rng, '\r\n', end=False))
    elif form == 5:
        text = plain('{"k":"', pem(rng, '\\n', end=False), '","type":"service"}')
    elif form == 6:
        text = plain('x\n', pem(rng), '\ny\n')
    else:
        text = plain('loaded ', pem(rng, '\r\n'), '\r\ndone')
    return 'value PRIVATE_KEY', f'pem {form}', text


# --- authorization, cookies, URLs ----------------------------------------------------------------------------

def opaque(rng):
    return c.Value('TOKEN', c.chars(rng, c.B64URL, rng.choice([16, 24, 32, 43, 64])))


def any_token(rng):
    return rng.choice([lambda: opaque(rng), lambda: c.VENDORS[rng.choice(list(c.VENDORS))](rng)])()


def auth_line(rng):
    scheme = rng.choice(['Bearer', 'Bearer', 'bearer', 'BEARER', 'Token', 'Basic', 'basic'])
    if scheme.lower() == 'basic':
        value = c.Value('BASIC_AUTH',
            base64.b64encode(f'{c.chars(rng, c.LOWER, 5)}:{c.chars(rng, c.ALNUM, 9)}'.encode(
            )).decode())
    else:
        value = any_token(rng)
    pairs = [
        ('Authorization: {} ', '\r\nAccept: */*'), ('authorization: {} ', '\nhost: x'),
            ("curl -H 'Authorization: {} ", "' https://api.example.com/v2/x"),
            ('curl -H "authorization: {} ', '" -X GET https://a.example.com'),
        ('{{"authorization":["{} ', '"]}}'), ('{{"name":"Authorization","value":"{} ', '"}}'),
            ('["authorization","{} ', '"]'), ('"Authorization": "{} ', '"'),
            ("'Authorization' => '{} ", "',"),
        ('[Authorization] => {} ', '\n'), ('HTTP_AUTHORIZATION={} ', '\nX=1'),
            ("headers={{'Authorization': '{} ", "'}}"), ('> Authorization: {} ', '\n> Accept: */*'),
            ('sent header {} ', ' to upstream'),
        ('Proxy-Authorization: {} ', '\r\n'), ('{{\\"Authorization\\":\\"{} ', '\\"}}'),
            ('--header "Authorization: {} ', '" --compressed'), ('<Authorization>{} ',
            '</Authorization>'), ('authorization={}%20', '&x=1'),
        ('"-H", "Authorization: {} ', '"'), ('wget --header="Authorization: {} ',
            '" https://x.example.org'), ('* Using {} ', ' for auth'), ("('Authorization', '{} ",
            "')"), ('"Authorization":"{} ', '","x":1'),
    ]
    before, after = rng.choice(pairs)
    if ('sent header' in before or 'Using' in before) and scheme not in ('Bearer', 'bearer'):
        before, after = pairs[0]
    return 'auth', before, plain(before.format(scheme), value, after.replace('{{',
        '{').replace('}}', '}'))


def curl_user_line(rng):
    pw = c.Value('PASSWORD', c.chars(rng, c.ALNUM, 12))
    text = rng.choice([lambda: plain('curl -u admin:', pw, ' https://x.example.com'),
        lambda: plain("curl -u 'admin:", pw, "' https://x.example.com"),
        lambda: plain('curl --user admin:', pw, ' -v https://x.example.com'),
                       lambda: plain('curl --user "admin:', pw, '" https://x.example.com'),
                           lambda: plain('curl -sS -uadmin:', pw, ' https://x.example.com'),
                           lambda: plain('curl --user=admin:', pw, ' x.example.com'),
                       lambda: plain('Authorization: Digest ', c.Value('DIGEST',
                           'username="max", realm="r", nonce="n1", uri="/", response="' + c.chars(
                           rng, c.HEX, 32) + '"'), '\r\nHost: x')])()
    return 'auth', 'curl -u', text


def cookie_line(rng):
    a, b = (c.Value('COOKIE', c.chars(rng, c.ALNUM, rng.choice([20, 26, 40]))) for _ in range(2))
    text = rng.choice([
        lambda: plain('Cookie: laravel_session=', a, '; XSRF-TOKEN=', b, '\r\nHost: x'),
            lambda: plain('Set-Cookie: sid=', a,
            '; Path=/; Max-Age=7200; HttpOnly; SameSite=Lax\r\n'),
        lambda: plain("curl -b 'sid=", a, "' https://x.example.com"),
            lambda: plain('{"cookie":"PHPSESSID=', a, '; _ga=', b, '"}'),
            lambda: plain('{"name":"Cookie","value":"sid=', a, '"}'),
        lambda: plain('"set-cookie":["sid=', a, '; path=/; secure","t=', b,
            '; expires=Wed, 01 Apr 2026 10:00:00 GMT"]'), lambda: plain("curl -H 'Cookie: sid=", a,
            '; x=', b, "' https://x.example.com"),
        lambda: plain('["cookie","sid=', a, '"]'), lambda: plain('[HTTP_COOKIE] => sid=', a, '; t=',
            b, '\n'), lambda: plain('{"cookies":{"sid":"', a, '","t":"', b, '"}}'),
        lambda: plain('{"cookies":[{"name":"sid","value":"', a, '","path":"/"}]}'),
            lambda: plain('< set-cookie: sid=', a,
            '; expires=Thu, 02-Apr-2026 10:00:00 GMT; Max-Age=7200; path=/; httponly\n'),
        lambda: plain('curl --cookie "sid=', a, '" https://x.example.com'),
            lambda: plain('HTTP_COOKIE="sid=', a, '; t=', b, '"'),
        lambda: plain('{"session_cookie":"', a, '"}'), lambda: plain('Set-Cookie: __Host-id=', a,
            '; Domain=example.com; Secure')])()
    return 'cookie', 'cookie', text


def url_line(rng):
    pw = c.Value('URL_PASSWORD', c.chars(rng, c.ALNUM + '-_.', 12) + 'x')
    tok = c.Value('URL_QUERY_SECRET', c.chars(rng, c.ALNUM, 28))
    sig = c.Value('URL_QUERY_SECRET', c.chars(rng, c.HEX, 64))
    text = rng.choice([
        lambda: plain(rng.choice(['postgres', 'mysql', 'redis', 'amqp', 'mongodb+srv', 'https',
            'ftp', 'smtp', 'sip', 'postgresql+psycopg2', 'rediss']), '://app:', pw,
            '@db.internal.example:5432/shop?sslmode=require'),
        lambda: plain('redis://:', pw, '@cache:6379/0'), lambda: plain('{"url":"https:\\/\\/u:', pw,
            '@x.example.com\\/a"}'), lambda: plain('https://a%40b:', pw, '@x.example.com/'),
        lambda: plain('https://x.example.com/a?page=1&', rng.choice(['token', 'access_token',
            'api_key', 'sig', 'signature', 'apikey', 'auth_token', 'secret', 'client_secret',
            'password']), '=', tok, '&lang=de'),
        lambda: plain('https://x.example.com/cb#access_token=', tok,
            '&token_type=bearer&expires_in=3600'),
            lambda: plain('https://maps.example.com/api?key=', tok, '&q=Berlin'),
        lambda: plain('https://x.example.com/cb?code=', tok, '&state=', 'abc123'),
            lambda: plain('https://x.example.com/cb?state=xyz&code=', tok),
        lambda: plain(
            'https://b.s3.amazonaws.com/a.wav?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260401T100000Z&X-Amz-Expires=300&X-Amz-Signature=',
            sig),
        lambda: plain('{"u":"https://x.example.com/a?n=1\\u0026token=', tok, '\\u0026b=2"}'),
            lambda: plain('<a href="https://x.example.com/a?n=1&amp;token=', tok,
            '&amp;b=2">x</a>'),
        lambda: plain('redirect=https%3A%2F%2Fx.example.com%2Fcb%3Ftoken%3D', tok, '%26n%3D1&x=2'),
            lambda: plain('"GET /reset?token=', tok, '&mail=1 HTTP/1.1" 200 512'),
        lambda: plain('wss://x.example.com/llm?token=', tok),
            lambda: plain('DATABASE_URL=mysql://app:', pw, '@127.0.0.1:3306/app'),
        lambda: plain('{"webhook_url":"https://hook.example.com/in?secret=', tok, '"}'),
            lambda: plain('git clone https://oauth2:', pw, '@git.example.com/a/b.git'),
        lambda: plain('could not connect to "postgres://app:', pw, '@db/shop": timeout'),
            lambda: plain('jdbc:mysql://db/app?user=app&password=', tok, '&ssl=true'),
        lambda: plain('https://acc.blob.core.windows.net/c/f?sv=2022-11-02&sp=r&sig=',
            c.Value('URL_QUERY_SECRET', c.percent(base64.b64encode(rng.randbytes(32)).decode()))),
        lambda: plain(
            'https://storage.googleapis.com/b/o?GoogleAccessId=x&Expires=1790000000&Signature=',
            tok)])()
    return 'url', 'url', text


# --- words before a value ---------------------------------------------------------------------------------------

def context_line(rng):
    options = [
        ('PHONE', ['Meine Telefonnummer ist %s.', 'Rückruf unter %s erbeten', 'Handy: %s',
            'Tel. %s', 'Telefon %s', 'Mobil: %s', 'call me at %s, phone', 'phone %s', 'Tel.: %s',
            'Fax: %s', 'Rufnummer %s gesperrt'], lambda: c.bare_phone(rng)),
        ('DATE_OF_BIRTH', ['geboren am %s', 'Geburtsdatum: %s', 'Geburtsdatum ist der %s',
            'born on %s', 'DOB %s', 'date of birth: %s', 'geb. %s', 'Geburtstag %s'],
            lambda: c.birth(rng)),
        ('CVV', ['CVV %s', 'CVC: %s', 'cvv=%s', 'die CVC ist %s'], lambda: c.Value('CVV',
            c.chars(rng, '123456789', 3))),
        ('PIN_OTP', ['Ihre PIN lautet %s', 'PIN: %s', 'Ihr Einmalcode: %s',
            'Your verification code is %s', 'TAN %s', 'OTP: %s', 'Bestätigungscode lautet %s',
            'two factor code: %s', 'Die TAN ist %s'], lambda: c.Value('PIN_OTP', c.chars(rng,
            c.DIGITS, 6))),
        ('DE_TAX_ID', ['Steuer-ID %s', 'Steueridentifikationsnummer: %s', 'Steuer-ID: %s',
            'meine Steuer-ID ist %s', 'tax id %s'], lambda: c.tax_id(rng)),
        ('DE_SVNR', ['Sozialversicherungsnummer %s', 'SVNR: %s', 'Rentenversicherungsnummer: %s'],
            lambda: c.svnr(rng)), ('DE_KVNR', ['Versichertennummer %s', 'KVNR: %s',
            'Krankenversichertennummer %s'], lambda: c.kvnr(rng)),
        ('DE_ID_CARD', ['Personalausweis %s', 'Ausweisnummer: %s', 'Personalausweisnummer %s'],
            lambda: c.id_card(rng)), ('US_SSN', ['SSN %s', 'social security number: %s',
            'my ssn is %s'], lambda: c.ssn(rng)),
        ('ID_DOCUMENT', ['Reisepass %s', 'passport number %s', 'Führerschein: %s', 'Passport: %s',
            'Reisepassnummer: %s'], lambda: c.Value('ID_DOCUMENT', 'C' + c.chars(rng,
            'CFGHJKLMNP' + c.DIGITS, 7) + '7')),
        ('ACCOUNT', ['Kontonummer: %s', 'Kontonummer %s', 'bank account %s',
            'account number: %s (bank)'], lambda: last2('ACCOUNT', c.chars(rng, '123456789', 9))),
        ('TWILIO_AUTH_TOKEN', ['twilio auth token %s', 'AC' + c.chars(rng, c.HEX, 32) + ':%s',
            'auth token: %s'], lambda: c.Value('TWILIO_AUTH_TOKEN', c.chars(rng, c.HEX, 32))),
        ('AWS_SECRET_KEY', ['aws_secret_access_key = %s', 'AWS secret: %s',
            'aws secret access key %s'], lambda: c.Value('AWS_SECRET_KEY', c.chars(rng,
            c.ALNUM + '+/', 39) + 'x')),
        ('PASSWORD', ['Passwort: %s', 'Das Passwort lautet "%s"', 'password=%s', 'Kennwort: %s',
            "password: '%s'"], lambda: c.password(rng, True)),
        ('IP_ADDRESS',
            ['%s - - [01/Apr/2026:10:00:00 +0200] "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0"',
            'X-Forwarded-For: %s\r\n',
            '%s - max [01/Apr/2026:10:00:00 +0000] "POST /x HTTP/2.0" 302 0', 'client_ip=%s'],
            lambda: c.ip(rng)),
        ('US_SSN', ['ssn=%s', 'SSN: %s'], lambda: c.ssn(rng)),
    ]
    kind, carriers, make = rng.choice(options)
    a, b = rng.choice(carriers).split('%s')
    return f'context {kind}', a, plain(a, make(), b)


# --- Retell documents --------------------------------------------------------------------------------------------

SAID = ['Guten Tag, ich hätte gern einen Termin am Montag.',
    'Das Passwort habe ich vergessen, meine Tochter heißt Lena.',
    'Ich wohne in der Lindenstraße und habe Rückenschmerzen.', 'Können Sie mich zurückrufen?',
    'Ja, "genau" so.\nDanke.']


def said(rng):
    return c.Value('TRANSCRIPT', rng.choice(SAID) + ' ' + c.chars(rng, c.LOWER, 6))


def retell_line(rng):
    url = c.Value('CAPABILITY_URL', f'{c.chars(rng, c.HEX, 32)}/recording.wav')
    host = 'https://dxc03zgurdly9.cloudfront.net/'
    words = [c.Value('TRANSCRIPT', w) for w in rng.sample(['Guten', 'Morgen', 'Termin', 'Montag',
        'Lena', 'Fischer', 'bitte'], 4)]
    cid = 'call_' + c.chars(rng, c.HEX, 27)
    say = lambda: js(said(rng))
    args = c.apply(plain('{"name":"termin","email":"', c.email(rng), '","customer_name":"',
        c.person(rng), '"}'), c.json_inner)
    parts = [
        lambda: plain('"from_number":"', c.phone(rng), '"'), lambda: plain('"to_number":"',
            c.Value('PHONE', '+493023125' + c.chars(rng, c.DIGITS, 3), ['+49']), '"'),
        lambda: plain('"transcript":"', say(), '"'),
            lambda: plain('"transcript_object":[{"role":"user","content":"', say(),
            '","words":[{"word":"', words[0], '","start":0.1,"end":0.5},{"word":"', words[1],
            '","start":0.6,"end":1.2}]}]'),
        lambda: plain(
            '"transcript_with_tool_calls":[{"role":"tool_call_invocation","tool_call_id":"t1","name":"book","arguments":"',
            js(c.Value('TRANSCRIPT', '{"day":"montag","who":"lena"}')),
            '"},{"role":"tool_call_result","tool_call_id":"t1","content":"', say(), '"}]'),
        lambda: plain('"scrubbed_transcript_with_tool_calls":[{"role":"agent","content":"', say(),
            '","words":[{"word":"', words[2], '","start":1,"end":2}]}]'),
        lambda: plain('"recording_url":"', host, url, '"'),
            lambda: plain('"recording_multi_channel_url":"', host, url, '"'),
            lambda: plain('"public_log_url":"', host, c.Value('CAPABILITY_URL', c.chars(rng, c.HEX,
            20) + '/public.log'), '"'),
        lambda: plain('"knowledge_base_retrieved_contents_url":"', host, c.Value('CAPABILITY_URL',
            c.chars(rng, c.HEX, 20) + '/kb.txt'), '"'),
        lambda: plain('"scrubbed_recording_url":"', host, url, '"'),
            lambda: plain('"scrubbed_recording_multi_channel_url":"', host, url, '"'),
        lambda: plain('"call_analysis":{"call_summary":"', say(),
            '","in_voicemail":false,"user_sentiment":"Positive","call_successful":true,"custom_analysis_data":{"anliegen":"',
            say(), '","ok":true}}'),
        lambda: plain('"collected_dynamic_variables":{"grund":"', say(), '"}'),
            lambda: plain('"retell_llm_dynamic_variables":{"customer_name":"', c.person(rng),
            '","caller_email":"', c.email(rng), '","plan":"gold"}'),
        lambda: plain('"metadata":{"api_key":"', c.secret(rng), '","order":"A-17","phone":"',
            c.bare_phone(rng), '"}'),
        lambda: plain('"general_tools":[{"type":"book_appointment_cal","name":"b","cal_api_key":"',
            c.VENDORS['CALCOM_KEY'](rng), '","event_type_id":60444}]'),
        lambda: plain(
            '"general_tools":[{"type":"custom","name":"crm","url":"https://crm.example.com/in?token=',
            c.Value('URL_QUERY_SECRET', c.chars(rng, c.ALNUM, 24)), '&v=2","headers":{"X-Custom":"',
            opaque(rng), '"},"query_params":{"tenant":"', opaque(rng), '"}}]'),
        lambda: plain(
            '"mcps":[{"name":"m","url":"https://mcp.example.com/sse","headers":{"X-Any":"',
            opaque(rng), '"},"query_params":{"k":"', opaque(rng), '"}}]'),
        lambda: plain('"tools":[{"type":"custom","name":"x","headers":{"X-Tenant":"', opaque(rng),
            '"},"method":"POST"}]'),
        lambda: plain('"sip_trunk_auth_password":"', c.password(rng, True), '"'),
            lambda: plain('"auth_username":"trunk","auth_password":"', c.password(rng, True), '"'),
        lambda: plain(
            '"ice_servers":[{"urls":"turn:turn.example.com:3478","username":"u","credential":"',
            opaque(rng), '"}]'), lambda: plain('"access_token":"', c.jwt(rng), '"'),
        lambda: plain('"webhook_url":"https://user:', c.Value('URL_PASSWORD', c.chars(rng, c.ALNUM,
            12)), '@hook.example.com/retell"'),
        lambda: plain('"inbound_webhook_url":"https://hook.example.com/in?key=',
            c.Value('URL_QUERY_SECRET', c.chars(rng, c.ALNUM, 24)), '"'),
        lambda: plain('"llm_websocket_url":"wss://llm.example.com/ws?api_key=',
            c.Value('URL_QUERY_SECRET', c.chars(rng, c.ALNUM, 24)), '"'),
        lambda: plain('"transfer_destination":{"type":"predefined","number":"', c.phone(rng),
            '","extension":"12"}'), lambda: plain('"custom_sip_headers":{"X-Caller":"',
            c.bare_phone(rng), '"}'),
    ]
    rng.shuffle(parts)
    body = plain('{"event":"call_ended","call":{"call_id":"', cid, '","agent_id":"agent_',
        c.chars(rng, c.HEX, 26),
        '","start_timestamp":1790000000123,"call_cost":{"combined_cost":12.5},')
    for i, part in enumerate(parts[:rng.randrange(2, 12)]):
        body += (plain(',') if i else []) + part()
    body += plain(',"duration_ms":61234,"disconnection_reason":"user_hangup"}}')
    form = rng.randrange(5)
    if form == 1:
        body = plain('{"job":{"payload":"', c.apply(body, c.json_inner), '"},"attempts":1}')
    if form == 2:
        body = plain('[2026-04-01 10:00:00] production.INFO: retell webhook ', body, ' []')
    if form == 3:
        body = plain('X-Retell-Signature: ', c.Value('SIGNATURE',
            'v=1790000000000,d=' + c.chars(rng, c.HEX, 64)),
            '\r\nContent-Type: application/json\r\n\r\n', body)
    if form == 4:
        body = plain('{"a":"', c.apply(plain('{"b":"', c.apply(body, c.json_inner), '"}'),
            c.json_inner), '"}')
    return 'retell', f'document {form}', body


# --- log lines of the neighbourhood ------------------------------------------------------------------------------

def log_line(rng):
    ph, em, tok = c.phone(rng), c.email(rng), any_token(rng)
    text = rng.choice([
        lambda: plain(
            '[2026-04-01 10:00:00] production.ERROR: SQLSTATE[23505]: Unique violation: 7 ERROR:  duplicate key value violates unique constraint "users_email_unique"\nDETAIL:  Key (email)=(',
            em,
            ') already exists. (Connection: pgsql, SQL: insert into "users" ("id", "email") values (7, \'',
            c.email(rng), "'))"),
        lambda: plain(
            'Illuminate\\Database\\QueryException: select * from `users` where `email` = \'', em,
            "' and `phone` = '", c.bare_phone(rng), "' limit 1"),
        lambda: plain('Incorrect API key provided: ', c.VENDORS['OPENAI_KEY'](rng),
            '. You can find your API key at https://platform.openai.com/account/api-keys.'),
        lambda: plain('Stripe\\Exception\\AuthenticationException: Invalid API Key provided: ',
            c.VENDORS['STRIPE_KEY'](rng)),
        lambda: plain('[HTTP 400] Unable to create record: The \'To\' number ', ph,
            ' is not a valid phone number.'),
        lambda: plain('{"level":"info","ts":1790000000.123,"msg":"call","from":"', ph,
            '","dur":3}'), lambda: plain('Twilio.INFO: Calling ', ph, ' from ', c.phone(rng),
            ' sid=CA' + c.chars(rng, c.HEX, 32)),
        lambda: plain('Retell::createPhoneCall(from: ', ph, ', to: ', c.phone(rng), ')'),
            lambda: plain('postfix/smtp[221]: 4F3: to=<', em,
            '>, relay=mx.example.com[203.0.113.5]:25, delay=1.2, status=sent'),
        lambda: plain('From: "Max" <', em, '>\r\nTo: ', c.email(rng), '\r\nSubject: Termin\r\n'),
            lambda: plain('Mail an ', em, ' (cc ', c.email(rng), ') versendet'),
        lambda: plain(
            '{"message":"hi","breadcrumbs":[{"category":"http","data":{"url":"https://api.example.com/x?api_key=',
            tok, '","status_code":200}}],"request":{"headers":[["Authorization","Bearer ',
            any_token(rng), '"],["Host","x"]]},"user":{"email":"', em, '"}}'),
        lambda: plain('asterisk[12]: INVITE sip:', c.Value('PHONE', '+4917' + c.chars(rng, c.DIGITS,
            8), ['+49']), '@sip.example.com SIP/2.0'), lambda: plain('mailto:', em, '?subject=x'),
        lambda: plain('<a href="mailto:', em, '">Mail</a>'),
            lambda: plain('BEGIN:VCARD\nTEL;TYPE=CELL:', c.Value('PHONE', '+4917' + c.chars(rng,
            c.DIGITS, 8), ['+49']), '\nEMAIL:', em, '\nEND:VCARD'),
        lambda: plain('id;mail;betrag\n7;', em, ';12,50\n'),
            lambda: plain('{"attendees":[{"email":"', em, '","timeZone":"Europe/Berlin"}]}'),
        lambda: plain('rpc error: code = Unauthenticated desc = token "', c.jwt(rng), '" expired'),
            lambda: plain('AWS_ACCESS_KEY_ID=', c.VENDORS['AWS_ACCESS_KEY_ID'](rng),
            '\nAWS_SECRET_ACCESS_KEY=', c.Value('AWS', c.chars(rng, c.ALNUM + '+/', 40)),
            '\nAWS_REGION=eu-central-1'),
        lambda: plain('  "', c.VENDORS['AWS_ACCESS_KEY_ID'](rng), '", "', c.Value('AWS',
            c.chars(rng, c.ALNUM, 38) + '/x'), '"'), lambda: plain('Überweisung an ', c.iban(rng),
            ' über 12,50 EUR'), lambda: plain('Karte ', c.card(rng), ' gültig bis 12/27'),
        lambda: plain('MAIL_USERNAME=app\nMAIL_PASSWORD=', c.password(rng, True),
            '\nTWILIO_SID=AC' + c.chars(rng, c.HEX, 32) + '\nTWILIO_AUTH_TOKEN=', c.Value('T',
            c.chars(rng, c.HEX, 32)), '\n'),
        lambda: plain('APP_KEY=', c.Value('K',
            'base64:' + base64.b64encode(rng.randbytes(32)).decode(), ['base64:']),
            '\nAPP_URL=https://shop.example.com'),
        lambda: plain('mysql --password=', c.password(rng, True), ' shop'),
        lambda: plain('PGPASSWORD=', c.password(rng, True), ' psql -h db'),
            lambda: plain('Server=db;Database=shop;User Id=sa;Password=', c.Value('P', c.chars(rng,
            c.ALNUM, 12)), ';Encrypt=true'),
        lambda: plain('host=db port=5432 dbname=shop user=app password=', c.password(rng, True),
            ' sslmode=require'), lambda: plain("smtp: 250 2.1.5 <", em, "> recipient ok"),
            lambda: plain('WhatsApp ', ph, ': Hallo'),
    ])()
    return 'log', 'log line', text


FAMILIES = [(keyed_line, 6), (value_line, 3), (encoded_line, 2), (auth_line, 1.2), (curl_user_line,
    .3), (cookie_line, .8), (url_line, 1), (context_line, 1.5), (retell_line, 1.5), (log_line, 1.5),
    (pem_line, .5),
            (base64_line, .8), (spoken_line, .8)]


def line(rng):
    family = rng.choices([f for f, _ in FAMILIES], [w for _, w in FAMILIES])[0]
    return family(rng)
