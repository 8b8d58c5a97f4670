"""Keys with values of the second corpus, in every notation of the contract and some more."""
import second_corpus as c

plain = c.plain


# --- keys -------------------------------------------------------------------------------------------------

def spell(rng, key):
    """A key in one of the spellings the contract lists; `key` is words separated by spaces."""
    words = key.split()
    return rng.choice([
        lambda: '_'.join(words), lambda: '_'.join(words), lambda: words[0] + ''.join(w.capitalize()
            for w in words[1:]),
        lambda: ''.join(w.capitalize() for w in words), lambda: '-'.join(words),
            lambda: '_'.join(words).upper(),
        lambda: '-'.join(w.capitalize() for w in words), lambda: '.'.join(words)])()


KEYS = {
    'GENERIC_SECRET': ['api key', 'x api key', 'app key', 'access key', 'secret key', 'secret',
        'client secret', 'webhook secret', 'signing key', 'signing secret',
                       'encryption key', 'token', 'access token', 'refresh token', 'auth token',
                           'bearer token', 'id token', 'bot token', 'session token',
                       'csrf token', 'xsrf token', 'device token', 'push token', 'credentials',
                           'credential', 'signature', 'x retell signature', 'stripe signature',
                       'x hub signature 256', 'xi api key', 'cal api key', 'openai api key',
                           'retell api key', 'twilio api secret', 'stripe webhook secret',
                       'apikey', 'authtoken', 'clientsecret', 'accesstoken',
                           'services retell secret', 'geheimnis', 'api key 2', 'old api key',
                           'new token value',
                       'webhook signing secret', 'jwt secret', 'remember token', 'api token',
                           'personal access token', 'deepgram api key', 'sentry auth token'],
    'PASSWORD': ['password', 'passwd', 'pwd', 'pass', 'passphrase', 'passcode', 'passwort',
        'kennwort', 'db password', 'smtp password', 'mysql root password',
                 'user password', 'sip trunk auth password', 'auth password', 'redis password',
                     'mail password', 'password confirmation', 'current password', 'new password',
                 'dbpassword', 'password plain', 'old passwort', 'postgres password', 'ftp pass',
                     'ldap bind password', 'plain password'],
    'PIN_OTP': ['pin', 'otp', 'totp', 'tan', 'mfa code', 'two factor code', 'verification code',
        'einmalcode', 'sim pin', 'otp code'],
    'CVV': ['cvv', 'cvc', 'cvv2', 'csc', 'card cvc'],
    'PERSON_NAME': ['first name', 'last name', 'full name', 'customer name', 'caller name',
        'patient name', 'vorname', 'nachname', 'kundenname', 'ansprechpartner',
                    'contact name', 'account holder', 'guest name', 'firstname', 'spoken name',
                        'familienname', 'surname', 'given name', 'billing name', 'maiden name'],
    'PHONE': ['phone', 'phone number', 'mobile', 'mobile number', 'telefon', 'telefonnummer',
        'handynummer', 'from number', 'to number', 'caller id', 'caller number',
              'callback number', 'rufnummer', 'tel', 'fax', 'customer phone number', 'user phone',
                  'phonenumber', 'msisdn', 'transfer destination', 'cell', 'patient mobile',
              'forwarding number', 'handy', 'rückrufnummer', 'telephone'],
    'EMAIL': ['email', 'e mail', 'mail address', 'customer email', 'email address', 'user email',
        'billing email'],
    'ADDRESS': ['address', 'home address', 'billing address', 'shipping address', 'postal address',
        'street', 'strasse', 'straße', 'anschrift', 'adresse'],
    'DATE_OF_BIRTH': ['date of birth', 'dob', 'birth date', 'birthdate', 'birthday', 'geburtsdatum',
        'geburtstag', 'patient date of birth', 'customer dob'],
    'IBAN': ['iban', 'customer iban', 'bank account', 'konto iban'],
    'CREDIT_CARD': ['card number', 'credit card', 'pan', 'kreditkarte', 'kreditkartennummer',
        'credit card number'],
    'ACCOUNT': ['bank account', 'konto', 'kontonummer', 'bank account number',
        'customer account number'],
    'DE_TAX_ID': ['tax id', 'steuer id', 'steuernummer'], 'DE_SVNR': ['sozialversicherungsnummer',
        'svnr'], 'DE_KVNR': ['versichertennummer', 'kvnr'],
    'DE_ID_CARD': ['personalausweis', 'personalausweisnummer'], 'US_SSN': ['ssn',
        'social security number'],
    'ID_DOCUMENT': ['passport', 'passport number', 'reisepass', 'driver license', 'drivers license',
        'führerschein', 'fuehrerschein'],
    'MEDICAL_ID': ['medical id', 'patient medical id'], 'TWILIO_AUTH_TOKEN': ['twilio auth token',
        'auth token'],
    'AWS_SECRET_KEY': ['aws secret access key', 'secret access key'],
    'IP_ADDRESS': ['ip', 'ip address', 'client ip', 'remote ip', 'remote addr', 'x forwarded for',
        'x real ip'],
}


