#include "core/json_text.hpp"

#include <algorithm>

namespace trunkline::json {
namespace {

bool equal(object const& a, object const& b)
{
    if (a.size() != b.size()) return false;
    std::optional<member_finder> finder; // documents rarely differ in order
    auto const* beside = b.begin();
    for (auto const& m : a) {
        auto const* other = beside++;
        if (other->key != m.key) {
            if (!finder) finder.emplace(b);
            other = finder->find(m.key);
        }
        if (!other || !(other->val == m.val)) return false;
    }
    return true;
}

bool identical(object const& a, object const& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](member const& x, member const& y) {
        return x.key == y.key && json::identical(x.val, y.val);
    });
}

/// Walks two documents together and collects where they part.
class comparison {
public:
    std::vector<difference> found;

    void compare(value const& before, value const& after)
    {
        if (before.is_object() && after.is_object())
            compare_objects(before.as_object(), after.as_object());
        else if (before.is_array() && after.is_array())
            compare_arrays(before.as_array(), after.as_array());
        else if (!(before == after)) add(&before, &after);
    }

private:
    void compare_objects(object const& before, object const& after)
    {
        member_finder const old_members(before);
        member_finder const new_members(after);
        for (auto const& m : before) {
            auto const* now = new_members.find(m.key);
            at_step(m.key, &m.val, now ? &now->val : nullptr);
        }
        for (auto const& m : after)
            if (!old_members.find(m.key)) at_step(m.key, nullptr, &m.val);
    }

    void compare_arrays(array const& before, array const& after)
    {
        for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i)
            at_step(std::to_string(i), i < before.size() ? &before[i] : nullptr,
                i < after.size() ? &after[i] : nullptr);
    }

    void at_step(std::string_view step, value const* before, value const* after)
    {
        auto const parent = path_.size();
        append_step(path_, step);
        if (before && after) compare(*before, *after);
        else add(before, after);
        path_.resize(parent);
    }

    void add(value const* before, value const* after)
    {
        auto& d = found.emplace_back();
        d.path = path_;
        if (before) d.before = *before;
        if (after) d.after = *after;
    }

    std::string path_;
};

} // namespace

bool operator==(value const& a, value const& b)
{
    if (a.kind() != b.kind()) return false;
    if (a.shares_with(b)) return true;
    switch (a.kind()) {
    case kind::object: return equal(a.as_object(), b.as_object());
    case kind::array: return a.as_array() == b.as_array();
    case kind::number: return a.as_number() == b.as_number();
    case kind::string: return a.as_string() == b.as_string();
    case kind::boolean: return a.as_bool() == b.as_bool();
    case kind::null: break;
    }
    return true;
}

bool identical(value const& a, value const& b)
{
    if (a.kind() != b.kind()) return false;
    if (a.shares_with(b)) return true;
    switch (a.kind()) {
    case kind::object: return identical(a.as_object(), b.as_object());
    case kind::array:
        return std::equal(a.as_array().begin(), a.as_array().end(), b.as_array().begin(),
            b.as_array().end(), [](value const& x, value const& y) { return identical(x, y); });
    case kind::number: return a.as_number().text() == b.as_number().text();
    default: return a == b;
    }
}

void keep_once(value& a, value const& b)
{
    if (a.shares_with(b)) return;
    if (identical(a, b)) {
        a = b;
    } else if (a.is_object() && b.is_object()) {
        member_finder const others(b.as_object());
        for (auto& m : a.as_object())
            if (auto const* const other = others.find(m.key);
                other && !m.val.shares_with(other->val) && identical(m.val, other->val))
                m.val = other->val;
        settle(a);
    }
}

std::vector<difference> diff(value const& before, value const& after)
{
    comparison c;
    c.compare(before, after);
    return std::move(c.found);
}

bool patch(value& document, std::vector<difference> const& changes)
{
    bool complete = true;
    for (auto const& change : changes)
        if (change.after) complete &= pointer(change.path).set(document, *change.after) != nullptr;
    // Backwards, so that removing an item does not move those still to be removed.
    for (auto change = changes.rbegin(); change != changes.rend(); ++change)
        if (!change->after) complete &= pointer(change->path).erase(document);
    return complete;
}

} // namespace trunkline::json
