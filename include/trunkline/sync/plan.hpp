#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/retell/catalogue.hpp>
#include <trunkline/sync/merge.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::sync {

inline constexpr int plan_format = 1;

/// What one unit of a plan does. Units succeed or fail each on their own.
enum class unit_action : std::uint8_t {
    release,       ///< New version of an agent (and its engine), published, numbers moved to it.
    create_engine, ///< An LLM or flow that exists only in the files.
    create_agent,  ///< An agent that exists only in the files, published as its version 0.
    update_engine, ///< An engine no agent uses, changed in its own draft.
    update_number, ///< Fields or pins of a phone number.
    link,   ///< References of a new engine to agents that are new too; then these are published.
    remove, ///< What a release created, while it is unchanged and unused (rollback); a knowledge
            ///< base that was superseded, once nobody uses it any more.
    build_knowledge, ///< A knowledge base with the file's content, beside the one it takes the place of.
};
std::string_view name(unit_action a) noexcept;

/// A number that follows a release: which pins it had when the plan was made.
class pinned_number {
public:
    pinned_number() {}
    std::string number;
    json::object before;             ///< The pin members of the number.
    std::set<std::int64_t> versions; ///< Of the agent: pins of these move.
};

/// One thing to do, with all that is needed to do it, check it and take it back. Documents are redacted.
class plan_unit {
public:
    plan_unit() {}
    unit_action action = unit_action::release;
    std::string name; ///< "agents/praxis-mueller": folder and file name.
    retell::resource_kind kind = retell::resource_kind::agent;
    /// Agent, engine or number; empty for what is to be created, unless an earlier release created
    /// it and could not publish it: create_agent then goes on with that one.
    std::string id;

    std::int64_t base_version = -1; ///< release: the newest published version this builds on.
    bool base_published = true;     ///< release: false for an agent that was never published.
    std::int64_t fork_of =
        -1; ///< release: the version the draft is opened from (rollback: an older one).

    /// remove: of an agent its engine, which may hand over to others that go as well.
    std::optional<retell::resource_kind> engine_kind;
    std::string engine_id;
    std::string engine_name; ///< "llms/praxis-mueller"

    json::value before; ///< The resource as it is at the service now.
    json::value engine_before;
    json::object patch; ///< Top-level members to send, each as a whole.
    json::object engine_patch;
    json::value expected; ///< The resource after the patch; what reading back must show.
    json::value engine_expected;
    /// What files and service have agreed on afterwards: the base with the files' changes, without
    /// what only the service changed (the files follow that at the next pull).
    json::value agreed;
    json::value engine_agreed;

    std::vector<field_change> changes; ///< For people.
    std::vector<field_change> engine_changes;
    std::vector<pinned_number> numbers; ///< release: moved from base_version to the new version.
    /// update_number: which pins follow releases before it; of a rollback, before what it takes
    /// back. {agent id: [version, ...]}
    json::object followers;
    std::vector<std::string> shared_with; ///< Other agents whose engine file is the same.
    bool publishes_later = false;         ///< create_agent: a link unit publishes it.
    std::vector<std::string> publishes;   ///< link: the new agents that run this engine.
    std::string replaces; ///< build_knowledge: the id of the one that is used until then.
                          ///< Creations: the key of the deleted one whose file it is. Or empty.
};

/// How the two sides came apart.
enum class conflict_kind : std::uint8_t {
    edited,        ///< The same field was changed here and there.
    deleted_there, ///< Edited in its file, while the resource was deleted at the service.
    deleted_here,  ///< Edited at the service, while deleted.json names the resource.
};
std::string_view name(conflict_kind k) noexcept;

/// The same field was changed here and there, or was changed on one side of what the other deleted.
class plan_conflict {
public:
    plan_conflict() {}
    conflict_kind kind = conflict_kind::edited;
    std::string unit;
    std::string resource; ///< The file: "llms/praxis-mueller".
    field_conflict field;
};

/// A change that has taken accounts down before. It is refused unless its name is allowed.
class plan_guard {
public:
    plan_guard() {}
    std::string unit;
    std::string guard; ///< "tools-removed", "webhook-removed", "prompt-shrinks",
                       ///< "language-changed", "mass-delete", "older-content", "lint", ...
    std::string text;
};

/**
 * What a release would do: a document that can be read, kept, hashed and applied later. Applying it
 * later is refused if anything it builds on has moved.
 */
class plan {
public:
    plan() {}
    std::string tenant;
    std::string workspace;
    std::string environment;
    std::string title;
    std::int64_t created_at = 0;
    std::int64_t reverts = 0; ///< The release this takes back, or 0.
    std::vector<plan_unit> units;
    std::vector<plan_conflict> conflicts;
    std::vector<plan_guard> guards;
    std::vector<std::string> notes;
    /// By resource: edits in its file that are not sent, since the service's values win (prefer).
    /// The notes say so; not part of what is kept of a plan.
    std::map<std::string, std::size_t> overruled;
    /// A rollback's: something of the release stays, see the notes, so that it is not taken back yet.
    bool leaves_some = false;

    // What it was made from, so that a plan kept for later is refused once that is another. Not
    // part of the digest, which is of the work.
    std::string catalogue;                    ///< retell::catalogue_digest()
    std::string folder;                       ///< Absolute path; empty for a rollback.
    std::map<std::string, std::string> local; ///< Content hash of each file that units come from.

    bool empty() const noexcept { return units.empty() && conflicts.empty(); }
    /// SHA-256 of what the plan would do: the same work, the same digest, whenever it was made.
    std::string digest() const;
    json::value to_json() const; ///< With its digest.
    /// Throws trunkline::error: invalid_bundle if it is no plan, is of a newer format or does not
    /// hash to its digest.
    static plan from_json(json::value const& document);
};

/// The guards that a plan trips and the caller has not allowed.
std::vector<plan_guard> refused_guards(plan const& p, std::vector<std::string> const& allowed);
/// Their names, each once.
std::set<std::string> names_of(std::vector<plan_guard> const& guards);

/// The units that have a conflict: nothing of them is released.
std::set<std::string> units_in_conflict(plan const& p);

} // namespace trunkline::sync
