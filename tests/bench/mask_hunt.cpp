/// Looks for inputs that are slow to mask: every word that means something to the masker in every
/// notation, everything a token may begin with, and random rows of such pieces, each repeated up to
/// the size of an input. Shows the slowest, and how fast twice as much of them is.
///
///     bench_mask_hunt [--seed S] [--random N]

#include <trunkline/core/random.hpp>
#include <trunkline/mask/masker.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace trunkline;

/// Keys, one or more for each rule, and words that make a context.
constexpr std::string_view words[] = {"password", "api key", "apiKey", "X-Api-Key", "token",
    "authorization", "pin", "tan", "otp", "cvv", "first name", "vorname", "phone", "telefon",
    "email", "address", "strasse", "geburtsdatum", "geboren am", "iban", "konto", "credit card",
    "ssn", "steuer-id", "svnr", "kvnr", "id card", "reisepass", "patient id", "kundenkonto",
    "client ip", "x-forwarded-for", "cookie", "set-cookie", "transcript", "transcript_object",
    "words", "content", "arguments", "call_summary", "custom_analysis_data", "recording_url",
    "webhook_url", "general_tools", "headers", "query_params", "custom_sip_headers", "name", "key",
    "value", "sig", "code", "call_id", "version", "duration_ms", "max_tokens", "primary_key",
    "agent_name", "nummer", "karte", "aws", "twilio", "identified by", "requirepass", "Passwort",
    "sicherheitscode", "schlüssel", "SG", "hash", "auth", "dsn", "user", "login"};

/// `*` stands for the word.
constexpr std::string_view notations[] = {"*", "* ", "*: ", "*:", "*=", "* = ", "*=x&",
    "?*=", "*=\"", "*='", "\"*\":", "\"*\":\"", "\"*\": \"x1\", ", "{\"*\":", "{\"*\":{", "'*': '",
    "'*' => ", "[*] => ", "[\"*\"]=>", "<*>", "<*>x1</*>", "<key>*</key>", "<p name=\"*\">", "--* ",
    "--* x1 ", "[\"*\",\"", "[\"*\",\"x1\"],", "(\"*\",", "{\"name\":\"*\",\"value\":\"x1\"},",
    "name: *\n", "s:1:\"*\";s:1:\"", "\"*\";i:1;", "Key (*)=(", "(*) values (", "(*) values ('x1'),",
    "* ist ", "* is x1 ", "* 12 ", "* 1234567 ", "*: Xy12345 ", "*,", "*;", "*\n", "\\\"*\\\":\\\"",
    "\\\\\\\"*\\\\\\\":", "%22*%22%3A%22", "&quot;*&quot;:&quot;", "*%3D", "export *=x1\n",
    "- *: |\n", "*: |\n  x1\n", "*: [", "*: {\"a\":1},", "* => array (", "*\t", "*\\n", "`*`",
    "“*” ", "*/", "*.", "*-", "*_", "*(", "*@", "*\xc2\xa0", "*\xe2\x80\x8b", "*:\xef\xbc\x91"};

