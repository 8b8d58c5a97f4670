#pragma once

#include <trunkline/sync/process.hpp>
#include <trunkline/sync/transfer.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What an account holds and lacks for an import, found out by reading only.
namespace trunkline::sync {

/// Names of what may be allowed, see import_options::allow.
inline constexpr std::string_view allow_not_empty = "account-not-empty";
inline constexpr std::string_view allow_missing_needs = "missing-needs";

class import_findings {
public:
    import_findings() {}
    /// The folder is of an import that this store has begun already: what the account holds may be
    /// that import's own.
    bool begun = false;
    std::vector<std::string> agents; ///< That the account has, by display name.
    std::set<std::string> numbers;   ///< Of the export's numbers, those the account has.
    std::vector<export_secret> asks; ///< Secrets that are not given.
    /// Ids of needs_left that do not exist, by kind.
    std::map<std::string, std::set<std::string>> missing;
    ids_in_place needs; ///< All of needs_left.
};

/// "asks", "missing" and "agents".
json::object to_json(import_findings const& found);
json::array to_json(std::vector<export_secret> const& secrets);
json::object to_json(std::map<std::string, std::set<std::string>> const& ids_by_kind);

/// What stands in the way of the import, all of it in one line, with what to do; or empty.
std::string objection(
    account_export const& e, import_options const& options, import_findings const& found);

/// Lists the account's agents and numbers, and of the kinds that the export needs what there is.
class import_survey final : public stepwise {
public:
    /// `needs`: see needs_left.
    import_survey(account_export const& e, ids_in_place needs);

    error_code result() const noexcept { return code_; }
    diagnostics const& diag() const noexcept { return diag_; }
    /// After done() without error; `begun` and `asks` are the caller's to fill.
    import_findings take() { return std::move(found_); }

private:
    void list(retell::call c, std::function<void(std::vector<json::value>)> then);
    void compare(std::string const& kind);

    import_findings found_;
    error_code code_;
    diagnostics diag_;
};

} // namespace trunkline::sync
