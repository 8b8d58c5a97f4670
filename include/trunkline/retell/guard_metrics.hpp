#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trunkline::retell {

/// One number under its name, as an exposition shows it.
class metric {
public:
    enum class kind { counter, gauge };
    metric(std::string_view n, kind k, double v,
        std::vector<std::pair<std::string_view, std::string>> l = {})
        : name(n), what(k), value(v), labels(std::move(l))
    {}
    std::string_view name; ///< A literal.
    kind what;
    double value;
    std::vector<std::pair<std::string_view, std::string>> labels;
};

/// What a guarded_admission decided since it was made, and the state of what it decides by. See
/// docs/resilience.md for the names.
using guard_metrics = std::vector<metric>;

} // namespace trunkline::retell
