#include "context.hpp"

#include "keys.hpp"
#include "word_filter.hpp"
#include "word_set.hpp"

#include <algorithm>
#include <array>

namespace trunkline::mask_detail {
namespace {

class context_row {
public:
    context kind;
    std::string_view words;
};

constexpr context_row context_rows[] = {
    {context::phone,
        "telefon|tel|telefonnummer|handy|handynummer|nummer|rufnummer|mobil|mobilnummer|mobile|"
        "phone|phonenumber|msisdn|number|"
        "rueckruf|rueckrufnummer|zurueckrufen|anrufen|anruf|anrufer|erreichbar|erreichen|"
        "call|caller|"
        "callback|fax|festnetz|sms|whatsapp|cell|telephone|dial|dialed|dialing|calling|called|"
        "durchwahl|kontakt|"
        "weiterleitung|weiterleiten|transfer|transferred|transferring|mobilfunk|festnetznummer|"
        "contact|ruf|"
        "telefonnr|telnr|handynr|mobilnr|faxnr|rufnr|phoneno|phonenr|faxnummer|ruft|rief|gewaehlt|"
        "rueckrufbitte|angerufen|reach|telefonisch|hotline|text|ring"},
    {context::card,
        "kreditkarte|kreditkartennummer|kartennummer|karte|card|cardnumber|creditcard|visa|"
        "mastercard|amex|"
        "maestro|kreditkarten"},
    {context::iban, "iban"},
    {context::pin,
        "pin|otp|totp|tan|mtan|smstan|einmalcode|verificationcode|twofactorcode|bestaetigungscode|"
        "mfacode|"
        "einmalpasswort|onetimepassword|onetimecode|onetimepasscode|pincode|sicherheitscode|"
        "zugangscode|"
        "verifizierungscode|2facode|yourcode|ihrcode|deincode|geheimzahl|logincode|authcode|"
        "authenticationcode|"
        "smscode|puk|kundenpin|loginpin|securitypin|securitycode|passcode|confirmationcode|"
        "anmeldecode|codelautet|freischaltcode"},
    {context::cvv,
        "cvv|cvc|csc|cvv2|cvc2|kartenpruefnummer|pruefnummer|pruefziffer|kartenpruefziffer|"
        "securitycode|"
        "sicherheitscode|cardverificationcode|cardverificationvalue|cardsecuritycode|"
        "cardverificationnumber|verificationvalue"},
    {context::birth,
        "geboren|geb|geburtsdatum|geburtstag|dob|born|dateofbirth|birthday|birthdate|gebdatum|"
        "gebam|geborenam|"
        "gebdat|geburtsdatums|gebuertig|birth"},
    {context::tax,
        "steuerid|steueridentifikationsnummer|idnr|taxid|tin|steuernummer|steueridnr|"
        "steueridentnummer|"
        "identifikationsnummer|taxidentificationnumber|taxnumber|steuer"},
    {context::pension,
        "sozialversicherungsnummer|svnummer|svnr|rentenversicherungsnummer|rvnr|rentenversicherung|"
        "sozialversicherung|versicherungsnummer|rvnummer|sozialversicherungsnr|svausweis"},
    {context::health,
        "versichertennummer|kvnr|krankenversichertennummer|krankenversicherungsnummer|krankenkasse|"
        "egk|"
        "versichertennr|gesundheitskarte|krankenversichertennr|versicherten|krankenversicherung|"
        "kvnummer|"
        "versichertenkarte|krankenkassennummer"},
    {context::id_card,
        "personalausweis|personalausweisnummer|ausweisnummer|ausweis|idcard|identitycard|perso|"
        "personalausweisnr|ausweisnr|idcardnumber|nationalid"},
    {context::ssn, "ssn|socialsecurity|socialsecuritynumber|socialsecurityno|social"},
    {context::document,
        "reisepass|reisepassnummer|passport|passportnumber|passportno|fuehrerschein|"
        "fuehrerscheinnummer|"
        "driverslicense|driverlicense|drivinglicence|drivinglicense|passnummer|driverslicence|"
        "reisepassnr|"
        "fuehrerscheinnr|passnr|driverlicence"},
    {context::medical,
        "patientennummer|medicalid|mrn|medicalrecordnumber|patientid|patientnumber|patientennr|"
        "patientenid|"
        "medicalrecord|medicalrecordno"},
    {context::bank, "kontonummer|kontonr|bankaccount|accountnumber|bankkonto|bankaccountnumber|konto|bankverbindung"},
    {context::account,
        "customeraccountnumber|customeraccount|kundenkonto|kundenkontonummer|kundenkontonr"},
    {context::aws, "aws|secretaccesskey|awssecret|awssecretaccesskey|secretkey"},
    {context::password,
        "passwort|password|kennwort|passphrase|losungswort|passwd|requirepass|masterauth|"
        "identified|"
        "identifiedby|rootpw"},
    {context::twilio, "authtoken|twilioauthtoken|twilio"},
};

/// Context words by hash; built once, read only.
class table {
public:
    table()
    {
        for (auto const& r : context_rows) {
            auto rest = r.words;
            while (!rest.empty()) {
                auto const end = std::min(rest.find('|'), rest.size());
                add(rest.substr(0, end), r.kind);
                rest.remove_prefix(std::min(end + 1, rest.size()));
            }
        }
    }
    context const* find(std::uint64_t hash) const noexcept
    {
        for (auto i = hash % slots; hashes_[i] != 0; i = (i + 1) % slots)
            if (hashes_[i] == hash) return &kinds_[i];
        return nullptr;
    }
    /// Whether more letters could make a context of it.
    bool goes_on(std::uint64_t hash) const noexcept
    {
        return (beginnings_[hash % beginnings / 64] >> (hash % 64)) & 1u;
    }

private:
    static constexpr std::size_t slots = 1024, beginnings = 16 * 1024;

