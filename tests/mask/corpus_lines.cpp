#include "mask/corpus.hpp"

#include <algorithm>

namespace corpus {
namespace {

line make(tier t, std::string_view type, std::string before, std::string value, std::string after,
    std::string plain = {})
{
    line l;
    l.tier = t;
    l.type = type;
    l.before = std::move(before);
    l.value = std::move(value);
    l.after = std::move(after);
    l.plain = plain.empty() ? l.value : std::move(plain);
    if (l.type == "EMAIL" && l.plain.find('@') != l.plain.npos)
        l.may_stay = l.plain.substr(l.plain.find('@'));
    for (auto const prefix : {"key_", "sk-ant-api03-", "sk-proj-", "sk_live_", "rk_test_", "whsec_",
             "cal_live_", "xoxb-", "ghp_", "AKIA", "AIza"})
        if (l.plain.starts_with(prefix)) l.may_stay = prefix;
    return l;
}

std::string every_character_as_u(std::string const& s)
{
    static constexpr char hex[] = "0123456789abcdef";
    std::string out;
    for (char const ch : s) {
        auto const c = static_cast<unsigned char>(ch);
        out += std::string("\\u00") + hex[c >> 4] + hex[c & 15];
    }
    return out;
}

std::string replaced(std::string s, std::string_view what, std::string_view with)
{
    for (std::size_t p = 0; (p = s.find(what, p)) != s.npos; p += with.size())
        s.replace(p, what.size(), with);
    return s;
}

bool ascii(std::string const& s)
{
    return std::ranges::all_of(s, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// One value in one of the encodings a detector must see through.
void evade(kind const& k, dice& d, std::vector<line>& out)
{
    auto const v = k.make(d);
    auto const add = [&](std::string before, std::string value, std::string after) {
        out.push_back(
            make(tier::evasion, k.type, std::move(before), std::move(value), std::move(after), v));
    };
    auto const key = spelled_key(d.pick(k.keys), d);
    switch (d.below(9)) {
    case 0:
        if (ascii(v)) add("{\"" + key + "\":\"", every_character_as_u(v), "\"}");
        break;
    case 1:
        add("{\"" + every_character_as_u(key.substr(0, 1)) + key.substr(1) + "\":\"", v, "\"}");
        break;
    case 2: {
        auto const f = in_notation(14, key, v, d);
        add(f.before, replaced(f.value, "%", "%25"), f.after);
        break;
    }
    case 3:
        if (k.by_value)
            add("Wert: ", replaced(replaced(v, " ", "\xc2\xa0"), "-", "\xe2\x80\x91"), " notiert");
        break;
    case 4:
        if (k.by_value && v.find('@') != v.npos)
            add("<p>", replaced(v, "@", d.chance(50) ? "&#64;" : "&#x40;"), "</p>");
        break;
    case 5: {
        auto const f = in_notation(2, key, v, d);
        add(f.before, f.value, f.after);
        break;
    }
    case 6:
        if (ascii(v))
            add("{\"body\":\"{\\\"" + key + "\\\":\\\"",
                replaced(every_character_as_u(v), "\\", "\\\\"), "\\\"}\"}");
        break;
    case 7: {
        auto const f = in_notation(29, key, v, d);
        add("xx\":1}," + f.before, f.value, f.after);
        break;
    }
    default:
        if (k.by_value && v.find('@') != v.npos)
            add("to=", replaced(replaced(v, "+", "%2B"), "@", d.chance(50) ? "%40" : "%2540"),
                "&x=1");
        break;
    }
}

void special(dice& d, std::vector<line>& out)
{
    auto const add = [&](tier t, std::string_view type, std::string before, std::string value,
                         std::string after, std::string plain = {}) {
        out.push_back(
            make(t, type, std::move(before), std::move(value), std::move(after), std::move(plain)));
    };
    auto const token = d.alnum(32);
    add(tier::ordinary, "BEARER_TOKEN", "Authorization: Bearer ", token, "\r\nHost: x\r\n");
    add(tier::ordinary, "BEARER_TOKEN", "curl -H \"authorization: bearer ", token,
        "\" https://api.example.org/v1");
    add(tier::ordinary, "BEARER_TOKEN", "{\"headers\":{\"Authorization\":\"Bearer ", token, "\"}}");
    add(tier::ordinary, "BEARER_TOKEN", "[\"authorization\",\"Bearer ", token, "\"]");
    add(tier::ordinary, "BEARER_TOKEN", "{\"authorization\":[\"Bearer ", token, "\"]}");
    auto const basic = base64("user:" + d.alnum(10));
    add(tier::ordinary, "BASIC_AUTH", "authorization: Basic ", basic, "\n");
    add(tier::ordinary, "BASIC_AUTH", "curl -u admin:", d.alnum(12), " https://example.org/");
    add(tier::ordinary, "BASIC_AUTH", "sent Basic ", basic, " to host");
    add(tier::ordinary, "COOKIE", "Cookie: session=", d.alnum(24), "\r\n");
    add(tier::ordinary, "COOKIE", "Set-Cookie: sid=", d.hex(32),
        "; Path=/; Max-Age=3600; SameSite=Lax");
    add(tier::ordinary, "COOKIE", "{\"cookie\":\"laravel_session=", d.alnum(40), "\"}");
    add(tier::ordinary, "URL_PASSWORD", "postgres://app:", d.alnum(10) + "!x",
        "@db.example.org:5432/main");
    add(tier::ordinary, "URL_PASSWORD", "DATABASE_URL=mysql://shop:", d.alnum(12), "@127.0.0.1/app");
    add(tier::ordinary, "URL_QUERY_SECRET",
        "GET https://x.example.org/cb#access_token=", d.alnum(30), "&expires_in=3600");
    add(tier::ordinary, "URL_QUERY_SECRET",
        "https://b.s3.amazonaws.com/f.wav?X-Amz-Date=20261128T100000Z&X-Amz-Signature=", d.hex(64),
        "&X-Amz-Expires=300");
    add(tier::ordinary, "URL_QUERY_SECRET", "https://x.example.org/f?sig=", d.alnum(30), "&v=2");
    add(tier::ordinary, "URL_QUERY_SECRET", "/callback?code=", d.alnum(24), "&state=ab12");
    add(tier::ordinary, "CAPABILITY_URL",
        "{\"recording_url\":\"https://dxc03zgurdly9.cloudfront.net/", d.hex(32) + "/recording.wav",
        "\"}");
    add(tier::ordinary, "CAPABILITY_URL", "log at https://dxc03zgurdly9.cloudfront.net/",
        d.hex(32) + "/public.log", " done");
    add(tier::ordinary, "CAPABILITY_URL", "{\"public_log_url\":\"https://x.example.org/",
        d.hex(20) + "/public.log?e=1", "\"}");
    add(tier::ordinary, "TRANSCRIPT", "{\"call_id\":\"c\",\"transcript\":\"",
        "Agent: Guten Tag\\nUser: ich habe \\\"Fieber\\\" seit gestern", "\",\"duration_ms\":1200}");
    add(tier::ordinary, "TRANSCRIPT", "{\"transcript_object\":[{\"role\":\"user\",\"content\":\"",
        "ich brauche einen Termin wegen Rückenschmerzen", "\"}]}");
    add(tier::ordinary, "TRANSCRIPT", "{\"call_analysis\":{\"call_summary\":\"",
        "The caller asked about her results", "\",\"in_voicemail\":false}}");
    add(tier::ordinary, "TRANSCRIPT", "{\"custom_analysis_data\":{\"reason\":\"",
        "Schulter schmerzt", "\",\"score\":3}}");
    add(tier::ordinary, "GENERIC_SECRET",
        "{\"general_tools\":[{\"type\":\"custom\",\"headers\":{\"X-Tenant-Auth\":\"", d.alnum(18),
        "\"}}]}");
    add(tier::ordinary, "PHONE", "{\"from_number\":", "49171" + d.digits(7), ",\"n\":1}");
    std::string body;
    for (int k = 0; k < 4; ++k) body += d.alnum(64) + "\n";
    body += d.alnum(30) + "==";
    add(tier::ordinary, "PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----\n", body,
        "\n-----END PRIVATE KEY-----\n");
    add(tier::evasion, "PRIVATE_KEY", "{\"key\":\"-----BEGIN RSA PRIVATE KEY-----\\n",
        replaced(body, "\n", "\\n"), "\\n-----END RSA PRIVATE KEY-----\\n\"}", body);
    add(tier::evasion, "PRIVATE_KEY", "k: -----BEGIN EC PRIVATE KEY----- ",
        replaced(body, "\n", " "), " -----END EC PRIVATE KEY-----", body);
    add(tier::evasion, "PRIVATE_KEY", "-----BEGIN OPENSSH PRIVATE KEY-----\n",
        body.substr(0, 150 + d.below(80)), "");
    add(tier::evasion, "PRIVATE_KEY", "x=-----BEGIN PRIVATE KEY-----\r\n    ",
        replaced(body, "\n", "\r\n    "), "\r\n    -----END PRIVATE KEY-----", body);
    auto const pw = d.alnum(5) + "\"" + d.alnum(5) + "\\";
    add(tier::evasion, "PASSWORD", "{\"password\":\"",
        replaced(replaced(pw, "\\", "\\\\"), "\"", "\\\""), "\",\"n\":1}");
    static constexpr std::string_view ones[] = {
        "null", "eins", "zwo", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"};
    std::string spoken = "null eins";
    for (int k = 0; k < 8; ++k) spoken += (d.chance(20) ? ", " : " ") + std::string(d.pick(ones));
    add(tier::hard, "PHONE_SPOKEN", "Meine Nummer ist die ", spoken, " danke");
    static constexpr std::string_view pairs[] = {"einundzwanzig", "fünfzehn", "dreiundvierzig",
        "zwölf", "achtzig", "doppel-vier", "neunzehn"};
    spoken = "null eins sieben eins";
    for (int k = 0; k < 4; ++k) spoken += " " + std::string(d.pick(pairs));
    add(tier::hard, "PHONE_SPOKEN", "unter der ", spoken, ".");
    static constexpr std::string_view english[] = {
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "oh"};
    spoken = "five";
    for (int k = 0; k < 8; ++k) spoken += " " + std::string(d.pick(english));
    add(tier::hard, "PHONE_SPOKEN", "my number is ", spoken, ", thanks");
    add(tier::hard, "EMAIL_SPOKEN", "also ", "anna punkt schmidt ät web punkt de", " genau");
    add(tier::hard, "EMAIL_SPOKEN", "das ist ", "max minus weber klammeraffe firma punkt com", ".");
    add(tier::hard, "EMAIL_SPOKEN", "it's ", "john dot doe at example dot org", " okay");
    auto const hidden = "user=" + mail(d) + " password=x";
    add(tier::hard, "ENCODED_PII", "data: ", base64(hidden), " end");
    add(tier::hard, "ENCODED_SECRET", "blob=", hex_of("key_" + d.hex(26) + "  "), " ");
    add(tier::hard, "ENCODED_SECRET", "{\"payload\":\"",
        base64("{\"api_key\":\"" + d.alnum(24) + "\"}"), "\"}");
}

} // namespace

std::vector<line> positives(std::uint64_t seed)
{
    dice d(seed);
    std::vector<line> out;
    for (auto const& k : kinds()) {
        for (std::size_t n = 0; n < notation_count; ++n) {
            auto const v = k.make(d);
            // A bare value of several words has no end in these.
            bool const spaced = v.find(' ') != v.npos;
            if (spaced && n == 18 && k.type != "PERSON_NAME" && k.type != "ADDRESS") continue;
            if (n == 20 && v.find(')') != v.npos) continue;
            auto key = spelled_key(d.pick(k.keys), d);
            if (n == 16 || n == 17) std::ranges::replace(key, ' ', '_');
            auto const f = in_notation(n, key, v, d);
            out.push_back(make(tier::ordinary, k.type, f.before, f.value, f.after, v));
        }
        for (auto const& c : k.contexts) {
            auto const v = k.make(d);
            auto const at = c.find('%');
            out.push_back(make(tier::ordinary, k.type, std::string(c.substr(0, at)), v,
                std::string(c.substr(at + 1))));
        }
        for (int n = 0; n < 22; ++n) evade(k, d, out);
    }
    for (int n = 0; n < 12; ++n) special(d, out);
    for (int n = 0; n < 4; ++n) places(d, out);
    for (int n = 0; n < 3; ++n) printed_places(d, out);
    return out;
}

bool leaks(line const& l, std::string_view masked)
{
    auto secret = l.plain;
    if (!l.may_stay.empty())
        if (auto const p = secret.find(l.may_stay); p != secret.npos)
            secret.erase(p, l.may_stay.size());
    std::size_t const allowed = secret.size() >= 10 ? 4 : secret.size() >= 6 ? 2 : 1;
    auto const search = [&](std::string const& s) {
        for (std::size_t i = 0; i + allowed + 1 <= s.size(); ++i)
            if (masked.find(s.substr(i, allowed + 1)) != masked.npos) return true;
        return false;
    };
    return search(secret) || (l.value != l.plain && l.may_stay.empty() && search(l.value));
}

} // namespace corpus