/// What tokens, numbers, addresses and structures begin with or are.
constexpr std::string_view pieces[] = {"eyJ", "eyJ.", "eyJhbGciOiJIUzI1NiJ9.",
    "eyJhbGciOiJIUzI1NiJ9.a.b ", "AIza", "AKIA", "AKIAIOSFODNN7EXAMPLE ", "ASIA", "SG.", "SG.a1",
    "cal_live_", "cal_", "dop_v1_", "ghp_", "ghp_0123456789abcdefghijABCDEFGHIJ012345 ", "gho_",
    "github_pat_", "glpat-", "hf_", "key_", "key_0123456789abcdef0123456789 ", "npm_", "pypi-",
    "rk_live_", "shpat_", "sk-", "sk-ant-", "sk-proj-", "sk_live_", "sk_", "whsec_", "xapp-",
    "xoxb-", "xoxe.xoxp-", "ya29.", "hooks.slack.com/services/",
    "AC0123456789abcdef0123456789abcdef ", "ac", "Bearer ", "Bearer x1", "Bearer abcdefgh1 ",
    "Basic ", "Basic dXNlcjpwYXNz ", "Token ", "Digest ", "Digest username=\"",
    "Authorization: Bearer ", "Authorization: Bearer x\n", "Authorization: Basic dXNlcjpwYXNz\n",
    "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\nMII",
    "-----END ", "-----BEGIN PRIVATE KEY-----\nMIIBVAIBADANBgkq\n-----END PRIVATE KEY-----\n",
    "0171 39 20 012 ", "0171", "+49", "+49 ", "+49 171 ", "(0", "(030) ", "00", "0049", "0 ", "1 ",
    "12 ", "123 ", "1234 ", "4111 1111 1111 1111 ", "4111", "4", "41 11 ", "4111-",
    "DE89 3704 0044 0532 0130 00 ", "DE89", "DE89 ", "DE", "1.2.3.4 ", "1.2.3.4", "1.",
    "client: 1.2.3.4, ", "2001:db8::1 ", "::", "::1 ", "\n1.2.3.4 - ", "12:34:56 ", "2026-11-28 ",
    "03.05.1987 ", "3. Mai ", "a@b.de ", "a@b.de", "a@", "@a", "a@b.", "@b.de",
    "max.mustermann@example.org, ", "null ", "eins ", "null eins zwei drei vier fünf sechs ",
    "null eins ", "ein", "fünf", "und", "fünfund", "doppel ", "zero one ", "one two ", "hundert",
    "einund", "at ", " at web punkt de ", "ät ", "punkt ", "a punkt b ät c punkt de ",
    "klammeraffe ", "affe ", "m a x at ", "dXNlcjpwYXNzd29yZA", "dXNlcjpwYXNzd29yZD0xMjM0NTY3OA== ",
    "cGFzc3dvcmQ6IGh1bnRlcjIhCg== ", "QUFBQUFBQUFBQUFBQUFBQUFBQUE= ", "AAAAAAAAAAAAAAAAAAAAAAAA",
    "A1", "A1-", "A1/", "a1b2c3d4e5f60718293a4b5c6d7e8f90 ", "6b65795f30313233343536373839 ",
    "deadbeef", "0123456789abcdef", "ABCDEFGH", "https://", "https://a:b@c/", "https://a:b@",
    "https://u:p@h.de/x ", "postgres://app:pw@host/db ", "://", "://:", "http://a", "http://a/b/",
    "//", "https://h/0123456789abcdef0/recording.wav ", "recording", "/recording.",
    "?token=", "?token=x&", "&key=", "?a=b&",
    "#access_token=", "X-Amz-Signature=", "?code=1&state=", "curl ", "curl -u a:b ", "-u ",
    "-u a:", "-ua:", "-b ", "-b a=b; ", "curl -b a=b; ", "curl -H 'X: ", "mysql -p", "mysql -px ",
    "mysql -p x1 y ", "sshpass -p ", "redis-cli -a ", "docker login -p ", " -p ", " -a", "-", "--",
    "---", " -- ", "--a ", "<", "<a", "<a>", "<a ", "<a b=\"", "</", "</a>", "<![CDATA[",
    "<password><![CDATA[", "<!--", "<a name=", "< ", "[", "[\"", "[a", "[A", "[A]", "[PHONE]",
    "[PHONE] ", "[REDACTED", "[*", "[A:", "]", "[]", "[a] => ", "{", "{}", "{{", "{{a}}", "${",
    "${a", "(", "()", "((", "(a", ")=(", "(a)=(", "(a,b)=(c,d)", "values (", "values(", ") values (",
    "insert into t (a, password) values ('b', 'c');", "insert into t (password) values (", "=>",
    "= ", "==", "=", "a=", "a=b ", "a=b&", "a = ", ":=", ":", ": ", "::=", "a:", "a: ", "a: b\n",
    "\"", "\"a\":", "\"a\":1,", "\"a\":\"b\",", "\"a\"", "'", "''", "'a'", "'a': ", "\"\"", "`",
    "``", "\\", "\\\"", "\\\\\"", "\\u", "\\u0022", "\\u0061", "\\u0040", "\\x41", "\\n", "\\/",
    "\\\\", "%", "%2", "%25", "%22", "%2522", "%40", "%C3%A4", "%3D", "%3A", "%2B49", "&", "&#",
    "&#64;", "&#x40;", "&quot;", "&amp;", "&lt;", "&a", "&commat;", "\xc2\xa0", "\xe2\x80\x8b",
    "\xe2\x80\x8b"
    "1",
    "a\xe2\x80\x8b", "\xe2\x80\x9c", "\xe2\x80\xa6", "\xef\xbb\xbf", "\xef\xbc\x91", "\xef\xbc\xa0",
    "\xc3\xa4", "\xc3", "\xff", "\xe2", std::string_view("\0", 1), "\x01", "\x1f", "\t", "\n",
    "\r\n", " ", "  ", ",", ";", ".", "..", "...", "|", "*", "***", "a", "aa ", "a ", "A ", "Ab",
    "a.b.c.d.", "a-b-", "a_b_", "AbCd", "x", "xxx ", "0", "9", "1,", "1;", "1\t",
    "name,phone,email\n", "a,b\n", "1,2\n", "\"a\",\"b\"\n", "Path=/; ", "sid=a1; ",
    "Set-Cookie: sid=a1; Path=/\n", "Cookie: a=b; c=d\n", "array (", "Array\n(\n",
    "Array ( [password] => ", "string(7) \"", "[\"password\"]=>\n  string(7) \"hunter2\"\n", "int(",
    "i:5;", "s:5:\"a\";", "O:1:\"", "s:8:\"password\";s:1:\"x\";", "SecretStr('", "b'", "null",
    "true", "machine a login b password c ", "login x password y\n", "IDENTIFIED BY '",
    "SET PASSWORD FOR 'a'@'b' = '", "password a1b2c3 ", "password 'a1b2' ", "password is a1b2c3 ",
    "call_started", "ongoing", "{\"role\":\"agent\",\"content\":\"hallo\"},",
    "{\"word\":\"null\"},", "{\"transcript_object\":[", "\"tools\":[{\"headers\":{\"a\":\"b\"}}],",
    "multipart name=\"password\"\r\n\r\nx\r\n", "agent_1f2e3d4c5b6a ", "login('", "login('a', '",
    "login('a', 'b') ", "f(\"", "mysqli_connect(", "->__construct('", "O(", "0x", "0xdeadbeef ",
    // Rows in which one place was looked at from every other.
    "%3Astrasse-", "[iban] => (\"words\",://:", "[geburtsdatum] => [\"id card\",\"x-forwarded-for: ",
    "\\n{\"password\":{transcript: Xy12345 [ssn] => ", "[\"[kundenkonto] => ",
    "<a b=\"Digest username=\"a ", "transcript: [strasse=\"insert into t (password) values (",
    "null\\\\\\\"pin\\\\\\\":0123456789abcdef\xc3\xa4insert into t (password) values (", "value='",
    "<key>karte</key>Key (cvv)=(\\u(ssn) values (<kvnr>",
    "password: -u a:", "<kvnr><a>(ssn) values (<b>", "<kvnr><a b='(ssn) values (><b c='",
    "<phone><a>(phone, a) values (<b>, foo bar 12 "};

