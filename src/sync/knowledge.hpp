#pragma once

#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/planner.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/**
 * Knowledge bases cannot be changed, so another content is another one: it is built beside the old
 * one, the engines are moved to it by their release, and the old one stays until it is neither used
 * nor needed for a rollback.
 */
namespace trunkline::sync::detail {

/// What can be told of a knowledge base from outside: its name, and of its sources titles and
/// addresses. Of the file's content, and of what the service answers; equal for what was built of it.
std::string knowledge_shape(json::value const& content);
std::string built_shape(json::value const& answered);

/// Whether a document of this kind refers to the knowledge base.
bool uses_knowledge(retell::resource_kind kind, json::value const& document, std::string_view id);

/// A copy of the folder in which engines refer by name to what the plan builds anew: by old id, the
/// name of the unit that does.
bundle with_rebuilt(bundle const& local, std::map<std::string, std::string> const& rebuilt);

/// Whether the engine of a version that a number is bound to names a knowledge base or an agent. Of
/// one that nobody here has seen it may.
bool bound_version_uses(store::store const& s, tenant_id const& tenant, std::string_view agent,
    std::int64_t version, std::string_view id,
    retell::resource_kind used = retell::resource_kind::knowledge_base);

/// Units and findings for the knowledge bases of a folder.
class knowledge_planner {
public:
    knowledge_planner(bundle const& local, std::vector<store::base_row> const& bases,
        snapshot const& remote, store::store const& s, plan_options const& options);
    /// Adds to the plan what is to be built. Returns what takes the place of what, see with_rebuilt.
    std::map<std::string, std::string> plan_builds(plan& p) const;
    /// Those of a file before the one that is to be replaced, by id the one it is.
    std::map<std::string, std::string, std::less<>> earlier(
        std::map<std::string, std::string> const& rebuilt) const;
    /// Adds what was superseded long ago and is used by nobody, as far as this reading knows.
    void plan_removals(plan& p) const;
    /// A conflict for each engine that the plan would lead to a knowledge base that is gone.
    void hold_back_gone(plan& p) const;

private:
    store::base_row const* base_of(std::string_view name) const;
    void plan_one(plan& p, bundle_entry const& e, std::map<std::string, std::string>& rebuilt) const;
    bool was_changed_there(store::base_row const& base, resource_state const& now) const;
    bool is_used(std::string const& id) const;
    std::string gone_for(
        retell::resource_kind kind, json::value const& before, json::value const& expected) const;

    bundle const& local_;
    std::vector<store::base_row> const& bases_;
    snapshot const& remote_;
    store::store const& store_;
    tenant_id tenant_;
    plan_options const& options_;
};

} // namespace trunkline::sync::detail
