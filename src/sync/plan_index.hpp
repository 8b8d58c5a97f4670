#pragma once

#include <trunkline/store/store.hpp>
#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace trunkline::sync::detail {

/// Resources of a plan's inputs by name and id, so that planning is linear in what there is. Refers
/// to them; they must not change meanwhile.
class snapshot_index {
public:
    explicit snapshot_index(snapshot const& s);
    agent_state const* agent(std::string_view id) const { return find(agents_, id); }
    resource_state const* number(std::string_view id) const { return find(numbers_, id); }
    resource_state const* spare_engine(std::string_view id) const { return find(spare_, id); }
    bool runs_engine(std::string_view id) const { return run_.contains(id); }

private:
    template <class T>
    using by_id = std::unordered_map<std::string_view, T const*>;
    template <class T>
    static T const* find(by_id<T> const& in, std::string_view id)
    {
        auto const found = in.find(id);
        return found == in.end() ? nullptr : found->second;
    }

    by_id<agent_state> agents_;
    by_id<resource_state> numbers_;
    by_id<resource_state> spare_;
    std::unordered_set<std::string_view> run_; ///< Engines that some agent runs.
};

class base_index {
public:
    explicit base_index(std::vector<store::base_row> const& rows);
    store::base_row const* find(retell::resource_kind kind, std::string_view name) const;
    /// The agreed engine content of an agent.
    store::base_row const* engine_of(std::string_view agent_id) const;
    bool has_id(retell::resource_kind kind, std::string_view id) const;
    std::size_t size() const noexcept { return resources_.size(); }
    /// Rows of resources, each name once, in the order given.
    std::vector<std::pair<retell::resource_kind, store::base_row const*>> const&
    resources() const noexcept
    {
        return resources_;
    }

private:
    using names = std::unordered_map<std::string_view, store::base_row const*>;
    std::array<names, retell::resource_kind_count> by_name_;
    names engines_;
    std::vector<std::pair<retell::resource_kind, store::base_row const*>> resources_;
};

class file_index {
public:
    explicit file_index(bundle const& b);
    bundle_entry const* find(retell::resource_kind kind, std::string_view name) const;
    /// An engine file that some agent's file names as its engine.
    bool is_named_engine(retell::resource_kind kind, std::string_view name) const;

private:
    std::array<std::unordered_map<std::string_view, bundle_entry const*>, retell::resource_kind_count>
        by_name_;
    std::array<std::unordered_set<std::string_view>, retell::resource_kind_count> named_;
};

/**
 * Whether a file says nothing that was not agreed: each of its members is that of the base, and
 * what it leaves out is not managed. Most files of most plans are like that, and to know it there
 * is no need to merge anything. False also where only a merge can tell (sets, defaults).
 */
bool says_nothing_new(retell::resource_kind kind, json::value const& base, json::value const& local);

} // namespace trunkline::sync::detail
