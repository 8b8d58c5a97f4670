#include <trunkline/sync/merge.hpp>

#include "sync/merge_changes.hpp"
#include "sync/merge_parts.hpp"

#include <algorithm>
#include <span>
#include <unordered_set>

namespace trunkline::sync {

namespace {

using namespace detail;
using retell::field_class;
using retell::field_cursor;

using merged_value = std::optional<json::value>; ///< Nothing: absent.

/// The three states of one place.
class triple {
public:
    maybe base;
    maybe local;
    maybe remote;

    triple member(std::string_view key) const
    {
        return {member_of(base, key), member_of(local, key), member_of(remote, key)};
    }
};

/// The three states of a list with keys.
class keyed_triple {
public:
    keyed_triple(triple const& t, std::string_view key_member)
        : base(t.base, key_member), local(t.local, key_member), remote(t.remote, key_member)
    {}

    keyed_items base;
    keyed_items local;
    keyed_items remote;

    bool usable() const { return base.usable() && local.usable() && remote.usable(); }
    triple item(std::string_view key) const
    {
        return {base.find(key), local.find(key), remote.find(key)};
    }
};

/// True if `inner` is the place `outer`, or one within it.
bool is_within(std::string_view inner, std::string_view outer)
{
    if (!inner.starts_with(outer)) return false;
    return inner.size() == outer.size() || outer.empty() || inner[outer.size()] == '.' ||
        inner[outer.size()] == '[';
}

class merger {
public:
    explicit merger(prefer p) : prefer_(p) {}
    /// At the places of `lost` the base stays.
    merger(prefer p, std::vector<field_conflict> const& lost) : prefer_(p), lost_(lost) {}
    std::vector<field_conflict> conflicts;

    merged_value merge(field_cursor at, triple const& t)
    {
        if (is_untouched(t)) return copied(t.remote);
        if (is_lost()) return copied(t.base);
        if (is_nothing(t.remote) && is_container(t.local) && has_lost_part())
            return merge(at, into_empty(t));
        switch (at.cls()) {
        case field_class::identity:
        case field_class::server_owned:
        case field_class::release_owned: return copied(t.remote);
        case field_class::cosmetic:
            return copied(identical(t.remote, t.base) && t.local ? t.local : t.remote);
        case field_class::write_only: return copied(t.local ? t.local : t.remote);
        case field_class::server_filled: return merge_filled(at, t);
        case field_class::object:
        case field_class::opaque_map:
            if (can_merge_members(at, t)) return merge_members(at, t);
            break;
        case field_class::set:
            if (can_merge_lists(t)) return merge_set(at, t);
            break;
        case field_class::keyed_list:
            if (can_merge_lists(t)) return merge_keyed(at, t);
            break;
        default: break;
        }
        return merge_as_one(at, t);
    }

private:
    static bool is_untouched(triple const& t)
    {
        return t.local && t.base ? *t.local == *t.base : !t.local && !t.base;
    }
    static bool identical(maybe a, maybe b) { return a && b ? *a == *b : !a && !b; }

    static bool is_nothing(maybe v) { return !v || v->is_null(); }
    static bool is_container(maybe v) { return v && (v->is_object() || v->is_array()); }

    /// So that the parts of a new container are looked at one by one.
    static triple into_empty(triple t)
    {
        static json::value const object = json::object{};
        static json::value const list = json::array{};
        t.remote = t.local->is_object() ? &object : &list;
        return t;
    }

    /// The rule for everything that has no parts.
    merged_value merge_as_one(field_cursor at, triple const& t)
    {
        if (same(at, t.local, t.base)) return copied(t.remote);
        if (has_lost_part()) return copied(t.base);
        if (same(at, t.remote, t.base)) return copied(t.local);
        if (same(at, t.local, t.remote)) return copied(t.remote);
        if (prefer_ == prefer::neither)
            report(path_.text(), copied(t.base), copied(t.local), copied(t.remote));
        return copied(prefer_ == prefer::local ? t.local : t.remote);
    }

