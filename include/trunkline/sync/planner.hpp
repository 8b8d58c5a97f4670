#pragma once

#include <trunkline/retell/lint.hpp>
#include <trunkline/store/store.hpp>
#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/plan.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// Pure planning: base, files and service go in, a plan comes out. No I/O but reads of the store.
namespace trunkline::sync {

/// The content behind a version: hash of what a release manages, of agent and engine together. Two
/// versions with equal content are interchangeable for a caller.
class version_contents {
public:
    version_contents(store::store const& s, tenant_id tenant)
        : store_(s), tenant_(std::move(tenant))
    {}
    /// Empty if the version (or its engine) was never seen.
    std::string of(std::string_view agent_id, std::int64_t version) const;
    static std::string of(json::value const& agent, json::value const* engine);

private:
    store::store const& store_;
    tenant_id tenant_;
    mutable std::map<std::pair<std::string, std::int64_t>, std::string> cache_;
};

/// Says whether callers of a version (agent id, version) get what is published now: it is the
/// newest version, or an older one with the same content (as after a rollback).
using current_rule = std::function<bool(std::string_view, std::int64_t)>;
current_rule current_versions(snapshot const& remote, version_contents const& contents);

/**
 * Which pins followed the releases of their agents when a pull or a release last saw them. Such a
 * pin still does after somebody published another version outside of releases: nobody moved it.
 * Reads the store when first asked. Thread safety: none.
 */
class follower_memory {
public:
    follower_memory(store::store const& s, tenant_id tenant) : store_(s), tenant_(std::move(tenant))
    {}
    bool knows(std::string_view number, std::string_view agent_id, std::int64_t version) const;
    /// Whether a release has changed the number since it was read: a pull may have read it long ago.
    bool is_newer_than(resource_state const& number) const;

private:
    store::base_row const* row_of(std::string_view number) const;

    store::store const& store_;
    tenant_id tenant_;
    mutable bool read_ = false;
    mutable std::map<std::string, store::base_row, std::less<>> by_number_;
};

/// True if this pin of a number follows the agent's releases: what it names is current, or it is
/// known to have followed. Both must outlive the rule.
follow_rule follows_releases(current_rule is_current, follower_memory const& known);

/**
 * Which files were found to say nothing new of which base, by digests of both: who keeps an account
 * in memory and plans again and again passes the same one, and only what changed is compared.
 * Thread safety: none.
 */
class unchanged_memory {
public:
    /// An agent's file and the engine it names, found to say nothing new together.
    class agent_finding {
    public:
        agent_finding() {}
        std::string file; ///< Digests: of the file, its base, the engine's file and its base.
        std::string base;
        std::string engine_file;
        std::string engine_base;
        std::string engine_name;
        std::string engine_id;                            ///< What the agent runs at the service.
        std::optional<retell::resource_kind> engine_kind; ///< None: it names no engine's file.
    };

    bool knows(std::string_view file_digest, std::string_view base_digest) const;
    void add(std::string_view file_digest, std::string_view base_digest);
    /// By the digest of the agent's file; null if nothing was found. The one after `last`, if it is
    /// that, is found fastest: one plan asks in the order of the one before.
    agent_finding const* agent(
        std::string_view file_digest, agent_finding const* last = nullptr) const;
    void add_agent(agent_finding f);
    std::size_t size() const noexcept { return known_.size(); }

private:
    class hash {
    public:
        using is_transparent = void;
        std::size_t operator()(std::string_view s) const noexcept
        {
            return std::hash<std::string_view>()(s);
        }
    };
    std::unordered_map<std::string, std::string, hash, std::equal_to<>> known_;
    std::vector<agent_finding> agents_;
    std::unordered_map<std::string, std::size_t, hash, std::equal_to<>> places_; ///< By the file.
};

class plan_options {
public:
    plan_options() {}
    std::string title;
    sync::prefer prefer = sync::prefer::neither; ///< Resolves conflicts one way; never by default.
    std::int64_t now = 0;
    std::string environment;
    /// What earlier plans found out; may be null, must outlive the plan.
    unchanged_memory* memory = nullptr;
    /// How long a knowledge base that another one took the place of is kept, for a rollback.
    std::chrono::milliseconds knowledge_soak = std::chrono::days(7);
    retell::lint_config lint; ///< Errors that a unit brings are guards, see plan_guard.
};

/// Keeps in memory once what files, bases and service have in common, which is most of all three. A
/// plan of what was treated so compares less, and is the same.
void keep_once(bundle& local, std::vector<store::base_row>& bases, snapshot const& remote);

/// Three-way plan for a bundle. `bases` are the agreed rows of its workspace.
plan make_plan(bundle const& local, std::vector<store::base_row> const& bases,
    snapshot const& remote, store::store const& s, plan_options const& options);

/**
 * The plan that takes a release back: pins return to the versions they had, contents to what they
 * were, merged with what others changed since; where they changed the same field there is a conflict.
 * Throws trunkline::error (unknown_release) if the release changed nothing or is still running.
 */
plan make_rollback(store::release_row const& release, snapshot const& remote, store::store const& s,
    tenant_id const& tenant, plan_options const& options);

/// Guards of one unit, see plan_guard.
std::vector<plan_guard> guards_of(plan_unit const& u);

} // namespace trunkline::sync
