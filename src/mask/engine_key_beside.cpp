#include "engine.hpp"

#include <algorithm>

/// Keys that do not stand before their value: in an attribute, an item of a list, a tag.
namespace trunkline::mask_detail {

/// [{...}, {"value": "x", "name": "status"}]: whether the key at `key` is the first of an object
/// that follows another, and behind its value at `v` the object has a name of its own.
bool engine::is_named_behind(key_place const& key, std::size_t v) const noexcept
{
    if (key.quote == 0 || key.begin < floor_ + 1 || !is_quote(at(v))) return false;
    auto const t = seen();
    auto const open = t.skip_back(key.begin - 1, is_space, 40);
    if (t.before(open) != '{') return false;
    auto const comma = t.skip_back(open - 1, is_space, 40);
    if (t.before(comma) != ',') return false;
    auto const close = find_close(v + 1, at(v), 600);
    auto const behind = t.skip(close + 1, is_space, 20);
    auto const name = t.skip(behind + 1, is_space, 20);
    return at(close) == at(v) && at(behind) == ',' && is_quote(at(name)) &&
        t.starts(name + 1, "name") && at(name + 5) == at(name);
}

/// {"value": "x", "name": "api_key"}: whether what follows the value names it.
bool engine::value_before_name(std::size_t open, key_class& c) noexcept
{
    auto const t = seen();
    auto p = find_close(open + 1, at(open), 600);
    if (at(p) != at(open)) return false;
    p = t.skip(
        p + 1, [](byte x) { return is_space(x) || x == ','; }, 20);
    if (at(p) != at(open)) return false;
    auto const e = find_close(p + 1, at(p), 40);
    auto const* const label = class_of(p + 1, e);
    if (!label || (label->rule != key_rule::pair_name && label->rule != key_rule::query_long))
        return false;
    p = t.skip(
        e + 1, [](byte x) { return is_space(x) || x == ':' || x == '=' || x == '>'; }, 10);
    if (!is_quote(at(p))) return false;
    auto const* const named = class_of(p + 1, find_close(p + 1, at(p), 100));
    if (!named || named->rule > key_rule::webhook) return false;
    c = *named;
    return true;
}

/// Behind the last '<' or '>' before `i`, or at most so far before it. What was passed from a place
/// before is not looked at again.
std::size_t engine::behind_tag_sign(std::size_t i, std::size_t reach) noexcept
{
    auto const* const p = window_.data();
    auto const first = std::max(floor_, i > reach ? i - reach : 0);
    auto& known = untagged_;
    if (!known.holds(i)) {
        auto b = i;
        auto const stop = known.end < i ? std::max(first, known.end) : first;
        while (b > stop && p[b - 1] != '<' && p[b - 1] != '>') --b;
        if (b != known.end || known.begin > b) known.begin = b;
        known.end = i;
    }
    return std::max(known.begin, first);
}

/// <input value="x" name="password">, <input type="password" value="x">: whether another attribute
/// of the tag around `i` names the value.
bool engine::attribute_names(std::size_t i, key_class& c) noexcept
{
    constexpr std::size_t reach = 300;
    static constexpr std::string_view names[] = {
        "name", "type", "id", "key", "field", "autocomplete", "property"};
    auto const t = seen();
    auto p = behind_tag_sign(i, reach);
    if (t.before(p) != '<' || !is_letter(at(p))) return false;
    auto const named = [](byte x) { return is_word(x) || x == '_' || x == '-' || x == ':'; };
    p = t.skip(p, named, 40);
    for (auto const stop = p + 2 * reach; p < stop;) {
        auto const b = t.skip(p, is_space, 40);
        auto const e = t.skip(b, named, 60);
        if (e == b) return false;
        p = e;
        if (at(e) != '=') continue;
        auto const q = e + 1;
        auto const close = is_quote(at(q)) ? find_close(q + 1, at(q), reach) : q;
        if (at(close) != at(q) || close == q) return false;
        p = close + 1;
        if (std::ranges::find(names, t.view(b, e)) == std::end(names)) continue;
        auto const* const told = class_of(q + 1, close);
        if (!told || told->rule > key_rule::webhook || told->rule == key_rule::none) continue;
        c = *told;
        return true;
    }
    return false;
}

/// rawHeaders: ['Accept', 'x', 'X-Api-Key', 'x']: names and values by turns. At the bracket; `i` if
/// that is none.
std::size_t engine::raw_headers(std::size_t i, std::size_t first)
{
    constexpr std::size_t most = 60;
    auto const part = [](byte x) { return is_space(x) || x == ','; };
    auto const t = seen();
    auto const name_end = t.skip_back(
        i, [](byte c) { return is_space(c) || c == ':' || is_quote(c); }, 6);
    if (name_end < t.begin() + 10 || t.view(name_end - 10, name_end) != "rawHeaders" || in_row_ ||
        nested_ != 0)
        return i;
    auto position = i;
    auto p = first;
    for (std::size_t k = 0; k < most && s().mode == mode::scan; ++k) {
        auto const q = at(p);
        auto const name = p + 1;
        auto const close = is_quote(q) ? find_close(name, q, 100) : p;
        auto const open = t.skip(close + 1, part, 40);
        if (close == p || at(close) != q || at(open) != q) break;
        auto const e = find_close(open + 1, q, 3000);
        if (at(e) != q) break;
        auto const* const c = class_of(name, close);
        if (c && c->rule <= key_rule::webhook && !says_nothing(*c, open + 1, e)) {
            auto const kind = *c;
            scan_before(std::max(position, i + 1), open + 1);
            position = std::max(open + 1, floor_);
            if (s().mode != mode::scan || floor_ > open + 1) return position;
            if (mask_inside(kind, open + 1, e)) position = std::max(position, floor_);
        }
        p = seen().skip(e + 1, part, 40);
    }
    return position;
}

/// Whether the quote at `e` ends the last of the columns of a statement: ("email", "name") values
bool engine::names_columns(std::size_t e) const noexcept
{
    if (at(e) == '`') return true;
    auto const t = seen();
    auto const close = t.skip(e + 1, is_space, 20);
    return at(close) == ')' && t.starts_like(t.skip(close + 1, is_space, 20), "values");
}

/// ["authorization", "Bearer x"]; returns `i` if that is none.
std::size_t engine::at_pair(std::size_t i)
{
    auto const t = seen();
    auto const part = [&](std::size_t p, std::size_t most) { // at its quote
        p = t.skip(p, is_space, most);
        return at(p) == 'b' && is_quote(at(p + 1)) ? p + 1 : p; // bytes of Python
    };
    auto const b = part(i + 1, 20) + 1;
    auto const q = at(b - 1);
    if (!is_quote(q)) return i;
    if (auto const e = raw_headers(i, b - 1); e != i) return e;
    auto const close = t.skip(
        b, [&](byte c) { return c != q && c != '\n' && !is_double_quote(c); }, 60);
    if (at(close) != q || at(close + 1) != ',') return i;
    auto const open = part(close + 2, 10);
    // ('name', "O'Neill"): Python quotes each as it needs it.
    bool const other = is_single_quote(q) && is_double_quote(at(open)) && !closes_string(open);
    if (at(open) != q && at(open) != '[' && !other) return i;
    auto const* const c = class_of(b, close);
    if (!c || c->rule > key_rule::webhook) return i;
    if (at(open) == '[') { // ["authorization", ["Bearer x"]]
        if (c->rule == key_rule::none || at(i) != '[' || existing_mask(open) != open) return i;
        key_place key;
        key.quote = q;
        key.quote_at = close;
        enter_subtree(*c, open, key);
        return open;
    }
    auto const e = find_close(open + 1, at(open), 3000);
    auto const named = [](byte x) { return is_alpha(x) || x == '_' || x == '-'; };
    auto const small = [](byte x) { return is_lower(x) || x == '_' || x == '-'; };
    // INSERT INTO "tokens" ("token", "user_id"): names of columns
    auto const before = t.before(t.skip_back(i, is_blank, 2));
    if (at(i) == '(' && (is_double_quote(before) || before == '`') &&
        t.skip(open + 1, small, 60) == e && t.view(open, e).find('_') != std::string_view::npos)
        return i;
    if (t.starts(open + 1, "*.") && t.skip(open + 3, named, 60) == e && class_of(open + 3, e))
        return i; // ["a.b", "*.token"]
    if (other && t.starts_like(open + 1, "the ") && class_of(open + 5, e))
        return i;                                           // ('token', "the token")
    if (auto const* const second = class_of(open + 1, e)) { // a list of names, or it ends like one
        bool const says = second->rule != key_rule::none && second->rule < key_rule::pair_name;
        if ((says ? t.skip(open + 1, named, 60) : t.skip(open + 1, small, 60)) == e) return i;
    }
    auto const after = at(t.skip(e + 1, is_space, 20));
    if (at(e) != at(open) || (after != ']' && after != ')')) return i;
    if (at(i) == '(' && names_columns(e)) return i;
    auto const behind = quoted_value(*c, open);
    return behind == open ? i : behind;
}

namespace {

/// Whether the element `name`, in which the text begins at `i`, is seen to end: at its text's end,
/// or behind a few other tags. The input may end in the name.
bool closes_element(text t, std::string_view name, std::size_t i) noexcept
{
    constexpr int most_tags = 6;
    auto const stop = std::min(t.end(), i + 3000);
    for (int n = 0; n < most_tags; ++n) {
        i = t.skip(
            i, [](byte c) { return c != '<'; }, stop - std::min(i, stop));
        if (i >= stop) return false;
        auto const b = i + 2;
        if (t[i + 1] == '/' &&
            name.substr(0, t.end() - b) == t.view(b, std::min(t.end(), b + name.size())))
            return true;
        ++i;
    }
    return false;
}

/// Where a value ends that stands behind '>' without a closing tag: it is one word, and nothing
/// follows it in its line. `i` if that is none: "login <password> [--verbose]", "Dear <first_name>,".
std::size_t end_of_unclosed(text t, std::size_t i, std::size_t e) noexcept
{
    auto const begins = t[i];
    if (!is_word(begins) &&
        std::string_view("_$!#%^~").find(static_cast<char>(begins)) == std::string_view::npos)
        return i;
    auto const word = t.skip(
        i, [](byte c) { return !is_space(c); }, e - i);
    auto const rest = t.skip(word, is_blank, e - word);
    return rest == e || !is_blank(t.before(rest)) || t[rest] == '\n' || t[rest] == '\r' ? word : i;
}

} // namespace

namespace {

/// Elements of which the text is the name of what the next one holds.
bool is_of_page(std::string_view name) noexcept
{
    return name == "dt" || name == "th";
}
bool is_of_settings(std::string_view name) noexcept
{
    return name == "key" || name == "name" || name == "param-name";
}

} // namespace

/// <key>password</key><string>x</string>, <name>password</name><value>x</value>,
/// <dt>Password</dt><dd>x</dd>: behind the value. Where nothing is named so, behind the bracket.
std::size_t engine::element_beside(
    std::size_t i, std::size_t name, std::size_t name_end, std::size_t close)
{
    static constexpr std::string_view values[] = {"<string", "<value", "<param-value", "<dd", "<td"};
    auto const t = seen();
    auto const label = t.skip(close + 1, is_space, 40);
    auto const stop = t.skip(
        label, [](byte x) { return x != '<' && x != '\n'; }, 100);
    auto const* const c = class_of(label, t.skip_back(stop, is_space, stop - label));
    if (!c || c->rule > key_rule::webhook || c->rule == key_rule::none) return i + 1;
    auto const behind = stop + 2 + (name_end - name);
    if (!t.starts(stop, "</") || !t.starts(stop + 2, t.view(name, name_end)) || at(behind) != '>')
        return i + 1;
    auto v = t.skip(behind + 1, is_space, 200);
    auto const begin = v;
    for (int depth = 0; depth < 2; ++depth) // <value><string>x</string></value>
        for (auto const tag : values)
            if (t.starts(v, tag) && !is_word(at(v + tag.size())) && at(v + tag.size()) != ':') {
                auto const open = t.skip( // what is scanned below must hold no other name
                    v + 1, [](byte x) { return x != '>' && x != '<' && x != '\n'; }, 200);
                if (at(open) == '>') v = t.skip(open + 1, is_space, 200);
            }
    auto const end = t.skip(
        v, [](byte x) { return x != '<'; }, 3000);
    auto const e = t.skip_back(end, is_space, end - v);
    if (v == begin || e <= v || end_of_string(i, e) != e) return i + 1;
    // Of a page: what heads a column, and what is said of a secret.
    if (is_of_page(t.view(name, name_end))) {
        auto const* const heads = class_of(v, e);
        bool const digits = std::any_of(t.data() + v, t.data() + e, is_digit);
        bool const words = std::any_of(t.data() + v, t.data() + e, is_space);
        bool const secret = c->type == mask_type::password || c->type == mask_type::generic_secret;
        if (is_prose(v, e) || (heads && heads->rule != key_rule::none && !digits)) return i + 1;
        if (secret && (words || is_word_like(t, v, e, "argon2id"))) return i + 1;
    } else if (t.starts(v, "java.") && !std::any_of(t.data() + v, t.data() + e, is_digit)) {
        return i + 1; // its type
    }
    auto const kind = *c;
    scan_before(i + 1, v); // attributes
    if (s().mode != mode::scan || floor_ > v) return std::max(floor_, i + 1);
    return mask_inside(kind, v, e) ? behind_part(v, e) : i + 1;
}

/// <password>x</password>, <param name="password">x</param>
std::size_t engine::at_tag(std::size_t i)
{
    auto const t = seen();
    if (!is_letter(at(i + 1))) return i + 1;
    auto const name_end = t.skip(
        i + 1, [](byte c) { return is_word(c) || c == '_' || c == '-' || c == '.' || c == ':'; },
        80);
    auto close = name_end;
    while (close - name_end < 400 && close < t.end() && at(close) != '>' && at(close) != '<')
        close = is_quote(at(close)) ? find_close(close + 1, at(close), 400) + 1 : close + 1;
    if (at(close) != '>' || t.before(close) == '/') return i + 1;
    if (end_of_string(i, close) != close) return i + 1; // "<password", ">"
    auto name = i + 1;
    for (auto p = name; p < name_end; ++p)
        if (t[p] == ':') name = p + 1;
    auto const* c = class_of(name, name_end);
    key_class in_place;
    if (c && c->rule > key_rule::webhook) {
        in_place = class_in_place(*c, i, name, name_end, close);
        if (in_place.rule != key_rule::none) c = &in_place;
        else if (s().lines.seen == source(close)) return close + 1;
    }
    auto const sensitive = [&](key_class const* k) {
        return k && (k->rule <= key_rule::webhook || k == &in_place);
    };
    if (auto const element = t.view(name, name_end);
        is_of_page(element) || (name_end == close && is_of_settings(element)))
        return element_beside(i, name, name_end, close);
    bool const by_name = sensitive(c) && c->rule != key_rule::none;
    if (!sensitive(c) && name_end != close) {
        for (auto const attribute : {" name=", " key=", " id=", " Name=", " field="}) {
            auto const at_attribute = t.view(name_end, close).find(attribute);
            if (at_attribute == std::string_view::npos) continue;
            auto const q = name_end + at_attribute + std::string_view(attribute).size();
            if (is_quote(at(q))) c = class_of(q + 1, find_close(q + 1, at(q), 100));
        }
    }
    if (!sensitive(c)) return i + 1;
    auto b = t.skip(close + 1, is_space, 200);
    auto const element = t.view(i + 1, name_end);
    if (by_name && at(b) == '<' && is_letter(at(b + 1)) && !t.starts(b, "<value>")) {
        if (is_blank(at(close + 1)) && !closes_element(t, element, b))
            return i + 1;          // <token> <file>
        auto const kind = *c;      // <credentials><a>x</a></credentials>
        scan_before(i + 1, close); // attributes
        if (s().mode != mode::scan || floor_ > close) return std::max(floor_, close);
        enter_elements(kind, name, name_end);
        return close + 1;
    }
    bool const plain = b == close + 1;
    bool const marked = t.starts(b, "<value>");
    if (marked) b += 7; // <property name="password"><value>x</value></property>
    bool const cdata = t.starts(b, "<![CDATA[");
    if (cdata) b += 9;
    auto e = b;
    // &lt; in the text of an element that begins with a plain sign belongs to it.
    auto const opens = [&](std::size_t p) {
        return t[p] == '<' && (p == b || window_.width(i) != 1 || window_.width(p) == 1);
    };
    while (e < t.end() && e - b < 3000 && (cdata ? !t.starts(e, "]]>") : !opens(e))) ++e;
    if (e == t.end() || e - b >= 3000) {
        bool const short_rest = last_ && e - b <= 400 &&
            (c->rule == key_rule::authority || c->rule == key_rule::ip); // cut off
        if (c->rule != key_rule::any && c->rule != key_rule::transcript && !short_rest)
            return i + 1;
    }
    auto string_end = end_of_string(i, e);
    if (!cdata && !marked &&
        !closes_element(t.part(t.begin(), end_of_string(i, std::min(t.end(), e + 3000))), element, e))
    {
        if (auto const m = existing_mask(b); m != b) {
            pass_mask(b, m);
            return m;
        }
        auto const until = std::min(e, string_end);
        auto const word = plain && b < until ? end_of_unclosed(t, b, until) : b;
        if (word == b || holds_mask(b, word)) return i + 1; // it was none when that was written
        bool const goes_on = e - b >= 3000 || (e == t.end() && !last_);
        if (!goes_on || string_end < e || std::any_of(t.data() + b, t.data() + e, is_blank))
            e = word;
        string_end = std::min(string_end, e);
    }
    if (string_end < b) return i + 1;
    bool const longer = string_end == e && (e - b >= 3000 || (e == t.end() && !last_));
    e = string_end;
    if (!longer) e = t.skip_back(e, is_space, 100);
    if (std::none_of(t.data() + b, t.data() + e, is_word)) return i + 1;
    auto const kind = *c;
    bool const masked = existing_mask(b) == e;
    if (name_end != close && (masked || !says_nothing(kind, b, e)))
    { // attributes may hold something as well
        scan_before(i + 1, b);
        if (s().mode != mode::scan || floor_ > b) return std::max(floor_, b);
    }
    if (masked) { // as it was when it was written
        pass_mask(b, e);
        s().pair_until = 0; // <entry key="password">x</entry> v=1
        return e;
    }
    if (template_end(b) == e && e > b) return e; // ${DB_PASSWORD:-}: a name in it is none of a key
    if (is_upper(at(b)) && is_label(kind, b, e)) return i + 1;
    if (!mask_inside(kind, b, e)) return name_end != close ? b : i + 1;
    s().pair_until = 0;
    return longer && floor_ == e ? go_on_to(cdata ? ']' : '<', e) : behind_part(b, e);
}

} // namespace trunkline::mask_detail
