#include "engine.hpp"

#include <algorithm>
#include <array>

/// Arguments of calls, as stack traces and source text write them. They have no key: the name of
/// what is called says which of them is what.
namespace trunkline::mask_detail {
namespace {

constexpr unsigned last_argument = 0; ///< Of two or more.

/// A function that takes a secret at a place of its own.
class callable {
public:
    std::string_view name; ///< In small letters, without underscores.
    unsigned secrets;      ///< One bit for each argument; last_argument.
};

constexpr callable callables[] = {{"pdo", 1u << 2}, {"mysqli", 1u << 2}, {"mysqliconnect", 1u << 2},
    {"mysqlirealconnect", 1u << 3}, {"realconnect", 1u << 2}, {"mysqlconnect", 1u << 2},
    {"ociconnect", 1u << 1}, {"odbcconnect", 1u << 2}, {"ldapbind", 1u << 2}, {"ftplogin", 1u << 2},
    {"ssh2authpassword", 1u << 2}, {"imapopen", 1u << 2}, {"login", last_argument},
    {"signin", last_argument}, {"logon", last_argument}, {"authenticate", last_argument},
    {"attempt", last_argument}, {"passwordverify", 3u}, {"passwordhash", 1u}, {"bcrypt", 1u},
    {"hashequals", 3u}, {"hashhmac", 1u << 2}, {"opensslencrypt", 1u << 2},
    {"openssldecrypt", 1u << 2}, {"withbasicauth", 1u << 1}, {"withdigestauth", 1u << 1},
    {"basicauth", 1u << 1}, {"httpbasicauth", 1u << 1}, {"httpdigestauth", 1u << 1},
    {"digestauth", 1u << 1}, {"setcredentials", last_argument}, {"setauth", last_argument},
    {"credentials", last_argument}, {"basicawscredentials", 1u << 1},
    {"usernamepasswordcredentials", 1u << 1}};

/// By their first letter, one bit for each size: far most names are none of them.
constexpr auto sizes_of_callables = [] {
    std::array<std::uint32_t, 256> t{};
    for (auto const& c : callables) t[static_cast<byte>(c.name[0])] |= 1u << c.name.size();
    return t;
}();

callable const* find_callable(std::string_view name) noexcept
{
    if (name.empty() || name.size() >= 32 ||
        ((sizes_of_callables[static_cast<byte>(name[0])] >> name.size()) & 1u) == 0)
        return nullptr;
    auto const* const found = std::ranges::find(callables, name, &callable::name);
    return found == std::end(callables) ? nullptr : found;
}

/// What is done with a value that is given: setPassword, but not getPassword or createToken.
constexpr std::string_view first_only[] = {"set", "with", "use", "using", "add"};
constexpr std::string_view all_of_them[] = {
    "verify", "check", "validate", "update", "change", "reset", "compare", "confirm", "encrypt"};

bool in_identifier(byte c) noexcept
{
    return is_alnum(c) || c == '_';
}

/// A name in small letters, without underscores.
class called_name {
public:
    /// Empty if it is longer than any that is known.
    std::string_view of(text t, std::size_t b, std::size_t e) noexcept
    {
        std::size_t n = 0;
        for (auto i = b; i < e; ++i) {
            if (t[i] == '_') continue;
            if (n == chars_.size()) return {};
            chars_[n++] = static_cast<char>(lower(t[i]));
        }
        return {chars_.data(), n};
    }

private:
    static constexpr std::size_t longest =
        std::ranges::max(callables, {}, [](callable const& c) { return c.name.size(); }).name.size();
    std::array<char, longest> chars_;
};

/// Whether the identifier [b, e) begins with one of these words.
template <class List>
bool begins_with(text t, std::size_t b, std::size_t e, List const& words) noexcept
{
    return std::ranges::any_of(words, [&](std::string_view w) {
        auto const next = b + w.size();
        return next < e && t.starts_like(b, w) && (is_upper(t[next]) || t[next] == '_');
    });
}

class argument {
public:
    std::size_t begin, end;
    bool quoted;
};

/// What stands between the brackets of a call.
class arguments {
public:
    static constexpr std::size_t most = 8;
    std::array<argument, most> list;
    std::size_t count = 0;

