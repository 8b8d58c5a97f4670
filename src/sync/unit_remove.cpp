#include "sync/unit_run.hpp"

namespace trunkline::sync::detail {
namespace {

using retell::resource_kind;

/// Deletes what a release created, if it still is what the release made of it.
class removal final : public unit_run {
public:
    using unit_run::unit_run;

private:
    void run() override
    {
        step("check");
        read(get(), [this](call_outcome outcome) {
            if (outcome.code == failure::not_found)
                return finish(); // resumed after the delete, or somebody was faster
            if (!outcome.ok()) return fail(outcome);
            auto const now = secrets().redact(unit_.kind, std::move(outcome.answer.body));
            auto const changed = difference(unit_.kind, unit_.before, now);
            if (!changed.empty())
                return fail(unit_state::conflict,
                    "was changed since the release created it, at " + changed + "; it stays");
            remove();
        });
    }

    retell::call get() const
    {
        switch (unit_.kind) {
        case resource_kind::llm: return retell::get_llm(unit_.id, unit_.base_version);
        case resource_kind::flow: return retell::get_flow(unit_.id, unit_.base_version);
        default: return retell::get_agent(unit_.id, retell::version_ref::latest());
        }
    }

    void remove()
    {
        write(
            "delete", {},
            [this](json::value) {
                switch (unit_.kind) {
                // Never forced: the service itself refuses while an agent uses the engine.
                case resource_kind::llm: return retell::delete_llm(unit_.id);
                case resource_kind::flow: return retell::delete_flow(unit_.id);
                default: return retell::delete_agent(unit_.id);
                }
            },
            std::nullopt, nullptr,
            [this](call_outcome outcome) {
                if (!outcome.ok() && outcome.code != failure::not_found) return fail(outcome);
                finish();
            });
    }
};

} // namespace

std::unique_ptr<unit_run> make_removal(release_process& o, plan_unit const& u, recovered past)
{
    return std::make_unique<removal>(o, u, std::move(past));
}

} // namespace trunkline::sync::detail
