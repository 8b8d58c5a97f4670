// What stands where a value could, and is none: code, types, names of fields, what other programs
// and template languages write in the place of a secret. And beside each what goes.

#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::become;
using mask_test::log_of;
using mask_test::settled;

namespace {

/// In which nothing is found, however they are cut.
void remain(std::initializer_list<std::string> texts)
{
    for (auto const& text : texts) CHECK(settled(text) == text);
}

} // namespace

TEST_CASE("masker: a call or a subscript where a value could stand stays, whole")
{
    remain({"let token = jwt.sign({ sub: user.id }, process.env.JWT_SECRET, { expiresIn: '1h' });",
        "let token = jwt.sign(payload, secret, { algorithm: 'RS256' });",
        "const secret = Buffer.from(raw, 'base64');",
        "const apiKey = config.get<string>('services.apiKey');",
        "const [token, setToken] = useState<string | null>(null);",
        "'password' => Hash::make($data['password']),", "'password' => fake()->password(),",
        "$password = trim($_POST['password'] ?? '');", "$token = bin2hex(random_bytes(32));",
        "while ((token = strtok(NULL, \" \")) != NULL) {",
        "token := strings.TrimPrefix(h, \"Bearer \")", "secret := []byte(os.Getenv(\"X\"))",
        "token = jwt.encode(payload, key, algorithm=\"HS256\")",
        "token = serializer.dumps({\"id\": user.id})",
        "secret = client.get_secret_value(SecretId=name)[\"SecretString\"]",
        "password = Column(String, nullable=False)", "var token = await _tokens.GetAsync(id, ct);",
        "val password = readLine()!!", "\"token\": str(uuid4()),", "'token' => fn () => null,",
        "passwords = [p for p in candidates if len(p) >= 12]",
        "'password' => ['required', Password::min(8)->mixedCase()],", "TOKEN=`cat token.txt`",
        "let token = &self.tokens[i];", "Secret:   &corev1.SecretReference{Name: name},"});
    become({{"webhook_secret=hund(sommer}!", "webhook_secret=[GENERIC_SECRET]"},
        {"password: Fluss(horse}", "password: [PASSWORD]}"},
        {"<p>TOKEN=kaffee(hund)</p>", "<p>TOKEN=[GENERIC_SECRET]</p>"},
        {"(x=7 passphrase=D_fYa(fv dur=52ms)", "(x=7 passphrase=[PASSWORD] dur=52ms)"},
        {"(x=7 token=Hund(ab, id=3)", "(x=7 token=[GENERIC_SECRET], id=3)"},
        {"webhook_secret=_whwQITsXZK( x", "webhook_secret=[GENERIC_SECRET] x"},
        {"TOKEN=`Zhf3rQx7w`", "TOKEN=`[GENERIC_SECRET]`"}});
}

TEST_CASE("masker: the type of a value, and a member of something, stay")
{
    remain({"api_key: SecretStr", "password: SecretStr = Field(min_length=8)",
        "private readonly secret: Buffer;", "readonly token: Promise<string>;",
        "struct Config { token: Option<String> }", "let token: Vec<u8> = Vec::new();",
        "let password: Option<&str> = None;", "token: Arc<Mutex<String>>,",
        "token: Box<dyn Token>,", "password: Cow<'a, str>,", "token: [u8; 32],",
        "var token: String? = null", "pub(crate) token: TokenKind,",
        "token: BehaviorSubject<string | null>;", "password: Annotated[str, Field(min_length=8)]",
        "token: dict[str, Any]", "password: data?.password ?? '',", "token: session?.accessToken,",
        "password: passwordRef.current.value,", "master_password = random_password.db.result",
        "SELECT t0.password AS password_3 FROM user t0"});
    become({{"Db Password: Fluss<Apfel>x", "Db Password: [PASSWORD]<Apfel>x"},
        {"Auth Token: TokenBattery", "Auth Token: [GENERIC_SECRET]"},
        {"auth_token = token.wolke.hund", "auth_token = [GENERIC_SECRET]"},
        {"TOKEN=token.wolke.hund", "TOKEN=[GENERIC_SECRET]"},
        {"password: correct.horse.battery", "password: [PASSWORD]"},
        {"private_key=m?.t~y;jV", "private_key=[GENERIC_SECRET]"},
        {"the password AS hunter22x", "the password AS [PASSWORD]"}});
}