    /// From behind the opening bracket on; `close` finds the end of what the quote at a place
    /// opens, the place itself if there is none.
    template <class Close>
    void read(text t, std::size_t p, Close const& close) noexcept
    {
        while (count < most) {
            p = t.skip(p, is_space, 20);
            auto e = p;
            bool const quoted = is_quote(t[p]);
            if (quoted) {
                e = close(p);
                if (e == p) return;
                list[count++] = {p + 1, e, true};
                ++e;
            } else {
                e = t.skip(
                    p,
                    [](byte c) {
                        return in_identifier(c) || c == '\\' || c == '#' || c == ' ' || c == '.' ||
                            c == '$' || c == '-';
                    },
                    80);
                if (t[e] == '(')
                    e = t.skip(
                            e, [](byte c) { return c != ')' && c != '\n'; }, 120) +
                        1;
                if (e == p) return;
                list[count++] = {p, e, false};
            }
            p = t.skip(e, is_space, 20);
            if (t[p] != ',') return;
            ++p;
        }
    }
};

} // namespace

/// The quote that ends what the one at `open` begins: an argument of a call, in which quotes are not
/// marked as such. `open` if there is none within 300 characters, or in the string all this stands in.
std::size_t engine::end_of_argument(std::size_t open) noexcept
{
    constexpr std::size_t longest = 300;
    auto const t = seen();
    auto const quote = t[open];
    bool const whole = is_double_quote(quote);
    auto const open_quotes = s().open_quotes;
    // The quotes that end the string which the argument stands in, or is.
    unsigned outer = 0;
    if (whole) outer = quote_level(quote);
    else
        while ((open_quotes >> outer) > 1u) ++outer;
    bool const bounded = whole || open_quotes != 0;
    auto& known = arguments_[whole ? 0 : bounded ? 1 : 2];
    if (known.quote != quote || known.outer != outer || !known.holds(open + 1)) {
        known.begin = known.end = open + 1;
        known.quote = quote;
        known.outer = outer;
    }
    // What was looked at from an argument before it is not looked at again.
    auto const stop = std::min(t.end(), open + longest);
    for (auto& e = known.end; e < stop; ++e) {
        auto const c = t[e];
        if (c == quote) {
            auto const next = t[e + 1];
            if (next == ',' || next == ')' || is_space(next) || next == 0) return e;
        } else if (bounded && is_double_quote(c) && quote_level(c) <= outer) {
            break;
        }
    }
    return open;
}

/// At the bracket of login('bot', 'x'), PDO->__construct('mysql:...', 'app', 'x'),
/// setPassword('x'); `i` if nothing of it goes.
std::size_t engine::at_call(std::size_t i)
{
    constexpr unsigned deepest = 3;
    if (!in_identifier(at(i - 1)) || i < floor_ + 3 || nested_ > deepest) return i;
    auto const t = seen();
    auto const inside = t.skip(i + 1, is_space, 4);
    auto const first = at(inside);
    if (closes_string(inside)) return i;
    if (!is_quote(first) && first != 'O' && first != 'R') return i; // Object(...), Resource id #3
    auto name_end = i;
    auto name = t.skip_back(i, in_identifier, 60);
    if (t.view(name, i) == "__construct" && name >= t.begin() + 3) {
        name_end = name - 2; // of -> or ::
        name = t.skip_back(name_end, in_identifier, 60);
    }
    unsigned chosen = 0;
    bool last = false, wraps = false;
    auto c = key_class(mask_type::password, key_rule::any);
    called_name folded;
    auto const called = folded.of(t, name, name_end);
    if (auto const* const known = find_callable(called)) {
        chosen = known->secrets;
        last = chosen == last_argument;
    } else {
        auto const* const named = class_of(name, name_end);
        if (!named || named->rule > key_rule::webhook || named->rule == key_rule::none) return i;
        c = *named;
        if (begins_with(t, name, name_end, first_only)) chosen = 1;
        else if (begins_with(t, name, name_end, all_of_them)) chosen = ~0u;
        else if (is_upper(at(name)) && is_secret(c.type)) chosen = 1, wraps = true;
        else return i;
    }
    bool const shouts = is_single_quote(first) && // SQL: PASSWORD('x')
        (t.view(name, name_end) == "PASSWORD" || t.view(name, name_end) == "OLD_PASSWORD");
    arguments args;
    args.read(t, i + 1, [&](std::size_t p) { return end_of_argument(p); });
    if (last) chosen = args.count >= 2 ? 1u << (args.count - 1) : 0;

    auto position = i;
    for (std::size_t k = 0; k < args.count; ++k) {
        auto const& a = args.list[k];
        auto const names = [](byte x) { return is_alpha(x) || x == '_' || x == '-'; };
        if (((chosen >> k) & 1u) == 0 || !a.quoted || a.end == a.begin ||
            says_nothing(c, a.begin, a.end) ||
            (t.skip(a.begin, names, 60) == a.end && class_of(a.begin, a.end))) // the name of a field
            continue;
        if (wraps && // Password("x1"), but not Password("Enter your password")
            ((!shouts && std::none_of(t.data() + a.begin, t.data() + a.end, is_digit)) ||
                std::any_of(t.data() + a.begin, t.data() + a.end, is_space)))
            continue;
        scan_before(std::max(position, i + 1), a.begin);
        position = std::max(a.begin, floor_);
        if (s().mode != mode::scan || floor_ > a.begin) return position;
        if (mask_inside(c, a.begin, a.end)) position = std::max(a.begin, floor_);
    }
    return position;
}

} // namespace trunkline::mask_detail