    bool is_lost() const
    {
        return std::ranges::any_of(
            lost_, [&](field_conflict const& c) { return is_within(path_.text(), c.path); });
    }
    /// Here as one what elsewhere was merged by its parts.
    bool has_lost_part() const
    {
        return std::ranges::any_of(
            lost_, [&](field_conflict const& c) { return is_within(c.path, path_.text()); });
    }

    void report(std::string path, merged_value base, merged_value local, merged_value remote)
    {
        auto& c = conflicts.emplace_back();
        c.path = std::move(path);
        c.base = std::move(base);
        c.local = std::move(local);
        c.remote = std::move(remote);
    }

    /// The author's only if the author wrote it; response_engine.version and its like, for which no
    /// fill is documented, are nobody's change.
    merged_value merge_filled(field_cursor at, triple const& t)
    {
        if (!t.local) return copied(t.remote);
        if (!at.fallback()) return copied(t.local);
        return merge_as_one(at, t);
    }

    static bool can_merge_members(field_cursor at, triple const& t)
    {
        if (!t.local || !t.remote || !t.local->is_object() || !t.remote->is_object()) return false;
        if (!is_object_or_nothing(t.base)) return false;
        // Another type has other members: a mixture of both would be neither.
        bool const is_union = at.cls() == field_class::object && at.rule();
        return !is_union || t.local->at_or_null("type") == t.remote->at_or_null("type");
    }

    static bool can_merge_lists(triple const& t)
    {
        return t.local && t.remote && t.local->is_array() && t.remote->is_array() &&
            is_array_or_nothing(t.base);
    }

    merged_value merge_members(field_cursor at, triple const& t)
    {
        auto out = *t.remote;
        for (auto const& m : t.remote->as_object()) merge_member(at, m.key, t, out);
        for (auto const& m : t.local->as_object())
            if (!t.remote->find(m.key)) merge_member(at, m.key, t, out);
        return out;
    }

    /// `out` has what is theirs.
    void merge_member(field_cursor at, std::string const& key, triple const& t, json::value& out)
    {
        auto parts = t.member(key);
        if (!parts.local && depth_ == 0) parts.local = parts.base; // not managed: no change of ours
        if (is_untouched(parts)) return;
        auto const step = path_.member(key);
        ++depth_;
        if (auto v = merge(at.member(key), parts)) out.as_object().set(key, std::move(*v));
        else if (parts.remote) out.as_object().erase(key);
        --depth_;
    }

    static std::unordered_set<std::string> texts(json::value const& list)
    {
        std::unordered_set<std::string> out;
        for (auto const& v : list.as_array()) out.insert(json::canonical(v));
        return out;
    }

    /// Remote, without what we removed, with what we added.
    merged_value merge_set(field_cursor at, triple const& t)
    {
        if (same(at, t.local, t.base)) return copied(t.remote);
        if (same(at, t.remote, t.base)) return copied(t.local);
        json::value const nothing = json::array{};
        auto const* base = t.base && t.base->is_array() ? t.base : at.fallback();
        auto const before = texts(base && base->is_array() ? *base : nothing);
        auto const ours = texts(*t.local);
        auto theirs = texts(*t.remote);
        json::array out;
        for (auto const& v : t.remote->as_array()) {
            auto const text = json::canonical(v);
            if (ours.contains(text) || !before.contains(text)) out.push_back(v);
        }
        for (auto const& v : t.local->as_array()) {
            auto const text = json::canonical(v);
            if (!before.contains(text) && theirs.insert(text).second) out.push_back(v);
        }
        return out;
    }