TEST_CASE("masker: what template languages and other programs write in the place of a value stays")
{
    for (std::string const value :
        {"[masked]", "[removed]", "[hidden]", "<%= token %>", "<?= $token ?>", "%{token}",
            "[[token]]", "__TOKEN__", "$env:TOKEN", "nullptr", "ENV['TOKEN']"})
        for (std::string const key : {"password", "api_key", "first_name"}) {
            CAPTURE(value);
            CHECK(log_of("{\"" + key + "\":\"" + value + "\"}") ==
                "{\"" + key + "\":\"" + value + "\"}");
        }
    remain({"postgres://user:***@db:5432/app", "mysql://app:****@localhost/shop",
        "http://user:xxxxx@localhost/", "https://user:%s@tools.example.test",
        "https://$USER:$TOKEN@example.org/x", "AKIAXXXXXXXXXXXXXXXX",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "whsec_xxxxxxxxxxxxxxxxxxxxxxxx",
        ": \"${API_KEY:?API_KEY is required}\"", "usage: login [--password PASSWORD] [--token TOKEN]",
        "docker buildx build --secret id=npm,src=.npmrc .",
        "{\"pin\":\"x\",\"a\":\"<pin>**** 4242</pin>\"}", "cvv: **** 4242",
        "password: !Sub '{{resolve:secretsmanager:db:SecretString:password}}'"});
    become({{"postgres://user:***x@db/app", "postgres://user:[URL_PASSWORD]@db/app"},
        {"postgres://user:$ecretA@db/app", "postgres://user:[URL_PASSWORD]@db/app"},
        {"AKIAXXXXXXXXXXXXXXX7", "[AWS_ACCESS_KEY_ID]"},
        {"--password HUNTER", "--password [PASSWORD]"},
        {"{\"password\":\"[Zhf3rQx7w]\"}", "{\"password\":\"[PASSWORD]\"}"},
        {"{\"password\":\"__Zhf3rQ__\"}", "{\"password\":\"[PASSWORD]\"}"}});
}

TEST_CASE("masker: prompts, errors and settings that name a secret stay")
{
    remain({"read -rsp \"Password: \" password", "read -r -s -p \"Token: \" TOKEN",
        "undefined method `password=' for nil:NilClass",
        "Enter passphrase for key '/srv/keys/id_ed25519':", "  id-token: write",
        "permissions: { id-token: write, contents: read }", "secrets: inherit",
        "imagePullSecrets: [{ name: regcred }]",
        "secret:\n  secretName: tls-web\n  defaultMode: 420\n", "--- PASS: TestPassword (0.00s)",
        "<p>(using password: NO)</p>", "<p>public ?string $password = null;</p>",
        "https://x.test/s?q=%40IsString%28%29%20password%3A%20string%3B&page=5",
        "{\"password\":[\"Das Passwort muss mindestens 8 Zeichen lang sein.\"]}", "num_token=350",
        "total_token=8155", "anzahl_token=350", "Stra\u00dfe: Pflichtfeld"});
    become({{"read -p \"x\" password=\" Zhf3rQ\"", "read -p \"x\" password=\"[PASSWORD]\""},
        {"https://x.test/s?q=password%3A%20Zhf3rQx7&page=5",
            "https://x.test/s?q=password%3A%20[PASSWORD]&page=5"},
        {"<p>password = Zhf3rQx7;</p>", "<p>password = [PASSWORD];</p>"},
        {"{\"password\":[\"Zhf 3 rQx 7 ab cd.\"]}", "{\"password\":[\"[PASSWORD]\"]}"}});
}

TEST_CASE("masker: labels, packages and descriptions of interfaces under the name of a secret stay")
{
    remain({"{\"password\":\"Passwort\",\"email\":\"E-Mail\",\"api_key\":\"API Key\"}",
        "\"reset_password\": \"Reset password\"", "<string name=\"password\">Passwort</string>",
        "\"dependencies\": { \"cookie\": \"^0.6.0\", \"cookie-signature\": \"1.0.6\" }",
        "\"node_modules/cookie\": { \"version\": \"0.6.0\", \"license\": \"MIT\" },",
        "{\"securitySchemes\":{\"apiKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-"
        "Key\"}}}",
        "{\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}}",
        "{\"properties\":{\"address\":{\"$ref\":\"#/$defs/address\"}}}",
        "{\"mappings\":{\"email\":{\"type\":\"keyword\"}}}",
        "{\"App\\\\Entity\\\\Token\":12,\"App\\\\Entity\\\\User\":3}",
        "{\"cookie\":{\"secure\":true,\"same_site\":\"lax\"}}"});
    become({{"{\"password\":\"MyPassword\"}", "{\"password\":\"[PASSWORD]\"}"},
        {"{\"token\":\"Berlin token\"}", "{\"token\":\"[GENERIC_SECRET]\"}"},
        {"{\"last_name\":\"Street\"}", "{\"last_name\":\"[PERSON_NAME]\"}"},
        {"{\"password\":\"1.0.6\"}", "{\"password\":\"[PASSWORD]\"}"},
        {"{\"credentials\":{\"type\":\"http\",\"token\":\"Zhf3rQ\"}}",
            "{\"credentials\":{\"type\":\"[GENERIC_SECRET]\",\"token\":\"[GENERIC_SECRET]\"}}"}});
}

