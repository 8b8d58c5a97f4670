#include <trunkline/retell/value_check.hpp>

#include "retell/catalogue_node.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

namespace trunkline::retell {

namespace {

constexpr std::array<std::string_view, 7> type_names{
    "any value", "a string", "a number", "a boolean", "an array", "an object", "a file"};

std::string_view name_of(value_type t)
{
    return type_names[static_cast<std::size_t>(t)];
}

value_type type_of(json::value const& v)
{
    if (v.is_string()) return value_type::text;
    if (v.is_number()) return value_type::number;
    if (v.is_bool()) return value_type::boolean;
    if (v.is_array()) return value_type::array;
    return v.is_object() ? value_type::object : value_type::any;
}

std::string spelled(double limit)
{
    auto const whole = static_cast<std::int64_t>(limit);
    bool const is_whole = static_cast<double>(whole) == limit;
    return is_whole ? std::to_string(whole) : json::number(limit).text();
}

std::size_t characters(std::string_view text)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::vector<std::string_view> split(std::string_view words)
{
    std::vector<std::string_view> out;
    while (!words.empty()) {
        auto const end = std::min(words.find(','), words.size());
        out.push_back(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return out;
}

bool is_word(std::string_view words, json::value const& v)
{
    return v.is_string() && std::ranges::count(split(words), std::string_view(v.as_string())) > 0;
}

/// "between 0.5 and 2", "at least 1", or nothing.
std::string range_of(value_rule const& rule)
{
    bool const low = std::isfinite(rule.min), high = std::isfinite(rule.max);
    if (low && high) return "between " + spelled(rule.min) + " and " + spelled(rule.max);
    if (low) return "at least " + spelled(rule.min);
    return high ? "at most " + spelled(rule.max) : std::string();
}

/// "one of fast, accurate, custom"; of many only how many there are.
std::string choice_of(std::string_view words)
{
    constexpr std::size_t most = 14;
    auto const all = split(words);
    if (all.size() > most) return "one of " + std::to_string(all.size()) + " known words";
    std::string out;
    for (auto const word : all) out += (out.empty() ? "one of " : ", ") + std::string(word);
    return out;
}

bool fits(value_rule const& rule, json::value const& v)
{
    if (v.is_array() && rule.type != value_type::text)
        return std::ranges::all_of(
            v.as_array(), [&](json::value const& item) { return is_word(rule.words, item); });
    return is_word(rule.words, v);
}

/// How many letters must be put in, left out, exchanged or swapped with their neighbour.
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        next[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                next[j] = std::min(next[j], before[j - 2] + 1);
        }
        std::swap(before, row);
        std::swap(row, next);
    }
    return row[b.size()];
}

/// The nearest of the names that a slip or two turn into this one; empty if there is none.
template <class Names>
std::string_view nearest(Names const& names, std::string_view name)
{
    std::string_view best;
    auto least = std::min<std::size_t>(2, name.size() / 3) + 1;
    for (std::string_view const known : names) {
        auto const longer = std::max(known.size(), name.size());
        if (longer - std::min(known.size(), name.size()) >= least) continue;
        if (auto const d = distance(known, name); d < least) {
            least = d;
            best = known;
        }
    }
    return best;
}

/// A word is shown where it is known; what was written may be anything.
std::string suggestion(value_rule const& rule, json::value const& v)
{
    std::string_view near;
    auto const look = [&](json::value const& item) {
        if (near.empty() && item.is_string() && !is_word(rule.words, item))
            near = nearest(split(rule.words), item.as_string());
    };
    if (v.is_array()) std::ranges::for_each(v.as_array(), look);
    else look(v);
    return near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?";
}

std::string_view plural_of(value_type t)
{
    return t == value_type::object ? "objects" : "strings"; // there are no others
}

bool is_of(value_type t, json::value const& v)
{
    return t == value_type::any || type_of(v) == t;
}

std::string described_kind(json::value const& v)
{
    return v.is_null() ? "is null" : "is " + std::string(name_of(type_of(v)));
}

/// What it is, without saying it: a text may be a secret in the wrong place.
std::string description(value_rule const& rule, json::value const& v)
{
    if (v.is_null()) return "is null";
    if (v.is_number()) return "is " + v.as_number().text();
    auto const type = type_of(v);
    if (type != rule.type && rule.type != value_type::any)
        return "is " + std::string(name_of(type));
    if (rule.words.empty())
        return "has " + std::to_string(characters(v.string_or({}))) + " characters";
    return v.is_array() ? "holds another word" : "is another word";
}

bool starts_as_reference(std::string_view text)
{
    constexpr std::string_view marks[] = {"@env:", "@file:", "@secret:"};
    return std::ranges::any_of(marks, [&](auto mark) { return text.starts_with(mark); });
}

/// Whole, or within what is one word: a URL. A prompt may talk of one.
bool is_reference(std::string_view text)
{
    if (starts_as_reference(text)) return true;
    if (text.find_first_of(" \t\r\n") != text.npos) return false;
    for (auto at = text.find('@'); at != text.npos; at = text.find('@', at + 1))
        if (starts_as_reference(text.substr(at))) return true;
    return false;
}

/// Without what is a secret by its place, where a reference is right.
json::value without_secrets(resource_kind kind, json::value document)
{
    for_each_secret(kind, document, [](std::string_view) { return std::string("x"); });
    return document;
}

/// Calls visit(path, text) for each text at any depth.
template <class Visit>
void for_each_text(json::value const& v, std::string const& path, Visit const& visit)
{
    if (v.is_string()) return visit(path, v.as_string());
    if (v.is_object())
        for (auto const& m : v.as_object())
            for_each_text(m.val, path + (path.empty() ? "" : ".") + std::string(m.key), visit);
    if (!v.is_array()) return;
    std::size_t index = 0;
    for (auto const& item : v.as_array())
        for_each_text(item, path + "[" + std::to_string(index++) + "]", visit);
}

/// Whether a changed text is a reference. Most documents of most releases have none, and what is
/// the same on both sides is held once, so that it costs nothing to pass it by.
bool changes_reference(json::value const* before, json::value const& after)
{
    if (before && *before == after) return false;
    if (after.is_string()) return is_reference(after.as_string());
    if (after.is_object())
        return std::ranges::any_of(after.as_object(), [&](json::member const& m) {
            return changes_reference(before ? before->find(m.key) : nullptr, m.val);
        });
    if (!after.is_array()) return false;
    std::size_t index = 0;
    return std::ranges::any_of(after.as_array(), [&](json::value const& item) {
        bool const beside = before && before->is_array() && index < before->as_array().size();
        auto const* const old = beside ? &before->as_array()[index] : nullptr;
        ++index;
        return changes_reference(old, item);
    });
}

void find_references(resource_kind kind, json::value const& before, json::value const& after,
    std::vector<value_finding>& found)
{
    if (!changes_reference(&before, after)) return;
    std::set<std::string, std::less<>> there;
    auto const looked_at = without_secrets(kind, after);
    for_each_text(without_secrets(kind, before), {},
        [&](auto const&, std::string const& text) { there.insert(text); });
    for_each_text(looked_at, {}, [&](std::string const& path, std::string const& text) {
        if (!is_reference(text) || there.contains(text)) return;
        value_finding f;
        f.kind = finding_kind::reference;
        f.path = path;
        f.text =
            "holds a reference that is put in at another place only (docs/sync.md), and would go "
            "live as it is written";
        found.push_back(std::move(f));
    });
}

bool is_without_tls(std::string_view url)
{
    return url.starts_with("http://") || url.starts_with("ws://");
}

/// Of a list without looking at its items.
std::string problem_of_whole(value_rule rule, json::value const& v)
{
    if (rule.words.empty()) rule.items = value_type::any;
    return value_problem(rule, v);
}

class checker {
public:
    std::vector<value_finding> found;

