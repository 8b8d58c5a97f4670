#include "engine.hpp"

#include <algorithm>

/// Notations that are neither documents nor lines of "key: value": options, statements, serialize().
namespace trunkline::mask_detail {
namespace {}

/// A program that takes a password as an option.
class command {
public:
    std::string_view name;
    byte option;
    bool glued;               ///< -px
    bool needs_login = false; ///< Elsewhere the option is a port or a place.
    bool user = false;        ///< -a name:x
};

namespace {

constexpr command commands[] = {{"mysql", 'p', true}, {"mysqldump", 'p', true},
    {"mysqladmin", 'p', true}, {"mysqlimport", 'p', true}, {"mariadb", 'p', true},
    {"mariadb-dump", 'p', true}, {"sshpass", 'p', true}, {"redis-cli", 'a', false},
    {"docker", 'p', false, true}, {"podman", 'p', false, true}, {"ldapsearch", 'w', false},
    {"ldapmodify", 'w', false}, {"ldapadd", 'w', false}, {"mongo", 'p', false},
    {"mongosh", 'p', false}, {"mongodump", 'p', false}, {"sqlcmd", 'P', false},
    {"mosquitto_pub", 'P', false}, {"mosquitto_sub", 'P', false}, {"7z", 'p', true},
    {"snmpget", 'A', false}, {"snmpwalk", 'A', false}, {"snmpget", 'X', false},
    {"snmpwalk", 'X', false}, {"ipmitool", 'P', false}, {"bsqldb", 'P', false},
    {"helm", 'p', false, true}, {"cqlsh", 'p', false}, {"skopeo", 'p', false},
    {"http", 'a', false, false, true}, {"https", 'a', false, false, true},
    {"xh", 'a', false, false, true}};

constexpr std::string_view option_letters = "pawPAX";
constexpr std::size_t option_slot(byte option) noexcept
{
    return std::min(option_letters.find(static_cast<char>(option)), option_letters.size());
}

/// By their first character, one bit for the second.
constexpr auto second_of_commands = [] {
    std::array<std::uint32_t, 256> t{};
    for (auto const& c : commands)
        t[static_cast<byte>(c.name[0])] |= 1u << (static_cast<byte>(c.name[1]) % 32);
    return t;
}();
bool begins_command(byte first, byte second) noexcept
{
    return ((second_of_commands[first] >> (second % 32)) & 1u) != 0;
}

/// What a search for one need not pass over: the end of another.
constexpr auto ends_command = [] {
    std::array<bool, 256> t{};
    for (char const c : {'\n', '\r', '|', ';', '&'}) t[static_cast<byte>(c)] = true;
    return t;
}();

} // namespace

/// The last command before `i` in its line whose option of this letter holds a password. Looks at
/// every character once, however many options follow.
engine::command_place engine::command_before(std::size_t i, byte option) noexcept
{
    constexpr std::size_t reach = 300;
    auto const t = text(window_.data(), 0, window_.size());
    auto const from = i > reach ? i - reach : 0;
    for (auto p = std::max(from, commands_.until); p < i; ++p) {
        auto const c = window_.data()[p];
        if (ends_command[c]) commands_.line = p + 1;
        if (second_of_commands[c] == 0 || !begins_command(c, t[p + 1]) || is_word(t.before(p)))
            continue;
        for (auto const& known : commands)
            if (t.starts(p, known.name) && is_blank(t[p + known.name.size()]))
                commands_.named[option_slot(known.option)] = {p + 1, &known};
    }
    commands_.until = std::max(i, commands_.until);
    auto const slot = option_slot(option);
    if (slot == option_letters.size()) return {};
    auto place = commands_.named[slot];
    return place.behind > std::max(from, commands_.line) ? place : command_place();
}

/// --password x; with = the separator's rule does it.
std::size_t engine::at_option(std::size_t i)
{
    auto const t = seen();
    auto const e = t.skip(
        i + 2, [](byte c) { return is_alnum(c) || c == '-' || c == '_'; }, 60);
    bool const listed = is_quote(at(e)) && t.before(i) == at(e); // ["--password", "x"]
    if (at(e) != ' ' && !(listed && at(e + 1) == ',')) return e;
    auto const* const c = class_of(i + 2, e);
    if (!c || c->rule > key_rule::webhook || c->rule == key_rule::none) return e;
    auto const v = listed ? t.skip(e + 2, is_space, 40) : t.skip(e, is_blank, 3);
    if (at(v) == '-' || (listed && (at(v) != at(e) || at(v + 1) == '-'))) return e;
    if (c->type == mask_type::address && !is_upper(at(v)) && !is_quote(at(v)))
        return e; // of a host
    if (closes_string(v)) return e;
    if (is_quote(at(v))) return std::max(quoted_value(*c, v), e);
    auto const stop = bare_end(v, e, false);
    if (stop == v || is_placeholder(v, stop) || is_prose(v, stop)) return e;
    // --password PASSWORD, --api-key KEY: what stands for it where a program says how it is called.
    auto const word = t.skip_back(e, is_alpha, 20);
    if (is_upper(at(v)) && stop - v == e - word &&
        std::equal(t.data() + word, t.data() + e, t.data() + v,
            [](byte a, byte b) { return is_upper(b) && lower(a) == lower(b); }))
        return e;
    if (t.starts(v, "id=") && is_word_like(t, i + 2, e, "secret")) return e; // docker build
    return mask_inside(*c, v, stop) ? behind_part(v, stop) : e;
}

/// Key (email, phone)=(a@example.org, 0171 3920012)
std::size_t engine::sql_tuple(std::size_t i)
{
    auto const t = seen();
    auto b = i - 1;
    while (b > t.begin() && i - b < 300 && t[b - 1] != '(') --b;
    if (t.before(b) != '(') return i + 1;
    auto v = i + 2;
    auto behind = i + 1;
    auto const closes = [&](std::size_t p) { // "(030) 1234" and "+49 (0)30" do not
        return at(p) == ')' && !is_digit(at(at(p + 1) == ' ' ? p + 2 : p + 1));
    };
    bool const alone = t.view(b, i).find(',') == std::string_view::npos;
    auto const string_end = end_of_string(v, std::min(t.end(), v + 4000));
    for (auto column = b; column < i - 1;) {
        auto const column_end = t.skip(
            column, [](byte c) { return c != ',' && c != ')'; }, 100);
        auto e = v;
        while (e < string_end && e - v < 500 && (alone || t[e] != ',') && t[e] != '\n' && !closes(e))
            ++e;
        // Not class_of(): a mask written for a value before it hides the names.
        auto const* const c = policy_.keys.find(t, column, column_end);
        auto vb = t.skip(v, is_blank, 3);
        auto ve = e;
        if (is_quote(at(vb)) && ve > vb + 1 && at(ve - 1) == at(vb)) ++vb, --ve;
        if (c && c->rule <= key_rule::webhook && ve > vb && !says_nothing(*c, vb, ve)) {
            scan_before(behind, vb); // values of columns that say nothing
            if (s().mode != mode::scan || floor_ > vb) return std::max(behind, floor_);
            behind = vb;
            if (mask_inside(*c, vb, ve)) behind = std::max(vb, floor_);
        }
        if (e >= string_end || at(e) != ',' || at(column_end) != ',') break;
        v = e + 1;
        column = column_end + 1;
    }
    return behind;
}

/// serialize(): s:6:"secret";s:5:"value"; or i:5; returns `i` if that is none.
std::size_t engine::serialized(std::size_t i)
{
    auto const t = seen();
    auto p = i;
    bool const number = t.before(i) == 'i' || t.before(i) == 'd';
    if (!number) {
        p = t.skip_back(i, is_digit, 9);
        if (p == i || t.before(p) != ':' || t.before(p - 1) != 's' || !is_quote(at(i + 1)))
            return i;
        --p;
    } else if (!is_digit(at(i + 1))) {
        return i;
    }
    if (t.before(p - 1) != ';' || !is_quote(t.before(p - 2))) return i;
    key_place key;
    if (!find_key(p - 2, false, key)) return i;
    auto const* const c = class_of(key.begin, key.end);
    if (!c || c->rule > key_rule::webhook || c->rule == key_rule::none) return i;
    auto const v = i + 1;
    if (closes_string(v) || (is_double_quote(at(v)) && at(v) != key.quote)) return i;
    if (is_quote(at(v))) return std::max(quoted_value(*c, v), v);
    auto const e = t.skip(
        v, [](byte x) { return is_digit(x) || x == '.'; }, 40);
    return mask_inside(*c, v, e) ? e : i;
}

/// Whether the option at `i` is one of curl's.
bool engine::after_curl(std::size_t i) const noexcept
{
    auto const t = seen();
    auto const b = i > t.begin() + 300 ? i - 300 : t.begin();
    return i > b && t.view(b, i).find("curl ") != std::string_view::npos;
}

/// mysql -px, sshpass -p x, redis-cli -a x: at the minus; `i` if that is none.
std::size_t engine::command_option(std::size_t i)
{
    auto const t = seen();
    auto const place = command_before(i, t[i + 1]);
    if (!place.found) return i;
    auto const& c = *place.found;
    auto v = t.skip(i + 2, is_blank, 2);
    bool const spaced = v > i + 2;
    if (!spaced && !c.glued) return i;
    bool const quoted = is_quote(t[v]);
    if (closes_string(v)) return i;
    auto const end = quoted ? find_close(v + 1, t[v], 300) : bare_end(v, i, false);
    if (quoted) ++v;
    auto const user = v;
    if (c.user) {
        v = t.skip(
            v, [](byte x) { return x != ':'; }, end - std::min(v, end));
        v = std::min(v + 1, end);
    }
    if (end <= v || t[v] == '-' || is_placeholder(v, end)) return i;
    // "mysql -p name" asks for the password and opens the database of that name, unless another
    // word follows; "docker run -p 80:80" is a port.
    bool const digits = std::any_of(t.data() + v, t.data() + end, is_digit);
    if (c.glued && spaced && c.name != "sshpass" && !quoted && !digits &&
        !(t[end] == ' ' && is_letter(t[end + 1])))
        return i;
    if (c.needs_login && t.view(place.behind, i).find(" login ") == std::string_view::npos)
        return i;
    if (v > user) {
        scan_before(user, v - 1);
        if (s().mode != mode::scan || floor_ >= v) return std::max(floor_, i + 1);
    }
    return mask(v, end, mask_type::password, mask_reason::key) ? end : i;
}

/// Behind a mask that ends at `e`: whether the value, quoted so or not, goes on behind what is seen.
bool engine::ends_open(std::size_t e, byte quote) noexcept
{
    if (e != window_.size() || last_ || floor_ != e) return false;
    s().mode = quote != 0 ? mode::quoted : mode::rest;
    s().quote = quote != 0 ? quote : byte{' '};
    return true;
}

/// curl -b name=value
std::size_t engine::curl_cookie(std::size_t i)
{
    auto const t = seen();
    auto v = t.skip(i + 2, is_blank, 2);
    if (v == i + 2 || !after_curl(i)) return i + 2;
    auto const q = at(v);
    if (closes_string(v)) return i + 2;
    bool const quoted = is_quote(q);
    auto const e = quoted ? find_close(++v, q, window_.size()) : bare_end(v, i, false);
    if (t.view(v, e).find('=') == std::string_view::npos) return i + 2; // a file
    mask_cookies(v, e);
    return ends_open(e, quoted ? q : byte{0}) ? e : std::max(e, i + 2);
}

/// curl -sku user:password: short options in one; `i` if that is none.
std::size_t engine::curl_cluster(std::size_t i)
{
    auto const t = seen();
    auto const letters = t.skip(i + 1, is_alpha, 10);
    if (t.before(letters) != 'u' || !is_blank(at(letters)) || !after_curl(i)) return i;
    auto b = t.skip(letters, is_blank, 4);
    if (closes_string(b)) return i;
    auto const quote = is_quote(at(b)) ? at(b) : byte{0};
    if (quote != 0) ++b;
    auto const colon = t.skip(
        b, [](byte c) { return c > ' ' && c != ':' && !is_quote(c); }, 64);
    return at(colon) == ':' ? user_password(colon, quote) : i;
}

/// Behind the colon of user:password, where `quote` opened before the user; 0 if none did. Returns
/// where it ends, or `i`.
std::size_t engine::user_password(std::size_t i, byte quote)
{
    auto b = i + 1;
    if (quote == 0 && is_quote(at(b)) && !closes_string(b)) quote = at(b++); // user:"x" of a shell
    auto const e = quote != 0 ? find_close(b, quote, window_.size()) : bare_end(b, i, false);
    if (e == b || is_placeholder(b, e)) return i;
    if (!mask(b, e, mask_type::basic_auth, mask_reason::value)) return i;
    ends_open(e, quote);
    return e;
}

/// curl -u user:password
std::size_t engine::curl_user(std::size_t i)
{
    auto const t = seen();
    auto user = t.skip_back(
        i, [](byte c) { return c > ' ' && !is_quote(c); }, 64);
    if (user == i) return i;
    auto const glued = t.starts(user, "--user=") || t.starts(user, "-u");
    if (glued && t.before(user) == ' ' && after_curl(user)) {
        auto const e = bare_end(i + 1, i, false);
        if (e == i + 1 || is_placeholder(i + 1, e)) return i;
        return mask(i + 1, e, mask_type::basic_auth, mask_reason::value) ? e : i;
    }
    auto open = user;
    if (is_quote(t.before(open))) --open;
    if (open != user && open > t.begin() + 2 && t.starts(open - 2, "-u") && // -u"name:x"
        is_blank(t.before(open - 2)) && after_curl(open))
        return user_password(i, at(open));
    auto const option = t.skip_back(
        open, [](byte c) { return is_blank(c) || c == '='; }, 2);
    if (option == open || option < t.begin() + 2) return i;
    bool const known = t.starts(option - 2, "-u") || t.starts(option - 2, "-U") ||
        (option >= t.begin() + 6 &&
            (t.starts(option - 6, "--user") || t.starts(option - 6, "y-user")));
    if (!known) return i;
    return user_password(i, open != user ? at(open) : byte{0});
}

/// insert into users (name, password) values ('Anna', 'x'), ('Ben', 'y'); at the bracket of a row.
/// Rows are rare: inlined, they make what stands around them a fifth slower.
[[gnu::noinline]] std::size_t engine::at_row(std::size_t i)
{
    // A row inside a value of a row would be another level of recursion, as deep as a text likes.
    if (in_row_ || i >= leaf_end_ || !rows_of(i)) return i;
    class marked { // also where a step fails
    public:
        explicit marked(bool& f) : flag(f) { flag = true; }
        ~marked() { flag = false; }
        bool& flag;
    } const here(in_row_);
    s().rows.end = 0;
    auto const v = mask_row(i + 1);
    if (at(v) == ')') s().rows.end = source(v);
    return v;
}

/// Whether a row begins at `i`: behind another one, or behind "values" and names of which one matters.
bool engine::rows_of(std::size_t i)
{
    constexpr std::size_t longest_list = 2000;
    auto const t = seen();
    auto& rows = s().rows;
    auto const comma = t.skip_back(i, is_space, 40);
    if (t.before(comma) == ',') {
        auto const row = t.skip_back(comma - 1, is_space, 40);
        return rows.end != 0 && t.before(row) == ')' && source(row - 1) == rows.end;
    }
    auto const word = t.skip_back(i, is_space, 4);
    if (word < t.begin() + 8 || !t.starts_like(word - 6, "values")) return false;
    auto const list_end = t.skip_back(word - 6, is_space, 4);
    if (t.before(list_end) != ')') return false;
    auto const in_list = [](byte c) { return c != '(' && c != ')'; };
    auto column = t.skip_back(list_end - 1, in_list, longest_list);
    if (t.before(column) != '(') return false;
    bool matters = false;
    rows.end = 0;
    for (rows.count = 0; column < list_end && rows.count < rows.columns.size(); ++rows.count) {
        auto const e = t.skip(
            column, [](byte c) { return c != ',' && c != ')'; }, 200);
        auto const* const c = class_of(column, e);
        bool const known = c && c->rule <= key_rule::webhook;
        rows.columns[rows.count] = known ? *c : key_class();
        matters = matters || known;
        column = e + 1;
    }
    return matters;
}

/// Where a value without quotes ends in a row: at a comma, a bracket or the end of the line, but
/// not within md5('x') or concat(a, b).
static std::size_t end_of_item(byte const* p, std::size_t i, std::size_t stop) noexcept
{
    std::size_t depth = 0;
    for (; (i = find_any<'(', ')', ',', '\n'>(p, i, stop)) < stop; ++i) {
        if (p[i] == '(') ++depth;
        else if (p[i] == '\n' || depth == 0) break;
        else if (p[i] == ')') --depth;
    }
    return i;
}

/// The values of a row of the statement, from `v` on.
[[gnu::noinline]] std::size_t engine::mask_row(std::size_t v)
{
    auto const& rows = s().rows;
    // A row in a leaf ends with it: who looks at the leaf goes on there, and each of the leaves
    // behind it would be looked at from every one before.
    auto const string_end = end_of_string(v, std::min(window_.size(), leaf_end_));
    for (std::size_t k = 0; k < rows.count && s().mode == mode::scan; ++k) {
        v = seen().skip(v, is_space, 40);
        if (v >= string_end) return std::min(v, string_end);
        auto const quote = is_quote(at(v)) ? at(v) : byte{0};
        auto const b = quote != 0 ? v + 1 : v;
        // Not beyond the string: a row that ends there is none.
        auto e = quote != 0 ? find_close(b, quote, 3000)
                            : end_of_item(window_.data(), b, std::min({string_end, cut_, b + 3000}));
        if (e >= string_end) return v;
        bool const bound = quote == 0 &&
            (at(b) == '?' || (at(e - 2) == '(' && at(e - 1) == ')')); // a parameter, a call
        auto const kind = rows.columns[k];
        if (k == 0) expect_no_number(); // what the columns are called
        auto const said = s().context_kinds;
        bool const masked = kind.rule != key_rule::none && !bound && mask_inside(kind, b, e);
        auto p = masked ? std::max(b, floor_) : v;
        std::size_t behind = 0;
        while (p < e) {
            if (s().mode == mode::scan) {
                p = scan(p, e);
                continue;
            }
            p = behind = behind_cut(go_on(p)); // a private key, what is below a sensitive key
            if (quote != 0 && p > e && s().mode == mode::scan) e = find_close(p, quote, 3000);
        }
        if (quote != 0 && s().mode == mode::subtree) leave_subtree(); // ends with its string
        if (kind.rule != key_rule::none) forget_since(said);          // its column has a name
        if (s().mode != mode::scan) return p;
        v = seen().skip(std::max({e + (quote != 0 ? 1u : 0u), floor_, behind}), is_space, 40);
        if (at(v) != ',') break;
        ++v;
    }
    return v;
}

} // namespace trunkline::mask_detail
