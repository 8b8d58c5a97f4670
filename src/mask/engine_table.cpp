#include "engine.hpp"

#include <algorithm>

/// Values whose key stands elsewhere: above them in a table, or in what the whole document says.
namespace trunkline::mask_detail {
namespace {

bool ends_line(byte c) noexcept
{
    return c == '\n' || c == '\r';
}

/// Behind a field: at its separator, at the end of the line, or of what is seen.
std::size_t end_of_field(text t, std::size_t i, byte separator) noexcept
{
    if (t[i] == '"') {
        for (auto e = i + 1; e < t.end(); ++e) {
            if (t[e] != '"') continue;
            if (t[e + 1] != '"') return e + 1;
            ++e;
        }
        return t.end();
    }
    return t.skip(i, [&](byte c) { return c != separator && !ends_line(c); });
}

/// Columns of the line at `i`; 0 if its end is not seen.
std::size_t columns_of(text t, std::size_t i, byte separator) noexcept
{
    for (std::size_t n = 1;; ++n) {
        i = end_of_field(t, i, separator);
        if (t[i] != separator) return ends_line(t[i]) || i >= t.end() ? n : 0;
        ++i;
    }
}

/// "first_name", "Telefon", "Date of birth": what heads a column, as opposed to what stands in one.
bool is_heading(text t, std::size_t b, std::size_t e) noexcept
{
    if (b >= e || e - b > 40 || !is_letter(t[b])) return false;
    for (auto p = b; p + 2 < e; ++p) // a number is a value, and may be masked
        if (is_digit(t[p]) && is_digit(t[p + 1]) && is_digit(t[p + 2])) return false;
    return std::all_of(t.data() + b, t.data() + e,
        [](byte c) { return is_word(c) || c == '_' || c == '-' || c == ' ' || c == '.'; });
}

} // namespace

/// At the beginning of the text: whether one of its first lines heads a table with columns that
/// matter. Before it a title may stand, and comments.
void engine::begin_table()
{
    constexpr int most_before = 5;
    auto const t = seen();
    auto line = t.skip(0, ends_line, 4);
    for (int n = 0; n <= most_before; ++n) {
        bool const comment = t[line] == '#';
        if (!is_letter(t[line]) && t[line] != '"' && !comment) return; // a document, a log
        auto const line_end = t.skip(
            line, [](byte c) { return !ends_line(c); }, 2000);
        auto const next = t.skip(line_end, ends_line, 2);
        if (next == line_end || next >= window_.size()) return;
        if (!comment && heads_table(line, next)) {
            s().table.head = source(line_end);
            return;
        }
        line = t.skip(next, ends_line, 4);
    }
}

/// Whether the line at `line` does, of which the next one stands at `next`.
bool engine::heads_table(std::size_t line, std::size_t next) noexcept
{
    auto const t = seen();
    for (byte const separator : {byte{','}, byte{';'}, byte{'\t'}}) {
        auto const count = columns_of(t, line, separator);
        if (count < 2 || count > value_table::most_columns) continue;
        if (columns_of(t, next, separator) != count) continue;
        auto& table = s().table;
        bool matters = false;
        std::size_t n = 0;
        for (std::size_t i = line; n < count; ++n) {
            auto const e = end_of_field(t, i, separator);
            auto b = i, end = e;
            if (t[b] == '"' && end > b + 1) ++b, --end;
            if (!is_heading(t, b, end)) break;
            auto const* const c = policy_.keys.find(t, b, end);
            table.columns[n] = c && c->rule <= key_rule::webhook ? *c : key_class();
            matters = matters || table.columns[n].rule != key_rule::none;
            i = e + 1;
        }
        if (n < count || !matters) continue;
        table.separator = separator;
        table.count = static_cast<std::uint8_t>(count);
        return true;
    }
    return false;
}

/// One field of a table, or what is left of it; the first line is none but looks like one.
std::size_t engine::table_field(std::size_t i)
{
    auto& table = s().table;
    auto const t = seen();
    auto const c = t[i];
    if (c == table.separator) {
        table.column = static_cast<std::uint8_t>(std::min<std::size_t>(table.column + 1u, 200));
        return i + 1;
    }
    if (ends_line(c)) {
        table.below = table.below || source(i) >= table.head;
        if (table.below && table.column == 0 && ends_line(t.before(i)) && t.before(i) == c)
            table.separator = 0;
        table.column = 0;
        if (table.below) { // what heads a column is said of no other
            s().context_kinds = s().passed_kinds = 0;
            s().contexts_until = 0;
        }
        return i + 1;
    }
    auto const e = end_of_field(t, i, table.separator);
    if (e >= window_.size() && !last_) { // longer than what is seen: no table of this kind
        table.separator = 0;
        return i;
    }
    table.below = table.below || source(i) > table.head;
    auto const kind =
        table.column < table.count && table.below ? table.columns[table.column] : key_class();
    bool const quoted = c == '"' && e > i + 1 && t[e - 1] == '"';
    auto const b = quoted ? i + 1 : i;
    auto const end = quoted ? e - 1 : e;
    auto const said = s().context_kinds;
    if (kind.rule != key_rule::none && end > b && !is_placeholder(b, end) &&
        mask_inside(kind, b, end))
        return std::max(e, floor_);
    auto p = i;
    while (p < e && (s().mode == mode::scan || s().mode == mode::pem)) // a private key in quotes
        p = s().mode == mode::scan ? scan(p, e) : behind_cut(go_on(p));
    // What stands in a column with a name of its own says nothing of the next one.
    if (kind.rule != key_rule::none) forget_since(said);
    for (auto k = e; k < p; ++k) // a value went on over the border of its column
        if (t[k] == table.separator) ++table.column;
    return p;
}

/// {"auth": "dXNlcjpwYXNz"}, _auth=...: a user and a password in base64. Returns where they end, or `v`.
std::size_t engine::basic_credentials(key_place const& key, std::size_t separator, std::size_t v)
{
    auto const t = seen();
    auto const name = t.skip(
        key.begin, [](byte c) { return !is_letter(c); }, 3);
    if (!is_word_like(t, name, key.end, "auth")) return v;
    bool const quoted = is_quote(at(v));
    auto const b = quoted ? v + 1 : v;
    auto const e = quoted ? find_close(b, at(v), 1000) : bare_end(v, separator, false);
    if (e < b + 8 || t.skip(b, is_digit, e - b) == e) return v;
    std::array<byte, 768> out;
    auto const n = decode_base64(t, b, e, out.data(), out.size());
    auto const* const colon = std::find(out.data(), out.data() + n, byte{':'});
    bool const text = std::all_of(out.data(), out.data() + n, [](byte c) { return c >= 0x20; });
    if (n < 4 || n * 4 / 3 + 4 < e - b || !text || colon == out.data() || colon == out.data() + n)
        return v;
    return mask(b, e, mask_type::basic_auth, mask_reason::key) ? e : v;
}

/// Whether the document around a call's id says that the call goes on.
bool engine::call_is_live(std::size_t i) const noexcept
{
    auto const t = seen();
    auto const b = i > t.begin() + look_back ? i - look_back : t.begin();
    auto const around = t.view(b, std::min(t.end(), i + round_size));
    for (std::string_view const event : {"call_started", "transcript_updated"})
        if (around.find(event) != around.npos) return true;
    auto const status = around.find("call_status");
    if (status == around.npos) return false;
    auto const value = around.substr(status + 11, 16);
    return value.find("ongoing") != value.npos || value.find("registered") != value.npos;
}

} // namespace trunkline::mask_detail