    merged_value merge_keyed(field_cursor at, triple const& t)
    {
        keyed_triple const lists(t, at.rule()->key);
        if (!lists.usable()) return merge_as_one(at, t);
        std::unordered_map<std::string_view, json::value> kept;
        ++depth_;
        for (auto key : lists.remote.keys()) merge_item(at, key, lists, kept);
        for (auto key : lists.local.keys())
            if (!lists.remote.find(key)) merge_item(at, key, lists, kept);
        --depth_;
        json::array out;
        for (auto key : merged_order(lists))
            if (auto found = kept.find(key); found != kept.end())
                out.push_back(std::move(found->second));
        return out;
    }

    void merge_item(field_cursor at, std::string_view key, keyed_triple const& lists,
        std::unordered_map<std::string_view, json::value>& kept)
    {
        auto const step = path_.item(key);
        if (auto v = merge(at.item(), lists.item(key))) kept.emplace(key, std::move(*v));
    }

    /// Theirs, unless we alone reordered what all three have. Two different new orders are a conflict.
    std::vector<std::string_view> merged_order(keyed_triple const& lists)
    {
        auto const before = lists.base.shared_with({&lists.local, &lists.remote});
        auto const ours = lists.local.shared_with({&lists.base, &lists.remote});
        auto const theirs = lists.remote.shared_with({&lists.base, &lists.local});
        bool local_leads = ours != before && theirs == before && !is_order_lost();
        if (ours != before && theirs != before && ours != theirs) {
            if (prefer_ == prefer::neither)
                report(path_.text() + std::string(order_mark), as_list(before), as_list(ours),
                    as_list(theirs));
            local_leads = prefer_ == prefer::local;
        }
        return local_leads ? woven(lists.local.keys(), lists.remote.keys())
                           : woven(lists.remote.keys(), lists.local.keys());
    }

    bool is_order_lost() const
    {
        return std::ranges::any_of(lost_, [&](field_conflict const& c) {
            return c.path == path_.text() + std::string(order_mark);
        });
    }

    static json::value as_list(std::vector<std::string_view> const& keys)
    {
        return json::array(keys.begin(), keys.end());
    }

    /// The first order, and what only the second has behind the item it follows there.
    static std::vector<std::string_view> woven(
        std::vector<std::string_view> const& first, std::vector<std::string_view> const& second)
    {
        auto out = first;
        std::unordered_set<std::string_view> const known(first.begin(), first.end());
        auto after = out.begin();
        for (auto key : second) {
            auto const at = known.contains(key) ? std::find(out.begin(), out.end(), key)
                                                : out.insert(after, key);
            after = at + 1;
        }
        return out;
    }

    /// Behind the path of a list: what is told of is not its items.
    static constexpr std::string_view order_mark = " (order)";

    prefer prefer_;
    std::span<field_conflict const> lost_;
    readable_path path_;
    std::size_t depth_ = 0;
};

} // namespace

merge_result detail::merge_only(retell::resource_kind kind, json::value const& base,
    json::value const& local, json::value const& remote, prefer p)
{
    merger m(p);
    merge_result out;
    auto merged = m.merge(field_cursor(kind), {&base, &local, &remote});
    if (merged) out.merged = std::move(*merged);
    json::settle(out.merged);
    out.conflicts = std::move(m.conflicts);
    return out;
}

json::value detail::agreed_without(retell::resource_kind kind, json::value const& base,
    json::value const& local, std::vector<field_conflict> const& lost)
{
    merger m(prefer::local, lost);
    auto merged = m.merge(field_cursor(kind), {&base, &local, &base});
    json::value out = merged ? std::move(*merged) : json::value();
    json::settle(out);
    return out;
}

merge_result merge(retell::resource_kind kind, json::value const& base, json::value const& local,
    json::value const& remote, prefer p)
{
    auto out = detail::merge_only(kind, base, local, remote, p);
    out.local_changes = find_changes(kind, base, local, absent_member::is_unmanaged);
    out.remote_changes = find_changes(kind, base, remote, absent_member::was_removed);
    return out;
}

} // namespace trunkline::sync
