#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/redactor.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// An account as one document that holds no id of its own and no secret, to be put into another,
/// empty account.
namespace trunkline::sync {

/// Another major format is refused; a newer minor one has members that may be ignored.
inline constexpr int export_major = 1;
inline constexpr int export_minor = 0;

/// A secret the account needs: whoever imports is asked for it under this name.
class export_secret {
public:
    export_secret() {}
    std::string name;              ///< "LLM_RECEPTION_1"; also a name for an environment variable.
    std::set<std::string> used_in; ///< "llms/reception"
};

class account_export {
public:
    account_export() {}
    std::string tenant;
    std::string environment;
    std::int64_t made_at = 0; ///< Unix, milliseconds.
    /// The files of a bundle by name ("llms/reception.json"): a document, or the text of a prompt.
    /// References are names, secrets are "@env:NAME".
    std::map<std::string, json::value> files;
    std::vector<export_secret> secrets; ///< Sorted by name.
    /// Ids of resources that are in no file and must exist where this is imported, by kind:
    /// "knowledge-base", "voice", "conversation-flow-component".
    std::map<std::string, std::set<std::string>> needs;

    json::value to_json() const; ///< With a digest of the whole.
    /// Throws trunkline::error (invalid_bundle): no export, of a newer format, altered, or with a
    /// name that is no file of a bundle.
    static account_export from_json(json::value const& document);
};

/// Takes the files of a bundle (as rendered or read) into an export: secrets become names, also
/// those that stand in a file in clear. Throws trunkline::error: invalid_bundle naming the file;
/// dangling_reference naming every reference that leads nowhere (see lost_references).
account_export make_export(file_set const& files);

/// A reference to an agent, an engine or a number of ours that is in no file of the export.
class lost_reference {
public:
    lost_reference() {}
    std::string from; ///< "llms/reception"
    std::string to;   ///< "@agents/night", or the id that stands there.
};

/// References that could lead nowhere where the export comes to. What is no agent of ours is none:
/// numbers may lead messages to chat agents, and external ids are account_export::needs.
std::vector<lost_reference> lost_references(account_export const& e);
/// Those in files that an import writes: it leaves numbers out.
std::vector<lost_reference> lost_where_written(account_export const& e);
/// "llms/reception names @agents/night, ..."; what to do about them is said with it.
std::string told_lost(std::vector<lost_reference> const& lost);
/// The files of a folder, as they are. Throws trunkline::error (invalid_bundle).
file_set read_files(std::filesystem::path const& dir);

class import_options {
public:
    import_options() {}
    std::map<std::string, std::string> secrets; ///< By name. Sealed at once, never written.
    /// Ids to put in place of others, by kind as in account_export::needs.
    std::map<std::string, std::map<std::string, std::string>> renamed;
    /// What stands in the way and may be passed all the same: see import_check.hpp.
    std::vector<std::string> allow;

    /// The id to put in place of this one; null if it stays.
    std::string const* in_place_of(std::string_view kind, std::string const& id) const;
};

class import_result {
public:
    import_result() {}
    std::size_t files = 0; ///< In the folder now.
    /// Phone numbers are bought or imported by people, so no file is written for them.
    std::vector<std::string> numbers_left_out;
    std::vector<std::string> notes;
};

/// Names of the secrets that are not given, or empty.
std::vector<export_secret> missing_secrets(account_export const& e, import_options const& options);

/// By kind: ids that the account must have, each with those of the export in whose place it is named.
using ids_in_place = std::map<std::string, std::map<std::string, std::set<std::string>>>;

/// Which ids of account_export::needs the folder's files would name, with those that take their
/// place now or took it in an earlier try. Throws trunkline::error: invalid_argument for a file
/// that cannot be read.
ids_in_place needs_left(
    std::filesystem::path const& dir, account_export const& e, import_options const& options);

/**
 * Writes an export as a new bundle of this tenant, from which plan and apply create everything in
 * the tenant's account: journalled and resumable as any release. What the account holds and lacks
 * is not looked at: import_survey does. Doing it again with the same export is safe, also after a
 * crash, and with other secrets or other ids in `renamed` these take the place of the earlier ones.
 * Throws trunkline::error: invalid_argument naming secrets that are not given, or a folder that
 * holds something else; dangling_reference (see lost_where_written); invalid_bundle. Nothing is
 * written then.
 */
import_result write_import(std::filesystem::path const& dir, account_export const& e,
    import_options const& options, redactor const& secrets);

/**
 * What a rollback took away of what an import had created is new to the folder again, so that the
 * import can be repeated: its base rows are forgotten.
 */
void forget_taken_back(store::store& s, tenant_id const& tenant, std::filesystem::path const& dir,
    std::string_view agreed_workspace);

} // namespace trunkline::sync