    void visit(field_cursor at, json::value const* before, json::value const& after)
    {
        if (before && *before == after) return;
        switch (at.cls()) {
        case field_class::identity:
        case field_class::server_owned:
        case field_class::release_owned:
        case field_class::cosmetic: return; // not what a release sends for its value
        default: break;
        }
        if (at.describes_data() && !at.rule()) return;
        if (auto const* const rule = at.rule())
            if (auto const news = news_in(rule->values, before, after);
                !problem_of_whole(rule->values, news).empty())
                return add(finding_kind::value,
                    description(rule->values, news) + "; must be " + requirement(rule->values) +
                        suggestion(rule->values, news));
        if (auto const* const rule = at.rule(); rule && rule->values.open) {
            if (auto const near = suggestion(rule->values, after); !near.empty())
                add(finding_kind::hint, "is a word unknown to this version" + near);
            return;
        }
        if (at.cls() == field_class::opaque_map) return look_at_schema(at, after);
        if (at.cls() == field_class::secret_url && is_without_tls(after.string_or({})))
            return add(finding_kind::hint,
                "is called without TLS, so what is sent can be read on its way");
        if (after.is_object())
            visit_members(at, before && before->is_object() ? &before->as_object() : nullptr,
                after.as_object());
        else if (after.is_array())
            visit_items(
                at, before && before->is_array() ? &before->as_array() : nullptr, after.as_array());
    }

private:
    /// The value, or of a list of words those that are new: the others the service has taken before.
    static json::value news_in(
        value_rule const& rule, json::value const* before, json::value const& after)
    {
        if (rule.words.empty() || !after.is_array() || !before || !before->is_array()) return after;
        json::array news;
        for (auto const& item : after.as_array())
            if (std::ranges::find(before->as_array(), item) == before->as_array().end())
                news.push_back(item);
        return news;
    }