TEST_CASE("masker: numbers near a word that expects another one stay")
{
    remain({"Das Konto wurde am 19.11.20 gel\u00f6scht.", "bank account on 2024-01-02",
        "{\"card\":{\"brand\":\"visa\",\"exp_year\":2027,\"created\":1615475310565}}",
        "{\"card_type\":\"mastercard\",\"updated_at\":1759037979317,\"order\":310331667}",
        "visa, mastercard: order 15922150 at 1684902355361", "USt-IdNr.: DE136695976",
        "HRB 516720, USt-IdNr: DE136695976", "001 002 003 004 005", "id,pin\n842,${SECRET}",
        "id,cvv\n583,REDACTED", "PASSCODE_ID=622081", "[[\"tan-id\",902559],[\"n\",107]]",
        "ean;ort\n5038734337111;Ulm"});
    become({{"Konto 19112099", "Konto [BANK_ACCOUNT:*99]"},
        {"Karte 1615475310565", "Karte [CREDIT_CARD:*0565]"},
        {"pin,id\n4711,842\n", "pin,id\n[PIN_OTP],842\n"}, {"001 212 555 0123", "[PHONE]"},
        {"IdNr. 85 139 763 421", "IdNr. [DE_TAX_ID]"}, {"PIN-Nr 4711", "PIN-Nr [PIN_OTP]"}});
}

TEST_CASE("masker: what frameworks and query builders call a secret stays")
{
    remain({"insert into \"tokens\" (\"token\", \"user_id\") values (?, ?)",
        "{\"credentials\":\"same-origin\",\"mode\":\"cors\"}",
        "cookies: { secure: true, sameSite: 'lax' }", "cookie: { maxAge: 60000, httpOnly: true }",
        "client(aws_access_key_id=key, aws_secret_access_key=secret)",
        "connect(user=\"app\", password=pw)", "print(f\"token: {token[:4]}\")",
        "set password(value) { this._password = value; }", "<x-y :token=\"user.token\">",
        "redact: [\"req.headers.authorization\", \"*.password\"]",
        "rules: { password: [required, min(8)] }", "\"login.password\": \"Passwort\",",
        "password=Passwort", "label.password = Passwort", "msgid \"Password:\"`",
        "{'msg': 'elif tok == \"password\":', 'n': 4}"});
    become({{"[[\"secret\",\"horse.passwort\"],[\"n\",1]]",
                "[[\"secret\",\"[GENERIC_SECRET]\"],[\"n\",1]]"},
        {"(\"token\", \"zhfrqx7w\")", "(\"token\", \"[GENERIC_SECRET]\")"},
        {"connect(password=zhfrqx)", "connect(password=[PASSWORD])"},
        {"cookie: { sid: 'zhf3rqx7' }", "cookie: { sid: '[COOKIE]' }"},
        {"password: [Zhf3rQx7w, 12]", "password: [[PASSWORD]]"},
        {"{\"password\":'Zhf3rQ'}", "{\"password\":'[PASSWORD]'}"},
        {"x:token=\"abc\"", "x:token=\"[GENERIC_SECRET]\""}});
}

TEST_CASE("masker: a value goes, though a program could say something that looks like it")
{
    become({{"password=Alles?.Klar", "password=[PASSWORD]"},
        {"PASSWORD=Warum?.Darum", "PASSWORD=[PASSWORD]"},
        {"password=Sommer()!2024", "password=[PASSWORD]"},
        {"PASSWORD=Hallo()-welt", "PASSWORD=[PASSWORD]"},
        {"secret = sha256abcd1234efgh5678(x)", "secret = [GENERIC_SECRET])"},
        {"token=b64A1B2C3D4E5F6(x),y", "token=[GENERIC_SECRET]),y"},
        {"password = pw2sha1(geheim)", "password = [PASSWORD])"},
        {"password=_Sommer(24)", "password=[PASSWORD])"},
        {"password: hund[Katze, maus]", "password: [PASSWORD], maus]"},
        {"password=Viper.2024!", "password=[PASSWORD]"},
        {R"("password":"env[12]geheim")", R"("password":"[PASSWORD]")"},
        {R"("password":"!sub hunter22")", R"("password":"[PASSWORD]")"},
        {R"("password":"self::hunter2")", R"("password":"[PASSWORD]")"},
        {"password = mypassword.geheim;", "password = [PASSWORD];"},
        {"secret = topsecret.agent;", "secret = [GENERIC_SECRET];"},
        {"password = Password_secret.de;", "password = [PASSWORD];"},
        {"token = TOKEN_ABCDEFGHIJKLMN,", "token = [GENERIC_SECRET],"},
        {"passwords = [Sommer2024 for x in y]", "passwords = [[PASSWORD]]"}});
}

