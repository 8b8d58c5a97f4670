// Values as programs print them: coloured, in maps of headers, below keys in print_r, var_dump,
// YAML and elements, longer than anybody reads. And what looks like that.

#include "mask/corpus.hpp"

namespace corpus {
namespace {

class place {
public:
    std::string_view type, before, after;
};

constexpr place tokens[] = {
    {"BEARER_TOKEN", "proxy: hdr=map[Accept:[text/html] Authorization:[Bearer ", "] Host:[h1]]"},
    {"BEARER_TOKEN", "Request{headers={authorization=[Bearer ", "], accept=[*/*]}}"},
    {"BEARER_TOKEN", "Array\n(\n    [Authorization] => Array\n        (\n            [0] => Bearer ",
        "\n        )\n\n)\n"},
    {"BEARER_TOKEN", "authorization:\n  - Bearer ", "\nhost: h1\n"},
    {"BEARER_TOKEN", "['Authorization' => [0 => 'Bearer ", "']]"},
    {"GENERIC_SECRET", "scope headers [(b'host', b'h1'), (b'xi-api-key', b'", "')]"},
    {"GENERIC_SECRET", "update apps set client_secret = N'", "' where id = 4"},
    {"GENERIC_SECRET", "Array\n(\n    [client_secrets] => Array\n        (\n            [eu-1] => ",
        "\n        )\n\n    [mode] => live\n)\n"},
    {"GENERIC_SECRET", "[\"credentials\"]=>\n  array(1) {\n    [\"primary\"]=>\n    string(32) \"",
        "\"\n  }\n"},
    {"GENERIC_SECRET", "array('credentials' => array('primary' => '", "'), 'mode' => 'live')"},
    {"GENERIC_SECRET", "app:\n  credentials:\n    primary: ", "\n  replicas: 2\n"},
    {"GENERIC_SECRET", "api_key:\n- '", "'\nmode: live\n"},
    {"GENERIC_SECRET", "<app><credentials><primary>", "</primary></credentials><n>2</n></app>"},
    {"GENERIC_SECRET", "{\"log\":\"<credentials><a x=\\\"1\\\">", "</a></credentials>\",\"n\":2}"},
    {"GENERIC_SECRET", "[\"api-key\", [\"", "\"], 2]"},
    {"GENERIC_SECRET", "{\"client_secret\"\r\n:\r\n\"", "\"}"},
    {"GENERIC_SECRET", "{ port: \x1b[33m80\x1b[39m, apiKey: \x1b[32m'", "'\x1b[39m }"},
    {"PASSWORD", "\x1b[2mpassword=\x1b[0m\x1b[36m", "\x1b[0m \x1b[2muser=\x1b[0mbot"},
    {"COOKIE", "set-cookie: [ 'lang=; Path=/', 'sid=", "; Path=/; HttpOnly' ],"},
    {"COOKIE", "[Set-Cookie] => Array\n(\n    [0] => sid=", "; Path=/\n)\n"},
    {"BASIC_AUTH", "curl -sSu bot:", " https://h1.example.org"},
    {"BASIC_AUTH", "curl -k -u bot:\"", "\" https://h1.example.org"},
    {"URL_QUERY_SECRET",
        "{\"tools\":[{\"type\":\"custom\",\"url\":\"https://h1.example.org/a?tenant=",
        "\",\"method\":\"GET\"}]}"},
};

constexpr place prose[] = {
    {"TRANSCRIPT", "Array\n(\n    [call_summary] => ", "\n    [version] => 3\n)\n"},
    {"TRANSCRIPT", "Array\n(\n    [transcript] => ", "\n)\n"},
    {"TRANSCRIPT", "call:\n  transcript: |\n    ", "\n  version: 3\n"},
    {"TRANSCRIPT", "call_summary: >-\n  ", "\nversion: 3\n"},
};

/// Several words without quotes.
constexpr place records[] = {
    {"PERSON_NAME", "Caller{id=7, full_name=", ", city=Ulm}"},
    {"PERSON_NAME", "Patient(fullName=", ")"},
    {"PERSON_NAME", "level=info customer_name=", " status=ok"},
    {"ADDRESS", "Guest[id=7, address=", ", zip=89073]"},
    {"ADDRESS", "billing_address=", "\nport=80\n"},
};

constexpr place long_values[] = {
    {"BEARER_TOKEN", "Authorization: Bearer ", "\r\nHost: h1\r\n"},
    {"BEARER_TOKEN", "sent Bearer ", " to h1"},
    {"BASIC_AUTH", "authorization: basic ", "\nhost: h1\n"},
    {"COOKIE", "Cookie: lang=; sid=", "\r\nHost: h1\r\n"},
    {"COOKIE", "curl -b 'sid=", "' https://h1.example.org"},
    {"URL_PASSWORD", "clone https://oauth2:", "@git.example.org/a.git"},
};

constexpr std::string_view colours[] = {
    "\x1b[31m", "\x1b[1;32m", "\x1b[38;5;208m", "\\u001b[36m", "\\x1b[33m", "\\033[35m"};

} // namespace

void printed_places(dice& d, std::vector<line>& out)
{
    auto const add = [&](tier t, std::string_view type, std::string before, std::string value,
                         std::string after) {
        line l;
        l.tier = t;
        l.type = type;
        l.before = std::move(before);
        l.value = l.plain = std::move(value);
        l.after = std::move(after);
        if (auto const at = l.plain.find('@'); type == "EMAIL" && at != l.plain.npos)
            l.may_stay = l.plain.substr(at);
        out.push_back(std::move(l));
    };
    for (auto const& p : tokens)
        add(tier::ordinary, p.type, std::string(p.before), d.alnum(20 + d.below(20)) + d.digits(2),
            std::string(p.after));
    for (auto const& p : prose) {
        auto const name = person(d);
        add(tier::ordinary, p.type, std::string(p.before),
            name + " möchte kommen, " + name + " ist krank.", std::string(p.after));
    }
    for (auto const& p : records) {
        bool const name = p.type == "PERSON_NAME";
        add(tier::ordinary, p.type, std::string(p.before),
            name ? person(d) : "Am Markt " + std::to_string(1 + d.below(90)), std::string(p.after));
    }
    for (auto const& p : long_values)
        add(tier::evasion, p.type, std::string(p.before),
            d.alnum(500 + d.below(9000)) + d.digits(2), std::string(p.after));
    for (auto const& k : kinds()) {
        if (!k.by_value) continue;
        std::string const on(d.pick(colours));
        add(tier::evasion, k.type, "10:12:33 WARN " + on, k.make(d), on + " refused");
    }
}

void harmless_printed_places(dice& d, std::vector<std::string>& out)
{
    static constexpr std::string_view lines[] = {"token:\n  type: string\n  description: opaque\n",
        "secrets:\n  key: ${SECRET}\n", "if password:\n    retry: 3\n", "password:\n\nport: 80\n",
        "Passwort:\n- bitte neu setzen\n",
        "\x1b[32mINFO\x1b[0m worker \x1b[36mstatus\x1b[0m=\x1b[33m200\x1b[0m",
        "password: [filtered]", "[version] => Array\n(\n    [0] => 4\n)\n", "<token/><n>4</n>",
        "tar -xzfu a:b", "map[Accept:[*/*] User-Agent:[Go-http-client/1.1]]",
        "authorization: [redacted]", "MAXTOKEN=4096", "db:\n  password: !vault |\n",
        "set **password=None** first", "EUR/USD 1,0852 10000 bought", "[0.0171,0.3920012345]",
        "phone app: Range: bytes=0-1023/146515", "$this->password = $password;"};
    for (auto const l : lines) out.emplace_back(l);
    for (std::string_view const key : {"order_number=", "invoice number ", "serial number: "})
        out.push_back(std::string(key) + "4" + d.digits(9));
    out.push_back("{\"number\":\"0" + d.digits(9) + "\"}");
}

} // namespace corpus
