#pragma once

#include "sync/gone_names.hpp"
#include "sync/plan_index.hpp"

#include <trunkline/sync/plan.hpp>

#include <string>

namespace trunkline::sync::detail {

/// What a plan tells of that is no unit of it: files that are missing, and who leads callers to an
/// agent that is gone.
class plan_findings {
public:
    plan_findings(plan& p, bundle const& local, snapshot const& remote, base_index const& bases,
        file_index const& files, paired_files const& paired, snapshot_index const& at_service,
        gone_agents const& gone)
        : plan_(p),
          local_(local),
          remote_(remote),
          bases_(bases),
          files_(files),
          paired_(paired),
          at_service_(at_service),
          gone_(gone)
    {}

    void add()
    {
        note_missing_files();
        note_gone_targets();
    }

private:
    void note_missing_files();
    void note_gone_targets();
    bool is_at_service(retell::resource_kind kind, store::base_row const& row) const;
    void add_guard(std::string guard, std::string text);

    plan& plan_;
    bundle const& local_;
    snapshot const& remote_;
    base_index const& bases_;
    file_index const& files_;
    paired_files const& paired_;
    snapshot_index const& at_service_;
    gone_agents const& gone_;
};

} // namespace trunkline::sync::detail
