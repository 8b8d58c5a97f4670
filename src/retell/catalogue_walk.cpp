#include "retell/catalogue_node.hpp"

#include <trunkline/core/crypto.hpp>

#include <algorithm>
#include <array>

namespace trunkline::retell {

namespace {

using detail::field_node;

bool is_empty_list(json::value const& v)
{
    return v.is_array() && v.as_array().empty();
}

void append_step(std::string& pointer, std::string_view key)
{
    pointer += '/';
    for (char c : key) {
        if (c == '~') pointer += "~0";
        else if (c == '/') pointer += "~1";
        else pointer += c;
    }
}

/// Walks with one growing text as the pointer, so that an undamaged document costs nothing.
class damage_finder {
public:
    std::vector<std::string> found;

    void visit(field_cursor at, json::value const& v)
    {
        if (at.is_object() && is_empty_list(v)) {
            found.push_back(pointer_);
        } else if (v.is_object()) {
            for (auto const& m : v.as_object()) below(m.key, at.member(m.key), m.val);
        } else if (v.is_array()) {
            std::size_t index = 0;
            for (auto const& item : v.as_array()) {
                if (item.is_array() || item.is_object())
                    below(std::to_string(index), at.item(), item);
                ++index;
            }
        }
    }

private:
    void below(std::string_view step, field_cursor at, json::value const& v)
    {
        if (!v.is_array() && !v.is_object()) return;
        auto const here = pointer_.size();
        append_step(pointer_, step);
        visit(at, v);
        pointer_.resize(here);
    }

    std::string pointer_;
};

/// A component_id is a reference of its own only where component_type says "shared".
bool holds(std::string_view condition, json::object const& siblings)
{
    if (condition.empty()) return true;
    auto const equals = condition.find('=');
    auto const* v = siblings.find(condition.substr(0, equals));
    return v && v->string_or({}) == condition.substr(equals + 1);
}

/// Calls with each string that is a reference: (kind referred to, string).
template <class Value, class Visit>
void visit_references(field_cursor at, Value& v, Visit const& visit)
{
    if (v.is_string()) {
        if (at.cls() == field_class::reference && !v.as_string().empty())
            visit(at.rule()->target, v);
    } else if (v.is_object()) {
        auto& members = v.as_object();
        for (auto& m : members) {
            auto const below = at.member(m.key);
            bool const is_reference = below.cls() == field_class::reference;
            if (!is_reference || holds(below.rule()->key, members))
                visit_references(below, m.val, visit);
        }
    } else if (v.is_array()) {
        for (auto& item : v.as_array()) visit_references(at.item(), item, visit);
    }
}

/// What the scalar "multi" is stored and returned as (Retell's deprecation notice of 2026-07-31).
constexpr std::array<std::string_view, 10> multi_locales = {
    "en-US", "es-ES", "fr-FR", "de-DE", "hi-IN", "ru-RU", "pt-PT", "ja-JP", "it-IT", "nl-NL"};

json::value language_list(std::string const& scalar)
{
    if (scalar == "multi") return json::array(multi_locales.begin(), multi_locales.end());
    return json::array{scalar};
}

void sort_as_set(json::array& items)
{
    auto const plain = [](json::value const& v) { return v.is_string(); };
    if (std::all_of(items.begin(), items.end(), plain)) { // the common case, without copies
        std::sort(items.begin(), items.end(),
            [](auto const& a, auto const& b) { return a.as_string() < b.as_string(); });
        return;
    }
    std::vector<std::pair<std::string, json::value>> keyed;
    for (auto& v : items) {
        auto text = json::canonical(v);
        keyed.emplace_back(std::move(text), std::move(v));
    }
    std::stable_sort(
        keyed.begin(), keyed.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < items.size(); ++i) items[i] = std::move(keyed[i].second);
}

bool is_compared(field_class c)
{
    switch (c) {
    case field_class::identity:
    case field_class::server_owned:
    case field_class::release_owned:
    case field_class::write_only:
    case field_class::cosmetic: return false;
    default: return true;
    }
}

void normalise_parts(field_node const& at, json::value& v);

/// Brings a value into the form it is compared in. False where it equals being absent.
bool normalise(field_node const& at, json::value& v)
{
    if (!is_compared(at.cls)) return false;
    if (v.is_null() && at.fallback) return false;
    // response_engine.version and its like: whatever the service filled in, it is not the author's.
    if (at.cls == field_class::server_filled && !at.fallback) return false;
    normalise_parts(at, v);
    if (at.fallback && v == *at.fallback) return false;
    bool const hollow =
        at.cls == field_class::object && at.rule && v.is_object() && v.as_object().empty();
    return !hollow;
}

void normalise_members(field_node const& at, json::object& members)
{
    std::vector<std::string> absent;
    for (auto& m : members)
        if (!normalise(*at.member(m.key), m.val)) absent.push_back(m.key);
    for (auto const& key : absent) members.erase(key);
}

void normalise_parts(field_node const& at, json::value& v)
{
    if (v.is_object()) normalise_members(at, v.as_object());
    else if (v.is_string() && at.is_language) v = language_list(v.as_string());
    else if (is_empty_list(v) && at.is_object) v = json::object{};
    else if (v.is_array()) {
        // An item that equals being absent stays: it has a place.
        for (auto& item : v.as_array()) normalise_parts(*at.item(), item);
        if (at.cls == field_class::set) sort_as_set(v.as_array());
    }
}

} // namespace

namespace detail {

json::value normal_form(field_node const& at, json::value v)
{
    normalise_parts(at, v);
    return v;
}

} // namespace detail

std::vector<std::string> damaged_objects(resource_kind kind, json::value const& document)
{
    damage_finder f;
    f.visit(field_cursor(kind), document);
    return std::move(f.found);
}

std::vector<std::string> repair_empty_objects(resource_kind kind, json::value& document)
{
    auto places = damaged_objects(kind, document);
    for (auto const& place : places) *json::pointer(place).resolve(document) = json::object{};
    return places;
}

void for_each_reference(resource_kind kind, json::value& document,
    std::function<std::string(std::string_view target_kind, std::string_view id)> const& replace)
{
    visit_references(field_cursor(kind), document,
        [&](std::string_view target, json::value& id) { id = replace(target, id.as_string()); });
}

void read_references(resource_kind kind, json::value const& document,
    std::function<void(std::string_view target_kind, std::string_view id)> const& visit)
{
    visit_references(field_cursor(kind), document,
        [&](std::string_view target, json::value const& id) { visit(target, id.as_string()); });
}

bool refers_to(
    resource_kind kind, json::value const& document, resource_kind target, std::string_view id)
{
    bool found = false;
    read_references(kind, document, [&](std::string_view of, std::string_view text) {
        found = found || (text == id && of == name(target));
    });
    return found;
}

json::value managed_content(resource_kind kind, json::value const& document)
{
    return detail::normal_form(*detail::root_node(kind), document);
}

std::string managed_hash(resource_kind kind, json::value const& document)
{
    return crypto::content_hash(managed_content(kind, document));
}

std::optional<json::value> managed_value(field_cursor at, json::value const& v)
{
    if (!is_compared(at.cls())) return std::nullopt; // without a copy of what may be large
    std::optional<json::value> out(v);
    if (!normalise(*at.node_, *out)) out.reset();
    return out;
}

} // namespace trunkline::retell
