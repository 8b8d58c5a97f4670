#pragma once

#include <trunkline/sync/planner.hpp>

/// What bundle plans and rollback plans share.
namespace trunkline::sync::detail {

/// Result of merging one document: what to send, and what the service must show afterwards.
class merged_document {
public:
    json::object patch; ///< Top-level members that differ from the service's, each as a whole.
    json::value expected;
    std::vector<field_change> changes; ///< Against the service's document.
    std::vector<field_conflict> conflicts;
    json::value agreed;        ///< See plan_unit::agreed.
    std::size_t overruled = 0; ///< Edits of `local` that lost to the service's: prefer::remote.
};

merged_document merge_document(retell::resource_kind kind, json::value const& base,
    json::value const& local, json::value const& remote, prefer p);

/// The members of `after` that a release may write and that differ in meaning from `before`.
json::object patch_between(
    retell::resource_kind kind, json::value const& before, json::value const& after);

/// Files do not name the version of an agent's engine: for a merge it is that of `from`.
void keep_engine_version(json::value& local, json::value const& from);

/// Whether answers never show this member: of it the last written value is all that is known.
bool is_write_only(retell::resource_kind kind, std::string_view member);

/// Where answers show the settings of a number's SIP trunk.
inline constexpr std::string_view trunk_member = "sip_outbound_trunk_config";

/// A trunk setting that was there and would be gone: requests cannot clear one. Empty: none.
std::string lost_trunk_part(json::value const& before, json::value const& after);

/// The pin members of a number.
json::object pins_of(json::value const& number);

/// Whether a group of pins has one of this agent at this version.
bool has_pin(json::value const& pins, std::string_view agent_id, std::int64_t version);

/// Numbers of which a pin names this agent at a version for which `moves` (number, version) holds.
std::vector<pinned_number> numbers_to_move(
    std::vector<std::pair<std::string, json::value const*>> const& numbers,
    std::string_view agent_id, std::function<bool(std::string const&, std::int64_t)> const& moves);

void add_conflicts(plan& p, std::string const& unit, std::string const& resource,
    std::vector<field_conflict> conflicts);

void add_conflicts(plan& p, std::vector<plan_conflict> conflicts);

/// Engines that several agents run are merged for each of them: their edits count once.
void note_overruled(plan& p, std::string const& resource, std::size_t edits);

/// Says of all of them where they are and what takes the service's values into the files.
void tell_overruled(plan& p);

/// Whether an id stands anywhere in it as a whole text.
bool mentions(json::value const& document, std::string const& id);

/// What guards_of() asks of an engine's edit, of an agent that is led from one engine to another.
std::vector<plan_guard> guards_of_switch(plan_unit const& u, resource_state const& from,
    retell::resource_kind kind, json::value const& to);

std::string unit_name(retell::resource_kind kind, std::string_view name);

/// What a message calls an agent: its file, "agents/praxis-mueller"; without one (null) its name.
std::string called(store::base_row const* row, agent_state const& agent);
/// The same by the rows of a folder. Of another resource without a file the id has to do.
std::string unit_of(
    std::vector<store::base_row> const& bases, retell::resource_kind kind, std::string_view id);
std::string unit_of(std::vector<store::base_row> const& bases, agent_state const& agent);

/// Said of a file whose resource the service no longer has.
inline constexpr std::string_view is_gone =
    ": is gone from the account; delete its file to agree, or create it anew: move the file away, "
    "pull, and put it back";
/// The same of a number.
inline constexpr std::string_view is_gone_number =
    ": is gone from the account; delete its file to agree; numbers are bought or imported by hand, "
    "then pulled";

} // namespace trunkline::sync::detail