    void add(finding_kind kind, std::string text)
    {
        value_finding f;
        f.kind = kind;
        f.path = path_;
        f.text = std::move(text);
        found.push_back(std::move(f));
    }

    template <class Below>
    void below(std::string const& step, Below go)
    {
        auto const here = path_.size();
        path_ += step;
        go();
        path_.resize(here);
    }

    void visit_members(field_cursor at, json::object const* before, json::object const& after)
    {
        for (auto const& m : after) {
            auto const* const old = before ? before->find(m.key) : nullptr;
            if (old && *old == m.val) continue;
            below((path_.empty() ? "" : ".") + std::string(m.key), [&] {
                auto const place = at.member(m.key);
                if (!old && !place.rule()) look_at_name(at, m.key);
                visit(place, old, m.val);
            });
        }
    }

    /// Of a tool's JSON schema the service takes what it says of its properties, but not as a list.
    void look_at_schema(field_cursor at, json::value const& after)
    {
        auto const* const properties = at.describes_data() ? after.find("properties") : nullptr;
        if (properties && properties->is_array() && !properties->as_array().empty())
            below(path_.empty() ? "properties" : ".properties",
                [&] { add(finding_kind::value, "is an array; must be an object"); });
    }

    /// An unknown name is no mistake by itself: the service grows.
    void look_at_name(field_cursor at, std::string_view name)
    {
        if (at.cls() != field_class::object || at.describes_data()) return;
        if (auto const near = nearest(at.members(), name); !near.empty())
            add(finding_kind::hint,
                "unknown to this version; did you mean " + std::string(near) + "?");
    }

    void visit_items(field_cursor at, json::array const* before, json::array const& after)
    {
        auto const* const rule = at.rule();
        auto const key = rule && rule->cls == field_class::keyed_list ? rule->key : "";
        std::size_t index = 0;
        for (auto const& item : after) {
            auto const name = key.empty() ? std::string_view() : item.string_at(key);
            below("[" + (name.empty() ? std::to_string(index) : std::string(name)) + "]", [&] {
                auto const* const old = counterpart(before, item, key);
                if (rule && !is_of(rule->values.items, item) && !(old && *old == item))
                    add(finding_kind::value,
                        described_kind(item) + "; must be " +
                            std::string(name_of(rule->values.items)));
                else visit(at.item(), old, item);
            });
            ++index;
        }
    }

    /// What the item was: the same one, or that of the same key.
    static json::value const* counterpart(
        json::array const* before, json::value const& item, std::string_view key)
    {
        if (!before) return nullptr;
        if (auto const same = std::ranges::find(*before, item); same != before->end())
            return &*same;
        auto const name = key.empty() ? std::string_view() : item.string_at(key);
        if (name.empty()) return nullptr;
        auto const found = std::ranges::find_if(
            *before, [&](json::value const& old) { return old.string_at(key) == name; });
        return found == before->end() ? nullptr : &*found;
    }

    std::string path_;
};

} // namespace

std::string value_problem(value_rule const& rule, json::value const& v)
{
    if (v.is_null()) return rule.nullable ? "" : "must not be null";
    if (rule.type != value_type::any && type_of(v) != rule.type)
        return "must be " + std::string(name_of(rule.type));
    if (!rule.words.empty())
        return rule.open || fits(rule, v) ? "" : "must be " + choice_of(rule.words);
    if (v.is_array() && !std::ranges::all_of(v.as_array(), [&](json::value const& item) {
            return is_of(rule.items, item);
        }))
        return "must hold nothing but " + std::string(plural_of(rule.items));
    if (v.is_number()) {
        auto const n = v.as_number().to_double();
        if (n < rule.min || n > rule.max) return "must be " + range_of(rule);
    } else if (v.is_string() && static_cast<double>(characters(v.as_string())) > rule.max) {
        return "must have " + range_of(rule) + " characters";
    }
    return {};
}

std::string requirement(value_rule const& rule)
{
    std::string out(rule.type == value_type::any && !rule.words.empty() ? "" : name_of(rule.type));
    if (!rule.words.empty()) {
        if (rule.type == value_type::text) return choice_of(rule.words);
        return (out.empty() ? "" : out + " of ") + choice_of(rule.words);
    }
    if (auto const range = range_of(rule); !range.empty())
        out += (range.starts_with("at") ? " of " : " ") + range +
            (rule.type == value_type::text ? " characters" : "");
    return out;
}

std::vector<value_finding> check_values(
    resource_kind kind, json::value const& before, json::value const& after)
{
    checker c;
    if (!after.is_object()) return {};
    c.visit(field_cursor(kind), before.is_null() ? nullptr : &before, after);
    find_references(kind, before, after, c.found);
    return std::move(c.found);
}

} // namespace trunkline::retell
