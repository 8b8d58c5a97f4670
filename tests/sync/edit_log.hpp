#pragma once

#include "sync/oracles.hpp"

#include <trunkline/retell/catalogue.hpp>
#include <trunkline/sync/plan.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

/**
 * Who edited what, for O1: no edit disappeared without being listed as a conflict or overridden on
 * purpose. Edits are told apart field by field, by the rules of the catalogue; what a later edit of
 * the same side changed again need not be there any more.
 */
namespace trunkline::test {

class edit_log {
public:
    /// `resource`: its name in the folder ("llms/NAME"), by which conflicts name it.
    void remote(retell::resource_kind kind, std::string id, std::string resource,
        json::value const& before, json::value after);
    void local(
        retell::resource_kind kind, std::string file, json::value const& before, json::value after);
    void named(std::vector<sync::plan_conflict> const& conflicts);
    /// A preference or a rollback: what was edited here until now may go without a word.
    void local_overridden() { local_.clear(); }
    void remote_overridden() { remote_.clear(); }

    using lookup = std::function<json::value(retell::resource_kind, std::string const&)>;
    /// `now_remote`: a resource as callers get it, by id; `now_local`: a file. Null: it is gone.
    violations check(lookup const& now_remote, lookup const& now_local) const;

private:
    class edit {
    public:
        retell::resource_kind kind = retell::resource_kind::agent;
        std::string where; ///< Id or file.
        std::string resource;
        json::value after;
        std::vector<std::string> paths;
    };
    static edit make(retell::resource_kind kind, std::string where, std::string resource,
        json::value const& before, json::value after);
    bool is_named(edit const& e, std::string const& path) const;
    void check(violations& out, std::vector<edit> const& edits, lookup const& now,
        std::string_view whose) const;

    std::vector<edit> remote_;
    std::vector<edit> local_;
    std::vector<sync::plan_conflict> conflicts_;
};

} // namespace trunkline::test
