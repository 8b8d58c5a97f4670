#include <trunkline/retell/catalogue.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace trunkline::retell {

namespace {

using secret_visitor = std::function<std::string(std::string_view secret)>;
using words = std::vector<std::string>;

bool is_letter(char c)
{
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

bool is_upper(char c)
{
    return std::isupper(static_cast<unsigned char>(c)) != 0;
}

/// "X-Api-Key" -> x api key; "clientSecret" -> client secret; "APIKey2" -> api key.
words split_name(std::string_view name)
{
    words out;
    bool open = false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        char const c = name[i];
        if (!is_letter(c)) {
            open = false;
            continue;
        }
        bool const after_lower = i > 0 && is_letter(name[i - 1]) && !is_upper(name[i - 1]);
        bool const before_lower =
            i + 1 < name.size() && is_letter(name[i + 1]) && !is_upper(name[i + 1]);
        if (!open || (is_upper(c) && (after_lower || before_lower))) out.emplace_back();
        out.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        open = true;
    }
    return out;
}

template <std::size_t N>
bool contains(std::array<std::string_view, N> const& list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

constexpr std::array<std::string_view, 29> telling_words = {"token", "secret", "secrets",
    "password", "passwords", "passwd", "pwd", "passphrase", "passcode", "passwort", "kennwort",
    "authorization", "credential", "credentials", "cookie", "cookies", "bearer", "apikey",
    "apikeys", "authtoken", "accesstoken", "refreshtoken", "accesskey", "privatekey", "secretkey",
    "clientsecret", "signature", "authheader", "webhooksecret"};

/// Two words that say it together; the second alone says nothing.
constexpr std::array<std::array<std::string_view, 2>, 16> telling_pairs = {
    {{"api", "key"}, {"api", "keys"}, {"access", "key"}, {"access", "keys"}, {"private", "key"},
        {"secret", "key"}, {"signing", "key"}, {"encryption", "key"}, {"app", "key"},
        {"auth", "key"}, {"auth", "header"}, {"auth", "headers"}, {"access", "tokens"},
        {"auth", "tokens"}, {"api", "tokens"}, {"connection", "string"}}};

/// Words that may follow: "api_key_value" is still the key, "api_key_id" is something else.
constexpr std::array<std::string_view, 11> neutral_tails = {"value", "values", "text", "raw", "old",
    "new", "current", "plain", "header", "headers", "encoded"};

/// Beside the names above, what carries a secret in the query of a URL nobody listed.
constexpr std::array<std::string_view, 4> telling_parameters = {"key", "sig", "code", "auth"};

bool is_secret_words(words w)
{
    while (true) {
        if (w.empty()) return false;
        if (contains(telling_words, w.back())) return true;
        for (auto const& [first, second] : telling_pairs)
            if (w.size() > 1 && w[w.size() - 2] == first && w.back() == second) return true;
        if (!contains(neutral_tails, w.back())) return false;
        w.pop_back();
    }
}

bool is_secret_parameter(std::string_view name)
{
    return is_secret_name(name) || contains(telling_parameters, name);
}

/// "{{name}}": filled in during a call, so the document holds nothing to hide.
bool is_variable(std::string_view text)
{
    return text.size() > 4 && text.starts_with("{{") && text.ends_with("}}") &&
        text.substr(2, text.size() - 4).find_first_of("{}") == std::string_view::npos;
}

bool is_absolute_url(std::string_view text)
{
    auto const colon = text.find("://");
    if (colon == std::string_view::npos || colon == 0 || !is_letter(text[0])) return false;
    return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.';
    });
}

bool looks_like_name(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == ' ';
    });
}

class secret_walker {
public:
    explicit secret_walker(secret_visitor const& replace) : replace_(replace) {}

    void visit(field_cursor at, std::string_view name, json::value& v) const
    {
        if (at.describes_data()) {
            visit_description(name, v);
            return;
        }
        switch (at.cls()) {
        case field_class::secret:
        case field_class::write_only: visit_all(v); return;
        case field_class::secret_url:
            if (v.is_string()) {
                visit_url(v, [](std::string_view) { return true; });
                return;
            }
            break;
        default: break;
        }
        if (at.rule() || at.cls() == field_class::object) visit_listed(at, v);
        else visit_unlisted(at, name, v);
    }

private:
    void visit_listed(field_cursor at, json::value& v) const
    {
        bool const map_of_secrets =
            at.cls() == field_class::opaque_map && at.member("").cls() == field_class::secret;
        if (map_of_secrets && !v.is_object())
            visit_all(v); // headers as a list or one text: another shape, the same secrets
        else visit_children(at, v);
    }

