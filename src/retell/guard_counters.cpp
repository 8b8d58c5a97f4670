#include <retell/guard_counters.hpp>

#include <string>

namespace trunkline::retell {
namespace {

class decision_name {
public:
    std::string_view decision, part;
};

constexpr decision_name decision_names[guard_decisions] = {
    {"go", ""},
    {"wait", "limiter"},
    {"wait", "breaker"},
    {"wait", "bulkhead"},
    {"refuse", "limiter"},
    {"refuse", "queue"},
    {"refuse", "breaker"},
    {"refuse", "account"},
    {"refuse", "retry_budget"},
    {"refuse", "call_leases"},
    {"refuse", "unusable"},
    {"pass", "unusable"},
    {"pass", "shadow"},
    {"given_up", ""},
};

} // namespace

void guard_counters::append_to(guard_metrics& out) const
{
    for (std::size_t p = 0; p < priorities; ++p) {
        auto const level = std::string(name(static_cast<priority>(p)));
        for (std::size_t d = 0; d < guard_decisions; ++d)
            out.emplace_back("trunkline_admission_decisions_total", metric::kind::counter,
                static_cast<double>(decided_[d][p].load(std::memory_order_relaxed)),
                std::vector<std::pair<std::string_view, std::string>>{
                    {"decision", std::string(decision_names[d].decision)},
                    {"part", std::string(decision_names[d].part)}, {"priority", level}});
        for (std::size_t o = 0; o < outcomes; ++o)
            out.emplace_back("trunkline_admission_outcomes_total", metric::kind::counter,
                static_cast<double>(ended_[o][p].load(std::memory_order_relaxed)),
                std::vector<std::pair<std::string_view, std::string>>{
                    {"outcome", std::string(name(static_cast<outcome>(o)))}, {"priority", level}});
    }
}

} // namespace trunkline::retell
