#pragma once

#include <trunkline/store/store.hpp>
#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <array>
#include <bit>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace trunkline::sync::detail {

/// Which engine an agent names: engine_of() without copies. Nothing for custom-llm.
std::optional<std::pair<retell::resource_kind, std::string_view>> engine_named(
    json::value const& agent_document);

/// Items by name: one flat table, because plans look up every resource of an account several times,
/// and a small one, because a table of ten thousand items is in no cache. `NameOf` tells an item's
/// name; it and the items must stay as they are.
template <class T, class NameOf>
class flat_index {
public:
    void reserve(std::size_t n)
    {
        if (3 * n > 2 * cells_.size()) resize(std::bit_ceil(3 * n / 2 + 1));
    }
    /// The first of a name stays. False for another one.
    bool add(T const* item)
    {
        reserve(used_ + 1);
        std::string_view const name = NameOf()(*item);
        auto const tag = tag_of(name);
        auto& at = cells_[place(tag, name)];
        if (at.item) return false;
        at = {item, tag};
        ++used_;
        return true;
    }
    T const* find(std::string_view name) const
    {
        if (used_ == 0) return nullptr;
        return cells_[place(tag_of(name), name)].item;
    }

private:
    class cell {
    public:
        T const* item = nullptr;
        std::size_t tag = 0;
    };

    static std::size_t tag_of(std::string_view name) { return std::hash<std::string_view>()(name); }
    std::size_t place(std::size_t tag, std::string_view name) const
    {
        auto const mask = cells_.size() - 1;
        auto at = tag & mask;
        while (cells_[at].item && (cells_[at].tag != tag || NameOf()(*cells_[at].item) != name))
            at = (at + 1) & mask;
        return at;
    }
    /// What is in it is of different names already.
    void resize(std::size_t n)
    {
        std::vector<cell> const old(std::exchange(cells_, std::vector<cell>(n)));
        for (auto const& c : old) {
            if (!c.item) continue;
            auto at = c.tag & (n - 1);
            while (cells_[at].item) at = (at + 1) & (n - 1);
            cells_[at] = c;
        }
    }

    std::vector<cell> cells_;
    std::size_t used_ = 0;
};

/// How flat_index calls a thing: by its id, or by the name that it has in files.
class by_id {
public:
    std::string_view operator()(auto const& item) const noexcept { return item.id; }
    std::string_view operator()(agent_state const& a) const noexcept { return a.agent.id; }
};
class by_name {
public:
    std::string_view operator()(auto const& item) const noexcept { return item.name; }
};
class by_engine {
public:
    std::string_view operator()(bundle_entry const& agent) const noexcept
    {
        return agent.engine_name;
    }
};

/// Resources of a plan's inputs by name and id, so that planning is linear in what there is. Refers
/// to them; they must not change meanwhile.
class snapshot_index {
public:
    explicit snapshot_index(snapshot const& s);
    agent_state const* agent(std::string_view id) const { return agents_.find(id); }
    resource_state const* number(std::string_view id) const { return numbers_.find(id); }
    resource_state const* spare_engine(std::string_view id) const { return spare_.find(id); }
    bool runs_engine(std::string_view id) const { return run_.find(id) != nullptr; }
    resource_state const* engine(std::string_view id) const
    {
        auto const* const run = run_.find(id);
        return run ? run : spare_.find(id);
    }

private:
    flat_index<agent_state, by_id> agents_;
    flat_index<resource_state, by_id> numbers_;
    flat_index<resource_state, by_id> spare_;
    flat_index<resource_state, by_id> run_; ///< Engines that some agent runs.
};

class base_index {
public:
    explicit base_index(std::vector<store::base_row> const& rows);
    store::base_row const* find(retell::resource_kind kind, std::string_view name) const;
    /// The agreed engine content of an agent.
    store::base_row const* engine_of(std::string_view agent_id) const;
    bool has_id(retell::resource_kind kind, std::string_view id) const { return find_id(kind, id); }
    /// By looking at all of them: for messages and the like.
    store::base_row const* find_id(retell::resource_kind kind, std::string_view id) const;
    std::size_t size() const noexcept { return resources_.size(); }
    /// Rows of resources, each name once, in the order given.
    std::vector<std::pair<retell::resource_kind, store::base_row const*>> const&
    resources() const noexcept
    {
        return resources_;
    }

private:
    std::array<flat_index<store::base_row, by_name>, retell::resource_kind_count> by_name_;
    flat_index<store::base_row, by_id> engines_;
    std::vector<std::pair<retell::resource_kind, store::base_row const*>> resources_;
};

class file_index {
public:
    explicit file_index(bundle const& b);
    bundle_entry const* find(retell::resource_kind kind, std::string_view name) const;
    /// An engine file that some agent's file names as its engine.
    bool is_named_engine(retell::resource_kind kind, std::string_view name) const;

private:
    std::array<flat_index<bundle_entry, by_name>, retell::resource_kind_count> by_name_;
    /// The first agent that names an engine's file of this name, and those after it: which kind it
    /// names stands in the document, which is looked at only if asked.
    flat_index<bundle_entry, by_engine> naming_;
    std::vector<bundle_entry const*> also_naming_;
};

/// Files and what was agreed of the same name, found once for all that a plan asks.
class paired_files {
public:
    paired_files(
        bundle const& local, std::vector<store::base_row> const& rows, base_index const& bases);
    /// Of an entry of the bundle; null for a new one.
    store::base_row const* base_of(bundle_entry const& e) const { return bases_[index_of(e)]; }
    /// Of a row of the list.
    bool has_file(store::base_row const& row) const
    {
        return has_file_[static_cast<std::size_t>(&row - rows_)];
    }
    std::size_t index_of(bundle_entry const& e) const
    {
        return static_cast<std::size_t>(&e - entries_);
    }

private:
    bundle_entry const* entries_;
    store::base_row const* rows_;
    std::vector<store::base_row const*> bases_; ///< Of the entries, in their order.
    std::vector<bool> has_file_;                ///< Of the rows, in their order.
};

/**
 * Whether a file says nothing that was not agreed: each of its members is that of the base, and
 * what it leaves out is not managed. Most files of most plans are like that, and to know it there
 * is no need to merge anything. False also where only a merge can tell (sets, defaults).
 */
bool says_nothing_new(retell::resource_kind kind, json::value const& base, json::value const& local);

} // namespace trunkline::sync::detail