TEST_CASE("masker: words that a program calls a secret are values where no call is")
{
    become({{"Server=db;Uid=sa;Pwd=pass;Database=x", "Server=db;Uid=sa;Pwd=[PASSWORD];Database=x"},
        {"jdbc:x://h;user=sa;password=pass;encrypt=true",
            "jdbc:x://h;user=sa;password=[PASSWORD];encrypt=true"},
        {"Uid=sa;Pwd=passwd;", "Uid=sa;Pwd=[PASSWORD];"},
        {"(user=sa, password=pass)", "(user=sa, password=[PASSWORD])"}});
}

TEST_CASE("masker: words of which people make passwords, and what is left of one, go under its key")
{
    become({{R"({"password":"trace"})", R"({"password":"[PASSWORD]"})"},
        {R"({"password":"omit"})", R"({"password":"[PASSWORD]"})"},
        {"password: new", "password: [PASSWORD]"}, {"password: write", "password: [PASSWORD]"},
        {"password: New", "password: [PASSWORD]"}, {"password: [new]", "password: [[PASSWORD]]"},
        {R"({"password":"%{geheim}"})", R"({"password":"[PASSWORD]"})"},
        {"password: !Sub hunter22", "password: [PASSWORD]"},
        {"password=ENV[12]geheim", "password=[PASSWORD]"},
        {R"({"password":"%{Geheim12}"})", R"({"password":"[PASSWORD]"})"},
        {R"({"password":"<%Geheim12%>"})", R"({"password":"[PASSWORD]"})"},
        {R"({"password":"<?Geheim12?>"})", R"({"password":"[PASSWORD]"})"},
        {R"({"password":"[[geheim]]"})", R"({"password":"[PASSWORD]"})"},
        {"password: \u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022a1b2", "password: [PASSWORD]"},
        {"{\"password\":\"\u2022\u2022\u2022\u20221234\"}", R"({"password":"[PASSWORD]"})"}});
    remain({"{\"api_key\":\"\u2022\u2022\u2022\u20221234\"}", "password = new PasswordInput()"});
}

TEST_CASE("masker: reports of tests, variables in links and versions are told by all they have")
{
    become({{"--- DB_PASS: hunter22", "--- DB_PASS: [PASSWORD]"},
        {"--- SMTP PASS: hunter22", "--- SMTP PASS: [PASSWORD]"},
        {"--- PASS: hunter22", "--- PASS: [PASSWORD]"},
        {"postgres://app:$MONKEY@h/d", "postgres://app:[URL_PASSWORD]@h/d"},
        {"postgres://app:$AUTHOR@h/d", "postgres://app:[URL_PASSWORD]@h/d"},
        {R"({"access_token":"4821.9937.1102"})", R"({"access_token":"[GENERIC_SECRET]"})"},
        {R"({"token":"1234.5678.9012"})", R"({"token":"[GENERIC_SECRET]"})"},
        {R"({"cookie":"123.456.789"})", R"({"cookie":"[COOKIE]"})"}});
}

TEST_CASE("masker: states, calls in capitals and scores in code are no secrets")
{
    remain({"code=404&state=failed", "code=DE&state=BY&zip=80331", "TOKEN(\"IDENTIFIER\", 3)",
        "yyerror(TOKEN(\"id\"))", "PASSWORD(\"label\")", "SECRET('db/prod')",
        "token: Some(\"expired\")", "\"address\": []byte{1,2}", "custom_analysis_data[score]=-1.5"});
    become({{"code=4f8Ks92kLp0aQ&state=x", "code=[URL_QUERY_SECRET]&state=x"},
        {"SET x = PASSWORD('geheim')", "SET x = PASSWORD('[PASSWORD]')"},
        {"token: Some(\"zhf3rq\")", "token: Some(\"[GENERIC_SECRET]\")"}});
}

TEST_CASE("masker: the nodes that a call passes are called something, and name nothing")
{
    remain({R"({"former_node_name":"password","value":"abcd1234efgh"})",
        R"({"role":"node_transition","new_node_name":"API key","content":"x"})"});
    become({{R"({"header_name":"X-Api-Key","value":"abcd1234efgh"})",
        R"({"header_name":"X-Api-Key","value":"[GENERIC_SECRET]"})"}});
    become({{R"({"nodeName":"password","value":"geheim1"})",
                R"({"nodeName":"password","value":"[PASSWORD]"})"},
        {R"({"name":"password","field_value":"","value":"geheim1"})",
            R"({"name":"password","field_value":"","value":"[PASSWORD]"})"}});
}