    void visit_unlisted(field_cursor at, std::string_view name, json::value& v) const
    {
        if (is_secret_name(name)) visit_all(v);
        else if (v.is_string() && is_absolute_url(v.as_string())) visit_url(v, is_secret_parameter);
        else visit_children(at, v, name);
    }

    /// Items of a list have the name of the list.
    void visit_children(field_cursor at, json::value& v, std::string_view name = {}) const
    {
        if (v.is_object()) {
            auto const& pair_name = name_of_pair(v);
            for (auto& m : v.as_object()) {
                bool const is_pair_value = m.key == "value" && !at.member(m.key).rule();
                visit(at.member(m.key), is_pair_value && !pair_name.empty() ? pair_name : m.key,
                    m.val);
            }
        } else if (v.is_array()) {
            for (auto& item : v.as_array()) visit(at.item(), name, item);
        }
    }

    /// {"name": "Authorization", "value": "..."}: the name of what "value" holds. Only a text that is
    /// never replaced itself may decide about another (a URL could gain the word "secret" that way).
    static std::string name_of_pair(json::value const& v)
    {
        if (!v.find("value")) return {};
        for (auto key : {"name", "key", "header"})
            if (auto const text = v.string_at(key); looks_like_name(text)) return std::string(text);
        return {};
    }

    void visit_all(json::value& v) const
    {
        if (v.is_string()) {
            v = replaced(v.as_string());
        } else if (v.is_object()) {
            for (auto& m : v.as_object()) visit_all(m.val);
        } else if (v.is_array()) {
            for (auto& item : v.as_array()) visit_all(item);
        }
    }

    /// Texts about a parameter called "api_key" are no secrets; the constant sent for it is one.
    void visit_description(std::string_view name, json::value& v) const
    {
        if (v.is_object()) {
            for (auto& m : v.as_object()) {
                bool const constant = m.key == "const" || m.key == "default";
                if (constant && m.val.is_string()) {
                    if (is_secret_name(name)) visit_all(m.val);
                } else {
                    visit_description(m.key, m.val);
                }
            }
        } else if (v.is_array()) {
            for (auto& item : v.as_array()) visit_description(name, item);
        }
    }

    std::string replaced(std::string_view secret) const
    {
        if (secret.empty() || is_variable(secret)) return std::string(secret);
        return replace_(secret);
    }

    /// scheme://USERINFO@host/path?name=VALUE&VALUE#fragment
    template <class IsSecret>
    void visit_url(json::value& v, IsSecret const& is_secret) const
    {
        std::string_view rest = v.as_string();
        std::string out;
        auto const take = [&](std::size_t count) {
            auto const part = rest.substr(0, count);
            rest.remove_prefix(part.size());
            return part;
        };
        auto const colon = rest.find_first_of(":/?#");
        if (colon != std::string_view::npos && rest.substr(colon).starts_with("://"))
            out += take(colon + 3);
        auto const authority = rest.substr(0, rest.find_first_of("/?#"));
        if (auto const at = authority.rfind('@'); at != std::string_view::npos)
            out += replaced(take(at));
        auto const path = take(rest.find_first_of("?#"));
        out += path;
        if (rest.starts_with('?')) {
            out += take(1);
            append_query(out, take(rest.find('#')), is_secret);
        }
        out += rest;
        v = std::move(out);
    }

    template <class IsSecret>
    void append_query(std::string& out, std::string_view query, IsSecret const& is_secret) const
    {
        while (true) {
            auto const end = query.find('&');
            auto const piece = query.substr(0, end);
            auto const equals = piece.find('=');
            auto const name = piece.substr(0, equals);
            if (equals == std::string_view::npos) { // a value without a name
                out += is_secret({}) ? replaced(piece) : std::string(piece);
            } else {
                auto const value = piece.substr(equals + 1);
                out += piece.substr(0, equals + 1);
                out += is_secret(name) ? replaced(value) : std::string(value);
            }
            if (end == std::string_view::npos) return;
            out += '&';
            query.remove_prefix(end + 1);
        }
    }

    secret_visitor const& replace_;
};

} // namespace

bool is_secret_name(std::string_view name)
{
    return is_secret_words(split_name(name));
}

void for_each_secret(resource_kind kind, json::value& document, secret_visitor const& replace)
{
    secret_walker(replace).visit(field_cursor(kind), {}, document);
}

} // namespace trunkline::retell