    void add(std::string_view word, context kind) noexcept
    {
        text const t(reinterpret_cast<byte const*>(word.data()), 0, word.size());
        auto h = empty_hash;
        for (std::size_t i = 0; i < word.size(); ++i) {
            if (i > 0) beginnings_[h % beginnings / 64] |= std::uint64_t{1} << (h % 64);
            h = hash_of_word(t, i, i + 1, h);
        }
        if (find(h)) return; // the first one decides
        auto i = h % slots;
        while (hashes_[i] != 0) i = (i + 1) % slots;
        hashes_[i] = h;
        kinds_[i] = kind;
    }

    std::array<std::uint64_t, slots> hashes_{};
    std::array<context, slots> kinds_{};
    std::array<std::uint64_t, beginnings / 64> beginnings_{};
};

table const& words()
{
    static table const t;
    return t;
}

/// Words that may stand between "PIN" and the PIN.
bool joins(text t, std::size_t b, std::size_t e) noexcept
{
    static constexpr std::string_view joints[] = {"ist", "lautet", "is", "war", "was", "nr", "no",
        "number", "nummer", "code", "am", "vom", "on", "von", "fuer", "for", "the", "der", "die",
        "das", "mein", "meine", "my", "ihr", "ihre", "your", "of", "lautete", "und", "and", "id",
        "dann", "jetzt", "bitte", "neu", "neue", "new", "hat", "er", "sie", "geboren", "born",
        "ending", "the", "karte", "card", "einmal", "patient", "kunde", "datum", "date",
        "identifikationsnummer", "beim", "bei", "to", "a", "it", "s", "gerade", "wurde", "also",
        "aktuelle", "value", "wert", "as", "mit", "with", "nun", "key", "secret", "access", "token",
        "auth", "account"};
    static constexpr word_set known(joints);
    folded_chars chars;
    return known.has(fold_word(t, b, e, chars));
}

/// Signs that stand between two values.
constexpr auto parts_values = [] {
    std::array<bool, 256> t{};
    for (unsigned n = 0; n < 256; ++n) {
        auto const c = static_cast<byte>(n);
        t[n] = is_quote(c) ||
            std::string_view(",;&|>\n\r").find(static_cast<char>(c)) != std::string_view::npos;
    }
    return t;
}();

/// Whether the word [b, e) names another value: {"pin": "4711", "id": 123456}, <pin/><id>
bool is_name(text t, std::size_t b, std::size_t e) noexcept
{
    if (t[e] == '>' && t.before(b) == '<') return true;
    auto const p = t.skip(is_quote(t[e]) || t[e] == ']' ? e + 1 : e, is_blank, 3);
    if (t[p] != ':' && t[p] != '=') return false;
    return !is_word_like(t, b, e, "value") && !is_word_like(t, b, e, "wert");
}

/// Whether nothing but a few such words and punctuation lies between. What follows a mask, or a
/// value that was none, under a name of its own is not spoken of.
bool close_by(text t, std::size_t from, std::size_t i, context_gap& gap) noexcept
{
    if (gap.from != from) gap = {from, from, 0, false, from == t.begin() && from > 0};
    while (gap.until < i && !gap.ended) {
        auto const c = t[gap.until];
        if (is_letter(c)) {
            auto const e = t.skip(gap.until, is_letter, 40);
            bool const one_name = gap.until == from + 1 && (t[from] == '_' || t[from] == '-');
            gap.ended = ++gap.words > 3 || !joins(t, gap.until, e) ||
                (one_name && is_word_like(t, gap.until, e, "id") &&
                    (is_name(t, gap.until, e) || is_quote(t[e]))) ||
                (gap.parted && is_name(t, gap.until, e));
            if (!gap.ended) gap.until = e;
        } else if (is_digit(c) || c == '{' || c == '}') {
            gap.ended = true;
        } else {
            gap.parted = gap.parted || parts_values[c];
            ++gap.until;
        }
    }
    return gap.until >= i;
}

bool ends_number(text t, std::size_t p) noexcept
{
    auto const c = t[p];
    if (is_word(c) || c == '_' || c == '%' || c == '@') return false;
    return !((c == '.' || c == ',' || c == ':' || c == '/' || c == '-') && is_digit(t[p + 1]));
}

/// `least` to `most` digits, in at most `groups` groups.
std::size_t digits_in_groups(
    text t, std::size_t i, std::size_t least, std::size_t most, unsigned groups) noexcept
{
    std::size_t n = 0;
    auto p = i, end = i;
    while (groups > 0) {
        auto const e = t.skip(p, is_digit, most - n + 1);
        if (e == p) break;
        n += e - p;
        end = e;
        if (n > most) return i;
        // All that such a number has: what stands behind a separator is another one.
        if (n == least && n == most && (t[e] == ' ' || (p == i && !ends_number(t, e))))
            return is_word(t[e]) || t[e] == '_' || t[e] == '%' || t[e] == '@' ? i : e;
        auto const c = t[e];
        if ((c != ' ' && c != '-' && c != '.' && c != '/') || !is_digit(t[e + 1])) break;
        p = e + 1;
        --groups;
    }
    return n >= least && ends_number(t, end) ? end : i;
}

std::size_t digits_only(text t, std::size_t b, std::size_t e, byte (&out)[16]) noexcept
{
    std::size_t n = 0;
    for (; b < e && n < 16; ++b)
        if (is_digit(t[b])) out[n++] = t[b] - '0';
    return n;
}

bool is_tax_id(byte const* d) noexcept
{
    unsigned product = 10;
    for (unsigned k = 0; k < 10; ++k) {
        unsigned sum = (d[k] + product) % 10;
        if (sum == 0) sum = 10;
        product = sum * 2 % 11;
    }
    unsigned const check = 11 - product;
    return d[10] == (check == 10 ? 0 : check % 11) && d[0] != 0;
}

hit find_ssn(text t, std::size_t i) noexcept
{
    auto const e = digits_in_groups(t, i, 9, 9, 3);
    if (e == i) return {};
    byte d[16];
    digits_only(t, i, e, d);
    auto const area = d[0] * 100 + d[1] * 10 + d[2];
    if (area == 0 || area == 666 || area >= 900 || d[3] + d[4] == 0 ||
        d[5] + d[6] + d[7] + d[8] == 0)
        return {};
    return {mask_type::us_ssn, i, e};
}

/// 19.11.20, 2024-01-02
bool is_date(text t, std::size_t i) noexcept
{
    auto const part = [&](std::size_t p, std::size_t most) { return t.skip(p, is_digit, most) - p; };
    auto const a = part(i, 5);
    auto const b = part(i + a + 1, 3);
    auto const c = part(i + a + b + 2, 5);
    auto const sign = t[i + a];
    if (b != 2 || t[i + a + 3] != sign) return false;
    auto const two = [&](std::size_t p) { return (t[p] - '0') * 10 + (t[p + 1] - '0'); };
    if (sign == '.')
        return a == 2 && (c == 2 || c == 4) && two(i) <= 31 && two(i + 3) <= 12 && two(i) > 0;
    return sign == '-' && a == 4 && c == 2 && (two(i) == 19 || two(i) == 20) && two(i + 5) <= 12 &&
        two(i + 8) <= 31;
}

/// Two digits, a birth date, a letter, three digits; groups or none.
hit find_pension(text t, std::size_t i) noexcept
{
    auto p = i;
    std::size_t n = 0;
    while (n < 12) {
        auto const c = t[p];
        if (n == 8 ? is_alpha(c) : is_digit(c)) {
            ++n;
            ++p;
        } else if ((c == ' ' || c == '-' || c == '.' || c == '/') && n > 0) {
            ++p;
        } else {
            return {};
        }
    }
    if (is_word(t[p])) return {};
    return {mask_type::de_svnr, i, p};
}

hit find_health(text t, std::size_t i) noexcept
{
    if (!is_alpha(t[i])) return {};
    auto const b = is_blank(t[i + 1]) || t[i + 1] == '-' ? i + 2 : i + 1;
    auto const e = digits_in_groups(t, b, 9, 9, 4);
    return e == b ? hit{} : hit{mask_type::de_kvnr, i, e};
}

/// A token of capitals and digits as documents are numbered.
hit find_document(text t, std::size_t i, mask_type type, std::size_t least, std::size_t most) noexcept
{
    auto p = i;
    std::size_t n = 0, digits = 0;
    std::size_t first = 0, first_size = 0; // the first group: where it ends
    while (n <= most) {
        auto const c = t[p];
        if (is_upper(c) || is_digit(c)) {
            ++n;
            digits += is_digit(c);
        } else if (!((c == ' ' || c == '-') && n > 0 &&
                       (is_digit(t[p + 1]) || (is_upper(t[p + 1]) && !is_lower(t[p + 2])))))
        {
            break;
        } else if (first == 0 && c == ' ' && digits > 0) {
            first = p;
            first_size = n;
        }
        ++p;
    }
    if (n > most && first_size >= least) { // what follows it is another number
        p = first;
        n = first_size;
    }
    while (p > i && !is_alnum(t[p - 1])) --p;
    if (n < least || n > most || digits < 1 || (digits < 3 && n < 8)) return {};
    if (is_word(t[p]) || !ends_number(t, p)) return {};
    return {type, i, p};
}

/// Whether what stands between the word and the value is part of a statement: IDENTIFIED WITH x BY
/// '...', SET PASSWORD FOR 'app'@'%' = '...'
bool is_statement(text t, std::size_t from, std::size_t i) noexcept
{
    if (i < from + 2 || !is_quote(t[i - 1]) || t.before(from) == 0) return false;
    auto const word = t.skip_back(from, is_word, 20);
    auto const size = from - word;
    if (size != 2 && size != 8 && size != 10) return false; // "by", "password", "identified"
    auto const between = t.view(from, i - 1);
    folded_chars chars;
    auto const said_word = fold_word(t, word, from, chars);
    if (said_word == "by") return between == " ";
    if (said_word == "identified") {
        bool const names = std::all_of(t.data() + from, t.data() + i - 1,
            [](byte c) { return is_word(c) || c == ' ' || c == '_'; });
        bool const said = t.starts_like(i - 5, " by ") || t.starts_like(i - 5, " as ");
        return names && said && (i - 5 <= from || t.starts_like(from, " with "));
    }
    if (said_word != "password") return false;
    if (between == " by " || between == " BY " || between == " as " || between == " AS ")
        return true;
    auto const set = t.skip_back(word, is_blank, 4);
    return is_word_like(t, t.skip_back(set, is_word, 4), set, "set") &&
        t.starts_like(from, " for ") && between.ends_with("= ") && between.size() < 100;
}

/// password x, the way .netrc and redis.conf write it: alone on its line, or behind "login x".
bool is_setting(text t, std::size_t from, std::size_t i) noexcept
{
    if (i == from || t.skip(from, is_blank, 8) != i) return false;
    auto const word = t.skip_back(from, is_word, 20);
    auto const in_value = [](byte c) { return c > ' ' && !is_quote(c); };
    auto const size = from - word;
    if (size < 6 || size > 11) return false; // of those below
    folded_chars chars;
    auto const name = fold_word(t, word, from, chars);
    if (name == "requirepass" || name == "masterauth" || name == "rootpw") {
        auto const value_end = t.skip(i, in_value, 300);
        auto const next = t[t.skip(value_end, is_blank, 40)];
        return next == 0 || next == '\n' || next == '\r' || next == '#' || is_quote(next);
    }
    if (name != "password" && name != "passwd") return false;
    // A small word could be prose, unless the machine is named.
    auto const small_end = t.skip(i, is_lower, 300);
    if (t[small_end] == ':' && small_end > i) return false; // "password confirmation: x"
    if (small_end == i + 300 || !in_value(t[small_end])) {
        auto const above = t.view(word - std::min<std::size_t>(word - t.begin(), 200), word);
        if (above.find("machine ") == above.npos) return false;
    }
    auto const before = t.skip_back(word, is_space, 40);
    auto const login = t.skip_back(
        before, [](byte c) { return c > ' ' && !is_quote(c); }, 80);
    auto const named = t.skip_back(login, is_blank, 8);
    if (login <= named || before <= login) return false;
    auto const said = fold_word(t, t.skip_back(named, is_word, 20), named, chars);
    return said == "login" || said == "machine" || said == "account" || said == "user";
}

/// token_count=4096, token-count: 4096: whether a value has a name of its own there, or is a part of one.
bool is_named(text t, std::size_t i) noexcept
{
    auto const b = t.skip_back(
        i, [](byte c) { return is_lower(c) || c == '_'; }, 40);
    auto const name = t.skip(
        i, [](byte c) { return is_lower(c) || c == '_'; }, 40);
    if (t.view(b, name).find('_') == std::string_view::npos) return false;
    if (t[name] != '=' && t[name] != ':') return false;
    auto const v = t.skip(name + 1, is_blank, 2), e = t.skip(v, is_digit, 12);
    return e > v && !is_word(t[e]) && !is_word(t.before(b));
}

/// pw=[PASSWORD]&x=1: whether what a name stands before went for that.
bool names_mask(text t, std::size_t i, std::size_t e) noexcept
{
    auto const name = t.skip(i, is_alnum, e - i);
    if (name == i || t[name] != '=' || t[name + 1] != '[' || !is_upper(t[name + 2])) return false;
    auto const end = t.skip(
        name + 2, [](byte c) { return is_upper(c) || c == '_'; }, e - name);
    return end < e && t[end] == ']';
}

/// "The password is hunter2": a word that is none, behind one that says so; or a quoted one.
hit find_password(text t, std::size_t i, std::size_t from, bool setting, bool statement) noexcept
{
    auto const in_value = [](byte c) { return c > ' ' && !is_quote(c) && c != ',' && c != ';'; };
    auto const value_end = [&] { return t.skip(i, in_value, 64); };
    if (setting && in_value(t[i]) && t[i] != '%' && t[i] != '$' && t[i] != '<')
        return {mask_type::password, i, value_end()};
    if (statement && in_value(t[i]))
        if (auto const e = value_end(); t.before(i) == t[e]) return {mask_type::password, i, e};
    auto const gap = t.skip(from, is_blank, 3);
    bool const said = gap > from && is_letter(t[gap]) && gap < i;
    bool const opened = gap > from && gap + 1 == i && is_quote(t[gap]);
    if (!said && !opened) return {};
    if (said && is_named(t, i)) return {};
    if (said && names_mask(t, i, value_end())) return {};
    auto const word = t.skip_back(from, is_word, 20);
    if (auto const size = from - word; size == 2 || size == 6 || size == 10 || size == 11) {
        folded_chars chars;
        auto const name = fold_word(t, word, from, chars);
        if (name == "identified" || name == "by" || name == "requirepass" || name == "masterauth" ||
            name == "rootpw")
            return {}; // said in no other way
    }
    auto const e = value_end();
    if (opened && t[gap] == t[e] && e - i >= 4) return {mask_type::password, i, e};
    if (!said) return {};
    // SELECT u.password AS password_3; Enter passphrase for key '/srv/keys/id_ed25519':
    if (t.starts(from, " AS ") && t.before(word) == '.') return {};
    if (t.starts_like(from, " for key ") && (t[i] == '/' || t.before(i) == '/')) return {};
    auto end = e;
    while (end > i && (t[end - 1] == '.' || t[end - 1] == '?' || t[end - 1] == ')')) --end;
    bool digit = false, letter = false, capital_inside = false;
    unsigned humps = 0; // "sIwSiL" is no word, and no name such as "JavaScript"
    for (auto p = i; p < end; ++p) {
        humps += p > i && is_upper(t[p]) && is_lower(t[p - 1]);
        digit = digit || is_digit(t[p]);
        letter = letter || is_letter(t[p]);
        capital_inside = capital_inside || (p > i && is_upper(t[p]));
    }
    while (end > i && (t[end - 1] == '}' || t[end - 1] == ']')) --end;
    bool const quoted = is_quote(t.before(i)) && t.before(i) == t[e];
    if (quoted && e - i >= 4 && (digit || capital_inside)) return {mask_type::password, i, e};
    digit = digit || (humps >= 2 && end - i >= 8);
    if (!digit || !letter || end - i < 6 || t[i] == '(' || t[i] == '[') return {};
    return {mask_type::password, i, end};
}

template <class Is>
hit find_run(text t, std::size_t i, mask_type type, std::size_t length, Is is) noexcept
{
    auto const e = t.skip(i, is, length + 1);
    return e - i == length && !is(t.before(i)) ? hit{type, i, e} : hit{};
}

} // namespace

void add_context_words(word_filter& f) noexcept
{
    for (auto const& r : context_rows) {
        auto rest = r.words;
        while (!rest.empty()) {
            auto const end = std::min(rest.find('|'), rest.size());
            f.add(rest.substr(0, end), word_filter::context);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    f.add("e g", word_filter::context); // e-GK
    f.add("s v", word_filter::context); // SV-Nummer
    f.add("r v", word_filter::context); // RV-Nummer
    f.add("k v", word_filter::context); // KV-Nummer
    for (std::string_view const w : {"id", "sv", "rv", "kv", "2f"}) f.add(w, word_filter::context);
}

/// ASCII letters in lower case, and digits; 0 for all else.
constexpr std::array<byte, 256> word_letters = [] {
    std::array<byte, 256> t{};
    for (unsigned c = 0; c < 128; ++c)
        if (is_alnum(static_cast<byte>(c))) t[c] = lower(static_cast<byte>(c));
    return t;
}();

/// Whether the "number" at `i` is somebody's, "my number"; those of orders and invoices are none to call.
[[gnu::noinline]] bool is_somebodys(text t, std::size_t i) noexcept
{
    auto const e = t.skip_back(i, is_blank, 2);
    auto const b = t.skip_back(e, is_word, 8);
    if (e == i || b == e) return false;
    return std::ranges::any_of(std::array{"my", "your", "his", "her", "our", "their"},
        [&](std::string_view w) { return is_word_like(t, b, e, w); });
}

context_word find_context(text t, std::size_t i) noexcept
{
    context_word result;
    auto const& table = words();
    auto h = empty_hash;
    auto p = i;
    for (unsigned count = 0; count < 4; ++count) {
        auto const stop = std::min(t.end(), p + 32);
        auto e = p;
        for (; e < stop && word_letters[t.data()[e]] != 0; ++e) {
            h = hash_step(h, word_letters[t.data()[e]]);
            if (count == 0 || table.goes_on(h)) continue;
            if (is_word(t[e + 1])) return result; // far most words behind a first one
        }
        if (e < stop && t.data()[e] >= 0x80) { // umlauts are two letters
            auto const ascii = e;
            e = t.skip(e, is_word, stop - e);
            h = hash_of_word(t, ascii, e, h);
        }
        if (e == p) break;
        if (auto const* const kind = table.find(h)) {
            result.found = true;
            result.kind = *kind;
            result.end = e;
        }
        if (!table.goes_on(h)) break;
        p = t.skip(
            e, [](byte c) { return c == ' ' || c == '-' || c == '_' || c == '.' || c == '\''; }, 2);
        if (p == e) break;
    }
    constexpr std::string_view number = "number";
    if (result.end - i == number.size() && t.starts_like(i, number))
        result.found = result.found && is_somebodys(t, i);
    return result;
}

bool context_of(mask_type type, context& kind) noexcept
{
    switch (type) {
    case mask_type::phone: kind = context::phone; return true;
    case mask_type::credit_card: kind = context::card; return true;
    case mask_type::iban: kind = context::iban; return true;
    case mask_type::pin_otp: kind = context::pin; return true;
    case mask_type::cvv: kind = context::cvv; return true;
    case mask_type::date_of_birth: kind = context::birth; return true;
    case mask_type::de_tax_id: kind = context::tax; return true;
    case mask_type::de_svnr: kind = context::pension; return true;
    case mask_type::de_kvnr: kind = context::health; return true;
    case mask_type::de_id_card: kind = context::id_card; return true;
    case mask_type::us_ssn: kind = context::ssn; return true;
    case mask_type::id_document: kind = context::document; return true;
    case mask_type::medical_id: kind = context::medical; return true;
    case mask_type::bank_account: kind = context::bank; return true;
    case mask_type::customer_account_number: kind = context::account; return true;
    default: return false;
    }
}

hit find_in_context(text t, std::size_t i, std::size_t from, context kind, context_gap& gap) noexcept
{
    auto const digit = is_digit(t[i]);
    switch (kind) {
    case context::phone: return digit || t[i] == '(' ? find_phone(t, i, true) : hit{};
    case context::card: {
        auto const h = digit ? find_card(t, i, true) : hit{};
        // Of no issuer: only what is spoken of, no time further on.
        if (!h || find_card(t, i, false) || close_by(t, from, i, gap)) return h;
        return {};
    }
    case context::iban: return find_iban(t, i);
    case context::aws:
        return find_run(t,
            t.skip_back(
                i, [](byte c) { return c == '/' || c == '+'; }, 4),
            mask_type::aws_secret_key, 40,
            [](byte c) { return is_alnum(c) || c == '/' || c == '+'; });
    case context::twilio: return find_run(t, i, mask_type::twilio_auth_token, 32, is_hex);
    case context::tax: {
        if (!digit) return {};
        auto const e = digits_in_groups(t, i, 11, 11, 5);
        byte d[16];
        if (e == i || digits_only(t, i, e, d) != 11 || !is_tax_id(d)) return {};
        return {mask_type::de_tax_id, i, e};
    }
    case context::pension: return digit ? find_pension(t, i) : hit{};
    case context::health: return find_health(t, i);
    case context::ssn: return digit ? find_ssn(t, i) : hit{};
    default: break;
    }
    bool setting = false, statement = false;
    if (kind == context::password) {
        setting = is_setting(t, from, i);
        statement = is_statement(t, from, i);
        if (setting || statement)
            if (auto const h = find_password(t, i, from, setting, statement)) return h;
    }
    if (!close_by(t, from, i, gap)) return {};
    auto const stars = t.skip_back(
        i - 1, [](byte c) { return c == '*'; }, 40);
    bool const masked_before = // **** 4242, but not **PIN** 4242
        i > t.begin() + 4 && t.before(i) == ' ' && i - 1 - stars >= 4 && !is_word(t.before(stars));
    switch (kind) {
    case context::pin: {
        if (masked_before) return {};
        auto const e = digit ? digits_in_groups(t, i, 3, 8, 2) : i;
        return e == i ? hit{} : hit{mask_type::pin_otp, i, e};
    }
    case context::cvv: {
        if (masked_before) return {};
        auto const e = digit ? digits_in_groups(t, i, 3, 4, 1) : i;
        return e == i ? hit{} : hit{mask_type::cvv, i, e};
    }
    case context::birth: return find_date(t, i);
    case context::password: return find_password(t, i, from, setting, statement);
    case context::id_card: return find_document(t, i, mask_type::de_id_card, 9, 11);
    case context::document:
        if (is_date(t, i)) return {};
        return find_document(t, i, mask_type::id_document, 6, 14);
    case context::medical: return find_document(t, i, mask_type::medical_id, 5, 14);
    case context::bank: {
        if (digit && is_date(t, i)) return {}; // "the account was closed on 19.11.20"
        auto const e = digit ? digits_in_groups(t, i, 6, 12, 5) : i;
        return e == i ? hit{} : hit{mask_type::bank_account, i, e};
    }
    case context::account: return find_document(t, i, mask_type::customer_account_number, 4, 16);
    default: return {};
    }
}

std::size_t end_of_groups(text t, std::size_t i) noexcept
{
    auto const part = [](byte c) { return is_alnum(c) || c == '-' || c == '/' || c == '.'; };
    auto end = t.skip(i, part, 64);
    while (t[end] == ' ' && end - i < 48) {
        auto const e = t.skip(
            end + 1, [](byte c) { return is_upper(c) || is_digit(c); }, 12);
        bool const digit = std::any_of(t.data() + end + 1, t.data() + e, is_digit);
        if (e == end + 1 || is_word(t[e]) || !digit) break;
        end = e;
    }
    while (end > i && !is_alnum(t[end - 1])) --end;
    return end;
}

} // namespace trunkline::mask_detail
