#include "engine.hpp"

#include <algorithm>

/// Below a sensitive key, where no bracket says what belongs to it: lists and maps of YAML,
/// elements, what print_r prints.
namespace trunkline::mask_detail {
namespace {

bool breaks_line(byte c) noexcept
{
    return c == '\n' || c == '\r';
}

bool is_item(text t, std::size_t p) noexcept
{
    return t[p] == '-' && (is_blank(t[p + 1]) || breaks_line(t[p + 1]));
}

/// Behind the colon of a name in YAML; `p` if none stands there.
std::size_t behind_name(text t, std::size_t p) noexcept
{
    constexpr std::size_t longest = 80;
    auto e = p;
    if (auto const quote = t[p]; is_quote(quote))
        e = t.skip(
                p + 1, [&](byte c) { return c != quote && !breaks_line(c); }, longest) +
            1;
    else
        e = t.skip(
            p,
            [](byte c) {
                return is_word(c) || c == '_' || c == '-' || c == '.' || c == ' ' || c == '/';
            },
            longest);
    return e > p && t[e] == ':' && t[e + 1] <= ' ' ? e + 1 : p;
}

/// type: string
bool names_type(text t, std::size_t p) noexcept
{
    static constexpr std::string_view types[] = {
        "string", "number", "integer", "boolean", "object", "array"};
    if (!t.starts(p, "type:")) return false;
    auto const v = t.skip(
        p + 5, [](byte c) { return is_blank(c) || is_quote(c); }, 4);
    return std::ranges::any_of(types, [&](std::string_view w) { return t.starts(v, w); });
}

std::uint64_t hash_of_name(text t, std::size_t b, std::size_t e) noexcept
{
    return hash_of_word(t, b, e, empty_hash) | 1u;
}

} // namespace

void engine::leave_subtree() noexcept
{
    s().mode = mode::scan;
    s().in_subtree = false;
}

/// A value below a sensitive key. What the key does not take is looked at like any other text.
void engine::mask_leaf(std::size_t b, std::size_t e)
{
    if (b >= e || existing_mask(b) == e || template_end(b) == e) return;
    if (!is_placeholder(b, e) && !is_sentence(b, e)) {
        auto const leaf = s().leaf;
        bool const parts = leaf.rule == key_rule::mail || leaf.rule == key_rule::ip ||
            leaf.rule == key_rule::capability || leaf.rule == key_rule::webhook ||
            leaf.rule == key_rule::phone || leaf.rule == key_rule::sip;
        if (!parts) {
            if (mask_inside(leaf, b, e)) return;
        } else { // what stands before the part that goes is looked at, and what is behind it
            auto const outer = s();
            s().mode = mode::scan;
            mask_inside(leaf, b, e);
            go_on_below(outer, e);
        }
    }
    look_at(std::max(b, floor_), e);
}

/// The same where no quotes tell a value from what is said about one.
void engine::mask_bare_leaf(std::size_t b, std::size_t e)
{
    auto const type = s().leaf.type;
    bool const words = type == mask_type::person_name || type == mask_type::address ||
        type == mask_type::transcript;
    if (b >= e) return;
    if (s().leaf.rule == key_rule::any && !words) {
        auto const t = seen();
        auto const word = t.skip(
            b, [](byte c) { return c > ' '; }, e - b);
        if (is_prose(b, word)) return look_at(b, e);
        // "secrets:\n  - db_password": the name of one, in a file that says where it is used.
        bool told = type != mask_type::generic_secret;
        for (auto p = b; p < e && !told; p = std::max(p + 1, existing_mask(p)))
            told = is_digit(t[p]) || is_upper(t[p]);
        if (!told) return look_at(b, e);
    }
    mask_leaf(b, e);
}

/// Below a sensitive key: what stands in [b, e) as if it stood elsewhere.
void engine::look_at(std::size_t b, std::size_t e)
{
    constexpr unsigned deepest = 4;
    if (b >= e || nested_ >= deepest) return;
    auto const outer = s();
    s().mode = mode::scan;
    s().in_subtree = false;
    auto const outer_end = std::exchange(leaf_end_, e);
    ++nested_;
    for (auto p = b; p < e && s().mode != mode::subtree;)
        p = s().mode == mode::scan ? scan(p, e) : behind_cut(go_on(p));
    --nested_;
    leaf_end_ = outer_end;
    go_on_below(outer, e);
}

/// Behind a value below a sensitive key, which ended at `e`: as it was before, except for what is
/// in a mask that goes on.
void engine::go_on_below(engine_state const& outer, std::size_t e) noexcept
{
    bool const beyond =
        floor_ > e && (s().mode == mode::quoted || s().mode == mode::run || s().mode == mode::rest);
    if (!beyond) {
        s().mode = mode::subtree;
        s().quote = outer.quote;
    }
    s().in_subtree = true;
    s().leaf = outer.leaf;
    s().reason = outer.reason;
    s().depth = outer.depth;
    s().notation = outer.notation;
    s().name = outer.name;
    std::copy(std::begin(outer.marks), std::end(outer.marks), s().marks);
    s().marks_size = outer.marks_size;
    if (outer.lines.notation != 0) return; // what is passed there counts
    s().place = outer.place;
    s().place_depth = outer.place_depth;
    s().place_level = outer.place_level;
    s().lines = {};
}

/// print_r, behind "[name] => ": what stands there up to the next name. Of an array, what is in it.
std::size_t engine::printed_leaf(std::size_t v)
{
    auto const t = seen();
    if (t.starts(v, "Array")) return v + 5;
    auto const line = end_of_string(v, whole_line_end(v));
    constexpr std::string_view object = " Object";
    if (line >= v + object.size() && t.starts(line - object.size(), object)) return line;
    bool const masked = existing_mask(v) == line; // all of it, however many lines there were
    auto const e = masked ? line : std::max(line, end_of_printed(v, line));
    mask_leaf(v, t.skip_back(e, is_space, e - v));
    if (e == window_.size() && !last_ && floor_ == e) return go_on_to('\n', e);
    return std::max(e, floor_);
}

/// Where a value ends that print_r prints over several lines, the first of which ends at `e`: at
/// the next name, or at the bracket that closes. `e` if neither is seen.
std::size_t engine::end_of_printed(std::size_t v, std::size_t e) const noexcept
{
    constexpr std::size_t reach = 4000;
    auto const t = seen();
    auto const stop = end_of_string(v, std::min(t.end(), v + reach));
    if (!breaks_line(at(e))) return e;
    // From the first break of a line on the lines are the same, from whichever line before.
    bool const first = e > v || !breaks_line(t.before(e));
    if (!first || !printed_.holds(e)) printed_.begin = printed_.end = e;
    auto& p = printed_.end;
    while (p < stop && breaks_line(at(p))) {
        auto const name = t.skip(t.skip(p, breaks_line, 3), is_blank, 200);
        if (at(name) == ')' && (breaks_line(at(name + 1)) || name + 1 == t.end())) return p;
        if (at(name) == '[') {
            constexpr std::size_t longest = 100;
            auto close = name + 1; // of the name, which may hold a mask, and stand in quotes
            bool const quoted = is_quote(at(close));
            while (close < stop && close - name < longest && at(close) != ']' &&
                !breaks_line(at(close)))
                close = std::max(close + 1, existing_mask(close));
            if (quoted && (close == name + 2 || at(close - 1) != at(name + 1))) close = stop;
            if (t.starts(close, "] =>") || t.starts(close, "]=>")) return p;
        }
        p = whole_line_end(name);
    }
    return e;
}

/// Whether the key of print_r stands on a line of its own within others.
bool engine::is_printed_line(key_place const& key) const noexcept
{
    if (!key.bracket || key.quote != 0 || key.begin < floor_ + 1) return false;
    auto const t = seen();
    auto const line = t.skip_back(key.begin - 1, is_blank, 200);
    return line < key.begin - 1 && (line == t.begin() || breaks_line(t.before(line)));
}

/// At the end of the line of a key in YAML: whether what is below belongs to it, and is no schema.
bool engine::enter_lines(key_class c, key_place const& key, std::size_t v)
{
    constexpr std::size_t looked_at = 400;
    if (c.rule > key_rule::webhook && c.rule != key_rule::strings && c.rule != key_rule::headers)
        return false;
    auto const t = seen();
    auto const line = t.skip_back(
        key.begin, [](byte x) { return is_blank(x) || x == '-'; }, 80);
    if (line != t.begin() && !breaks_line(t.before(line)) && !is_double_quote(t.before(line)))
        return false;
    if (t.view(key.begin, key.end).find(' ') != std::string_view::npos) return false; // "if token:"
    auto const column = key.begin - line;
    auto const below = t.skip(v, breaks_line, 4);
    auto const p = t.skip(below, is_blank, 200);
    bool const item = is_item(t, p);
    if (p - below < column || (p - below == column && !item)) return false;
    if (!item && behind_name(t, p) == p) return false;
    for (auto q = below; q < t.end() && q - below < looked_at;) {
        auto const begin = t.skip(q, is_blank, 200);
        auto const name = t.skip(
            begin, [](byte x) { return is_blank(x) || x == '-'; }, 80);
        if (begin - q < column || (begin - q == column && !is_item(t, begin))) break;
        if (names_type(t, name) || t.starts(name, "secretName:")) return false; // of Kubernetes
        q = t.skip(t.skip(
                       name, [](byte x) { return !breaks_line(x); }, looked_at),
            breaks_line);
    }
    enter_subtree(c, v, key);
    s().notation = '\n';
    s().depth = static_cast<unsigned>(column);
    return true;
}

/// A line below such a key.
std::size_t engine::in_lines(std::size_t i)
{
    auto const t = seen();
    if (!breaks_line(at(i)) && !breaks_line(t.before(i))) { // behind a value
        auto const rest = whole_line_end(i);
        auto const string_end = end_of_string(i, rest);
        if (string_end < rest) leave_subtree();
        return string_end;
    }
    auto const line = t.skip(i, breaks_line);
    if (line == window_.size()) return line;
    auto p = t.skip(line, is_blank, 200);
    auto const column = p - line;
    bool const item = is_item(t, p);
    if (column < s().depth || (column == s().depth && !item)) {
        leave_subtree();
        return i;
    }
    auto const line_end = whole_line_end(p);
    if (at(p) == '#') return line_end;
    while (is_item(t, p)) p = t.skip(p + 1, is_blank, 80);
    auto const name = behind_name(t, p);
    auto v = t.skip(
        name, [](byte c) { return c <= ' ' && !breaks_line(c) && !is_quote(c); }, 200);
    if (name != p) v = behind_type(v);
    auto e = end_of_string(v, line_end);
    if (v >= e) {
        if (e < line_end) leave_subtree();
        return std::max(e, i + 1);
    }
    bool const scalar = (at(v) == '|' || at(v) == '>') && e - v <= 3; // what is below is the value
    if (scalar) return e;
    if (is_quote(at(v)) && !closes_string(v)) {
        auto const close = find_close(v + 1, at(v), window_.size());
        mask_leaf(v + 1, close);
        if (close == window_.size() && !last_ && floor_ == close) {
            s().mode = mode::quoted;
            s().quote = at(v);
            return close;
        }
        return std::max(close + (at(close) == at(v) ? 1u : 0u), floor_);
    }
    if (e < line_end) { // the string that all this stands in
        mask_bare_leaf(v, e);
        leave_subtree();
        return std::max(e, floor_);
    }
    for (auto k = v; k + 1 < e; ++k)
        if (at(k) == ' ' && at(k + 1) == '#') e = k; // a comment
    mask_bare_leaf(v, t.skip_back(e, is_blank, e - v));
    if (line_end == window_.size() && !last_ && floor_ == line_end) return go_on_to('\n', line_end);
    return std::max(line_end, floor_);
}

/// At the first tag below <credentials>.
void engine::enter_elements(key_class c, std::size_t name, std::size_t name_end)
{
    enter_subtree(c, name, {});
    s().notation = '<';
    s().name = hash_of_name(seen(), name, name_end);
    s().depth = 1;
}

/// A tag below a sensitive element, or the text up to the next one.
std::size_t engine::in_elements(std::size_t i)
{
    auto const t = seen();
    bool const cdata = t.starts(i, "<![CDATA[");
    if (at(i) != '<' || cdata) {
        auto b = cdata ? i + 9 : i;
        auto end = t.skip(b, [](byte x) { return x != '<'; });
        if (cdata) {
            auto const close = t.view(b, t.end()).find("]]>");
            end = close == std::string_view::npos ? t.end() : b + close;
        }
        auto const e = end_of_string(b, end);
        b = t.skip(b, is_space, e - b);
        auto const trimmed = e == window_.size() ? e : t.skip_back(e, is_space, e - b);
        if (std::any_of(t.data() + b, t.data() + std::max(b, trimmed), is_word))
            mask_leaf(b, trimmed);
        if (e < end) leave_subtree();
        else if (e == window_.size() && !last_ && floor_ == e)
            return go_on_to(cdata ? ']' : '<', e);
        auto const behind = cdata && e == end && t.starts(end, "]]>") ? end + 3 : e;
        return std::max({behind, floor_, i + 1});
    }
    bool const closing = at(i + 1) == '/';
    auto b = i + (closing ? 2 : 1);
    auto const e = t.skip(
        b, [](byte c) { return is_word(c) || c == '_' || c == '-' || c == '.' || c == ':'; }, 80);
    for (auto p = b; p < e; ++p)
        if (t[p] == ':') b = p + 1;
    auto const close = t.skip(
        e, [](byte c) { return c != '>' && c != '<'; }, 400);
    if (end_of_string(i, close) < close) {
        leave_subtree();
        return i + 1;
    }
    if (e > b && hash_of_name(t, b, e) == s().name) {
        if (!closing && t.before(close) != '/') ++s().depth;
        if (closing && --s().depth == 0) leave_subtree();
    }
    if (close > e && s().mode == mode::subtree) look_at(e, close); // attributes
    return std::max({at(close) == '>' ? close + 1 : close, floor_, i + 1});
}

} // namespace trunkline::mask_detail
