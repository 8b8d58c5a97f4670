#pragma once

#include <trunkline/store/store.hpp>
#include <trunkline/sync/merge.hpp>
#include <trunkline/sync/process.hpp>
#include <trunkline/sync/redactor.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace trunkline::sync {

/// A version of an agent that came since what was agreed: as far as the service tells, who changed what.
class drift_version {
public:
    drift_version() {}
    std::int64_t version = -1;
    std::int64_t modified_at = 0; ///< By the service's clock.
    std::string title;            ///< As whoever made it called it.
    /// By the mark of a release in it: "r7" of this store, "r7 of another store". Empty: it carries
    /// none, so it was made in the dashboard or by another program.
    std::string release;
    std::string actor;               ///< Who made that release, if it is of this store.
    std::vector<std::string> fields; ///< What it changed: paths.
};

/// One thing that is not as it was agreed, or not as it should be.
class drift_finding {
public:
    drift_finding() {}
    /// "changed", "new", "gone": against the last pull or release. "unpinned" (bound to a moving
    /// version), "behind" (bound to an older content than the newest published one), "dangling";
    /// "broken": a knowledge base that the service could not read.
    std::string kind;
    std::string resource; ///< "agents/praxis-mueller"
    std::string text;
    std::vector<field_change> changes;
    std::string agent_id;           ///< "changed" agents and engines: whose versions tell more.
    std::int64_t agent_base = -1;   ///< The version of that agent that was agreed on.
    std::int64_t base_version = -1; ///< Of the resource; -1 where there are no versions.
    std::int64_t version = -1;
    std::int64_t modified_at = 0; ///< By the service's clock; 0: it does not say.
    /// From the agreed one to what callers get, oldest first; see drift_origins.
    std::vector<drift_version> versions;
};

/// What to do about findings of a kind.
std::string_view advice_on(std::string_view kind) noexcept;

/// A draft that a release which failed or was taken back left behind. Nobody gets it.
class left_draft {
public:
    left_draft() {}
    std::string resource; ///< "agents/praxis-mueller"
    std::string agent_id;
    std::int64_t version = -1;
    std::string release; ///< "r7"
};

class drift_report {
public:
    drift_report() {}
    std::vector<drift_finding> findings;
    std::vector<left_draft> drafts; ///< No drift. After drift_origins: those that are still there.
    /// The release that was begun and has not ended; 0: none. What it did may stand among the findings.
    std::int64_t unfinished = 0;
    std::uint64_t requests = 0;
};

/// Compares the service with what was agreed last. Pure but for reads of the store.
drift_report find_drift(std::vector<store::base_row> const& agreed, snapshot const& remote,
    store::store const& s, tenant_id const& tenant);

/**
 * Asks the service where the drift came from: the versions that were published since, what each of
 * them changed, and whose mark they carry. Of more than a few, the newest.
 */
class drift_origins final : public stepwise {
public:
    drift_origins(drift_report found, snapshot const& now, redactor secrets, store::store const& s);

    /// After done().
    error_code result() const noexcept { return code_; }
    diagnostics const& diag() const noexcept { return diag_; }
    drift_report take() { return std::move(report_); }

private:
    /// One version on the way, with its documents once they were read.
    class stage {
    public:
        drift_version version;
        json::value agent;
        json::value engine;
    };
    class way {
    public:
        std::int64_t from = -1;
        std::vector<stage> stages; ///< The agreed one first, then oldest first.
        std::size_t open = 0;      ///< Documents that are still to come.
    };

    void on_failure(error const& e) override;
    bool fail(call_outcome const& outcome);
    void ask_versions(std::string const& agent_id);
    void keep_drafts(std::string const& agent_id, std::vector<json::value> const& rows);
    void on_versions(std::string const& agent_id, std::vector<json::value> const& rows);
    void read_stage(std::string const& agent_id, std::size_t index);
    void read_engine(std::string const& agent_id, std::size_t index);
    void arrived(std::string const& agent_id);
    void tell(std::string const& agent_id);
    void attribute(drift_version& v, std::string_view description) const;

    drift_report report_;
    snapshot const& now_;
    redactor secrets_;
    store::store const& store_;
    std::map<std::string, way, std::less<>> ways_; ///< By agent.
    error_code code_;
    diagnostics diag_;
};

} // namespace trunkline::sync