std::string in_notation(std::string_view word, std::string_view notation)
{
    std::string s;
    for (char const c : notation) {
        if (c == '*') s += word;
        else s += c;
    }
    return s;
}

/// What to repeat: every piece, every word in every notation, and `random_ones` rows of two to five.
std::vector<std::string> fragments(std::size_t random_ones, std::uint64_t seed)
{
    std::vector<std::string> all(std::begin(pieces), std::end(pieces));
    for (auto const w : words)
        for (auto const n : notations) all.push_back(in_notation(w, n));
    trunkline::random_source random(seed);
    auto const known = all.size();
    for (std::size_t k = 0; k < random_ones; ++k) {
        std::string row;
        for (auto n = 2 + random.below(4); n > 0; --n) {
            // Half of them pieces: they are fewer, and differ more.
            auto const most = random.below(2) == 0 ? std::size(pieces) : known;
            row += all[random.below(most)];
        }
        all.push_back(std::move(row));
    }
    return all;
}

volatile std::size_t sink = 0;

std::string repeated(std::string_view part, std::size_t size)
{
    std::string s;
    s.reserve(size + part.size());
    while (s.size() < size) s += part;
    return s;
}

/// Processor seconds of one call, the best of `runs`.
double best_of(int runs, masker const& m, std::string const& text)
{
    double best = 1e9;
    for (; runs > 0; --runs) {
        auto const begin = std::clock();
        sink = sink + m.mask(text, mask_zone::log).output.size();
        best = std::min(best, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
    }
    return best;
}

std::string printed(std::string_view fragment)
{
    std::string s;
    for (char const c : fragment) {
        char code[5];
        std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(c));
        if (c >= 0x20 && c < 0x7f && c != '\\') s += c;
        else s += c == '\n' ? "\\n" : code;
    }
    return s;
}

/// The slowest inputs, and how much longer twice as much takes.
void hunt(std::uint64_t seed, std::size_t random_ones)
{
    constexpr std::size_t shown = 30, looked_at = 60, few = 1 << 14, all = 1 << 20;
    class found {
    public:
        std::string fragment;
        double time; ///< A byte.
        double twice = 0;
    };
    masker const m;
    std::vector<found> slow;
    for (auto& f : fragments(random_ones, seed)) {
        auto const text = repeated(f, few);
        slow.push_back({std::move(f), best_of(2, m, text) / static_cast<double>(text.size())});
    }
    auto const slower = [](found const& a, found const& b) { return a.time > b.time; };
    std::printf("%zu inputs, seed %llu\n", slow.size(), static_cast<unsigned long long>(seed));
    std::ranges::sort(slow, slower);
    slow.resize(std::min(slow.size(), looked_at));
    for (auto& f : slow) {
        auto const text = repeated(f.fragment, all);
        f.time = best_of(3, m, text) / static_cast<double>(text.size());
        f.twice = best_of(2, m, repeated(f.fragment, 2 * all)) / 2 /
            (f.time * static_cast<double>(text.size()));
    }
    std::ranges::sort(slow, slower);
    slow.resize(std::min(slow.size(), shown));
    for (auto const& f : slow)
        std::printf("%7.0f MB/s  twice as much: %.2f as fast  %s\n", 1e-6 / f.time, 1 / f.twice,
            printed(f.fragment).c_str());
}

} // namespace

int main(int argc, char** argv)
{
    std::uint64_t seed = std::random_device{}();
    std::size_t random_ones = 4000;
    for (int i = 1; i + 1 < argc; ++i) {
        std::string_view const word = argv[i];
        if (word == "--seed") seed = std::strtoull(argv[++i], nullptr, 10);
        else if (word == "--random") random_ones = std::strtoull(argv[++i], nullptr, 10);
    }
    hunt(seed, random_ones);
}
