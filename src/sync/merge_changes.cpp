#include "sync/merge_changes.hpp"

#include "sync/merge_parts.hpp"

namespace trunkline::sync {

namespace {

using namespace detail;
using retell::field_class;
using retell::field_cursor;

class change_finder {
public:
    explicit change_finder(absent_member m) : absent_(m) {}
    std::vector<field_change> found;

    void compare(field_cursor at, maybe before, maybe after)
    {
        if (before && after && *before == *after) return;
        if (at.cls() == field_class::write_only) {
            if (after) note(before, after); // never read back, so that its absence says nothing
        } else if (has_members(at) && before && before->is_object() && after && after->is_object())
        {
            compare_members(at, *before, *after);
        } else if (at.cls() == field_class::keyed_list && before && after) {
            compare_items(at, before, after);
        } else if (!same(at, before, after)) {
            note(before, after);
        }
    }

private:
    static bool has_members(field_cursor at)
    {
        return at.cls() == field_class::object || at.cls() == field_class::opaque_map;
    }

    void compare_members(field_cursor at, json::value const& before, json::value const& after)
    {
        detail::members_beside later(after.as_object());
        for (auto const& m : before.as_object()) {
            auto const* now = later.find(m.key);
            if (now && m.val == *now) continue;
            auto const below = at.member(m.key);
            if (!now && is_unmanaged(below)) continue;
            auto const step = path_.member(m.key);
            ++depth_;
            compare(below, &m.val, now);
            --depth_;
        }
        detail::members_beside earlier(before.as_object());
        for (auto const& m : after.as_object()) {
            if (earlier.find(m.key)) continue;
            auto const step = path_.member(m.key);
            ++depth_;
            compare(at.member(m.key), nullptr, &m.val);
            --depth_;
        }
    }

    bool is_unmanaged(field_cursor member) const
    {
        if (absent_ == absent_member::was_removed) return false;
        return depth_ == 0 || member.cls() == field_class::server_filled;
    }

    void compare_items(field_cursor at, maybe before, maybe after)
    {
        keyed_items const was(before, at.rule()->key);
        keyed_items const is(after, at.rule()->key);
        if (!was.usable() || !is.usable()) {
            if (!same(at, before, after)) note(before, after);
            return;
        }
        ++depth_;
        for (auto key : was.keys()) compare_item(at, key, was.find(key), is.find(key));
        for (auto key : is.keys())
            if (!was.find(key)) compare_item(at, key, nullptr, is.find(key));
        --depth_;
        compare_order(was.shared_with({&is}), is.shared_with({&was}));
    }

    void compare_item(field_cursor at, std::string_view key, maybe before, maybe after)
    {
        auto const step = path_.item(key);
        compare(at.item(), before, after);
    }

    void compare_order(
        std::vector<std::string_view> const& before, std::vector<std::string_view> const& after)
    {
        if (before == after) return;
        auto& c = found.emplace_back();
        c.path = path_.text() + " (order)";
        c.before = json::array(before.begin(), before.end());
        c.after = json::array(after.begin(), after.end());
    }

    void note(maybe before, maybe after)
    {
        auto& c = found.emplace_back();
        c.path = path_.text();
        c.before = copied(before);
        c.after = copied(after);
    }

    absent_member absent_;
    readable_path path_;
    std::size_t depth_ = 0;
};

} // namespace

namespace detail {

std::vector<field_change> find_changes(retell::resource_kind kind, json::value const& before,
    json::value const& after, absent_member absent)
{
    change_finder f(absent);
    f.compare(field_cursor(kind), &before, &after);
    return std::move(f.found);
}

} // namespace detail

std::vector<field_change> changes(
    retell::resource_kind kind, json::value const& before, json::value const& after)
{
    return find_changes(kind, before, after, absent_member::was_removed);
}

} // namespace trunkline::sync
