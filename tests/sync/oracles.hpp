#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/store/store.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

/**
 * What must hold after every run, however it was disturbed (spec/sync.md section 5). Each function
 * returns what does not hold, one line each; none of them fails a test by itself, so that scenario
 * tests and fault runs share them. O1 needs to know who edited what, O6 a second run: these two are
 * asked where that is known.
 */
namespace trunkline::test {

using violations = std::vector<std::string>;

/// A write that reached the service, as whoever carried it there saw it.
class sent_write {
public:
    std::string operation;    ///< "create-agent-version"
    std::string target;       ///< The values of its path parameters, with "/" between.
    int status = 0;           ///< What the service itself answered.
    std::int64_t opened = -1; ///< create-agent-version: the draft, whether or not anybody was told.

    /// Takes what there is to know of an answer.
    void note_answer(int answered, std::string const& body);
};

/// How many of each kind an account is to hold.
class object_counts {
public:
    std::size_t agents = 0;
    std::size_t llms = 0;
    std::size_t flows = 0;
    std::size_t numbers = 0;
};
object_counts count_objects(json::value const& account);

/// O2: as many objects as there are logical ones.
violations check_counts(json::value const& account, object_counts const& expected);
/// O3: agents name engines (and versions of them) that exist, numbers agents and numbers that exist,
/// engines knowledge bases that exist and agents, but for those that somebody deleted under them.
violations check_references(
    json::value const& account, std::set<std::string> const& deleted_by_people = {});
/// O4: every number resolves to a numeric, published, existing version.
violations check_numbers(json::value const& account);
/// O5: every write the service acted on has an intent of its own in the journal.
violations check_journal(
    store::store const& s, tenant_id const& tenant, std::vector<sent_write> const& writes);
/// O7: every draft that was opened and is still one is named by a release as left behind.
violations check_drafts(store::store const& s, tenant_id const& tenant,
    std::vector<sent_write> const& writes, json::value const& account);
/// O7: every release has ended, and what its units say of themselves is what the account shows.
violations check_results(store::store const& s, tenant_id const& tenant, json::value const& account);

} // namespace trunkline::test