def keyed_value(rng, kind, simple):
    """A value for a key of that kind; `simple`: one token without quotes, white space or separators."""
    make = {'GENERIC_SECRET': lambda: c.secret(rng, simple), 'PASSWORD': lambda: c.password(rng,
        simple),
            'PIN_OTP': lambda: c.Value(kind, c.chars(rng, c.DIGITS, rng.choice([4, 5, 6, 8]))),
            'CVV': lambda: c.Value(kind, c.chars(rng, '123456789', rng.choice([3, 3, 4]))),
                'PERSON_NAME': lambda: c.person(rng),
            'PHONE': lambda: c.bare_phone(rng) if simple or rng.random() < .3 else c.phone(rng),
                'EMAIL': lambda: c.email(rng), 'ADDRESS': lambda: c.address(rng),
            'DATE_OF_BIRTH': lambda: c.birth(rng), 'IBAN': lambda: c.iban(rng),
                'CREDIT_CARD': lambda: c.card(rng),
            'ACCOUNT': lambda: last2(kind, c.chars(rng, c.DIGITS, rng.choice([8, 9, 10]))),
                'DE_TAX_ID': lambda: c.tax_id(rng), 'DE_SVNR': lambda: c.svnr(rng),
            'DE_KVNR': lambda: c.kvnr(rng), 'DE_ID_CARD': lambda: c.id_card(rng),
                'US_SSN': lambda: c.ssn(rng),
            'ID_DOCUMENT': lambda: c.Value(kind, rng.choice('CFGHJK') + c.chars(rng,
                'CFGHJKLMNPRTVWXYZ' + c.DIGITS, 8)),
            'MEDICAL_ID': lambda: last2(kind, rng.choice(['PAT-', 'M', '']) + c.chars(rng, c.DIGITS,
                8)),
            'TWILIO_AUTH_TOKEN': lambda: c.Value(kind, c.chars(rng, c.HEX, 32)),
                'AWS_SECRET_KEY': lambda: c.Value(kind, c.chars(rng, c.ALNUM + '+/', 40)),
            'IP_ADDRESS': lambda: c.ip(rng)}[kind]
    while True:
        value = make()
        if not simple or not any(ch in ' \u00a0/()+&=@\u200b,;"\'' for ch in value.text):
            return value
        if kind in ('PERSON_NAME', 'ADDRESS'):
            return c.Value(kind, rng.choice(c.FIRST[:4]) if kind == 'PERSON_NAME'
                else rng.choice(c.STREETS[2:4]) + str(rng.randrange(9)))
        if kind in ('PHONE', 'EMAIL', 'CREDIT_CARD', 'IBAN', 'DATE_OF_BIRTH', 'DE_TAX_ID',
            'DE_SVNR'):
            if kind == 'EMAIL':
                return value


def last2(kind, text):
    return c.Value(kind, text, [text[-2:]])


# --- notations --------------------------------------------------------------------------------------------
# name -> (simple values only, place(rng, key words, value))

def js(v):
    return c.apply(plain(v), c.json_inner)


def without_quotes(v):
    return c.Value(v.kind, v.text.replace("'", ''), v.allowed)


