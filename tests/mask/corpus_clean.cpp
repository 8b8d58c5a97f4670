#include "mask/corpus.hpp"

#include <algorithm>

namespace corpus {
namespace {

std::string uuid(dice& d)
{
    return d.hex(8) + "-" + d.hex(4) + "-4" + d.hex(3) + "-a" + d.hex(3) + "-" + d.hex(12);
}

std::string two(std::size_t n)
{
    return (n < 10 ? "0" : "") + std::to_string(n);
}

std::string german_date(dice& d)
{
    return two(1 + d.below(28)) + "." + two(1 + d.below(12)) + "." +
        std::to_string(1990 + d.below(40));
}

std::string iso(dice& d)
{
    return std::to_string(2020 + d.below(8)) + "-" + two(1 + d.below(12)) + "-" +
        two(1 + d.below(28)) + "T" + two(d.below(24)) + ":" + two(d.below(60)) + ":" +
        two(d.below(60)) + (d.chance(50) ? "Z" : "+02:00");
}

void times(dice& d, std::vector<std::string>& out)
{
    auto const ms = "17" + d.digits(11);
    out.push_back("{\"start_timestamp\":" + ms + ",\"end_timestamp\":" + ms +
        ",\"duration_ms\":" + d.digits(6) + "}");
    out.push_back("created_at=" + iso(d) + " took 1" + d.digits(3) + "ms");
    out.push_back(german_date(d) + " - " + german_date(d));
    out.push_back("Termin am " + german_date(d) + " um 10:30 Uhr, bis 05.10.2026");
    out.push_back("03.05.1987 - 17.07.15");
    out.push_back("203 - - [28/Nov/2026:10:00:0" + d.digits(1) +
        " +0100] \"GET /index.html HTTP/1.1\" 200 " + d.digits(5));
    out.push_back("Öffnungszeiten: Mo-Fr 08:00-18:00, Sa 09.00 - 13.00 Uhr");
    out.push_back("ts_ns=17" + d.digits(17) + " ts_us=17" + d.digits(14) + " ts=17" + d.digits(8));
    out.push_back("[" + iso(d) + "] production.INFO: Job " + uuid(d) + " processed in 12." +
        d.digits(2) + "s");
}

void ids(dice& d, std::vector<std::string>& out)
{
    out.push_back("{\"call_id\":\"call_" + d.hex(28) + "\",\"agent_id\":\"agent_" + d.hex(30) +
        "\",\"agent_version\":12}");
    out.push_back("{\"call_id\":\"" + d.hex(32) + "\",\"llm_id\":\"llm_" + d.hex(28) + "\"}");
    out.push_back("conversation_flow_" + d.hex(12) + " knowledge_base_" + d.hex(16) +
        " batch_call_" + d.hex(18));
    out.push_back("id " + uuid(d) + " and 12345678-1234-1234-1234-123456789012");
    out.push_back(
        "snowflake 1" + d.digits(18) + " order 2024-" + d.digits(6) + " invoice RE-" + d.digits(8));
    out.push_back("EAN 978" + d.digits(10) + ", Sendung 003404" + d.digits(14));
    out.push_back("Bestellnummer: " + std::to_string(1 + d.below(9)) + d.digits(9) +
        ", Kundennummer 4711" + d.digits(3));
    out.push_back("HRB " + d.digits(5) + ", USt-IdNr. DE" + d.digits(9) + ", PLZ 10115 Berlin");
    out.push_back(
        "lat 52.5" + d.digits(5) + ", lon 13.4" + d.digits(5) + ", port 8080, bytes 0-1023/146515");
    out.push_back("{\"phone_number_id\":\"pn_" + d.hex(12) + "\",\"voice_id\":\"11labs-Adrian\"}");
    out.push_back("row 1 2 3 4 5 6 7 8 9 10 11 12; 1.5e-10 2.25E+08; 110, 112, 116117");
    out.push_back("commit " + d.hex(40) + " etag \"" + d.hex(32) + "\" sha256:" + d.hex(64));
    out.push_back("integrity=\"sha512-" + base64(d.alnum(64)) + "\" app." + d.hex(8) + ".js");
    out.push_back("#4 0x0000" + d.hex(12) + " in main () at main.c:42");
    out.push_back("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0." + d.digits(4) +
        ".109 Safari/537.36");
    out.push_back("nginx/1.22.1 openssl 3.0.11-1~deb12u2 schema 20240115093000");
    out.push_back(
        "Preis 1.299,00 EUR, 12,99 €, $1,234.56, combined_cost: 0.1" + d.digits(4) + ", 4200 Cent");
    out.push_back(
        "batch 2026/11/28 0001-0002 page 3/12 ratio 16:9 1920x1080 P2/3 §§ 305-310 BGB, S. 12-14");
}

void words(dice& d, std::vector<std::string>& out)
{
    static constexpr std::string_view look_alikes[] = {"author", "function name", "agent name",
        "service name", "filename", "capacity", "passenger", "cache key", "max tokens",
        "token count", "llm token usage", "transcript length", "email verified at",
        "phone number id", "password updated at", "api key id", "token type", "secret name",
        "card type", "phone verified", "primary key", "host name", "voice name", "tool name",
        "pin required", "password policy", "email count", "key", "sort key", "company name", "code",
        "number", "session", "card", "auth enabled", "iban valid", "address type", "session id",
        "order number", "invoice number", "branch name", "signature version", "mobile enabled",
        "password length"};
    for (std::size_t k = 0; k < 24; ++k) {
        auto const key = spelled_key(d.pick(look_alikes), d);
        auto const value = d.chance(50) ? "alpha" + d.digits(2) : std::to_string(d.below(9000));
        auto const f = in_notation(d.below(notation_count), key, value, d);
        out.push_back(f.before + f.value + f.after);
    }
    static constexpr std::string_view prose[] = {"Ihr Passwort läuft in drei Tagen ab.",
        "kein Schlüssel hinterlegt", "password: darf nicht leer sein", "expected a bearer token",
        "User authenticated successfully", "Token expired", "Bearer token missing in request",
        "Die PIN wurde geändert", "Bitte Passwort eingeben: mindestens acht Zeichen",
        "api key not found", "secret: required", "The token is invalid.", "E-Mail-Adresse fehlt",
        "no phone number given", "ein, zwei Fragen, um drei Uhr zehn",
        "Wir haben zwei oder drei Termine frei, um vier oder um fünf.",
        "Basic authentication is disabled", "author: Jane", "Das sind eins, zwei, drei Gründe.",
        "password=null token=", "see banner@2x.jpg and @scope/package@1.2.3",
        "git@github.com:acme/app.git", "SELECT @@version", "@media (max-width: 600px)",
        "https://example.org/path?page=2&lang=de", "http://localhost:8080/health",
        "Set the API key in the dashboard.", "password: ${DB_PASSWORD}", "token: {{access_token}}",
        "DB_PASSWORD=%env(DB_PASSWORD)%", "secret = getenv('SECRET')", "api_key: <your key here>",
        "password: ********", "\"password\":\"\"", "\"token\":null", "token: None",
        "card **** 4242 charged", "phone +49 ***** 12", "mail m***@example.org",
        "[REDACTED] and [PHONE] and [EMAIL:k1:abcdefghij]",
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC "
        "KEY-----",
        "{\"webhook_events\":[\"call_started\",\"call_ended\"],\"temperature\":31.4500}",
        "Gate B12, Seat 23A, Kapitel 3.2.1",
        "{\"pii_config\":{\"mode\":\"post_call\",\"categories\":[\"phone_number\",\"email\","
        "\"ssn\",\"pin\"]}}",
        "Der Token-Verbrauch lag bei 1200 Tokens.", "Rufen Sie die 112 oder die 110 an.",
        "Version 10.0.19045.3803", "{\"passenger\":\"2\",\"compass\":\"NE\",\"bypass\":false}",
        "try again in 30 seconds (attempt 3/5)", "[\"person_name\",\"phone_number\"]",
        "token = generate_token()", "password: Optional[str] = None",
        "{\"properties\":{\"password\":{\"type\":\"string\",\"minLength\":8}}}",
        "{\"errors\":{\"password\":[\"The password field is required.\"]}}",
        "api_key: YOUR_API_KEY", "bind: address 0.0.0.0:8080", "Address: not found",
        "transcript: true", "{\"tokens\":1234}", "caller hung up after 12 seconds",
        "{\"direction\":\"inbound\",\"telephony_identifier\":{\"twilio_call_sid\":\"x\"}}"};
    for (auto const p : prose) out.emplace_back(p);
}

} // namespace

std::vector<line> cleans(std::uint64_t seed)
{
    dice d(seed);
    std::vector<line> out;
    std::vector<std::string> texts;
    for (int n = 0; n < 12; ++n) {
        times(d, texts);
        ids(d, texts);
        words(d, texts);
    }
    harmless_places(d, texts);
    harmless_printed_places(d, texts);
    for (auto& t : texts) {
        line l;
        l.before = std::move(t);
        out.push_back(std::move(l));
    }
    return out;
}

} // namespace corpus
