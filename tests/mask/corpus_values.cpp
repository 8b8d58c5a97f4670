#include "mask/corpus.hpp"

#include <trunkline/core/crypto.hpp>

namespace corpus {

std::uint64_t dice::next()
{
    auto z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

std::string dice::from(std::string_view alphabet, std::size_t length)
{
    std::string s;
    while (s.size() < length) s += alphabet[below(alphabet.size())];
    return s;
}

std::string base64(std::string_view bytes)
{
    return trunkline::crypto::to_base64(bytes);
}

std::string hex_of(std::string_view bytes)
{
    return trunkline::crypto::to_hex(bytes);
}

namespace {

std::string with_luhn(std::string digits)
{
    for (char last = '0'; last <= '9'; ++last) {
        auto const all = digits + last;
        unsigned sum = 0;
        for (std::size_t k = 0; k < all.size(); ++k) {
            unsigned d = static_cast<unsigned>(all[all.size() - 1 - k] - '0');
            if (k % 2 == 1) d = d > 4 ? 2 * d - 9 : 2 * d;
            sum += d;
        }
        if (sum % 10 == 0) return all;
    }
    return digits;
}

std::string grouped(
    std::string const& s, std::initializer_list<std::size_t> sizes, std::string_view separator)
{
    std::string out;
    std::size_t at = 0;
    for (auto const n : sizes) {
        if (at != 0) out += separator;
        out += s.substr(at, n);
        at += n;
    }
    return out + s.substr(std::min(at, s.size()));
}

std::string tax_id(dice& d)
{
    std::string s = std::to_string(1 + d.below(9)) + d.digits(9);
    unsigned product = 10;
    for (char const c : s) {
        unsigned sum = (static_cast<unsigned>(c - '0') + product) % 10;
        if (sum == 0) sum = 10;
        product = sum * 2 % 11;
    }
    unsigned const check = 11 - product;
    s += std::to_string(check == 10 ? 0 : check % 10);
    return d.chance(50) ? s : grouped(s, {2, 3, 3, 3}, " ");
}

std::string svnr(dice& d)
{
    auto const s = std::to_string(10 + d.below(79)) + "0" + std::to_string(1 + d.below(9)) + "0" +
        std::to_string(1 + d.below(9)) + std::to_string(40 + d.below(59));
    auto const letter = d.from("ABCDEFGHJKLMNPRSTW", 1);
    auto const tail = d.digits(3);
    return d.chance(50) ? s + letter + tail
                        : s.substr(0, 2) + " " + s.substr(2) + " " + letter + " " + tail;
}

std::string date(dice& d)
{
    auto const day = std::to_string(1 + d.below(28)), month = std::to_string(1 + d.below(12));
    auto const year = std::to_string(1930 + d.below(80));
    auto const two = [](std::string const& s) { return s.size() == 1 ? "0" + s : s; };
    switch (d.below(4)) {
    case 0: return year + "-" + two(month) + "-" + two(day);
    case 1: return two(day) + "." + two(month) + "." + year;
    case 2: return two(month) + "/" + two(day) + "/" + year;
    default: return day + "." + month + "." + year;
    }
}

std::string ssn(dice& d)
{
    return std::to_string(100 + d.below(560)) + "-" + std::to_string(10 + d.below(89)) + "-" +
        std::to_string(1000 + d.below(8999));
}

std::string jwt(dice& d)
{
    auto strip = [](std::string s) {
        while (!s.empty() && s.back() == '=') s.pop_back();
        for (auto& c : s) c = c == '+' ? '-' : c == '/' ? '_' : c;
        return s;
    };
    return strip(base64(R"({"alg":"HS256","typ":"JWT"})")) + "." +
        strip(base64(R"({"sub":")" + d.digits(10) + R"(","name":"x"})")) + "." + d.alnum(43);
}

std::string secret(dice& d)
{
    switch (d.below(4)) {
    case 0: return d.alnum(20 + d.below(30));
    case 1: return d.hex(32);
    case 2: return d.alnum(8) + "-" + d.alnum(6) + "_" + d.alnum(9);
    default: return d.from("abcdefghijkmnpqrstuvwxyz23456789", 16);
    }
}

std::string password(dice& d)
{
    static constexpr std::string_view words[] = {
        "Sommer", "hunter", "Blau", "geheim", "Katze", "dragon"};
    return std::string(d.pick(words)) + d.digits(2 + d.below(3)) +
        std::string(d.chance(40) ? "!" : "") + d.alnum(3);
}

std::string ip(dice& d)
{
    return d.chance(75) ? "203.0.113." + std::to_string(1 + d.below(250))
                        : "2001:db8::" + d.hex(4) + ":" + d.hex(4);
}

std::string street(dice& d)
{
    static constexpr std::string_view names[] = {
        "Hauptstr.", "Lindenallee", "Am Markt", "Schillerstraße", "Elm Street"};
    return std::string(d.pick(names)) + " " + std::to_string(1 + d.below(120));
}

} // namespace

std::string card(dice& d)
{
    static constexpr std::string_view prefixes[] = {
        "4111", "4539", "5425", "5105", "2223", "6011", "3566"};
    auto const s = d.chance(20) ? with_luhn("3782" + d.digits(10))
                                : with_luhn(std::string(d.pick(prefixes)) + d.digits(11));
    static constexpr std::string_view separators[] = {"", " ", "-", "."};
    auto const separator = d.pick(separators);
    if (separator.empty()) return s;
    return s.size() == 15 ? grouped(s, {4, 6, 5}, separator) : grouped(s, {4, 4, 4, 4}, separator);
}

std::string iban(dice& d)
{
    static constexpr std::pair<std::string_view, unsigned> countries[] = {
        {"DE", 18}, {"AT", 16}, {"CH", 17}, {"ES", 20}, {"BE", 12}};
    auto const [country, length] = d.pick(countries);
    auto const body = d.digits(length);
    auto const whole =
        body + std::to_string(country[0] - 'A' + 10) + std::to_string(country[1] - 'A' + 10) + "00";
    unsigned rest = 0;
    for (char const c : whole) rest = (rest * 10 + static_cast<unsigned>(c - '0')) % 97;
    auto const check = 98 - rest;
    auto s = std::string(country) + (check < 10 ? "0" : "") + std::to_string(check) + body;
    if (d.chance(20))
        for (auto& c : s) c = static_cast<char>(std::tolower(c));
    if (d.chance(50)) {
        std::string out;
        for (std::size_t i = 0; i < s.size(); ++i)
            out += (i != 0 && i % 4 == 0 ? " " : "") + s.substr(i, 1);
        return out;
    }
    return s;
}

std::string mobile(dice& d)
{
    static constexpr std::string_view prefixes[] = {"171", "172", "160", "151", "176", "152"};
    auto const p = std::string(d.pick(prefixes));
    return p + d.digits(p[1] == '5' ? 8 : 7);
}

std::string person(dice& d)
{
    static constexpr std::string_view first[] = {
        "Anna", "Björn", "Mia", "Max", "Jürgen", "Ayşe", "Tom", "Zoë"};
    static constexpr std::string_view last[] = {
        "Mustermann", "Schmidt", "Özdemir", "Weiß", "Krause", "Doe", "Lindström"};
    return std::string(d.pick(first)) + " " + std::string(d.pick(last));
}

std::string phone(dice& d)
{
    auto const m = mobile(d), a = m.substr(0, 3), b = m.substr(3);
    auto const land = std::to_string(2 + d.below(8)) + d.digits(6);
    switch (d.below(20)) {
    case 0: return "+49" + m;
    case 1: return "+49 " + a + " " + b;
    case 2: return "0049" + m;
    case 3: return "0049 " + a + " " + b;
    case 4: return "0" + a + "/" + b;
    case 5: return "0" + a + "-" + b;
    case 6: return "0" + a + " " + b.substr(0, 3) + " " + b.substr(3);
    case 7: return "(030) " + land;
    case 8: return "030 " + land.substr(0, 4) + " " + land.substr(4);
    case 9: return "+49 (0)" + a + " " + b;
    case 10: return "+49 (0) 30 " + land;
    case 11: return "+49-" + a + "-" + b;
    case 12: return "0" + a + " - " + b;
    case 13: return "030/" + land;
    case 14: return "+43 664 " + land;
    case 15: return "+41 79 " + land.substr(0, 3) + " " + land.substr(3, 2) + " " + land.substr(5);
    case 16: return "+1 (212) 555-0" + d.digits(3);
    case 17: return "+44 20 7946 0" + d.digits(3);
    case 18: return "0" + a + "." + b;
    default: return "089 / " + land.substr(0, 3) + " " + land.substr(3);
    }
}

std::string mail(dice& d)
{
    static constexpr std::string_view names[] = {
        "max", "anna.schmidt", "info+test", "j_doe", "kontakt", "m-weber"};
    static constexpr std::string_view domains[] = {
        "example.com", "example.org", "mail.example.net", "praxis-muster.example", "beispiel.de"};
    return std::string(d.pick(names)) + d.digits(2) + "@" + std::string(d.pick(domains));
}

std::vector<kind> const& kinds()
{
    static std::vector<kind> const all = {
        {"PHONE",
            {"phone", "phone number", "mobile number", "telefon", "from number", "to number",
                "customer phone", "rückrufnummer", "callback number", "handynummer",
                "contact phone number"},
            {"Rückruf an % bitte", "Tel.: %", "erreichbar unter %.", "call me at %, please"}, true,
            phone},
        {"PHONE", {"telefon", "caller number"},
            {"Meine Handynummer ist %", "Telefon %", "Rufnummer: % (mobil)", "Anruf von % erhalten"},
            false, [](dice& d) { return "0" + mobile(d); }},
        {"EMAIL", {"email", "e-mail", "customer email", "mail", "contact email address"},
            {"schreib an %, danke", "<%>", "mailto:%?subject=x", "Kontakt: %."}, true, mail},
        {"IBAN", {"iban", "customer iban"}, {"überweisen auf % bis morgen", "IBAN: %"}, true, iban},
        {"CREDIT_CARD", {"card number", "credit card", "kreditkartennummer", "pan"},
            {"Karte % belastet", "paid with % today"}, true, card},
        {"RETELL_API_KEY", {"retell api key", "api key"}, {"using % now", "key=%", "(%)"}, true,
            [](dice& d) { return "key_" + d.hex(26 + d.below(3)); }},
        {"OPENAI_KEY", {"openai api key"}, {"using % now"}, true,
            [](dice& d) { return (d.chance(50) ? "sk-" : "sk-proj-") + d.alnum(44) + "7a"; }},
        {"ANTHROPIC_KEY", {"anthropic api key"}, {"using % now"}, true,
            [](dice& d) { return "sk-ant-api03-" + d.alnum(60); }},
        {"GOOGLE_API_KEY", {"google api key"}, {"maps %!"}, true,
            [](dice& d) { return "AIza" + d.alnum(35); }},
        {"ELEVENLABS_KEY", {"xi api key"}, {"voice % ok"}, true,
            [](dice& d) { return "sk_" + d.hex(48); }},
        {"CALCOM_KEY", {"cal api key"}, {"cal %"}, true,
            [](dice& d) { return "cal_live_" + d.hex(32); }},
        {"STRIPE_KEY", {"stripe key"}, {"charge %,"}, true,
            [](dice& d) { return (d.chance(50) ? "sk_live_" : "rk_test_") + d.alnum(24); }},
        {"WEBHOOK_SECRET", {"webhook secret"}, {"verify % ."}, true,
            [](dice& d) { return "whsec_" + d.alnum(32); }},
        {"GITHUB_TOKEN", {"github token"}, {"push with %"}, true,
            [](dice& d) { return "ghp_" + d.alnum(36); }},
        {"SLACK_TOKEN", {"slack token"}, {"bot %"}, true,
            [](dice& d) { return "xoxb-" + d.digits(12) + "-" + d.digits(12) + "-" + d.alnum(24); }},
        {"SENDGRID_KEY", {"sendgrid api key"}, {"mail via %"}, true,
            [](dice& d) { return "SG." + d.alnum(22) + "." + d.alnum(43); }},
        {"AWS_ACCESS_KEY_ID", {"aws access key id"}, {"aws %"}, true,
            [](dice& d) { return "AKIA" + d.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16); }},
        {"AWS_SECRET_KEY", {"aws secret access key", "secret access key"},
            {"aws secret %", "AWS_SECRET: %"}, false,
            [](dice& d) { return d.alnum(20) + "/" + d.alnum(19); }},
        {"TWILIO_AUTH_TOKEN", {"twilio auth token", "auth token"}, {"Twilio auth token %"}, false,
            [](dice& d) { return d.hex(32); }},
        {"JWT", {"id token", "jwt"}, {"token %", "?jwt=%"}, true, jwt},
        {"GENERIC_SECRET",
            {"api key", "x api key", "client secret", "access token", "signing secret", "token",
                "refresh token", "auth token", "secret", "session token", "webhook signing secret",
                "app key", "private key", "csrf token"},
            {}, false, secret},
        {"PASSWORD",
            {"password", "passwd", "db password", "passwort", "smtp password", "user pwd",
                "kennwort", "sip trunk auth password", "passphrase"},
            {}, false, password},
        {"PIN_OTP", {"pin", "otp", "tan", "verification code", "mfa code", "two factor code"},
            {"Ihre PIN lautet %.", "your verification code is %", "Der Einmalcode ist %."}, false,
            [](dice& d) { return d.digits(4 + d.below(3)); }},
        {"CVV", {"cvv", "cvc", "card security code"}, {"CVV ist %", "CVC: %"}, false,
            [](dice& d) { return d.digits(3); }},
        {"PERSON_NAME",
            {"customer name", "first name", "caller name", "patient name", "vorname", "kundenname",
                "account holder", "ansprechpartner"},
            {}, false, person},
        {"ADDRESS", {"address", "street", "home address", "straße", "billing address", "anschrift"},
            {}, false, street},
        {"DATE_OF_BIRTH", {"date of birth", "dob", "geburtsdatum", "birth date", "birthday"},
            {"geboren am %", "Geburtsdatum ist der %", "born on %"}, false, date},
        {"DE_TAX_ID", {"tax id", "steuer id"},
            {"Steuer-ID %", "Meine Steueridentifikationsnummer ist %"}, false, tax_id},
        {"DE_SVNR", {"sozialversicherungsnummer", "svnr"}, {"Sozialversicherungsnummer %"}, false,
            svnr},
        {"DE_KVNR", {"versichertennummer", "kvnr"}, {"Versichertennummer %", "KVNR %"}, false,
            [](dice& d) { return d.from("ABCDEFGHKLMNPRSTUVXYZ", 1) + d.digits(9); }},
        {"DE_ID_CARD", {"personalausweis", "id card", "personalausweisnummer"},
            {"Personalausweis %", "Ausweisnummer: %"}, false,
            [](dice& d) { return "L" + d.from("CFGHJKLMNPRTVWXYZ0123456789", 5) + d.digits(4); }},
        {"US_SSN", {"ssn", "social security number"}, {"SSN %", "my social security number is %"},
            false, ssn},
        {"ID_DOCUMENT",
            {"passport", "passport number", "driver license", "führerschein", "reisepass"},
            {"Reisepass %", "passport number %"}, false,
            [](dice& d) { return "C" + d.from("FGHJKLMNPRTVWXYZ", 2) + d.digits(6); }},
        {"MEDICAL_ID", {"medical id"}, {}, false, [](dice& d) { return "MED-" + d.digits(7); }},
        {"BANK_ACCOUNT", {"bank account", "kontonummer", "konto"}, {"Kontonummer %"}, false,
            [](dice& d) { return std::to_string(1 + d.below(9)) + d.digits(8); }},
        {"CUSTOMER_ACCOUNT_NUMBER", {"customer account number"}, {}, false,
            [](dice& d) { return d.digits(9); }},
        {"IP_ADDRESS", {"ip", "client ip", "remote addr", "x forwarded for", "ip address"}, {},
            false, ip},
    };
    return all;
}

} // namespace corpus