def bs(v):
    return c.apply(plain(v), lambda s: s.replace('\\', '\\\\').replace("'", "\\'"))


NOTATIONS = {
    'json': (False, lambda r, k, v: plain('{"id": 17, "', spell(r, k), '": "', js(v),
        '", "ok": true}')),
    'json compact nested': (False, lambda r, k, v: plain('{"event":"x","data":{"a":[1,{"', spell(r,
        k), '":"', js(v), '"}],"n":2}}')),
    'json pretty': (False, lambda r, k, v: plain('{\n    "id": 1,\n    "', spell(r, k), '": "',
        js(v), '",\n    "created": "2026-04-01"\n}')),
    'json array': (False, lambda r, k, v: plain('{"', spell(r, k), '":["', js(v), '"],"n":1}')),
    'json object below': (False, lambda r, k, v: plain('{"', spell(r, k), '":{"inner":"', js(v),
        '","list":[true,null]}}')),
    'json truncated': (False, lambda r, k, v: plain('{"level":"error","ctx":{"', spell(r, k), '":"',
        js(v))),
    'json broken': (False, lambda r, k, v: plain("{'a':1,, \"", spell(r, k), '" : "', js(v),
        '"]]')),
    'json escaped key': (False, lambda r, k, v: plain('{"', c.u_all(k.replace(' ',
        '_')[0]) + k.replace(' ', '_')[1:], '":"', js(v), '"}')),
    'json ascii': (False, lambda r, k, v: plain('{"', c.json_ascii(k.replace(' ', '_')), '":"',
        c.apply(plain(v), c.json_ascii), '","x":"\\u00e4"}')),
    'json all u': (False, lambda r, k, v: plain('{"', spell(r, k), '":"', c.apply(plain(v),
        r.choice([c.u_all, c.u_upper])), '"}')),
    'json php': (False, lambda r, k, v: plain('[2026-04-01 10:00:00] production.INFO: Saved {"',
        c.php_json(spell(r, k)), '":"', c.apply(plain(v), c.php_json), '","id":4} []')),
    'json in json': (False, lambda r, k, v: plain('{"body":"', c.apply(plain('{"a":1,"', spell(r,
        k), '":"', js(v), '"}'), c.json_inner), '","n":1}')),
    'json in json 3': (False, lambda r, k, v: plain('{"p":"', c.apply(plain('{"q":"',
        c.apply(plain('{"', spell(r, k), '": "', js(v), '"}'), c.json_inner), '"}'), c.json_inner),
        '"}')),
    'json number': (True, lambda r, k, v: plain('{"', spell(r, k), '":', v, ',"n":1}')
        if v.text.isdigit() and v.text[0] != '0' else plain('{"', spell(r, k), '":"', v, '"}')),
    'print_r': (False, lambda r, k, v: plain('Array\n(\n    [id] => 5\n    [', spell(r, k), '] => ',
        v, '\n    [ok] => 1\n)\n')),
    'var_export': (False, lambda r, k, v: plain("array (\n  'id' => 5,\n  '", spell(r, k), "' => '",
        bs(v), "',\n)")),
    'var_dump': (False, lambda r, k, v: plain('array(2) {\n  ["', spell(r, k),
        f'"]=>\n  string({len(v.text.encode())}) "', v, '"\n  ["n"]=>\n  int(3)\n}')),
    'var_dump object': (False, lambda r, k, v: plain('object(App\\Models\\User)#12 (1) {\n  ["',
        spell(r, k), f'":protected]=>\n  string({len(v.text.encode())}) "', v, '"\n}')),
    'php array': (False, lambda r, k, v: plain("['id' => 1, '", spell(r, k), "' => '", bs(v),
        "', 'ok' => true]")),
    'laravel dump': (False, lambda r, k, v: plain('  #attributes: array:2 [\n    "id" => 7\n    "',
        spell(r, k), '" => "', js(v), '"\n  ]')),
    'print_r object': (False, lambda r, k, v: plain('App\\User Object\n(\n    [', spell(r, k),
        ':protected] => ', v, '\n)\n')),
    'python dict': (False, lambda r, k, v: plain("DEBUG payload={'id': 3, '", spell(r, k), "': '",
        bs(v), "', 'x': None}")),
    'dataclass': (False, lambda r, k, v: plain('Customer(id=3, ', '_'.join(k.split()), "='", bs(v),
        "', active=True)")),
    'namespace': (True, lambda r, k, v: plain('User{id=3, ', k.split()[0] + ''.join(w.capitalize()
        for w in k.split()[1:]), '=', v, ', active=true}')),
    'env': (True, lambda r, k, v: plain('APP_ENV=production\n', '_'.join(k.split()).upper(), '=', v,
        '\nAPP_DEBUG=false\n')),
    'env quoted': (False, lambda r, k, v: plain('APP_NAME=Shop\n', '_'.join(k.split()).upper(),
        '="', js(v), '"\nLOG_LEVEL=debug\n')),
    'export': (True, lambda r, k, v: plain('export ', '_'.join(k.split()).upper(), '=', v,
        ' && php artisan queue:work')),
    'docker -e': (True, lambda r, k, v: plain('docker run -d -e ', '_'.join(k.split()).upper(), '=',
        v, ' -p 8080:80 app:latest')),
    'docker inspect': (True, lambda r, k, v: plain('"Env": [\n    "PATH=/usr/bin",\n    "',
        '_'.join(k.split()).upper(), '=', v, '"\n]')),
    'ini': (True, lambda r, k, v: plain('[service]\n; comment\n', '_'.join(k.split()), ' = ', v,
        '\nport = 3306\n')),
    'toml': (False, lambda r, k, v: plain('[retell]\n', spell(r, k).replace('.', '_'), ' = "',
        js(v), '"\nretries = 3\n')),
    'yaml': (True, lambda r, k, v: plain('services:\n  retell:\n    ', spell(r, k), ': ', v,
        '\n    timeout: 30\n')),
    'yaml line': (False, lambda r, k, v: plain('kunde:\n  ', '_'.join(k.split()), ': ', v,
        '\n  aktiv: true\n')),
    'yaml quoted': (False, lambda r, k, v: plain('- name: app\n  ', spell(r, k), ': "', js(v),
        '"\n  port: 80\n')),
    'yaml single': (False, lambda r, k, v: plain('  ', spell(r, k), ": '", c.apply(plain(v),
        lambda s: s.replace("'", "''")), "'\n")),
    'logfmt': (True, lambda r, k, v: plain('ts=2026-04-01T10:00:00Z level=info msg="user saved" ',
        spell(r, k), '=', v, ' took=12ms')),
    'logfmt quoted': (False, lambda r, k, v: plain('level=warn ', spell(r, k), '="', js(v),
        '" dur=3')),
    'query': (False, lambda r, k, v: plain('GET /v1/x?page=2&', spell(r, k), '=', c.apply(plain(v),
        c.percent), '&sort=asc HTTP/1.1')),
    'form': (False, lambda r, k, v: plain('grant_type=client&', spell(r, k), '=', c.apply(plain(v),
        c.form), '&scope=read')),
    'xml': (False, lambda r, k, v: plain('<user id="3"><', '-'.join(k.split()), '>',
        c.apply(plain(v), c.html_plain), '</', '-'.join(k.split()), '></user>')),
    'xml attr': (False, lambda r, k, v: plain('<account id="3" ', '-'.join(k.split()), '="',
        c.apply(plain(v), c.html_plain), '" active="1"/>')),
    'html entities json': (False, lambda r, k, v: plain('<pre>{&quot;', spell(r, k),
        '&quot;:&quot;', c.apply(js(v), c.html_plain), '&quot;,&quot;n&quot;:1}</pre>')),
    'html input': (False, lambda r, k, v: plain('<input type="text" name="', spell(r, k),
        '" value="', c.apply(plain(v), c.html_plain), '" class="x">')),
    'header': (True, lambda r, k, v: plain('POST /x HTTP/1.1\r\nHost: api.example.com\r\n',
        '-'.join(w.capitalize() for w in k.split()), ': ', v, '\r\nAccept: */*\r\n\r\n')),
    'header lower': (True, lambda r, k, v: plain('> accept: */*\n> ', '-'.join(k.split()), ': ', v,
        '\n> content-length: 12\n')),
    'sql set': (False, lambda r, k, v: plain('UPDATE users SET `', '_'.join(k.split()), "` = '",
        c.apply(plain(v), lambda s: s.replace("'", "''")), "', active = 1 WHERE id = 9")),
    'sql where': (False, lambda r, k, v: plain('select * from "users" where "', '_'.join(k.split()),
        '" = \'', c.apply(plain(v), lambda s: s.replace("'", "''")), "' limit 1")),
    'sql where bare': (False, lambda r, k,
        v: plain('SQLSTATE[23000]: ... (SQL: select * from users where ', '_'.join(k.split()),
        " = '", c.apply(plain(v), lambda s: s.replace("'", "''")), "' limit 1)")),
    'sql tuple': (False, lambda r, k,
        v: plain('ERROR: duplicate key value violates unique constraint DETAIL:  Key (',
        '_'.join(k.split()), ')=(', v, ') already exists.')),
    'text colon': (True, lambda r, k, v: plain('Login fehlgeschlagen, ', ' '.join(k.split()), ': ',
        v, ' (Versuch 3)')),
    'text line': (True, lambda r, k, v: plain(k.title(), ': ', v, '\nStatus: offen\n')),
    'text equals': (True, lambda r, k, v: plain('retry with ', '_'.join(k.split()), '=', v,
        ', giving up')),
    'text quoted': (False, lambda r, k, v: plain('Config ', '_'.join(k.split()), ': "', js(v),
        '" geladen')),
    'pair list': (False, lambda r, k, v: plain('"headers":[["accept","*/*"],["',
        '-'.join(k.split()), '","', js(v), '"],["x-n","1"]]')),
    'pair list spaced': (False, lambda r, k, v: plain('[["', '-'.join(w.capitalize()
        for w in k.split()), '", "', js(v), '"], ["n", "1"]]')),
    'python pairs': (False, lambda r, k, v: plain("[('", '-'.join(k.split()), "', '", bs(v),
        "'), ('n', '1')]")),
    'har': (False, lambda r, k, v: plain('{"headers":[{"name":"', spell(r, k), '","value":"', js(v),
        '"},{"name":"n","value":"1"}]}')),
    'har pretty': (False, lambda r, k, v: plain('{\n  "name": "', spell(r, k), '",\n  "value": "',
        js(v), '"\n}')),
    'har reversed': (False, lambda r, k, v: plain('{"value":"', js(v), '","name":"', spell(r, k),
        '"}')),
    'key value object': (False, lambda r, k, v: plain('{"key":"', spell(r, k), '","value":"', js(v),
        '","enabled":true}')),
    'header lists': (False, lambda r, k, v: plain('{"host":["api.example.com"],"',
        '-'.join(k.split()), '":["', js(v), '"],"n":["1"]}')),
    'curl -H': (True, lambda r, k, v: plain("curl -s -X POST https://api.example.com/x -H '",
        '-'.join(k.split()), ': ', v, "' -H 'Accept: */*'")),
    'curl -d': (True, lambda r, k, v: plain('curl https://api.example.com -d "a=1&',
        '_'.join(k.split()), '=', v, '" -v')),
    'curl --data json': (False, lambda r, k, v: plain("curl https://api.example.com --data '{\"",
        '_'.join(k.split()), '":"', js(without_quotes(v)), "\"}' -v")),
    'cli option': (True, lambda r, k, v: plain('php artisan app:sync --', '-'.join(k.split()), '=',
        v, ' --force')),
    'cli option space': (True, lambda r, k, v: plain('mytool login --', '-'.join(k.split()), ' ', v,
        ' --verbose')),
    'js': (False, lambda r, k, v: plain('const ', k.split()[0] + ''.join(w.capitalize()
        for w in k.split()[1:]), ' = "', js(v), '"; init();')),
    'js object': (False, lambda r, k, v: plain('client.init({ region: "eu", ',
        k.split()[0] + ''.join(w.capitalize() for w in k.split()[1:]), ': "', js(v), '" })')),
    'ruby': (False, lambda r, k, v: plain('Parameters: {"id"=>"1", "', '_'.join(k.split()), '"=>"',
        js(v), '", "commit"=>"ok"}')),
    'ruby symbol': (False, lambda r, k, v: plain('{:id=>1, :', '_'.join(k.split()), '=>"', js(v),
        '"}')),
    'go': (True, lambda r, k, v: plain('&{ID:3 ', ''.join(w.capitalize() for w in k.split()), ':',
        v, ' Active:true}')),
    'php define': (False, lambda r, k, v: plain("define('", '_'.join(k.split()).upper(), "', '",
        bs(v), "');")),
    'php property': (False, lambda r, k, v: plain('$config->', '_'.join(k.split()), " = '", bs(v),
        "';")),
    'php index': (False, lambda r, k, v: plain("$config['", '_'.join(k.split()), "'] = '", bs(v),
        "';")),
    'multipart': (False, lambda r, k, v: plain('--x\r\nContent-Disposition: form-data; name="',
        '_'.join(k.split()), '"\r\n\r\n', v, '\r\n--x--')),
    'serialized': (False, lambda r, k, v: plain(f'a:1:{{s:{len("_".join(k.split()).encode())}:"',
        '_'.join(k.split()), f'";s:{len(v.text.encode())}:"', v, '";}')),
    'percent json': (False, lambda r, k, v: plain('GET /cb?state=x1&payload=', c.apply(plain('{"',
        '_'.join(k.split()), '":"', js(v), '","n":1}'), c.percent), '&v=2')),
    'double percent json': (False, lambda r, k, v: plain('/cb?payload=', c.apply(c.apply(plain('{"',
        '_'.join(k.split()), '":"', js(v), '","n":1}'), c.percent), c.percent), '&v=2')),
    'percent in json': (False, lambda r, k, v: plain('{"url":"https:\\/\\/api.example.com\\/x?',
        '_'.join(k.split()), '=', c.apply(plain(v), c.percent), '&n=2"}')),
    'query brackets': (False, lambda r, k, v: plain('user%5B', '_'.join(k.split()), '%5D=',
        c.apply(plain(v), c.form), '&n=1')),
    'query plain brackets': (False, lambda r, k, v: plain('/x?user[', '_'.join(k.split()), ']=',
        c.apply(plain(v), c.percent), '&n=1')),
    'sentry vars': (False, lambda r, k, v: plain('"vars":{"self":"<App>","', '_'.join(k.split()),
        '":"', js(c.Value(v.kind, "'" + v.text + "'", v.allowed)), '"}')),
    'repr in json': (False, lambda r, k, v: plain('{"message":"failed for {\'', '_'.join(k.split()),
        "': '", c.apply(bs(v), c.json_inner), '\', \'n\': 1}"}')),
    'env in json': (True, lambda r, k, v: plain('{"stdout":"APP=1\\n', '_'.join(k.split()).upper(),
        '=', v, '\\nB=2"}')),
    'yaml in json': (True, lambda r, k, v: plain('{"config":"a: 1\\n', '_'.join(k.split()), ': ', v,
        '\\nb: 2\\n"}')),
    'header in json': (True, lambda r, k, v: plain('{"raw":"GET / HTTP/1.1\\r\\n',
        '-'.join(k.split()), ': ', v, '\\r\\nHost: x\\r\\n"}')),
}


def keyed_line(rng, kind=None):
    kind = kind or rng.choice(list(KEYS))
    key, name = rng.choice(KEYS[kind]), rng.choice(list(NOTATIONS))
    simple, place = NOTATIONS[name]
    value = keyed_value(rng, kind, simple)
    raw = name in ('print_r', 'print_r object', 'sql tuple', 'multipart', 'var_dump',
        'var_dump object', 'yaml line', 'serialized')
    if raw and kind == 'PASSWORD':
        value = c.password(rng, True)
    return f'key {kind}', name, place(rng, key, value)
