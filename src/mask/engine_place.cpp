#include "engine.hpp"

#include <algorithm>

/// Places in a document, below "transcript_object" or "general_tools", where no bracket tells where
/// they end: arrays as print_r and var_export print them, lists of YAML, elements.
namespace trunkline::mask_detail {
namespace {

bool is_line_end(byte c) noexcept
{
    return c == '\n' || c == '\r';
}

/// What printed arrays have at the beginning of a line, as opposed to text of several lines: a
/// bracket that closes, [name] =>, 'name' =>, 0 =>; or the time of a log's next line.
bool begins_entry(text t, std::size_t p) noexcept
{
    constexpr std::size_t longest = 100;
    auto const c = t[p];
    if (c == ')') return true;
    auto e = p;
    if (c == '[') {
        if (is_digit(t[p + 1]) && is_digit(t[p + 2]) && is_digit(t[p + 3])) return true;
        e = t.skip(
            p, [](byte x) { return x != ']' && !is_line_end(x); }, longest);
        if (t[e] != ']') return false;
        ++e;
    } else if (is_quote(c)) {
        e = t.skip(
            p + 1, [=](byte x) { return x != c && !is_line_end(x); }, longest);
        if (t[e] != c) return false;
        ++e;
    } else {
        e = t.skip(p, is_digit, 10);
        if (e == p) return false;
    }
    return t.starts(t.skip(e, is_blank, 4), "=>");
}

} // namespace

/// The place ends where what is passed up to `i` says so.
[[gnu::noinline]] void engine::follow_place_to(std::size_t i) noexcept
{
    auto& lines = s().lines;
    auto const t = text(window_.data(), 0, window_.size());
    auto p = window_.index(lines.seen);
    if (p >= i) return;
    lines.seen = source(i);
    for (; p < i; ++p) {
        auto const c = t[p];
        bool over = is_double_quote(c) && quote_level(c) < lines.outer;
        if (lines.notation == '<' && c == '<') {
            bool const closing = t[p + 1] == '/';
            auto const b = p + (closing ? 2 : 1);
            auto const e = t.skip(
                b, [](byte x) { return is_word(x) || x == '_' || x == '-' || x == '.'; }, 80);
            if (e > b && hash_of_word(t, b, e, empty_hash) == lines.name)
                over = closing && --lines.depth == 0;
            if (!closing && e > b && hash_of_word(t, b, e, empty_hash) == lines.name) ++lines.depth;
        } else if (lines.notation != '<' && is_line_end(c)) {
            over = over || lines.one_line;
            lines.indented = true;
            lines.indent = 0;
        } else if (lines.indented && is_blank(c)) {
            ++lines.indent;
        } else if (lines.indented) {
            lines.indented = false;
            bool const item = c == '-' && (is_blank(t[p + 1]) || is_line_end(t[p + 1]));
            if (lines.notation == ':')
                over =
                    over || lines.indent < lines.column || (lines.indent == lines.column && !item);
            else over = over || (lines.indent <= lines.column && begins_entry(t, p));
        }
        if (!over) continue;
        s().place = place::none;
        s().lines = {};
        return;
    }
}

/// What goes, from `b` to `to` of the source, ends none, however many lines it has.
void engine::pass_in_place(std::size_t b, std::size_t to) noexcept
{
    follow_place_to(b);
    auto& lines = s().lines;
    lines.seen = std::max(lines.seen, to);
    if (!std::exchange(lines.indented, false) || lines.notation != ':') return;
    if (lines.indent > lines.column) return; // but a line begins with it
    s().place = place::none;
    lines = {};
}

void engine::begin_place(key_class c) noexcept
{
    s().place = c.rule == key_rule::path_tools ? place::tools : place::speech;
    if (keeps(mask_type::transcript) && s().place == place::speech) s().place = place::words;
    s().place_depth = s().place_level = 0;
    s().lines = {};
    if (s().open_quotes != 0)
        while ((s().open_quotes >> s().lines.outer) != 0) ++s().lines.outer;
}

/// Behind a key that opens one, where its value begins at `v`. Returns where to go on; `v` if it
/// opens none that can be told.
std::size_t engine::enter_place(
    key_class c, key_place const& key, std::size_t separator, std::size_t v)
{
    auto const t = seen();
    auto const name = key.begin - (key.bracket || key.quote != 0 ? 1u : 0u) -
        (key.bracket && key.quote != 0 ? 1u : 0u);
    auto const line = t.skip_back(
        name, [](byte x) { return is_blank(x) || x == '-'; }, 200);
    bool const alone =
        line == t.begin() || is_line_end(t.before(line)) || is_double_quote(t.before(line));
    auto const column = alone ? static_cast<unsigned>(name - line) : 0u;
    bool const may_be_array = key.bracket || lower(at(v)) == 'a';
    if (auto const open = may_be_array ? opening_of_array(key, v) : v; open != v) {
        begin_place(c);
        if (at(open) == '{') {
            s().place_level = is_double_quote(key.quote) ? quote_level(key.quote) : 0;
            return open;
        }
        auto const first = t.skip(open + 1, is_blank, 40);
        s().lines.notation = '(';
        s().lines.column = column;
        s().lines.one_line = !is_line_end(at(first)) &&
            std::none_of(t.data() + key.end, t.data() + open, is_line_end);
        s().lines.seen = source(open + 1);
        return open + 1;
    }
    if (!is_line_end(at(v)) || key.quote != 0 || key.bracket || !key.at_line_start || !alone ||
        at(separator) != ':')
        return v;
    auto const below = t.skip(v, is_line_end, 4);
    auto const p = t.skip(below, is_blank, 200);
    bool const item = at(p) == '-' && (is_blank(at(p + 1)) || is_line_end(at(p + 1)));
    if (p - below < column || (p - below == column && !item)) return v;
    begin_place(c);
    s().lines.notation = ':';
    s().lines.column = column;
    s().lines.seen = source(v);
    return below;
}

/// At <content> and the like, which say something in such a place only: what that is. Of rule none
/// if nothing, or if the element is the place, which is entered then.
key_class engine::class_in_place(
    key_class c, std::size_t i, std::size_t name, std::size_t name_end, std::size_t close)
{
    auto const t = seen();
    follow_place(i);
    auto const b = t.skip(close + 1, is_space, 200);
    bool const elements = at(b) == '<' && is_letter(at(b + 1));
    bool const speech = s().place == place::speech, words = s().place == place::words;
    switch (c.rule) {
    case key_rule::path_speech:
        if (!elements) return {c.type, key_rule::transcript};
        [[fallthrough]];
    case key_rule::path_tools:
        if (!elements || s().place != place::none) return {};
        begin_place(c);
        s().lines.notation = '<';
        s().lines.name = hash_of_word(t, name, name_end, empty_hash);
        s().lines.depth = 1;
        s().lines.seen = source(close);
        return {};
    case key_rule::speech: {
        if (speech) return {c.type, key_rule::transcript};
        auto const e = t.skip(
            b, [](byte x) { return x != '<' && !is_space(x); }, 60);
        bool const number = words && at(e) == '<' && e > b && !holds_mask(b, e);
        return number && says_number(t, b, e) ? key_class(mask_type::phone_spoken, key_rule::any)
                                              : key_class();
    }
    case key_rule::headers:
    case key_rule::tool_link: return s().place == place::tools ? c : key_class();
    case key_rule::strings: return c;
    default: return {};
    }
}

/// Whether the line of the key stands in a map of YAML: the one before it opens the map or, as the
/// one behind, has a name and one word.
bool engine::is_member(key_place const& key, std::size_t separator, std::size_t v) const noexcept
{
    constexpr std::size_t longest = 300;
    auto const t = text(window_.data(), 0, cut_);
    if (at(separator) != ':' || key.quote != 0 || key.bracket || !key.at_line_start) return false;
    auto const indents = [](byte x) { return is_blank(x) || x == '-'; };
    auto const in_line = [](byte x) { return !is_line_end(x) && !is_double_quote(x); };
    auto const line = t.skip_back(key.begin, indents, longest);
    auto const column = key.begin - line;
    bool explains = false; // name: what it is for
    auto const belongs = [&](std::size_t b, bool before) {
        auto const name = t.skip(b, indents, longest);
        auto const colon = t.skip(
            name, [](byte x) { return is_word(x) || x == '_' || x == '-'; }, 60);
        if (colon == name || t[colon] != ':') return false;
        auto const word = t.skip(colon + 1, is_blank, 4);
        auto const e = t.skip(
            word, [](byte x) { return x > ' '; }, longest);
        if (word == e) return before ? name - b < column : name - b == column; // opens one
        explains = is_lower(t[word]) && t[e] == ' ';
        return word > colon + 1 && name - b == column && !in_line(t[e]);
    };
    auto const line_end = whole_line_end(v);
    auto const next = t.skip(line_end, is_line_end, 2);
    if (next > line_end && belongs(next, false)) return true;
    if (explains || line == 0 || !is_line_end(t[line - 1])) return false;
    auto const above = t.skip_back(line, is_line_end, 2);
    return belongs(t.skip_back(above, in_line, longest), true);
}

/// YAML: where a value in speech ends, which may go on in lines that are indented deeper than its
/// key.
std::size_t engine::end_of_speech(key_place const& key, std::size_t v) const noexcept
{
    auto const t = seen();
    auto const line = t.skip_back(
        key.begin, [](byte x) { return is_blank(x) || x == '-'; }, 200);
    auto const column = key.begin - line;
    auto e = whole_line_end(v);
    while (true) {
        auto const below = t.skip(e, is_line_end);
        auto const p = t.skip(below, is_blank, column + 1);
        if (below == e || p - below <= column || is_line_end(at(p)) || p >= cut_) break;
        e = whole_line_end(p);
    }
    return end_of_string(v, e);
}

} // namespace trunkline::mask_detail
