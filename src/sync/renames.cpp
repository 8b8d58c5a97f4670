#include "sync/begun_pull.hpp"
#include "sync/plan_index.hpp"

#include <trunkline/sync/checkout.hpp>
#include <trunkline/sync/planner.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace trunkline::sync {
namespace {

using retell::resource_kind;

/// Finds files that stand for a base row of another name, by equal content.
class rename_finder {
public:
    rename_finder(bundle const& local, std::vector<store::base_row>& bases)
        : local_(local), files_(local), bases_(bases)
    {
        for (auto const& row : bases) named_.emplace(row.kind, row.name);
    }

    /// Gives the base rows their new names. False if there was none to give.
    bool follow(resource_kind kind, std::vector<store::base_row>& renamed)
    {
        std::map<std::string, std::vector<bundle_entry const*>> files; // by content
        for (auto const& e : local_.entries)
            if (e.kind == kind && !has_base(e)) files[content(kind, e.document)].push_back(&e);
        if (files.empty()) return false;
        std::map<std::string, std::vector<store::base_row*>> rows;
        for (auto& row : bases_)
            if (row.kind == retell::name(kind) && !files_.find(kind, row.name))
                rows[content(kind, row.document)].push_back(&row);
        bool found = false;
        for (auto const& [hash, of_file] : files) {
            auto const of_row = rows.find(hash);
            // Two that are equal cannot be told apart: the plan asks (possible-rename).
            if (of_row == rows.end() || of_row->second.size() != 1 || of_file.size() != 1) continue;
            rename(kind, *of_row->second.front(), of_file.front()->name, renamed);
            found = true;
        }
        return found;
    }

private:
    bool has_base(bundle_entry const& e) const
    {
        return named_.contains({std::string(retell::name(e.kind)), e.name});
    }

    static std::string content(resource_kind kind, json::value document)
    {
        return retell::managed_hash(kind, detail::without_engine_version(std::move(document)));
    }

    void rename(resource_kind kind, store::base_row& row, std::string const& name,
        std::vector<store::base_row>& renamed)
    {
        auto const old = std::exchange(row.name, name);
        named_.erase({row.kind, old});
        named_.emplace(row.kind, name);
        renamed.push_back(row);
        if (kind == resource_kind::agent || kind == resource_kind::knowledge_base) return;
        // What agents agreed on of an engine goes by the name of its file, too.
        for (auto& other : bases_)
            if (other.kind == agent_engine_kind && other.name == old &&
                other.document.find(id_member(kind))) {
                other.name = name;
                renamed.push_back(other);
            }
    }

    bundle const& local_;
    detail::file_index files_;
    std::vector<store::base_row>& bases_;
    std::set<std::pair<std::string, std::string>> named_; ///< Kind and name of each base row.
};

} // namespace

bundle read_folder(std::filesystem::path const& dir, std::vector<store::base_row>& bases,
    std::vector<store::base_row> const& begun, redactor const& secrets, unknown_secrets unknown,
    std::vector<store::base_row>& moved)
{
    detail::add_begun_files(dir, begun, bases, moved);
    bool is_settled = begun.empty();
    // A file may refer to another one by its new name, so each name found may let the next be found.
    for (;;) {
        detail::base_index const agreed(bases);
        auto local = read_bundle(dir, names_of(bases), secrets, unknown,
            [&agreed](retell::resource_kind kind, std::string_view name) -> json::value const* {
                auto const* const row = agreed.find(kind, name);
                return row ? &row->document : nullptr;
            });
        if (!std::exchange(is_settled, true))
            detail::take_begun_contents(local, begun, bases, moved);
        rename_finder finder(local, bases);
        bool found = false;
        for (auto const kind : {resource_kind::knowledge_base, resource_kind::llm,
                 resource_kind::flow, resource_kind::agent})
            found = finder.follow(kind, moved) || found;
        if (!found) return local;
    }
}

} // namespace trunkline::sync
