#pragma once

#include "console.hpp"

#include <trunkline/control_center.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace cli {

/**
 * Shows how far an operation is: on a terminal one line that redraws itself; in a log a line now
 * and then, in growing intervals; under --json a document a second, on standard error.
 */
class progress_display final : public trunkline::progress_listener {
public:
    explicit progress_display(console& c) : console_(c) {}

    void on_progress(trunkline::sync::operation_progress const& p) override;
    void on_message(std::string_view text) override { console_.note(text); }

private:
    bool is_due(trunkline::sync::operation_progress const& p);

    console& console_;
    std::string phase_;
    std::size_t done_ = 0;
    std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
    std::chrono::seconds pause_{2}; ///< Between two lines of a log.
};

} // namespace cli
